import type { Work } from '../../../platform/work.ts';
import { type Entry, postCreditApplication, postWriteOff, reversePosting } from '../../../rules/posting.ts';
import { type CreditBalances, loadBalances, postEnded } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import type { Overpayment } from './apply-money.ts';
import type { LockedInvoice } from './lock-invoices.ts';
import { moveTo } from './pay-own-debts.ts';

/** What an invoice has spent of one lot, minor units. */
interface Spending {
  invoiceId: string;
  grantId: string;
  amount: bigint;
}

/**
 * What invoices have spent of the credit that a payment left over, the last first; what a void gave back is not spent, nor what
 * a credit note gave back of it: that was taken off the invoice.
 */
async function spentOf(work: Work, { organizationId, paymentId }: Overpayment): Promise<Spending[]> {
  const rows = await work.rows<{ invoice_id: string; grant_id: string; amount: bigint }>(
    `with spent as (
       select s.source_id as invoice_id, s.grant_id, -sum(s.amount) as amount, max(s.seq) as turn from credit_grants g
       join credit_entries s on s.organization_id = g.organization_id and s.grant_id = g.id and s.source_type = 'invoice_application'
       where g.organization_id = $1 and g.source_type = 'overpayment' and g.source_id = $2::uuid group by 1, 2),
     back as (
       select c.invoice_id, r.grant_id, sum(r.amount) as amount from credit_note_returns r
       join credit_notes c on c.organization_id = r.organization_id and c.id = r.credit_note_id and c.status = 'issued'
       where r.organization_id = $1 and r.grant_id in (select s.grant_id from spent s) group by 1, 2)
     select s.invoice_id, s.grant_id, (s.amount - coalesce(b.amount, 0))::bigint as amount
     from spent s left join back b on b.invoice_id = s.invoice_id and b.grant_id = s.grant_id
     where s.amount > coalesce(b.amount, 0) order by s.turn desc`,
    [organizationId, paymentId],
  );
  return rows.map((row) => ({ invoiceId: row.invoice_id, grantId: row.grant_id, amount: row.amount }));
}

/**
 * The left-over of a payment that was reversed is taken out of the credit that it became. What invoices had spent of it is
 * owed again by them (or written off again), the last spent first; what is held for an order, or was given back, is lost
 * (bad debt), the former until its hold ends. Effects: `undo_credit:<payment>` of those invoices, `bounce_overpay` of
 * the payment. `hold` answers the invoices with these ids, locked. Answers those that ask for more now.
 */
export async function takeOverpaymentBack(
  work: Work,
  overpayment: Overpayment,
  hold: (ids: readonly string[]) => LockedInvoice[],
): Promise<LockedInvoice[]> {
  const { organizationId, paymentId, currency, amount, at } = overpayment;
  const spent = await spentOf(work, overpayment);
  const invoices = hold(spent.map(({ invoiceId }) => invoiceId));
  const balances = await loadBalances(
    work,
    [overpayment],
    spent.map(({ grantId }) => grantId),
  );
  for (const [index, spending] of spent.entries()) undo(work, overpayment, spending, invoices[index]!, balances);
  const lot = balances.lotsOf(overpayment).find(({ row }) => row.sourceId === paymentId);
  const left = lot ? balances.close(lot, 'withdrawal', at, paymentId) : 0n;
  balances.save(work);
  const all: Entry[] = [
    { account: 'credits', currency, amountMinor: left },
    { account: 'bad_debt', currency, amountMinor: amount - left },
    { account: 'cash', currency, amountMinor: -amount },
  ];
  const entries = all.filter((entry) => entry.amountMinor !== 0n);
  post(work, [{ organizationId, sourceType: 'payment', sourceId: paymentId, effect: 'bounce_overpay', at, entries }]);
  return invoices;
}

/** An invoice gives back what it had spent of a lot, and asks for it again. */
function undo(
  work: Work,
  overpayment: Overpayment,
  { grantId, amount }: Spending,
  invoice: LockedInvoice,
  balances: CreditBalances,
): void {
  const { paymentId, at } = overpayment;
  const { organizationId, id, currency } = invoice;
  const status = nextStatus(invoice.status, 'bounce');
  const { accountId } = overpayment;
  const leaves = balances.giveBack({ organizationId, accountId, currency, grantId, amount, invoiceId: id, at });
  const lot = balances.lotsOf(overpayment).find(({ row }) => row.id === grantId);
  if (lot && leaves > 0n) postEnded(work, lot, leaves, `withdraw:${id}`, at);
  const source = { organizationId, sourceType: 'invoice', sourceId: id, at };
  const entries = reversePosting(postCreditApplication(currency, amount));
  post(work, [{ ...source, effect: `undo_credit:${paymentId}`, entries }]);
  if (status === 'uncollectible') {
    post(work, [{ ...source, effect: `undo_credit_write_off:${paymentId}`, entries: postWriteOff(currency, amount) }]);
    invoice.writtenOff += amount;
  } else {
    invoice.amountDue += amount;
  }
  invoice.creditsApplied -= amount;
  moveTo(work, invoice, status, at);
  work.announce(invoiceFact('invoice.reopened', invoice, invoice.subscriptionIds, at));
}
