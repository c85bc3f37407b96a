import type { Work } from '../../platform/work.ts';
import { CreditBalances } from './balances.ts';
import { type CreditKey, type CreditMove, textOfKey } from './credit-moves.ts';
import type { CreditGrantRow } from './credits.entities.ts';

interface BalanceRecord {
  organization_id: string;
  account_id: string;
  currency: string;
  balance: bigint;
  last_seq: bigint;
}

/** The columns of a lot as SQL answers them. */
interface LotRecord {
  organization_id: string;
  id: string;
  account_id: string;
  currency: string;
  source_type: string;
  source_id: string;
  amount: bigint;
  remaining: bigint;
  held: bigint;
  paid_amount: bigint;
  priority: number;
  line_kinds: string[] | null;
  plan_ids: string[] | null;
  price_ids: string[] | null;
  expires_at: Date | null;
  frozen_at: Date | null;
  expired_at: Date | null;
  withdrawn_at: Date | null;
  reason: string | null;
  test_clock_id: string | null;
  granted_at: Date;
  updated_at: Date;
  recorded_at: Date;
  metadata: Record<string, string>;
}

/** The prices of all versions of the plans that a lot is limited to. */
const pricesOfPlans = `case when g.plan_ids is not null then array(
  select p.id::text from plan_versions v
  join prices p on p.organization_id = v.organization_id and p.plan_version_id = v.id
  where v.organization_id = g.organization_id and v.plan_id in (select x::uuid from jsonb_array_elements_text(g.plan_ids) x)) end`;

const onKeys = (alias: string) =>
  `join unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
     on k.organization_id = ${alias}.organization_id and k.account_id = ${alias}.account_id and k.currency = ${alias}.currency`;

/**
 * Locks and reads balances with their lots, in one round trip for any number; a balance that does not exist yet is 0. Lots
 * with nothing left are read where they are named. The account's row must be locked before: it is what keeps two
 * transactions from making the same balance.
 */
export async function loadBalances(
  work: Work,
  keys: readonly CreditKey[],
  named: readonly string[] = [],
): Promise<CreditBalances> {
  if (keys.length === 0) return new CreditBalances(work.recordedAt, []);
  const unique = [...new Map(keys.map((key) => [textOfKey(key), key])).values()];
  const columns = [
    `{${unique.map((key) => key.organizationId).join(',')}}`,
    `{${unique.map((key) => key.accountId).join(',')}}`,
    `{${unique.map((key) => key.currency).join(',')}}`,
  ];
  // Two statements, so that the lots are seen as they are once the balances are locked.
  const [balances, lots] = await Promise.all([
    work.rows<BalanceRecord>(
      `select b.organization_id, b.account_id, b.currency, b.balance, b.last_seq from credit_balances b ${onKeys('b')}
       order by b.organization_id, b.account_id, b.currency for update of b`,
      columns,
    ),
    work.rows<LotRecord>(
      named.length === 0
        ? `select g.*, ${pricesOfPlans} as price_ids from credit_grants g ${onKeys('g')} where g.remaining > 0 order by g.id`
        : `select g.*, ${pricesOfPlans} as price_ids from credit_grants g ${onKeys('g')} where g.remaining > 0 or g.id = any($4::uuid[]) order by g.id`,
      named.length === 0 ? columns : [...columns, `{${named.join(',')}}`],
    ),
  ]);
  const stored = balances.map((row) => ({
    organizationId: row.organization_id,
    accountId: row.account_id,
    currency: row.currency,
    balance: row.balance,
    lastSeq: row.last_seq,
  }));
  return new CreditBalances(work.recordedAt, unique, stored, lots.map(toGrantRow));
}

function toGrantRow(record: LotRecord): CreditGrantRow & { priceIds: string[] | null } {
  return {
    organizationId: record.organization_id,
    id: record.id,
    accountId: record.account_id,
    currency: record.currency,
    sourceType: record.source_type,
    sourceId: record.source_id,
    amount: record.amount,
    remaining: record.remaining,
    held: record.held,
    paidAmount: record.paid_amount,
    priority: record.priority,
    lineKinds: record.line_kinds,
    planIds: record.plan_ids,
    priceIds: record.price_ids,
    expiresAt: record.expires_at,
    frozenAt: record.frozen_at,
    expiredAt: record.expired_at,
    withdrawnAt: record.withdrawn_at,
    reason: record.reason,
    testClockId: record.test_clock_id,
    grantedAt: record.granted_at,
    updatedAt: record.updated_at,
    recordedAt: record.recorded_at,
    metadata: record.metadata,
  };
}

/** Moves credit balances in the order given and gathers the rows. AMOUNT_TOO_LARGE if one would fall below zero. */
export async function addCreditEntries(work: Work, moves: readonly CreditMove[]): Promise<void> {
  const balances = await loadBalances(work, moves);
  for (const move of moves) balances.move(move);
  balances.save(work);
}
