import type { Brought } from '../discounts/going-on.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import type { ChargeDraft } from './invoice-request.ts';

/** What charges say of the discounts of their lines, which were made of them in their order. */
export function broughtBy(charges: readonly ChargeDraft[], lines: readonly InvoiceLineRow[]): Brought {
  const goingOn = new Map<string, Date>();
  const shares = new Map<string, { amount: bigint; discount: bigint }>();
  const fellDue = new Map<string, number>();
  for (const [index, { goesOnFrom, discountOf, fellDueAt }] of charges.entries()) {
    const { id } = lines[index]!;
    if (goesOnFrom) goingOn.set(id, goesOnFrom);
    if (discountOf) shares.set(id, discountOf);
    if (fellDueAt) fellDue.set(id, fellDueAt.getTime());
  }
  return { goingOn, shares, fellDue };
}
