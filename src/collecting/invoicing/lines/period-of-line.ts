import { newId } from '../../../platform/id.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';

/** The time a line bills, for the exclusion constraint; a line that takes another back bills none. */
export function periodOf(line: InvoiceLineRow) {
  const { subscriptionItemId, periodStart, periodEnd } = line;
  if (!subscriptionItemId || !periodStart || !periodEnd || line.reversesLineId) return [];
  if (line.kind !== 'recurring' && line.kind !== 'usage') return [];
  const { organizationId, component, kind } = line;
  return [
    {
      organizationId,
      id: newId(),
      subscriptionItemId,
      component,
      kind,
      periodStart,
      periodEnd,
      invoiceLineId: line.id,
    },
  ];
}
