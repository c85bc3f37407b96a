import type { Work } from '../../../platform/work.ts';
import {
  type Entry,
  postCreditApplication,
  postRecovery,
  postWriteOff,
  reversePosting,
} from '../../../rules/posting.ts';
import { type CreditBalances, loadBalances, postEnded } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { type Overpayment, payable } from './apply-money.ts';
import type { LockedInvoice } from './lock-invoices.ts';

/** What an invoice has spent of one lot, minor units. */
interface Spending {
  invoiceId: string;
  grantId: string;
  amount: bigint;
}

/** What invoices have spent of the credit that a payment left over, the last first; what a void gave back is not spent. */
async function spentOf(work: Work, { organizationId, paymentId }: Overpayment): Promise<Spending[]> {
  const rows = await work.rows<{ invoice_id: string; grant_id: string; amount: bigint }>(
    `select s.source_id as invoice_id, s.grant_id, (-sum(s.amount))::bigint as amount
     from credit_grants g
     join credit_entries s on s.organization_id = g.organization_id and s.grant_id = g.id and s.source_type = 'invoice_application'
     where g.organization_id = $1 and g.source_type = 'overpayment' and g.source_id = $2::uuid
     group by s.source_id, s.grant_id having sum(s.amount) < 0 order by max(s.seq) desc`,
    [organizationId, paymentId],
  );
  return rows.map((row) => ({ invoiceId: row.invoice_id, grantId: row.grant_id, amount: row.amount }));
}

/**
 * The left-over of a payment that was reversed is taken out of the credit that it became. What invoices had spent of it is
 * owed again by them (or written off again), the last spent first; what is held for an order, or was given back, is lost
 * (bad debt). Effects: `undo_credit:<payment>` of those invoices, `bounce_overpay` of the payment. `hold` answers the
 * invoices with these ids, locked. Answers those that ask for more now.
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
  const available = balances.availableOf(overpayment, [paymentId]);
  const left = available < amount ? available : amount;
  const source = { sourceType: 'withdrawal', sourceId: paymentId, grantedBy: [paymentId] } as const;
  balances.move({ ...overpayment, ...source, amount: -left });
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

/** Which reversal it is. */
interface Reopening {
  paymentId: string;
  at: Date;
}

/**
 * What credit notes of invoices that are owed again had given to the balance, and is still there and free, goes to their own
 * invoice first, before it buys something else beside the debt. What was spent elsewhere stays owed. Effect
 * `apply_credit:<payment>` of the invoice; `invoice.paid` where nothing is due any more, `invoice.credited` otherwise.
 */
export async function applyOwnCredit(
  work: Work,
  invoices: readonly LockedInvoice[],
  reopening: Reopening,
): Promise<void> {
  if (invoices.length === 0) return;
  const rows = await work.rows<{ invoice_id: string; source_id: string }>(
    `select c.invoice_id, c.id as source_id from credit_notes c
     where c.organization_id = $1 and c.invoice_id = any($2::uuid[]) and c.status = 'issued'
     union all
     select c.invoice_id, r.id from credit_notes c
     join refunds r on r.organization_id = c.organization_id and r.credit_note_id = c.id and r.status in ('failed', 'canceled')
     where c.organization_id = $1 and c.invoice_id = any($2::uuid[]) and c.status = 'issued'`,
    [work.organizationId, `{${invoices.map(({ id }) => id).join(',')}}`],
  );
  if (rows.length === 0) return;
  const noted = invoices.filter(({ id }) => rows.some((row) => row.invoice_id === id));
  const balances = await loadBalances(work, noted.map(keyOf));
  for (const invoice of noted) {
    const from = rows.flatMap((row) => (row.invoice_id === invoice.id ? [row.source_id] : []));
    spendOwn(work, invoice, from, balances, reopening);
  }
  balances.save(work);
}

const keyOf = ({ organizationId, billToAccountId: accountId, currency }: LockedInvoice) => ({
  organizationId,
  accountId,
  currency,
});

function spendOwn(
  work: Work,
  invoice: LockedInvoice,
  from: string[],
  balances: CreditBalances,
  { paymentId, at }: Reopening,
): void {
  const { organizationId, id, currency } = invoice;
  const asked = payable(invoice);
  const amount = balances.spend({ ...keyOf(invoice), invoiceId: id, due: asked, lines: null, at, from });
  if (amount === 0n) return;
  const source = { organizationId, sourceType: 'invoice', sourceId: id, at };
  const status = nextStatus(invoice.status, amount < asked ? 'pay' : 'settle');
  if (invoice.status === 'uncollectible') {
    post(work, [{ ...source, effect: `recover:${paymentId}`, entries: postRecovery(currency, amount) }]);
    invoice.writtenOff -= amount;
  } else {
    invoice.amountDue -= amount;
  }
  post(work, [{ ...source, effect: `apply_credit:${paymentId}`, entries: postCreditApplication(currency, amount) }]);
  invoice.creditsApplied += amount;
  moveTo(work, invoice, status, at);
  const type = status === 'paid' ? 'invoice.paid' : 'invoice.credited';
  work.announce(invoiceFact(type, invoice, invoice.subscriptionIds, at));
}

function moveTo(work: Work, invoice: LockedInvoice, status: string, at: Date): void {
  const { organizationId, id, creditsApplied, writtenOff } = invoice;
  const paidAt = status === 'paid' ? at : null;
  const uncollectibleAt = status === 'uncollectible' ? (invoice.uncollectibleAt ?? at) : null;
  const moved = { status, paidAt, uncollectibleAt, creditsApplied, writtenOff, updatedAt: at };
  Object.assign(invoice, moved);
  work.update(InvoiceEntity, { organizationId, id, ...moved });
}
