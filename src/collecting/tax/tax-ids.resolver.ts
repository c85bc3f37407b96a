import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Account } from '../../accounts/index.ts';
import { type Context, readAnew, requirePermission, runMutation, scopeOf } from '../../platform/context.ts';
import { readId } from '../../platform/id-input.ts';
import { payload } from '../../platform/payload.ts';
import { askRegister, decideTaxId, nameOf } from './check-tax-id.ts';
import {
  CheckTaxIdFields,
  CheckTaxIdPayload,
  DecideTaxIdFields,
  DecideTaxIdPayload,
  TaxIdCheck,
  TaxIdStanding,
} from './tax-ids.graphql.ts';

interface CheckRecord {
  account_id: string;
  value: string;
  source: string;
  outcome: string;
  name: string | null;
  address: string | null;
  consultation_number: string | null;
  requester: string | null;
  reason: string | null;
  checked_at: Date;
  recorded_at: Date;
  deciding: boolean;
}

interface StandingRecord {
  account_id: string;
  value: string;
  status: string;
  decided_at: Date | null;
  next_check_at: Date | null;
  attempts: number;
  problem: string | null;
}

/** Most rows of history that are shown of one tax id: the latest. */
const mostShown = 50;

function standingsOf(context: Context) {
  return context.loader('tax_id_standings', async (ids: readonly string[]) => {
    const [standings, checks] = await Promise.all([
      context.reader.rows<StandingRecord>(
        `select account_id, value, status, decided_at, coalesce(retry_at, check_at) as next_check_at, attempts, problem
         from tax_id_standings where organization_id = $1 and account_id = any($2::uuid[]) order by account_id, created_at, value`,
        [context.organizationId, [...ids]],
      ),
      context.reader.rows<CheckRecord>(
        `select * from (
           select c.*, s.check_id is not distinct from c.id as deciding,
             row_number() over (partition by c.account_id, c.value order by c.recorded_at desc, c.id desc) as place
           from tax_id_checks c
           join tax_id_standings s on s.organization_id = c.organization_id and s.account_id = c.account_id and s.value = c.value
           where c.organization_id = $1 and c.account_id = any($2::uuid[])) t
         where place <= $3 or deciding order by account_id, value, place`,
        [context.organizationId, [...ids], mostShown],
      ),
    ]);
    return ids.map((id) =>
      standings
        .filter((one) => one.account_id === id)
        .map((one) =>
          show(
            one,
            checks.filter((check) => check.account_id === id && check.value === one.value),
          ),
        ),
    );
  });
}

function show(record: StandingRecord, checks: readonly CheckRecord[]): TaxIdStanding {
  const history = checks.map((check) =>
    Object.assign(new TaxIdCheck(), {
      ...{ source: check.source, outcome: check.outcome, name: check.name, address: check.address },
      ...{ consultationNumber: check.consultation_number, requester: check.requester, reason: check.reason },
      ...{ checkedAt: check.checked_at, recordedAt: check.recorded_at },
    }),
  );
  const deciding = history[checks.findIndex((check) => check.deciding)] ?? null;
  return Object.assign(new TaxIdStanding(), {
    ...{ value: record.value, status: record.status, decidedAt: record.decided_at, decidedBy: deciding },
    ...{ nextCheckAt: record.next_check_at, attempts: record.attempts, problem: record.problem, history },
  });
}

@Resolver(() => Account)
export class TaxIdsResolver {
  @FieldResolver(() => [TaxIdStanding], {
    description:
      'Where its VAT ids of the European Union stand with the register; only those that are checked. Empty without the permission personal:read.',
  })
  async taxIdStandings(@Root() account: Account, @Ctx() context: Context): Promise<TaxIdStanding[]> {
    if (!context.permissions.has('personal:read')) return [];
    return standingsOf(context).load(account.uuid);
  }

  @Mutation(() => CheckTaxIdPayload, {
    description:
      'Asks the register about a VAT id of an account now. No answer is no refusal: the standing then says what the problem is, and the register is asked again.',
  })
  async checkTaxId(
    @Arg('input', () => CheckTaxIdFields, { description: 'Which one.' }) input: CheckTaxIdFields,
    @Ctx() context: Context,
  ): Promise<CheckTaxIdPayload> {
    requirePermission(context, 'taxes:write');
    requirePermission(context, 'personal:read');
    return payload(async () => {
      const accountId = readId('acc', input.accountId, ['input', 'accountId']);
      await readAnew(context);
      const { app } = context;
      const name = await app.transact(scopeOf(context), (work) => nameOf(work, accountId, input.value));
      await askRegister(app, name, context.actor);
      return { standing: await standingNow(context, accountId, name.value) };
    }) as Promise<CheckTaxIdPayload>;
  }

  @Mutation(() => DecideTaxIdPayload, {
    description:
      'Says by hand what a VAT id counts as while the register does not answer, or where you know better: invoices that wait for it go on at once. It counts as long as an answer of the register, until that answers again.',
  })
  async decideTaxId(
    @Arg('input', () => DecideTaxIdFields, { description: 'Which one, what it counts as, and why.' })
    input: DecideTaxIdFields,
    @Ctx() context: Context,
  ): Promise<DecideTaxIdPayload> {
    requirePermission(context, 'taxes:write');
    requirePermission(context, 'personal:read');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'decideTaxId', input: compared, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', input.accountId, ['input', 'accountId']);
        const { value } = await decideTaxId(work, { ...compared, accountId });
        return { accountId, value };
      },
      async ({ accountId, value }) => ({ standing: await standingNow(context, accountId, value) }),
    );
  }
}

async function standingNow(context: Context, accountId: string, value: string): Promise<TaxIdStanding | null> {
  await readAnew(context);
  const standings = await standingsOf(context).clearAll().load(accountId);
  return standings.find((one) => one.value === value) ?? null;
}
