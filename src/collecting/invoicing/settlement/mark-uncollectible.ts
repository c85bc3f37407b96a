import type { Work } from '../../../platform/work.ts';
import { postWriteOff } from '../../../rules/posting.ts';
import { countPostings, post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity, type InvoiceRow } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { holdInvoice } from './hold-invoices.ts';

/**
 * Gives up on an open invoice: what is due is written off as bad debt. Money that comes later reverses it
 * (`applyMoney`). NOT_FOUND, INVALID_STATE unless it is open.
 */
export async function markUncollectible(
  work: Work,
  input: { id: string },
  path = ['input', 'id'],
): Promise<InvoiceRow> {
  const { invoice, account } = await holdInvoice(work, input.id, path);
  const status = nextStatus(invoice.status, 'give_up', path);
  const { organizationId, id, currency, amountDue } = invoice;
  const at = account.now;
  // A payment that bounced may have reopened an invoice that was given up before.
  const before = await countPostings(work, organizationId, id, 'write_off');
  const effect = before === 0 ? 'write_off' : `write_off:${before + 1}`;
  const entries = postWriteOff(currency, amountDue);
  post(work, [{ organizationId, sourceType: 'invoice', sourceId: id, effect, at, entries }]);
  const change = { status: { old: invoice.status, new: status } };
  const writtenOff = invoice.writtenOff + amountDue;
  Object.assign(invoice, { status, writtenOff, amountDue: 0n, uncollectibleAt: at, updatedAt: at });
  work.update(InvoiceEntity, { organizationId, id, status, writtenOff, uncollectibleAt: at, updatedAt: at });
  work.announce(invoiceFact('invoice.uncollectible', invoice, invoice.subscriptionIds, at, change));
  return invoice;
}
