import { toGlobalId } from '../../platform/id.ts';
import { localDate } from '../../rules/calendar.ts';
import type { ContentLine, Party, PostalAddress } from './document-content.ts';

interface FrozenSide {
  name: string;
  taxIds: Party['taxIds'];
  email: string | null;
}

export type FrozenIssuer = FrozenSide & { address: Partial<PostalAddress>; country: string | null };
export type FrozenBuyer = FrozenSide & { billingAddress: PostalAddress | null; taxExempt: boolean };

/** A row of the lines of an invoice or credit note as SQL answers it. */
export interface LineRecord {
  description: string;
  period_start: Date | null;
  period_end: Date | null;
  quantity: string;
  unit_amount: string;
  amount: bigint;
  discount_amount: bigint;
  tax_amount: bigint;
  taxes: { percent: string; inclusive: boolean; amount: string }[];
}

/** The issuer as the document froze it. */
export const issuerParty = (id: string, issuer: FrozenIssuer): Party =>
  toParty('le', id, issuer, addressOf(issuer.address, issuer.country));

/** The buyer as the document froze it. */
export const buyerParty = (id: string, buyer: FrozenBuyer): Party =>
  toParty('acc', id, buyer, addressOf(buyer.billingAddress, null));

function toParty(prefix: 'le' | 'acc', id: string, side: FrozenSide, address: PostalAddress | null): Party {
  return { id: toGlobalId(prefix, id), name: side.name, address, taxIds: side.taxIds, email: side.email };
}

/** An address of which nothing was told is none. */
function addressOf(given: Partial<PostalAddress> | null, country: string | null): PostalAddress | null {
  const address = {
    line1: given?.line1 ?? null,
    line2: given?.line2 ?? null,
    city: given?.city ?? null,
    region: given?.region ?? null,
    postalCode: given?.postalCode ?? null,
    country: given?.country ?? country,
  };
  return Object.values(address).some((part) => part !== null) ? address : null;
}

/** A period that ends at midnight was served up to the day before. */
export function toLine(line: LineRecord, timezone: string): ContentLine {
  const { period_start: start, period_end: end } = line;
  return {
    description: line.description,
    period:
      start && end
        ? { firstOn: localDate(timezone, start), lastOn: localDate(timezone, new Date(end.getTime() - 1)) }
        : null,
    quantity: line.quantity,
    unitAmount: line.unit_amount,
    amount: line.amount,
    discount: line.discount_amount,
    tax: line.tax_amount,
    rates: line.taxes.map(({ percent, inclusive, amount }) => ({ percent, inclusive, amount: BigInt(amount) })),
  };
}
