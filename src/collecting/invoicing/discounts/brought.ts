import type { ChargeDraft } from '../charges/invoice-request.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';

/** What charges say of the discounts of their lines, by the ids of the lines. */
export interface Brought {
  /** Lines that bill time once more which lines before them take back: until when that time lasted where it was billed. */
  goingOn: ReadonlyMap<string, Date>;
  /** What was left of the line that a discount is a share of, and of its discount; minor units. */
  shares: ReadonlyMap<string, { amount: bigint; discount: bigint }>;
}

/** The lines were made of these charges, in their order. */
export function broughtBy(charges: readonly ChargeDraft[], lines: readonly InvoiceLineRow[]): Brought {
  const goingOn = new Map<string, Date>();
  const shares = new Map<string, { amount: bigint; discount: bigint }>();
  for (const [index, { goesOnFrom, discountOf }] of charges.entries()) {
    const { id } = lines[index]!;
    if (goesOnFrom) goingOn.set(id, goesOnFrom);
    if (discountOf) shares.set(id, discountOf);
  }
  return { goingOn, shares };
}
