import type { Work } from '../../platform/work.ts';
import { postCreditApplication } from '../../rules/posting.ts';
import type { CreditBalances } from '../credits/index.ts';
import { post } from '../ledger/index.ts';
import type { Finalizing } from './finalization.ts';
import { invoiceFact } from './invoice-facts.ts';
import { InvoiceEntity } from './invoicing.entities.ts';
import { nextStatus } from './invoicing.lifecycle.ts';
import { type LockedInvoice, lockInvoices } from './lock-invoices.ts';

/**
 * What an invoice gives back of lines that were never paid for lowers what is still due on their invoices, before it is
 * credit that buys something else. Invoices that money is on its way for are left alone: it comes, or the credit stays.
 * `batch`: final invoices whose left-over is on the balances already. Two statements where any gives back, else none.
 */
export async function settleReversed(
  work: Work,
  batch: readonly Finalizing[],
  balances: CreditBalances,
): Promise<void> {
  const giving = batch.filter(({ totals, lines }) => totals.carriedToCreditMinor > 0n && lines.some(takesBack));
  if (giving.length === 0) return;
  const owing = await owingInvoices(work, giving);
  const locked = await lockInvoices(work, [...new Set([...owing.values()])].sort());
  for (const one of giving) {
    let left = one.totals.carriedToCreditMinor;
    const ids = new Set(one.lines.flatMap((line) => owing.get(line.reversesLineId ?? '') ?? []));
    for (const id of [...ids].sort()) {
      const invoice = locked.get(id);
      if (invoice && left > 0n) left -= settle(work, one, invoice, left, balances);
    }
  }
}

const takesBack = (line: { reversesLineId?: string | null }) => Boolean(line.reversesLineId);

/** The invoices of lines that are taken back, by line, where something is due and no money on its way. */
async function owingInvoices(work: Work, giving: readonly Finalizing[]): Promise<Map<string, string>> {
  const lines = giving.flatMap((one) => one.lines.filter(takesBack).map((line) => line.reversesLineId!));
  const rows = await work.rows<{ line_id: string; invoice_id: string }>(
    `select l.id as line_id, i.id as invoice_id from invoice_lines l
     join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id and i.status = 'open'
     where l.organization_id = any($1::uuid[]) and l.id = any($2::uuid[])
       and not exists (select from payment_applications a
         where a.organization_id = i.organization_id and a.invoice_id = i.id and a.status = 'pending')`,
    [`{${work.organizations.join(',')}}`, `{${lines.join(',')}}`],
  );
  return new Map(rows.map((row) => [row.line_id, row.invoice_id]));
}

/** Spends what one invoice left over on another; answers how much. */
function settle(
  work: Work,
  { invoice: giver, at }: Finalizing,
  invoice: LockedInvoice,
  most: bigint,
  balances: CreditBalances,
): bigint {
  const { organizationId, id, billToAccountId: accountId, currency, amountDue } = invoice;
  if (accountId !== giver.billToAccountId || currency !== giver.currency) return 0n;
  const due = most < amountDue ? most : amountDue;
  const amount = balances.spend({
    ...{ organizationId, accountId, currency },
    ...{ invoiceId: id, due, lines: null, at, from: [giver.id] },
  });
  if (amount === 0n) return 0n;
  const status = nextStatus(invoice.status, amount < amountDue ? 'pay' : 'settle');
  const paidAt = status === 'paid' ? at : null;
  const creditsApplied = invoice.creditsApplied + amount;
  Object.assign(invoice, { status, paidAt, creditsApplied, amountDue: amountDue - amount, updatedAt: at });
  work.update(InvoiceEntity, { organizationId, id, status, paidAt, creditsApplied, updatedAt: at });
  const source = { organizationId, sourceType: 'invoice', sourceId: id, at };
  post(work, [{ ...source, effect: `apply_credit:${giver.id}`, entries: postCreditApplication(currency, amount) }]);
  const type = status === 'paid' ? 'invoice.paid' : 'invoice.credited';
  work.announce(invoiceFact(type, invoice, invoice.subscriptionIds, at));
  return amount;
}
