import { currencyMismatch, DomainError, invalidInput, invalidState, notFound } from '../../../platform/errors.ts';
import { type CreditSplit, creditRefusal, splitCreditNote } from '../../../rules/credit-limits.ts';
import { type CreditedPart, creditPart, shareToDate } from '../../../rules/credit-note.ts';
import { parseDecimal, plainDecimal } from '../../../rules/decimal.ts';
import { prorate, shareOfPeriod } from '../../../rules/proration.ts';
import { type Rational, rational } from '../../../rules/rational.ts';
import type { InvoiceTaxRow } from '../invoicing.entities.ts';
import type { LineTaxShare } from '../lines/line-taxes.ts';
import { payable } from '../settlement/apply-money.ts';
import { allThatIsLeft, type CreditSituation, paidForBy } from './all-that-is-left.ts';
import type { CreditNoteRequest } from './credit-notes.inputs.ts';
import type { LaterInvoice, LineToCredit } from './creditable-lines.ts';
import { type AboutLine, type PlannedLine, partsOf, plannedLine, rest, sumOf } from './planned-line.ts';

/** The tax of one rate that a note takes back; `taxable` as on the invoice: net, or gross where the lines contain it. */
export interface PlannedTax {
  of: InvoiceTaxRow;
  taxable: bigint;
  amount: bigint;
}

/** A credit note before it is written: minor units. */
export interface CreditNotePlan extends CreditSplit {
  lines: PlannedLine[];
  taxes: PlannedTax[];
  subtotal: bigint;
  discountTotal: bigint;
  taxTotal: bigint;
  taxIncluded: bigint;
  total: bigint;
}

type RequestedLine = NonNullable<CreditNoteRequest['lines']>[number];

/**
 * What a credit note comes to; preview and execution are this same calculation. Pure. INVALID_STATE for an invoice that is
 * not final or of which nothing is left, AMOUNT_TOO_LARGE for more than is left of a line, of the invoice or of the money
 * paid, NOT_FOUND, CURRENCY_MISMATCH and INVALID_INPUT with the path of the field.
 */
export function planCreditNote(situation: CreditSituation, request: CreditNoteRequest): CreditNotePlan {
  const { invoice } = situation;
  if (invoice.status === 'draft' || invoice.status === 'void') {
    throw invalidState(`An invoice that is ${invoice.status} cannot be credited.`, ['input', 'invoiceId']);
  }
  const lines = request.lines ? chosenLines(situation, request.lines) : allThatIsLeft(situation);
  const parts = partsOf(lines);
  const total = sumOf(parts, 'totalMinor');
  const split = splitOf(situation, request, total);
  return {
    ...split,
    lines,
    taxes: taxesOf(situation.taxes, lines),
    subtotal: sumOf(parts, 'amountMinor'),
    discountTotal: sumOf(parts, 'discountMinor'),
    taxTotal: sumOf(parts, 'taxMinor'),
    taxIncluded: sumOf(parts, 'taxIncludedMinor'),
    total,
  };
}

/** What a note takes back and where it goes, as plain JSON: equal for two notes that come to the same. */
export function substanceOfNote(plan: CreditNotePlan): unknown {
  return {
    split: [plan.toInvoiceMinor, plan.toRefundMinor, plan.refundedBeforeMinor, plan.toBalanceMinor],
    lines: plan.lines.map(({ of: { line }, part, period, freesPeriod }) => ({
      line: line.id,
      figures: [part.amountMinor, part.discountMinor, part.taxMinor, part.taxIncludedMinor, part.totalMinor],
      taxes: part.taxes.map(({ rateId, amountMinor }) => [rateId, amountMinor]),
      frees: freesPeriod ? period : null,
    })),
  };
}

