import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { CreditableLine, RatePart } from '../../../rules/credit-note.ts';
import { InvoiceLineEntity, type InvoiceLineRow, InvoiceTaxEntity, type InvoiceTaxRow } from '../invoicing.entities.ts';
import type { LineTaxShare } from '../lines/line-taxes.ts';
import { loadTakenBack, ratePart, sumOfTaken, type TakenRecord } from '../lines/taken-back.ts';

/** A line of a final invoice, its figures, and what was taken back of it before: by credit notes and by reversing lines. */
export interface LineToCredit {
  line: InvoiceLineRow;
  whole: CreditableLine;
  credited: CreditableLine;
  /** What can still be credited, before discount and tax; the sign of the line. */
  left: bigint;
  /** The time of it that was given back: half-open periods of notes and of reversing lines. */
  periodsBack: readonly { start: Date; end: Date }[];
}

/**
 * The lines of a final invoice with what is left of each, in their order, and its taxes. The invoice is locked by the caller;
 * three queries, whatever the number of lines.
 */
export async function loadCreditableLines(
  work: Work,
  invoice: { organizationId: string; id: string },
): Promise<{ lines: LineToCredit[]; taxes: InvoiceTaxRow[] }> {
  const { organizationId, id } = invoice;
  const order = { position: 'asc', id: 'asc' };
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, order);
  const taxes = await work.find(InvoiceTaxEntity, { organizationId, invoiceId: id }, { id: 'asc' });
  const taken = await loadTakenBack(
    work,
    lines.map((line) => line.id),
  );
  return { lines: lines.map((line) => toCredit(line, taxes, taken.get(line.id) ?? [])), taxes };
}

function toCredit(line: InvoiceLineRow, taxes: readonly InvoiceTaxRow[], taken: readonly TakenRecord[]): LineToCredit {
  const { amount: amountMinor, discountAmount: discountMinor } = line;
  const whole = { amountMinor, discountMinor, taxes: sharesOf(line, taxes) };
  const credited = sumOfTaken(whole, taken);
  const periodsBack = taken.flatMap(({ period_start: start, period_end: end }) =>
    start && end ? [{ start, end }] : [],
  );
  return { line, whole, credited, left: amountMinor - credited.amountMinor, periodsBack };
}

/** A line that was written before lines kept their tax by rate: clear as long as its invoice has one rate. */
function sharesOf(line: InvoiceLineRow, taxes: readonly InvoiceTaxRow[]): RatePart[] {
  const shares = (line.taxes as LineTaxShare[]).map(ratePart);
  if (shares.length > 0 || line.taxAmount === 0n) return shares;
  const [only, ...others] = taxes;
  if (!only?.taxRateId || others.length > 0) throw invalidState('The tax of this invoice is not known line by line.');
  return [{ rateId: only.taxRateId, inclusive: only.inclusive, amountMinor: line.taxAmount }];
}
