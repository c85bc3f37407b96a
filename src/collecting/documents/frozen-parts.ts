import { toGlobalId } from '../../platform/id.ts';
import { formatDay, localDay } from '../../rules/calendar.ts';
import type { VatCategory } from '../../rules/e-invoice.ts';
import { readLineText } from '../invoicing/index.ts';
import { isExemptOn, isReverseCharge, taxDay } from '../tax/index.ts';
import type { ContentLine, ContentTax, Party, PostalAddress } from './document-content.ts';
import { fill } from './printing/formats.ts';
import { wordsOf } from './words/index.ts';

interface FrozenSide {
  name: string;
  taxIds: Party['taxIds'];
  email: string | null;
}

export type FrozenIssuer = FrozenSide & {
  address: Partial<PostalAddress>;
  country: string | null;
  /** Not there on what was frozen before brandings had versions. */
  brandingVersion?: number;
};
export type FrozenBuyer = FrozenSide & {
  billingAddress: PostalAddress | null;
  taxExempt: boolean;
  taxExemption?: {
    reason?: string | null;
    certificate?: string | null;
    validFrom?: string | null;
    validTo?: string | null;
  };
  /** Not there on what was frozen before: such a document speaks the language of today. */
  locale?: string;
  timezone?: string;
};

/** A row of the lines of an invoice or credit note as SQL answers it. */
export interface LineRecord {
  kind: string;
  reverses_line_id: string | null;
  description: string;
  period_start: Date | null;
  period_end: Date | null;
  quantity: string;
  unit_amount: string;
  amount: bigint;
  discount_amount: bigint;
  tax_amount: bigint;
  taxes: { taxRateId: string; percent: string; inclusive: boolean; amount: string }[];
  /** The end of the period that was supplied: of a credit, that of the line it corrects. */
  supplied_to: Date | null;
}

/** A row of the taxes of an invoice or credit note as SQL answers it. */
export type TaxRecord = ContentTax & { treatment: string };

/** The document that a line stands in, by whom and when it was taxed. */
export interface LineSetting {
  locale: string;
  /** Why the invoice was made. */
  reason: string;
  timezone: string;
  buyer: FrozenBuyer;
  /** When the invoice was finalized. */
  at: Date;
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

/** Reason and certificate of the buyer's exemption, as far as they are known. */
export function exemptionText({ taxExempt, taxExemption }: FrozenBuyer): string | null {
  if (!taxExempt) return null;
  const { reason, certificate } = taxExemption ?? {};
  return reason && certificate ? `${reason} (${certificate})` : (reason ?? certificate ?? null);
}

/**
 * What the rule of tax decided: the reverse charge, an exemption on the line's tax date, or no tax for want of a rate or a
 * registration. It knows neither supplies of goods within the Union (K) nor exports (G), so neither is stated.
 */
function untaxedAs(line: LineRecord, { timezone, buyer, at }: LineSetting): VatCategory | null {
  if (line.taxes.some(({ taxRateId }) => isReverseCharge({ id: taxRateId }))) return 'AE';
  if (line.taxes.length > 0 || line.tax_amount !== 0n) return null;
  return isExemptOn(buyer, taxDay(timezone, line.supplied_to, at)) ? 'E' : 'O';
}

/** What a line says by itself is said in the language of the document. */
function descriptionOf(line: LineRecord, { locale, reason }: LineSetting): string {
  const { kind, description, reverses_line_id: reversesLineId } = line;
  const text = readLineText({ kind, description, reversesLineId, invoiceReason: reason });
  if (!text) return description;
  const words = wordsOf(locale);
  if (text.says === 'prepaid_credit') return words.prepaidCredit;
  return fill({ unused_time: words.unusedTime, minimum_commitment: words.minimumCommitment }[text.says], {
    of: text.of,
  });
}

/**
 * A period in days: the day on which it ends is the first one of the next, at whatever time of day, so that the days of
 * periods in a row neither overlap nor leave one out. One that begins and ends on the same day is that day.
 */
function daysOf(timezone: string, start: Date, end: Date): NonNullable<ContentLine['period']> {
  const [first, next] = [localDay(timezone, start), localDay(timezone, end)];
  return { firstOn: formatDay(first), lastOn: formatDay(Math.max(first, next - 1)) };
}

/** A line as the document says it. */
export function toLine(line: LineRecord, by: LineSetting): ContentLine {
  const { timezone } = by;
  const { period_start: start, period_end: end } = line;
  return {
    description: descriptionOf(line, by),
    period: start && end ? daysOf(timezone, start, end) : null,
    quantity: line.quantity,
    unitAmount: line.unit_amount,
    amount: line.amount,
    discount: line.discount_amount,
    untaxed: untaxedAs(line, by),
    tax: line.tax_amount,
    rates: line.taxes.map(({ percent, inclusive, amount }) => ({ percent, inclusive, amount: BigInt(amount) })),
  };
}

/** A tax as the document says it: what we named ourselves is said in the language of the document. */
export function toTax({ treatment, ...tax }: TaxRecord, locale: string): ContentTax {
  return treatment === 'reverse_charge' ? { ...tax, name: wordsOf(locale).reverseChargeTax } : tax;
}
