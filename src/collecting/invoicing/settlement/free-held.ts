import type { Work } from '../../../platform/work.ts';
import { type CreditKey, endHoldsOver, type SpendableCredit } from '../../credits/index.ts';
import { type LockedInvoice, lockInvoices } from './lock-invoices.ts';
import { payFromCredit } from './pay-own-debts.ts';

/** Invoices that are owed again behind what holds keep back, by the ids of the holds, with the sources of their credit. */
export type DebtsBehindHolds = ReadonlyMap<string, readonly { invoice: LockedInvoice; from: string[] }[]>;

/**
 * Locks the invoices that are owed again behind credit that is held and over at an instant, of who has the credit; `known` are those that
 * are locked already. Their accounts are: who pays them is locked. Two statements where such a hold is over, else none.
 */
export async function findDebtsBehindHolds(
  work: Work,
  { holds, parts }: SpendableCredit,
  until: Date,
  known: ReadonlyMap<string, LockedInvoice> = new Map(),
): Promise<DebtsBehindHolds> {
  const over = holds.filter((hold) => hold.expiresAt <= until);
  const debts = new Map<string, { invoice: LockedInvoice; from: string[] }[]>();
  if (over.length === 0) return debts;
  const ids = new Set(over.map((hold) => hold.id));
  const kept = parts.filter((part) => ids.has(part.holdId));
  const owed = await work.rows<{ hold_id: string; invoice_id: string; sources: string[] }>(
    `select h.id as hold_id, i.id as invoice_id, array_agg(distinct b.source_id::text) as sources
     from unnest($2::uuid[], $3::uuid[]) as p(hold_id, grant_id)
     join invoices_behind_credit($1::uuid[], $3::uuid[]) b on b.grant_id = p.grant_id
     join credit_holds h on h.organization_id = b.organization_id and h.id = p.hold_id
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id
       and i.bill_to_account_id = h.account_id and i.status in ('open', 'uncollectible')
     group by h.id, i.id order by i.id`,
    [
      `{${work.organizations.join(',')}}`,
      `{${kept.map((part) => part.holdId).join(',')}}`,
      `{${kept.map((part) => part.grantId).join(',')}}`,
    ],
  );
  const locked = await lockInvoices(
    work,
    owed.flatMap((row) => (known.has(row.invoice_id) ? [] : row.invoice_id)),
  );
  for (const { hold_id: holdId, invoice_id: id, sources: from } of owed) {
    const invoice = known.get(id) ?? locked.get(id);
    if (invoice) debts.set(holdId, [...(debts.get(holdId) ?? []), { invoice, from }]);
  }
  return debts;
}

/**
 * Frees what holds keep back that are over at the instant that spends; what came from taking invoices back goes to them first, as it
 * does where the end of the hold is noted before (`payDebtsOfFreed`).
 */
export function freeHeld(work: Work, credit: SpendableCredit, debts: DebtsBehindHolds, key: CreditKey, at: Date): void {
  for (const { id: causeId, expiresAt } of endHoldsOver(work, credit, key, at)) {
    for (const { invoice, from } of debts.get(causeId) ?? []) {
      payFromCredit(work, invoice, { from, causeId, at: expiresAt }, credit.balances);
    }
  }
}
