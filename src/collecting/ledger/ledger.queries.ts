import type { Reader } from '../../platform/database.ts';
import type { Work } from '../../platform/work.ts';
import type { LedgerAccount, Posting } from '../../rules/posting.ts';

/** What an account of the ledger holds in one currency: debit positive, credit negative, minor units. */
export interface LedgerBalance {
  account: LedgerAccount;
  currency: string;
  balance: bigint;
}

/** The trial balance: every account and currency that was ever posted to. It adds up to 0 per currency. */
export async function readLedgerBalances(reader: Reader, until: Date | null = null): Promise<LedgerBalance[]> {
  const rows = await reader.rows<{ account: LedgerAccount; currency: string; balance: string }>(
    `select account, currency, sum(amount)::text as balance from ledger_entries
     where organization_id = $1 ${until ? 'and at < $2' : ''} group by account, currency order by currency, account`,
    until ? [reader.organizationId, until] : [reader.organizationId],
  );
  return rows.map((row) => ({ ...row, balance: BigInt(row.balance) }));
}

/** The entries posted for each of these sources under one effect: what a reversal turns round. */
export async function readPostings(
  work: Work,
  sourceIds: readonly string[],
  effect: string,
): Promise<Map<string, Posting>> {
  const rows = await work.rows<{ source_id: string; account: LedgerAccount; currency: string; amount: bigint }>(
    `select source_id, account, currency, amount from ledger_entries
     where organization_id = any($1::uuid[]) and source_id = any($2::uuid[]) and effect = $3 order by id`,
    [`{${work.organizations.join(',')}}`, `{${sourceIds.join(',')}}`, effect],
  );
  const postings = new Map<string, Posting>();
  for (const row of rows) {
    const entry = { account: row.account, currency: row.currency, amountMinor: row.amount };
    postings.set(row.source_id, [...(postings.get(row.source_id) ?? []), entry]);
  }
  return postings;
}

/** How many transactions of an effect a source has, itself and its repetitions (`write_off`, `write_off:2` …). */
export async function countPostings(
  work: Work,
  organizationId: string,
  sourceId: string,
  effect: string,
): Promise<number> {
  const [row] = await work.rows<{ count: bigint }>(
    `select count(distinct effect) as count from ledger_entries
     where organization_id = $1 and source_id = $2 and (effect = $3 or starts_with(effect, $3 || ':'))`,
    [organizationId, sourceId, effect],
  );
  return Number(row?.count ?? 0n);
}
