import { FactEntity } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import { postCreditApplication, postFinalize } from '../../../rules/posting.ts';
import type { InvoiceTotals } from '../../../rules/totals.ts';
import type { PayableLine } from '../../../rules/wallet.ts';
import type { CreditBalances } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { prepaid, type TaxDecision, type TaxPending } from '../../tax/index.ts';
import { type BilledAccount, untaxedReasons } from '../charges/invoice-request.ts';
import { InvoiceEntity, type InvoiceLineRow, type InvoiceRow, type InvoiceTaxRow } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { type FrozenBuyer, freezeBuyer, type Issuer } from '../issuers/issuers.ts';
import { numberText, takeNumbers } from '../issuers/take-numbers.ts';
import { withTaxReason } from '../lines/line-derivation.ts';
import { capTaxes } from './cap-taxes.ts';
import { dueAfter, makeTaxes, taxQuestion, taxSharesOf, totalsOf } from './compute-invoice.ts';
import { contentHash } from './content-hash.ts';
import { decideOn, type TaxGround } from './tax-ground.ts';
import { addTold } from './told-totals.ts';

export const noTotals = {} as InvoiceTotals;

/** An invoice on its way from draft to final: its row is changed in place by the steps below. */
export interface Finalizing {
  invoice: InvoiceRow;
  lines: InvoiceLineRow[];
  taxes: InvoiceTaxRow[];
  /** Empty until `computeTotals`. */
  totals: InvoiceTotals;
  issuer: Issuer;
  billTo: BilledAccount;
  timezone: string;
  at: Date;
  /** When it is really made final, where it waited for its tax: it is due from then on, and spends what credit there is then. */
  settledAt?: Date;
  /** Why its tax is not known; null once it is. What is not known is not in the totals. */
  pending: TaxPending | null;
}

/**
 * Taxes and totals of the lines as they are, without tax where that is not known (`pending`) but for lines
 * that take back, which are taxed as billed. What sells nothing is not taxed. Pure.
 */
export function computeTotals(one: Finalizing, ground: TaxGround): void {
  const { invoice, lines } = one;
  const decided: TaxDecision = untaxedReasons.includes(invoice.reason)
    ? { kind: 'rates', lines: lines.map(() => prepaid) }
    : decideOn(ground, taxQuestion(one, lines, ground), invoice.id);
  const waits: TaxPending | null = lines.some(({ id }) => ground.waiting.has(id)) ? takenBack : null;
  one.pending = decided.kind === 'pending' ? { reason: decided.reason, problem: decided.problem } : waits;
  one.totals = totalsWith(one, decided.lines, ground);
  one.taxes = makeTaxes(invoice, one.totals);
  lines.forEach((line, index) => {
    const totalled = one.totals.lines[index]!;
    line.taxAmount = totalled.taxMinor;
    line.taxes = taxSharesOf(totalled);
    line.derivation = withTaxReason(line.derivation, decided.lines[index]!.reason);
  });
}

const takenBack: TaxPending = { reason: 'taken_back', problem: null };

/** By rates, with what services told, and no line that takes back more tax than is left of the line it takes back. */
function totalsWith(
  { invoice, lines }: Pick<Finalizing, 'invoice' | 'lines'>,
  decided: TaxDecision['lines'],
  ground: TaxGround,
): InvoiceTotals {
  const rates = decided.map((one) => one.rates);
  const byRates = totalsOf(lines, rates);
  const capped = capTaxes(decided, byRates, lines, ground.taxBack);
  // Without a line that is capped the others may round in another way, and one more be capped: each time it is one less.
  if (capped) return totalsWith({ invoice, lines }, capped, ground);
  const isAnyTold = decided.some(({ told = [] }) => told.length > 0);
  return isAnyTold ? addTold(byRates, decided, invoice.id) : byRates;
}

/**
 * Gives the invoice its totals, moves the credit it spends or leaves over, and its status: open, or paid at once when
 * nothing is due. Credit is not bought with credit. Pure but for the balances, which are moved in memory.
 */
export function settleTotals(one: Finalizing, balances: CreditBalances): void {
  const { invoice, totals } = one;
  const at = one.settledAt ?? one.at;
  const { totalMinor, carriedToCreditMinor } = totals;
  const key = {
    organizationId: invoice.organizationId,
    accountId: invoice.billToAccountId,
    currency: invoice.currency,
  };
  if (invoice.reason !== 'top_up') {
    const spending = { invoiceId: invoice.id, due: totalMinor, lines: payableLines(one), at };
    const creditsAppliedMinor = balances.spend({ ...key, ...spending });
    one.totals = { ...totals, creditsAppliedMinor, amountDueMinor: totalMinor - creditsAppliedMinor };
  }
  balances.move({ ...key, amount: carriedToCreditMinor, sourceType: 'carried_over', sourceId: invoice.id, at });
  writeTotals(invoice, totals);
  invoice.creditsApplied = one.totals.creditsAppliedMinor;
  invoice.amountDue = one.totals.amountDueMinor;
  invoice.status = nextStatus('draft', invoice.amountDue > 0n ? 'finalize' : 'finalize_settled');
  invoice.paidAt = invoice.status === 'paid' ? at : null;
}

