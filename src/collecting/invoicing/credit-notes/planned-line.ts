import { type CreditedPart } from '../../../rules/credit-note.ts';
import { type CreditDerivation, type CreditedBy, creditFacts } from '../../../rules/credit-note-facts.ts';
import type { LineTaxShare } from '../lines/line-taxes.ts';
import type { LaterInvoice, LineToCredit } from './creditable-lines.ts';

/** A line of a credit note that is to be: what it takes back of which line. */
export interface PlannedLine {
  of: LineToCredit;
  /** The later invoice that the line is of, where not of the one that is credited. */
  later: LaterInvoice | null;
  part: CreditedPart;
  taxes: LineTaxShare[];
  quantity: string | null;
  period: { start: Date; end: Date } | null;
  freesPeriod: boolean;
  /** How it came about, as it is kept. */
  derivation: CreditDerivation;
}

/** Which part of a line it is, and why. */
export type AboutLine = Pick<PlannedLine, 'quantity' | 'period' | 'freesPeriod' | 'later'> & { by: CreditedBy };

export const rest: CreditedBy = { kind: 'rest' };

/** A line of a note that takes this part of a line back. Pure. */
export function plannedLine(of: LineToCredit, part: CreditedPart, { by, ...about }: AboutLine): PlannedLine {
  const taxes = part.taxes.map(({ rateId, inclusive, amountMinor }): LineTaxShare => {
    const share = (of.line.taxes as LineTaxShare[]).find((one) => one.taxRateId === rateId);
    const rule = share?.rule === undefined ? {} : { rule: share.rule };
    return { taxRateId: rateId, percent: share?.percent ?? '', inclusive, amount: amountMinor.toString(), ...rule };
  });
  const derivation = creditFacts(of.whole, of.credited, part, { by, currency: of.line.currency });
  return { of, part, taxes, derivation, ...about };
}

/** What a note can tell of lines: minor units. */
export type Figure = 'amountMinor' | 'discountMinor' | 'taxMinor' | 'taxIncludedMinor' | 'totalMinor';

/** The sum of a figure over parts, minor units. */
export const sumOf = (parts: readonly CreditedPart[], figure: Figure): bigint =>
  parts.reduce((total, part) => total + part[figure], 0n);

/** The parts of lines that a note takes back. */
export const partsOf = (lines: readonly PlannedLine[]): CreditedPart[] => lines.map(({ part }) => part);
