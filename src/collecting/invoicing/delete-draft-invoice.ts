import { invalidState } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import { holdInvoice } from './hold-invoices.ts';
import { invoiceFact } from './invoice-facts.ts';

/**
 * Deletes a draft with its lines; waiting charges on it wait again. NOT_FOUND; INVALID_STATE unless it is a draft, or if it
 * bills periods of a subscription: that one is finalized and voided, so that the books say why there is a gap.
 */
export async function deleteDraftInvoice(work: Work, input: { id: string }): Promise<void> {
  const path = ['input', 'id'];
  const { invoice, account } = await holdInvoice(work, input.id, path);
  const { organizationId, id, status, subscriptionIds } = invoice;
  if (status !== 'draft') throw invalidState(`An invoice that is ${status} cannot be deleted.`, path);
  if (subscriptionIds.length > 0) {
    throw invalidState('A draft that bills a subscription cannot be deleted; finalize it and void it instead.', path);
  }
  await work.rows(`delete from invoices where organization_id = $1 and id = $2`, [organizationId, id]);
  work.announce(invoiceFact('invoice.deleted', { ...invoice, status: 'deleted' }, [], account.now));
}