/** What is to be paid of each line, for credit that pays some only; what takes back asks for nothing. */
function payableLines({ lines, totals }: Finalizing): PayableLine[] {
  return lines.map(({ kind, priceId = null }, index) => {
    const { amountMinor, discountMinor, taxMinor, taxIncludedMinor } = totals.lines[index]!;
    const due = amountMinor - discountMinor + taxMinor - taxIncludedMinor;
    return { kind, priceId, dueMinor: due > 0n ? due : 0n };
  });
}

/** The sums of an invoice, credit apart. */
export function writeTotals(invoice: InvoiceRow, totals: InvoiceTotals): void {
  invoice.subtotal = totals.subtotalMinor;
  invoice.discountTotal = totals.discountTotalMinor;
  invoice.taxTotal = totals.taxTotalMinor;
  invoice.taxIncluded = totals.taxIncludedMinor;
  invoice.carriedToCredit = totals.carriedToCreditMinor;
  invoice.total = totals.totalMinor;
  invoice.amountDue = totals.totalMinor;
}

/**
 * Freezes invoices whose totals stand, and leaves their numbering for the end of the transaction: from then until the
 * commit the number series are locked, and others wait.
 */
export function seal(work: Work, batch: readonly Finalizing[]): void {
  if (batch.length === 0) return;
  const buyers = new Map<string, FrozenBuyer>();
  for (const one of batch) {
    const { invoice, billTo, timezone } = one;
    const key = `${billTo.id} ${timezone}`;
    const buyer = buyers.get(key) ?? freezeBuyer(billTo, timezone);
    buyers.set(key, buyer);
    invoice.issuer = one.issuer.frozen;
    invoice.buyer = buyer;
    invoice.finalizedAt = one.at;
    invoice.dueAt = dueAfter(one.settledAt ?? one.at, invoice.netDays, one.timezone);
  }
  const hashes = batch.map(({ invoice, lines, taxes }) => contentHash(invoice, lines, taxes));
  work.atLast([InvoiceEntity, FactEntity], () => numberInvoices(work, batch, hashes));
}

/** Gives sealed invoices, and the facts that tell of them, their numbers; what is frozen is complete with that. */
async function numberInvoices(
  work: Work,
  batch: readonly Finalizing[],
  hashes: readonly ReturnType<typeof contentHash>[],
): Promise<void> {
  const series = batch.map(({ invoice: { organizationId, legalEntityId } }) => ({ organizationId, legalEntityId }));
  const taken = await takeNumbers(work, series);
  const numbers = new Map<string, string>();
  batch.forEach(({ invoice, issuer }, index) => {
    const number = numberText(issuer.invoicePrefix, taken[index]!);
    Object.assign(invoice, { number, numberSeries: issuer.invoicePrefix, numberSeq: taken[index]! });
    invoice.contentHash = hashes[index]!(invoice);
    const { organizationId, id, numberSeries, numberSeq, contentHash: hash } = invoice;
    work.update(InvoiceEntity, { organizationId, id, number, numberSeries, numberSeq, contentHash: hash });
    numbers.set(id, number);
  });
  for (const { objectType, objectId, data } of work.facts) {
    // As a draft it had none yet, although it became final in the same transaction.
    if (objectType === 'invoice' && 'number' in data && data.status !== 'draft')
      data.number = numbers.get(objectId) ?? data.number;
  }
}

/** The ledger transactions of finalization, and of the credit spent. */
export function postFinalization(work: Work, one: Finalizing): void {
  const { invoice, totals, lines, at } = one;
  const source = { organizationId: invoice.organizationId, sourceType: 'invoice', sourceId: invoice.id, at };
  const entries = postFinalize({
    currency: invoice.currency,
    finalizedAt: at,
    lines: lines.map((line, index) => ({
      amountMinor: line.amount,
      discountMinor: line.discountAmount,
      taxIncludedMinor: totals.lines[index]?.taxIncludedMinor ?? 0n,
      periodEnd: line.periodEnd ?? null,
      prepaid: invoice.reason === 'top_up',
    })),
    taxTotalMinor: totals.taxTotalMinor,
    carriedToCreditMinor: totals.carriedToCreditMinor,
    totalMinor: totals.totalMinor,
  });
  const spent = postCreditApplication(invoice.currency, totals.creditsAppliedMinor);
  post(work, [
    { ...source, effect: 'finalize', entries },
    { ...source, at: one.settledAt ?? at, effect: 'apply_credit', entries: spent },
  ]);
}
