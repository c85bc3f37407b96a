import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../accounts/index.ts';
import { Money, money } from '../../platform/api-types.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { idToFind, readId } from '../../platform/id-input.ts';
import { type Page, PageArguments } from '../../platform/pagination.ts';
import { CurrencyCode } from '../../platform/scalars.ts';
import { CreditGrantOrderEnum } from './credits.enums.ts';
import {
  CreditEntry,
  CreditEntryConnection,
  CreditEntryFilter,
  CreditGrant,
  CreditGrantConnection,
  CreditHold,
  CreditHoldConnection,
  GrantCreditFields,
  GrantCreditPayload,
  HoldCreditFields,
  HoldCreditPayload,
  ReleaseCreditHoldFields,
  ReleaseCreditHoldPayload,
  WithdrawCreditGrantFields,
  WithdrawCreditGrantPayload,
} from './credits.graphql.ts';
import type { GrantCreditInput } from './credits.inputs.ts';
import { entries, grants, grantsInTurn, holds, listedNodes, pageOfAccount, showListed } from './credits.queries.ts';
import { releaseHold } from './end-hold.ts';
import { grantCredit } from './grant-credit.ts';
import { holdCredit } from './hold-credit.ts';
import { withdrawCredit } from './withdraw-credit.ts';

type Ids = readonly string[];

/** Credit for `node(id)`. */
export const creditNodes = {
  cg: (context: Context, ids: Ids) => listedNodes(context, grants, ids),
  ce: (context: Context, ids: Ids) => listedNodes(context, entries, ids),
  crh: (context: Context, ids: Ids) => listedNodes(context, holds, ids),
};

/** A hold by uuid, for whoever shows one beside its own objects. */
export const showHold = (context: Context, uuid: string): Promise<CreditHold | null> =>
  showListed(context, holds, uuid);

/** A grant by uuid, for whoever shows one beside its own objects. */
export const showGrant = (context: Context, uuid: string): Promise<CreditGrant | null> =>
  showListed(context, grants, uuid);

const accountText = 'The account.';
const currencyText = 'Only in this currency.';

@Resolver()
export class CreditsResolver {
  @Query(() => CreditGrantConnection, {
    description: 'Credit that an account was given, bought or was left over.',
  })
  async creditGrants(
    @Arg('accountId', () => ID, { description: accountText }) accountId: string,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: currencyText }) currency: string | null,
    @Arg('onlyLeft', () => Boolean, { nullable: true, description: 'Only of which something is left.' })
    onlyLeft: boolean | null,
    @Arg('orderBy', () => CreditGrantOrderEnum, {
      nullable: true,
      description: 'Sorted how; the newest first if left out.',
    })
    orderBy: string | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<CreditGrant>> {
    const condition = onlyLeft ? 't.remaining > 0' : null;
    const listed = orderBy === 'spending' ? grantsInTurn : grants;
    return pageOfAccount(context, listed, { accountId, currency, condition }, page);
  }

  @Query(() => CreditEntryConnection, { description: 'The history of an account’s credit, the newest first.' })
  async creditEntries(
    @Arg('accountId', () => ID, { description: accountText }) accountId: string,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: currencyText }) currency: string | null,
    @Arg('filter', () => CreditEntryFilter, { nullable: true, description: 'Which of them.' })
    filter: CreditEntryFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<CreditEntry>> {
    const { source, grantId, from, to } = filter ?? {};
    const more = [
      ['t.source_type = ?', source],
      ['t.grant_id = ?::uuid', idToFind('cg', grantId)],
      ['t.at >= ?', from],
      ['t.at < ?', to],
    ] as const;
    return pageOfAccount(context, entries, { accountId, currency, more }, page);
  }

  @Query(() => CreditHoldConnection, { description: 'The holds on an account’s credit, the newest first.' })
  async creditHolds(
    @Arg('accountId', () => ID, { description: accountText }) accountId: string,
    @Arg('onlyHeld', () => Boolean, { nullable: true, description: 'Only those under way.' }) onlyHeld: boolean | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<CreditHold>> {
    const condition = onlyHeld ? `t.status = 'held'` : null;
    return pageOfAccount(context, holds, { accountId, currency: null, condition }, page);
  }

  @Mutation(() => GrantCreditPayload, {
    description:
      'Gives an account credit. The next invoices that it pays spend it by themselves when they are finalized: where another account pays, give that one the credit.',
  })
  async grantCredit(
    @Arg('input', () => GrantCreditFields, { description: 'How much, for what and until when.' })
    input: GrantCreditFields,
    @Ctx() context: Context,
  ): Promise<GrantCreditPayload> {
    return changeGrant(context, 'grantCredit', input, (work, given) => {
      const accountId = readId('acc', given.accountId, ['input', 'accountId']);
      const planIds =
        given.planIds?.map((id, index) => readId('plan', id, ['input', 'planIds', String(index)])) ?? null;
      return grantCredit(work, { ...given, accountId, planIds } as GrantCreditInput);
    });
  }

  @Mutation(() => WithdrawCreditGrantPayload, {
    description: 'Takes back what is left of a grant. What was spent of it stays spent.',
  })
  async withdrawCreditGrant(
    @Arg('input', () => WithdrawCreditGrantFields, { description: 'Which one.' }) input: WithdrawCreditGrantFields,
    @Ctx() context: Context,
  ): Promise<WithdrawCreditGrantPayload> {
    return changeGrant(context, 'withdrawCreditGrant', input, (work, { id }) =>
      withdrawCredit(work, { id: readId('cg', id, ['input', 'id']) }),
    );
  }

  @Mutation(() => HoldCreditPayload, {
    description: 'Keeps credit back for an order, in the order in which it would be spent. Capture or release it.',
  })
  async holdCredit(
    @Arg('input', () => HoldCreditFields, { description: 'How much and until when.' }) input: HoldCreditFields,
    @Ctx() context: Context,
  ): Promise<HoldCreditPayload> {
    return changeHold(context, 'holdCredit', input, (work, given) =>
      holdCredit(work, { ...given, accountId: readId('acc', given.accountId, ['input', 'accountId']) }),
    );
  }

  @Mutation(() => ReleaseCreditHoldPayload, { description: 'Lets credit go that was kept back.' })
  async releaseCreditHold(
    @Arg('input', () => ReleaseCreditHoldFields, { description: 'Which one.' }) input: ReleaseCreditHoldFields,
    @Ctx() context: Context,
  ): Promise<ReleaseCreditHoldPayload> {
    return changeHold(context, 'releaseCreditHold', input, (work, { id }) =>
      releaseHold(work, { id: readId('crh', id, ['input', 'id']) }),
    );
  }
}