function chosenLines(situation: CreditSituation, requested: readonly RequestedLine[]): PlannedLine[] {
  const { lines, later: laterInvoices, invoice } = situation;
  const all = new Map<string, { of: LineToCredit; later: LaterInvoice | null }>([
    ...lines.map((of) => [of.line.id, { of, later: null }] as const),
    ...laterInvoices.flatMap((later) => later.lines.map((of) => [of.line.id, { of, later }] as const)),
  ]);
  const seen = new Set<string>();
  const chosen = requested.map((one, index) => {
    const path = ['input', 'lines', String(index)];
    const found = all.get(one.invoiceLineId);
    if (!found) throw notFound([...path, 'invoiceLineId']);
    const { of, later } = found;
    if (seen.has(of.line.id)) throw invalidInput([...path, 'invoiceLineId'], 'Name a line only once.');
    seen.add(of.line.id);
    if (of.whole.amountMinor <= 0n)
      throw invalidState('Only a line that asks for money is credited by itself.', [...path, 'invoiceLineId']);
    const { amount, ...about } = partOf(of, one, invoice.currency, path);
    if (amount <= 0n && one.part && of.left > 0n) {
      throw invalidInput([...path, 'part'], 'The part must come to more than nothing.');
    }
    if (amount <= 0n || amount > of.left) {
      throw new DomainError('AMOUNT_TOO_LARGE', 'This is more than is left of the line.', { path });
    }
    return plannedLine(of, creditPart(of.whole, of.credited, amount), { ...about, later });
  });
  for (const later of laterInvoices) {
    const of = chosen.filter((planned) => planned.later === later);
    if (of.length === 0 || sumOf(partsOf(of), 'totalMinor') <= paidForBy(later)) continue;
    const message = `This is more than was paid of invoice ${later.number} by taking back lines of this one; credit the rest on that one.`;
    throw new DomainError('AMOUNT_TOO_LARGE', message, { path: ['input', 'lines'] });
  }
  return chosen;
}

type About = Omit<AboutLine, 'later'>;

/** Which part of a line is meant: an amount before discount and tax, a share by quantity, by time, or all that is left. */
function partOf(
  { line, left, periodsBack }: LineToCredit,
  { part, freesPeriod }: RequestedLine,
  currency: string,
  path: string[],
): About & { amount: bigint } {
  const own = line.periodStart && line.periodEnd ? { start: line.periodStart, end: line.periodEnd } : null;
  const frees = freesPeriod ?? false;
  if (frees && !(own && line.subscriptionItemId && (line.kind === 'recurring' || line.kind === 'usage'))) {
    throw invalidInput([...path, 'freesPeriod'], 'Only a line that bills a period of a subscription can free it.');
  }
  const about = { quantity: null, period: frees ? own : null, freesPeriod: frees, by: rest };
  if (part?.amount) {
    if (part.amount.currency !== currency) {
      const message = `The invoice is in ${currency}, the amount in ${part.amount.currency}.`;
      throw currencyMismatch([...path, 'part', 'amount', 'currency'], message);
    }
    if (part.amount.amountMinor <= 0n) {
      throw invalidInput([...path, 'part', 'amount'], 'Only an amount above zero can be credited.');
    }
    return { ...about, by: { kind: 'amount' }, amount: part.amount.amountMinor };
  }
  if (part?.quantity) {
    const [wanted, whole] = [parseDecimal(part.quantity), parseDecimal(line.quantity)];
    if (whole.numerator === 0n) throw invalidInput([...path, 'part', 'quantity'], 'The line has no quantity.');
    const share = rational(wanted.numerator * whole.denominator, wanted.denominator * whole.numerator);
    const quantity = plainDecimal(part.quantity);
    return {
      ...about,
      quantity,
      by: { kind: 'quantity', share, quantity, lineQuantity: line.quantity },
      amount: roundedWithin(rational(line.amount), share, left),
    };
  }
  if (part?.period) {
    const within = own && part.period.start >= own.start && part.period.end <= own.end;
    if (!within) throw invalidInput([...path, 'part', 'period'], 'The period must lie within that of the line.');
    const { start, end } = part.period;
    if (periodsBack.some((back) => back.start < end && start < back.end)) {
      const message = 'Some of this time was given back already; name the rest, or an amount.';
      throw new DomainError('CONFLICT', message, { path: [...path, 'part', 'period'] });
    }
    const whole =
      part.period.start.getTime() === own.start.getTime() && part.period.end.getTime() === own.end.getTime();
    const given = { ...about, period: part.period };
    if (whole) return { ...given, amount: left };
    const share = shareOfPeriod(own, part.period);
    return { ...given, by: { kind: 'time', share }, amount: roundedWithin(rational(line.amount), share, left) };
  }
  return { ...about, amount: left };
}

/** A share of a line, rounded once; the last one yields the unit that the roundings of earlier ones took. */
function roundedWithin(amount: Rational, share: Rational, left: bigint): bigint {
  const rounded = prorate(amount, share);
  return rounded === left + 1n ? left : rounded;
}

/** The id under which lines keep their share of a tax row; the reverse charge has no rate of its own. */
const rateIdOf = ({ taxRateId, toldRate, treatment }: InvoiceTaxRow): string | null =>
  treatment === 'reverse_charge' ? treatment : (taxRateId ?? toldRate ?? null);

