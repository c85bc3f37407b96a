import { invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { type CreditReturn, type SpentLot, shareOutReturn } from '../../../rules/credit-return.ts';
import { sum } from '../../../rules/money.ts';
import { creditKeyOf, loadBalances, postEnded, postEndTakenBack } from '../../credits/index.ts';
import type { LockedInvoice } from '../settlement/lock-invoices.ts';
import { CreditNoteReturnEntity, type CreditNoteRow } from './credit-notes.entities.ts';

/**
 * Where the credit of a note goes, see `shareOutReturn`: what the invoice's money paid is a lot of its own, the rest goes back to
 * the lots that the invoice spent. Credit that took this invoice back itself, and paid it when it was owed again, is no payment.
 */
async function shareOut(
  work: Work,
  note: CreditNoteRow,
  invoice: LockedInvoice,
  givenBackMinor: bigint,
): Promise<CreditReturn> {
  const { organizationId, id } = invoice;
  const spent = await work.rows<{ grant_id: string; amount: bigint }>(
    `with spent as (
       select s.grant_id, -sum(s.amount) as amount, max(s.seq) filter (where s.amount < 0) as turn from credit_entries s
       where s.organization_id = $1 and s.source_id = $2 and s.source_type = 'invoice_application' group by s.grant_id),
     back as (
       select r.grant_id, sum(r.amount) as amount from credit_note_returns r
       join credit_notes c on c.organization_id = r.organization_id and c.id = r.credit_note_id and c.status = 'issued'
       where r.organization_id = $1 and c.invoice_id = $2 group by r.grant_id)
     select s.grant_id, (s.amount - coalesce(b.amount, 0))::bigint as amount from spent s left join back b on b.grant_id = s.grant_id
     where s.amount > coalesce(b.amount, 0) and not exists (
       select from invoices_behind_credit(array[$1::uuid], array[s.grant_id]) o where o.invoice_id = $2)
     order by s.turn`,
    [organizationId, id],
  );
  const lots = spent.map(({ grant_id, amount }): SpentLot => ({ id: grant_id, leftMinor: amount }));
  return shareOutReturn(note.toBalance, invoice.amountPaid - note.toRefund - givenBackMinor, lots);
}

/**
 * Gives the account what a note has for its balance; `givenBackMinor` is what notes before it gave back of the money.
 * What goes back to a lot keeps its end, its limits and its turn; into one that is over it comes and leaves again at
 * once (ledger: effect `expire:<return>` or `withdraw:<return>` of the grant).
 */
export async function giveNoteCredit(
  work: Work,
  note: CreditNoteRow,
  invoice: LockedInvoice,
  givenBackMinor: bigint,
): Promise<void> {
  if (note.toBalance === 0n) return;
  const { organizationId, id: creditNoteId, issuedAt: at } = note;
  const key = creditKeyOf(note);
  const { anewMinor, lots } = await shareOut(work, note, invoice, givenBackMinor);
  const ids = lots.map(({ id }) => id);
  const balances = await loadBalances(work, [key], ids);
  balances.move({ ...key, amount: anewMinor, sourceType: 'credit_note', sourceId: creditNoteId, at });
  for (const { id: grantId, amountMinor: amount } of lots) {
    const lot = balances.lotsOf(key).find(({ row }) => row.id === grantId);
    if (!lot) throw new Error('the credit that an invoice spent is not there');
    const id = newId();
    const left = balances.restore(lot, amount, { sourceType: 'credit_note', sourceId: id, at });
    if (left > 0n) postEnded(work, lot, left, `${lot.row.expiredAt ? 'expire' : 'withdraw'}:${id}`, at);
    const endedAt = left > 0n ? at : null;
    work.insert(CreditNoteReturnEntity, [
      { organizationId, id, creditNoteId, grantId, amount, endedAt, createdAt: at },
    ]);
  }
  balances.save(work);
}

/** Takes it away again, for a note that is voided, lot by lot. INVALID_STATE at `path` if some of it is no longer there. */
export async function takeNoteCredit(work: Work, note: CreditNoteRow, at: Date, path: string[]): Promise<void> {
  const { organizationId, toBalance, id: creditNoteId } = note;
  if (toBalance === 0n) return;
  const key = creditKeyOf(note);
  const returns = await work.find(CreditNoteReturnEntity, { organizationId, creditNoteId }, { id: 'asc' });
  const balances = await loadBalances(
    work,
    [key],
    returns.map(({ grantId }) => grantId),
  );
  const own = toBalance - sum(returns.map(({ amount }) => amount));
  const gone = invalidState('The credit of this note was spent already, is held or is over.', path);
  if (balances.availableOf(key, [creditNoteId]) < own) throw gone;
  balances.move({
    ...key,
    amount: -own,
    sourceType: 'withdrawal',
    sourceId: creditNoteId,
    at,
    grantedBy: [creditNoteId],
  });
  for (const { id, grantId, amount, endedAt } of returns) {
    const lot = balances.lotsOf(key).find(({ row }) => row.id === grantId);
    if (!lot) throw new Error('the credit that a note gave back is not there');
    if (endedAt) postEndTakenBack(work, lot, amount, id, at);
    else if (lot.row.remaining - lot.row.held < amount) throw gone;
    else balances.takeBack(lot, amount, id, at);
  }
  balances.save(work);
}