type Verb<Input> = (
  work: Parameters<Parameters<typeof runMutation>[2]>[0],
  input: Omit<Input, 'idempotencyKey'>,
) => Promise<{ id: string }>;

function changeGrant<Input extends { idempotencyKey?: string | null }>(
  context: Context,
  operation: string,
  { idempotencyKey, ...input }: Input,
  verb: Verb<Input>,
) {
  requirePermission(context, 'invoices:write');
  return runMutation(
    context,
    { operation, input, idempotencyKey },
    async (work) => ({ id: (await verb(work, input)).id }),
    async ({ id }) => ({ creditGrant: await showGrant(context, id) }),
  );
}

function changeHold<Input extends { idempotencyKey?: string | null }>(
  context: Context,
  operation: string,
  { idempotencyKey, ...input }: Input,
  verb: Verb<Input>,
) {
  requirePermission(context, 'invoices:write');
  return runMutation(
    context,
    { operation, input, idempotencyKey },
    async (work) => ({ id: (await verb(work, input)).id }),
    async ({ id }) => ({ creditHold: await showHold(context, id) }),
  );
}

@Resolver(() => CreditGrant)
export class CreditGrantResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'Whose it is.' })
  async account(@Root() grant: CreditGrant, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, grant.accountUuid);
  }
}

@Resolver(() => CreditEntry)
export class CreditEntryResolver {
  @FieldResolver(() => CreditGrant, { nullable: true, description: 'The grant it gave or took from.' })
  async grant(@Root() entry: CreditEntry, @Ctx() context: Context): Promise<CreditGrant | null> {
    requirePermission(context, 'invoices:read');
    return showGrant(context, entry.grantUuid);
  }
}

@Resolver(() => CreditHold)
export class CreditHoldResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'Whose credit it keeps back.' })
  async account(@Root() hold: CreditHold, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, hold.accountUuid);
  }
}

interface BalanceRecord {
  account_id: string;
  currency: string;
  balance: bigint;
  spendable: bigint;
}

@Resolver(() => Account)
export class AccountCreditsResolver {
  @FieldResolver(() => [Money], {
    description: 'Its credit in each currency in which there is some, with what is held.',
  })
  async creditBalances(@Root() account: Account, @Ctx() context: Context): Promise<Money[]> {
    return (await balancesOf(context, account)).map(({ balance, currency }) => money(balance, currency));
  }

  @FieldResolver(() => [Money], {
    description: 'Credit that its next invoices may spend, in each currency: without what is held or frozen.',
  })
  async spendableCredit(@Root() account: Account, @Ctx() context: Context): Promise<Money[]> {
    return (await balancesOf(context, account)).map(({ spendable, currency }) => money(spendable, currency));
  }
}

function balancesOf(context: Context, account: Account): Promise<BalanceRecord[]> {
  requirePermission(context, 'invoices:read');
  const loader = context.loader('account.credits', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<BalanceRecord>(
      `select account_id, currency, sum(remaining)::bigint as balance,
         coalesce(sum(remaining - held) filter (where frozen_at is null), 0)::bigint as spendable
       from credit_grants where organization_id = $1 and account_id = any($2::uuid[]) and remaining > 0
       group by account_id, currency order by account_id, currency`,
      [context.organizationId, [...ids]],
    );
    const groups = new Map<string, BalanceRecord[]>(ids.map((id) => [id, []]));
    for (const row of rows) groups.get(row.account_id)?.push(row);
    return ids.map((id) => groups.get(id) ?? []);
  });
  return loader.load(account.uuid);
}
