import { creditPart } from '../../../rules/credit-note.ts';
import type { CreditedBy } from '../../../rules/credit-note-facts.ts';
import { creditUpTo } from '../../../rules/credit-up-to.ts';
import { least } from '../../../rules/money.ts';
import type { InvoiceRow } from '../invoicing.entities.ts';
import type { Creditable, LaterInvoice, LineToCredit } from './creditable-lines.ts';
import { type PlannedLine, partsOf, plannedLine, rest, sumOf } from './planned-line.ts';

/** What notes took of an invoice before, and what became of its money. Minor units. */
export interface CreditSituation extends Creditable {
  invoice: InvoiceRow;
  /** What notes took off what is due, or gave as credit. */
  creditedMinor: bigint;
  refundedByNotesMinor: bigint;
  /** What of the money paid notes gave back, as money or as new credit. */
  givenBackMinor: bigint;
  /** Given back by refunds that no note has told of. */
  refundedMinor: bigint;
  /** What can still go back to who paid. */
  refundableMinor: bigint;
}

/**
 * The rest of every line, negative ones too, and then of what later invoices paid for with this one's: with it the notes add up to the
 * invoice, rate by rate. Lines that take others back are no part of it: what they paid for is given back by the notes of
 * those. Where that leaves less than the lines, it is the ones that ask for money, in their order, as far as there is something left.
 */
export function allThatIsLeft(situation: Left): PlannedLine[] {
  const open = openOf(situation);
  const own = situation.lines.filter((of) => of.left !== 0n && !of.line.reversesLineId).map((of) => restOf(of, null));
  const sum = sumOf(partsOf(own), 'totalMinor');
  const chosen = sum >= 0n && sum <= open ? own : upTo(open, situation.lines, null);
  for (const later of situation.later) {
    const left = open - sumOf(partsOf(chosen), 'totalMinor');
    chosen.push(...upTo(least(left, paidForBy(later)), later.lines, later));
  }
  return chosen;
}

type Left = Pick<CreditSituation, 'invoice' | 'lines' | 'later' | 'creditedMinor' | 'refundedByNotesMinor'>;

/** What notes can still take of the invoice, minor units (I14 of the books). */
const openOf = ({ invoice, creditedMinor, refundedByNotesMinor }: Left): bigint =>
  invoice.total - creditedMinor - refundedByNotesMinor;

/** What is left of a later invoice's charges beyond what its own notes can take, minor units: earlier invoices paid for that. */
export function paidForBy({ lines, leftMinor }: LaterInvoice): bigint {
  const open = lines.filter((of) => of.left !== 0n && !of.line.reversesLineId).map((of) => restOf(of, null));
  return sumOf(partsOf(open), 'totalMinor') - leftMinor;
}

const noPart = { quantity: null, period: null, freesPeriod: false };

const restOf = (of: LineToCredit, later: LaterInvoice | null): PlannedLine =>
  plannedLine(of, creditPart(of.whole, of.credited, of.left), { ...noPart, by: rest, later });

/** Of the lines that ask for money, in their order, what comes to so much together. */
function upTo(mostMinor: bigint, lines: readonly LineToCredit[], later: LaterInvoice | null): PlannedLine[] {
  let open = mostMinor;
  return lines.flatMap((of): PlannedLine[] => {
    const { whole, credited, left } = of;
    const part = left > 0n ? creditUpTo(whole, credited, left, open) : null;
    if (!part) return [];
    open -= part.totalMinor;
    const by: CreditedBy = part.amountMinor === left ? rest : { kind: 'amount' };
    return [plannedLine(of, part, { ...noPart, by, later })];
  });
}
