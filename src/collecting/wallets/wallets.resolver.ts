import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../accounts/index.ts';
import { money } from '../../platform/api-types.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../platform/id.ts';
import { readId } from '../../platform/id-input.ts';
import { type Page, PageArguments, planPage, toPage } from '../../platform/pagination.ts';
import type { Metadata } from '../../platform/scalars.ts';
import { CreditGrant, CreditHold, showGrant, showHold } from '../credits/index.ts';
import { Invoice, showInvoice } from '../invoicing/index.ts';
import { captureHold } from './capture-hold.ts';
import { topUpCredit } from './top-up-credit.ts';
import { removeAutomaticTopUp, resumeAutomaticTopUp, setAutomaticTopUp } from './top-up-rules.ts';
import {
  AutomaticTopUp,
  CaptureCreditHoldFields,
  CaptureCreditHoldPayload,
  CreditTopUp,
  CreditTopUpConnection,
  RemoveAutomaticTopUpFields,
  RemoveAutomaticTopUpPayload,
  ResumeAutomaticTopUpFields,
  ResumeAutomaticTopUpPayload,
  SetAutomaticTopUpFields,
  SetAutomaticTopUpPayload,
  TopUpCreditFields,
  TopUpCreditPayload,
} from './wallets.graphql.ts';
import type { CaptureHoldInput, TopUpCreditInput } from './wallets.inputs.ts';

interface TopUpRecord {
  id: string;
  account_id: string;
  invoice_id: string;
  grant_id: string | null;
  currency: string;
  amount: bigint;
  price: bigint;
  status: string;
  automatic: boolean;
  reason: string | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns =
  't.id, t.account_id, t.invoice_id, t.grant_id, t.currency, t.amount, t.price, t.status, t.automatic, t.reason, t.metadata, t.created_at, t.updated_at';

function toTopUp(record: TopUpRecord): CreditTopUp {
  return Object.assign(new CreditTopUp(), {
    id: toGlobalId('ctu', record.id),
    uuid: record.id,
    accountUuid: record.account_id,
    invoiceUuid: record.invoice_id,
    grantUuid: record.grant_id,
    status: record.status,
    amount: money(record.amount, record.currency),
    price: money(record.price, record.currency),
    automatic: record.automatic,
    reason: record.reason,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

async function showTopUp(context: Context, uuid: string): Promise<CreditTopUp | null> {
  const loader = context.loader('credit_top_up', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<TopUpRecord>(
      `select ${columns} from credit_top_ups t where t.organization_id = $1 and t.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
  const record = await loader.load(uuid);
  return record && toTopUp(record);
}

/** Purchases of credit for `node(id)`. */
export async function topUpNodes(context: Context, ids: readonly string[]): Promise<Map<string, CreditTopUp>> {
  requirePermission(context, 'invoices:read');
  const shown = await Promise.all(ids.map((id) => showTopUp(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

const accountPath = ['input', 'accountId'];

@Resolver()
export class WalletsResolver {
  @Query(() => CreditTopUpConnection, { description: 'What credit an account has bought, the newest first.' })
  async creditTopUps(
    @Arg('accountId', () => ID, { description: 'The account.' }) accountId: string,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<CreditTopUp>> {
    requirePermission(context, 'invoices:read');
    const of = [context.organizationId, fromGlobalId('acc', accountId)];
    const where = 't.organization_id = $1 and t.account_id = $2::uuid';
    const ordering = { name: 'creditTopUps', column: 't.created_at', idColumn: 't.id', type: 'timestamptz' } as const;
    const plan = planPage(page, { ...ordering, direction: 'desc' }, { firstParameter: 3 });
    const rows = await context.reader.rows<TopUpRecord>(
      `select ${columns} from credit_top_ups t where ${where} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
      [...of, ...plan.parameters],
    );
    const count = async () => {
      const sql = `select count(*) as count from credit_top_ups t where ${where}`;
      const [row] = await context.reader.rows<{ count: bigint }>(sql, of);
      return Number(row?.count ?? 0n);
    };
    return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count).map(toTopUp);
  }

  @Mutation(() => TopUpCreditPayload, {
    description:
      'Buys credit: makes an invoice, and gives the credit once that is paid. No tax is charged for it; what it pays for is taxed.',
  })
  async topUpCredit(
    @Arg('input', () => TopUpCreditFields, { description: 'How much, and what it costs.' }) input: TopUpCreditFields,
    @Ctx() context: Context,
  ): Promise<TopUpCreditPayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...given } = input;
    return runMutation(
      context,
      { operation: 'topUpCredit', input: given, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', given.accountId, accountPath);
        return { id: (await topUpCredit(work, { ...given, accountId } as TopUpCreditInput)).id };
      },
      async ({ id }) => ({ creditTopUp: await showTopUp(context, id) }),
    );
  }

  @Mutation(() => CaptureCreditHoldPayload, {
    description:
      'Invoices the order that credit was held for. The invoice is final at once and paid with credit as far as it reaches; what is left of the hold is free again. Where its tax is not known yet it is a draft, and is paid with what credit there is once it is final: the hold is over.',
  })
  async captureCreditHold(
    @Arg('input', () => CaptureCreditHoldFields, { description: 'Which hold, and the order.' })
    input: CaptureCreditHoldFields,
    @Ctx() context: Context,
  ): Promise<CaptureCreditHoldPayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...given } = input;
    return runMutation(
      context,
      { operation: 'captureCreditHold', input: given, idempotencyKey, about: ['input', 'lines'] },
      async (work) => {
        const id = readId('crh', given.id, ['input', 'id']);
        return { id: (await captureHold(work, { ...given, id } as CaptureHoldInput)).id };
      },
      async ({ id }) => ({ creditHold: await showHold(context, id) }),
    );
  }

  @Mutation(() => SetAutomaticTopUpPayload, {
    description: 'Has credit bought anew whenever it falls to a threshold; a rule that is there already is replaced.',
  })
  async setAutomaticTopUp(
    @Arg('input', () => SetAutomaticTopUpFields, { description: 'When, and how much.' })
    input: SetAutomaticTopUpFields,
    @Ctx() context: Context,
  ): Promise<SetAutomaticTopUpPayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...given } = input;
    return runMutation(
      context,
      { operation: 'setAutomaticTopUp', input: given, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', given.accountId, accountPath);
        await setAutomaticTopUp(work, { ...given, accountId });
        return { accountId };
      },
      async ({ accountId }) => ({ account: await showAccount(context, accountId) }),
    );
  }

  @Mutation(() => RemoveAutomaticTopUpPayload, { description: 'Has credit no longer bought by itself.' })
  async removeAutomaticTopUp(
    @Arg('input', () => RemoveAutomaticTopUpFields, { description: 'Whose, in which currency.' })
    input: RemoveAutomaticTopUpFields,
    @Ctx() context: Context,
  ): Promise<RemoveAutomaticTopUpPayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...given } = input;
    return runMutation(
      context,
      { operation: 'removeAutomaticTopUp', input: given, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', given.accountId, accountPath);
        return removeAutomaticTopUp(work, { ...given, accountId });
      },
      async ({ accountId }) => ({ account: await showAccount(context, accountId) }),
    );
  }

  @Mutation(() => ResumeAutomaticTopUpPayload, {
    description:
      'Has credit bought by itself again after declined payments had paused that; it is bought now if it is low.',
  })
  async resumeAutomaticTopUp(
    @Arg('input', () => ResumeAutomaticTopUpFields, { description: 'Whose, in which currency.' })
    input: ResumeAutomaticTopUpFields,
    @Ctx() context: Context,
  ): Promise<ResumeAutomaticTopUpPayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...given } = input;
    return runMutation(
      context,
      { operation: 'resumeAutomaticTopUp', input: given, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', given.accountId, accountPath);
        return resumeAutomaticTopUp(work, { ...given, accountId });
      },
      async ({ accountId }) => ({ account: await showAccount(context, accountId) }),
    );
  }
}