const netOf = (part: CreditedPart, inclusive: boolean): bigint =>
  part.amountMinor - part.discountMinor - (inclusive ? 0n : part.taxIncludedMinor);

/** The share of what a service told to be taxed, which may be less than the line; null where rates decided. */
function told({ line, whole, credited }: LineToCredit, rateId: string | null, part: CreditedPart): bigint | null {
  const { taxable } = (line.taxes as LineTaxShare[]).find((one) => one.taxRateId === rateId) ?? {};
  if (taxable === undefined) return null;
  return shareToDate(BigInt(taxable), whole, credited.amountMinor, part.amountMinor);
}

function taxesOf(taxes: readonly InvoiceTaxRow[], lines: readonly PlannedLine[]): PlannedTax[] {
  const seen = new Set<string>();
  return taxes.flatMap((of): PlannedTax[] => {
    // A rate has a row of its own for a line that stands beside the others; what lines have of it is one.
    const key = `${rateIdOf(of)} ${of.inclusive}`;
    if (seen.has(key)) return [];
    seen.add(key);
    let [taxable, amount, taxed] = [0n, 0n, false];
    for (const { of: credited, part } of lines) {
      const share = part.taxes.find((one) => one.rateId === rateIdOf(of) && one.inclusive === of.inclusive);
      if (!share) continue;
      taxed = true;
      amount += share.amountMinor;
      taxable += told(credited, rateIdOf(of), part) ?? netOf(part, of.inclusive);
    }
    return taxed ? [{ of, taxable, amount }] : [];
  });
}

const tooMuch =
  'This is more than is left of the invoice; what it paid by taking back lines of another invoice is credited on that one.';
const refusals: Record<string, readonly [code: 'INVALID_STATE' | 'AMOUNT_TOO_LARGE', message: string, field: string]> =
  {
    refund_on_unpaid_invoice: ['INVALID_STATE', 'Money goes back only once nothing is due on it.', 'refundAmount'],
    refund_exceeds_paid: ['AMOUNT_TOO_LARGE', 'This is more than was paid and not yet given back.', 'refundAmount'],
    credit_exceeds_remaining: ['AMOUNT_TOO_LARGE', tooMuch, 'lines'],
    note_exceeds_remaining: ['AMOUNT_TOO_LARGE', tooMuch, 'lines'],
  };

function splitOf(situation: CreditSituation, request: CreditNoteRequest, total: bigint): CreditSplit {
  const { invoice, creditedMinor, refundedByNotesMinor, refundedMinor, refundableMinor } = situation;
  const wanted = request.refundAmount;
  if (wanted && wanted.currency !== invoice.currency) {
    const message = `The invoice is in ${invoice.currency}, the refund in ${wanted.currency}.`;
    throw currencyMismatch(['input', 'refundAmount', 'currency'], message);
  }
  if (total <= 0n) throw invalidState('Nothing is left to credit on this invoice.', ['input', 'invoiceId']);
  const amountDueMinor = payable(invoice);
  const paidMinor = invoice.amountPaid - situation.givenBackMinor;
  const money = { paidMinor: paidMinor > 0n ? paidMinor : 0n, refundedMinor, refundableMinor };
  const asks = wanted?.amountMinor ?? (request.refund === true ? total : 0n);
  const split = splitCreditNote(total, { amountDueMinor, ...money }, asks > 0n ? asks : 0n);
  const newRefund = split.toRefundMinor - split.refundedBeforeMinor;
  if (wanted && newRefund !== wanted.amountMinor) {
    const message = `The refund is more than was paid and not yet given back, or more than the note leaves for it: at most ${newRefund} minor units of ${invoice.currency}.`;
    throw new DomainError('AMOUNT_TOO_LARGE', message, { path: ['input', 'refundAmount'] });
  }
  const refusal = creditRefusal(
    {
      totalMinor: invoice.total,
      paidMinor: invoice.amountPaid,
      settled: split.toInvoiceMinor === amountDueMinor,
      alreadyCreditedMinor: creditedMinor,
      alreadyRefundedMinor: refundedByNotesMinor,
    },
    { creditMinor: split.toInvoiceMinor + split.toBalanceMinor, refundMinor: split.toRefundMinor },
  );
  if (refusal) {
    const [code, message, field] = refusals[refusal]!;
    throw new DomainError(code, message, { path: ['input', field] });
  }
  return split;
}
