import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { InvoiceHoldEntity, type InvoiceRow } from '../invoicing.entities.ts';
import type { UpdateDraftInvoiceInput } from './drafting.inputs.ts';

const ofTheNext = [
  'addDiscounts',
  'updateDiscounts',
  'netDays',
  'purchaseOrderNumber',
  'customFields',
  'autoCollect',
] as const;

/**
 * Lines that wait become part of the next invoice, which has terms of its own and takes discounts off all of its lines at once: what is
 * said of these before would be lost then, or count twice. INVALID_STATE at the field. No statement where nothing of it is wanted.
 */
export async function refuseOfWaiting(
  work: Work,
  { organizationId, id: invoiceId }: InvoiceRow,
  input: UpdateDraftInvoiceInput,
): Promise<void> {
  const discounted = (['updateLines', 'addLines'] as const).flatMap((list) =>
    (input[list] ?? []).flatMap(({ discount }, index) => (discount == null ? [] : [[list, String(index), 'discount']])),
  );
  const [path] = [...ofTheNext.filter((name) => input[name] != null).map((name) => [name]), ...discounted];
  if (!path) return;
  const [hold] = await work.find(InvoiceHoldEntity, { organizationId, invoiceId });
  if (!hold) return;
  const message =
    'These lines wait for the next invoice, which has terms and discounts of its own: say so of that one.';
  throw invalidState(message, ['input', ...path]);
}