@Resolver(() => CreditTopUp)
export class CreditTopUpResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account that buys it.' })
  async account(@Root() topUp: CreditTopUp, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, topUp.accountUuid);
  }

  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice that asks for the money.' })
  async invoice(@Root() topUp: CreditTopUp, @Ctx() context: Context): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    return showInvoice(context, topUp.invoiceUuid);
  }

  @FieldResolver(() => CreditGrant, { nullable: true, description: 'The credit, once it is given.' })
  async grant(@Root() topUp: CreditTopUp, @Ctx() context: Context): Promise<CreditGrant | null> {
    requirePermission(context, 'invoices:read');
    return topUp.grantUuid ? showGrant(context, topUp.grantUuid) : null;
  }
}

@Resolver(() => CreditHold)
export class CapturedHoldResolver {
  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice of the order, once it is captured.' })
  async invoice(@Root() hold: CreditHold, @Ctx() context: Context): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    return hold.invoiceUuid ? showInvoice(context, hold.invoiceUuid) : null;
  }
}

interface RuleRecord {
  account_id: string;
  currency: string;
  threshold: bigint;
  amount: bigint | null;
  target: bigint | null;
  monthly_cap: bigint | null;
  expires_after_days: number | null;
  failures: number;
  paused_at: Date | null;
  resumes_at: Date | null;
  now: Date | null;
}

@Resolver(() => Account)
export class AccountTopUpsResolver {
  @FieldResolver(() => [AutomaticTopUp], { description: 'What credit is bought anew by itself, by currency.' })
  async automaticTopUps(@Root() account: Account, @Ctx() context: Context): Promise<AutomaticTopUp[]> {
    requirePermission(context, 'invoices:read');
    const loader = context.loader('account.automatic_top_ups', async (ids: readonly string[]) => {
      const rows = await context.reader.rows<RuleRecord>(
        `select r.account_id, r.currency, r.threshold, r.amount, r.target, r.monthly_cap, r.expires_after_days, r.failures, r.paused_at,
           r.resumes_at, c.now_at as now
         from automatic_top_ups r left join test_clocks c on c.organization_id = r.organization_id and c.id = r.test_clock_id
         where r.organization_id = $1 and r.account_id = any($2::uuid[]) order by r.account_id, r.currency`,
        [context.organizationId, [...ids]],
      );
      return ids.map((id) => rows.filter((row) => row.account_id === id));
    });
    return (await loader.load(account.uuid)).map((record) => toRule(record, record.now ?? context.app.clock.now()));
  }
}

function toRule(record: RuleRecord, now: Date): AutomaticTopUp {
  const orNull = (amount: bigint | null) => (amount === null ? null : money(amount, record.currency));
  const resumesAt = record.resumes_at && record.resumes_at > now ? record.resumes_at : null;
  return Object.assign(new AutomaticTopUp(), {
    status: record.paused_at ? 'paused' : resumesAt ? 'capped' : 'active',
    failures: record.failures,
    pausedAt: record.paused_at,
    resumesAt,
    threshold: money(record.threshold, record.currency),
    amount: orNull(record.amount),
    target: orNull(record.target),
    monthlyCap: orNull(record.monthly_cap),
    expiresAfterDays: record.expires_after_days,
  });
}
