import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { type CreditKey, loadSpendable } from '../../credits/index.ts';
import { broughtBy } from '../charges/brought-by.ts';
import type { InvoiceRequest } from '../charges/invoice-request.ts';
import { takeOntoLines, takeWaitingCharges, type WaitingCharge } from '../charges/waiting-charges.ts';
import type { Drawn } from '../discounts/draw-discounts.ts';
import type { Brought } from '../discounts/going-on.ts';
import { explainReturned } from '../discounts/returned-discounts.ts';
import { invoiceFact, subscriptionsOf, taxPendingFact } from '../invoice-facts.ts';
import {
  BilledPeriodEntity,
  InvoiceDiscountEntity,
  InvoiceEntity,
  InvoiceLineDiscountEntity,
  InvoiceLineEntity,
  type InvoiceRow,
  InvoiceTaxEntity,
} from '../invoicing.entities.ts';
import type { Issuer, Issuers } from '../issuers/issuers.ts';
import { freePeriods } from '../lines/free-periods.ts';
import { periodOf } from '../lines/period-of-line.ts';
import { findDebtsBehindHolds, freeHeld } from '../settlement/free-held.ts';
import { makeLines } from './compute-invoice.ts';
import {
  computeTotals,
  type Finalizing,
  noTotals,
  postFinalization,
  seal,
  settleTotals,
  writeTotals,
} from './finalization.ts';
import { byParties, lockFormerParties } from './former-parties.ts';
import {
  drawInTurn,
  giveGrace,
  type HeldDraft,
  letWait,
  type TakenDrafts,
  takeHeldDrafts,
  writeHeldLines,
} from './held-drafts.ts';
import { rememberIssued } from './issued-invoices.ts';
import { type IssuingTerms, loadIssuingTerms, organizationsOf } from './issuing-terms.ts';
import { findUnpaid, inTurn, settleReversed, thawReversed } from './settle-reversed.ts';
import { completeGround } from './tax-ground.ts';
import { endTaxation, insertTaxations, isTold, watchAwaited } from './taxations.ts';

/**
 * Makes invoices, any number of them with a fixed number of statements: reads issuers, tax rates, waiting charges and
 * credit balances for the whole batch, computes, takes the numbers, writes. Accounts (`account` and `billTo`) must be
 * locked. Finalized ones are open, or paid at once when nothing is due; the others are drafts, as are those whose tax is not
 * known yet: they become final, as of this instant, when it is. A request with nothing to bill, and no draft that waits for it,
 * makes no invoice: the answers stand in the order of the requests. A period that is billed already is refused by the database
 * (CONFLICT) and with it the batch.
 * Who knows the organizations before the requests may read their terms ahead. Discounts may come while it reads: it takes them
 * from the requests when these are `ready`.
 */
export async function issueInvoices(
  work: Work,
  requests: readonly InvoiceRequest[],
  ahead: { terms?: Promise<IssuingTerms> | undefined; ready?: Promise<unknown> } = {},
): Promise<(InvoiceRow | undefined)[]> {
  if (requests.length === 0) return [];
  const accounts = await lockFormerParties(work, requests);
  const terms = ahead.terms ?? loadIssuingTerms(work, organizationsOf(requests));
  const [{ issuers, rates }, waiting, held] = await Promise.all([
    terms,
    takeWaitingCharges(work, requests.filter(hasRoom)),
    takeHeldDrafts(work, requests, terms),
    freePeriods(work, requests.flatMap(freedBy)),
    ahead.ready,
  ]);
  const parts = new Map(requests.map((request) => [request, byParties(request, issuers, accounts)]));
  const batch = beginAll(work, parts, issuers, { waiting, held });
  await explainReturned(work, batch);
  const ground = await completeGround(work, rates, batch.map(grounded));
  for (const one of batch) {
    one.drawn = drawInTurn(one);
    computeTotals(one, ground);
  }
  await watchAwaited(work, batch);
  await settleHeld(work, batch);
  const final = batch.filter(isFinal);
  // Invoices are locked before credit, here as everywhere.
  const unpaid = await findUnpaid(work, final);
  const credit = await loadSpendable(
    work,
    final.map((one) => creditKey(one.request)),
  );
  const { balances } = credit;
  await thawReversed(work, final, balances);
  const debts = await findDebtsBehindHolds(work, credit, latestOf(final), unpaid.invoices);
  for (const one of batch) if (!isFinal(one)) writeTotals(one.invoice, one.totals);
  for (const one of inTurn(final)) {
    freeHeld(work, credit, debts, creditKey(one.request), one.at);
    settleTotals(one, balances);
    // Before the next invoice of the batch could spend it.
    settleReversed(work, one, unpaid, balances);
  }
  seal(work, final);
  balances.save(work);
  writeInvoices(work, batch);
  rememberIssued(
    work,
    batch.map((one) => ({ ...one, waits: one.request.hold === true, at: one.request.at })),
  );
  const made = new Map(batch.map(({ request, invoice }) => [request, invoice]));
  return requests.map((request) => made.get(parts.get(request)!.findLast((part) => made.has(part))!));
}

interface Issuing extends Finalizing {
  request: InvoiceRequest;
  drawn: Drawn;
  waiting: readonly WaitingCharge[];
  brought: Brought;
  /** The draft that it goes on with. */
  held: HeldDraft | null;
}

const grounded = ({ issuer, billTo, held, lines }: Issuing) => ({
  ...{ issuer, billTo, lines, invoiceId: held?.invoice.id ?? null },
});

/** An end that bills nothing of its own is there for the draft that waits: charges of the account go on waiting. */
const hasRoom = ({ reason, charges }: InvoiceRequest): boolean => reason !== 'subscription_ended' || charges.length > 0;

/** What is to be final at once is so only if its tax is known. */
const isFinal = ({ request, pending }: Issuing): boolean => request.finalize && pending === null;

const latestOf = (batch: readonly Issuing[]): Date => new Date(Math.max(0, ...batch.map(({ at }) => at.getTime())));

function creditKey(request: InvoiceRequest): CreditKey {
  const { organizationId, id } = request.billTo;
  return { organizationId, accountId: id, currency: request.currency };
}

function freedBy(request: InvoiceRequest) {
  return request.charges.flatMap((charge) => {
    if (!charge.reversesLineId || !charge.periodStart || !charge.periodEnd) return [];
    const { reversesLineId, periodStart, periodEnd } = charge;
    const { organizationId } = request.account;
    return [{ organizationId, lineId: reversesLineId, start: periodStart, end: periodEnd }];
  });
}

/** What was taken for a request goes onto the last of its parts; drafts beside it are invoices of their own, and older. */
function beginAll(
  work: Work,
  parts: ReadonlyMap<InvoiceRequest, readonly InvoiceRequest[]>,
  issuers: Issuers,
  { waiting, held }: { waiting: ReadonlyMap<InvoiceRequest, WaitingCharge[]>; held: TakenDrafts },
): Issuing[] {
  const nothing = { waiting: [], held: null };
  const asked = [...parts].flatMap(([request, ofRequest]) => {
    const own = { waiting: waiting.get(request) ?? [], held: held.by.get(request) ?? null };
    return ofRequest.flatMap((part) => beginInvoice(work, part, issuers, part === ofRequest.at(-1) ? own : nothing));
  });
  const beside = held.beside.flatMap(({ request, held: one, own }) => {
    const alone = { ...request, ...own, charges: [], includeWaiting: false };
    return beginInvoice(work, alone, issuers, { waiting: [], held: one });
  });
  return [...beside, ...asked];
}

function beginInvoice(
  work: Work,
  request: InvoiceRequest,
  issuers: Issuers,
  { waiting, held }: Pick<Issuing, 'waiting' | 'held'>,
): Issuing[] {
  const charges = waiting.length > 0 ? [...request.charges, ...waiting.map((charge) => charge.draft)] : request.charges;
  if (charges.length === 0 && !held) return [];
  const issuer = issuers.of(request.account.organizationId, request.legalEntityId);
  const invoice = draftRow(work, request, issuer);
  if (held) {
    const { id, createdAt, recordedAt, memo, metadata } = held.invoice;
    // What was written onto it by hand while it waited.
    const kept = { memo: invoice.memo ?? memo ?? null, metadata: { ...invoice.metadata, ...metadata } };
    Object.assign(invoice, { id, createdAt, recordedAt, ...kept });
  }
  const before = held?.lines ?? [];
  const added = makeLines({ ...invoice, createdAt: request.at }, charges, (before.at(-1)?.position ?? 0) + 1);
  const lines = [...before, ...added];
  const brought = broughtBy(charges, added);
  const { billTo, at } = request;
  const { timezone } = request.account;
  const drawn: Drawn = { discounts: [], shares: [] };
  const nothingYet = { taxes: [], totals: noTotals, pending: null };
  return [{ request, drawn, waiting, brought, held, invoice, lines, ...nothingYet, issuer, billTo, timezone, at }];
}

function draftRow(work: Work, request: InvoiceRequest, issuer: Issuer): InvoiceRow {
  return {
    organizationId: request.account.organizationId,
    id: newId(),
    origin: 'native',
    status: 'draft',
    reason: request.reason,
    number: null,
    numberSeries: null,
    numberSeq: null,
    legalEntityId: issuer.id,
    accountId: request.account.id,
    billToAccountId: request.billTo.id,
    currency: request.currency,
    collection: request.collection,
    paymentMethodId: request.paymentMethodId ?? null,
    subtotal: 0n,
    discountTotal: 0n,
    taxTotal: 0n,
    taxIncluded: 0n,
    carriedToCredit: 0n,
    total: 0n,
    creditsApplied: 0n,
    creditNotesApplied: 0n,
    amountPaid: 0n,
    writtenOff: 0n,
    amountDue: 0n,
    netDays: request.netDays,
    memo: request.memo ?? null,
    purchaseOrderNumber: request.purchaseOrderNumber ?? null,
    customFields: request.customFields ?? [],
    issuer: null,
    buyer: null,
    dueAt: null,
    finalizedAt: null,
    paidAt: null,
    voidedAt: null,
    uncollectibleAt: null,
    contentHash: null,
    metadata: request.metadata ?? {},
    createdAt: request.at,
    updatedAt: request.at,
    recordedAt: work.recordedAt,
    replacesInvoiceId: request.replacesInvoiceId ?? null,
  };
}

/** Gathers the rows of the whole batch, table by table, and says what happened. */
function writeInvoices(work: Work, batch: readonly Issuing[]): void {
  for (const one of batch) {
    const { amountDue: _computed, ...written } = one.invoice;
    if (one.held) work.update(InvoiceEntity, written);
    else work.insert(InvoiceEntity, [written]);
  }
  const lines = batch.flatMap(({ lines: all, held }) => all.slice(held?.lines.length ?? 0));
  work.insert(InvoiceLineEntity, lines);
  work.insert(
    InvoiceTaxEntity,
    batch.flatMap((one) => one.taxes),
  );
  work.insert(
    InvoiceDiscountEntity,
    batch.flatMap((one) => one.drawn.discounts),
  );
  work.insert(
    InvoiceLineDiscountEntity,
    batch.flatMap((one) => one.drawn.shares),
  );
  work.insert(BilledPeriodEntity, lines.flatMap(periodOf));
  for (const one of batch) {
    takeOntoLines(work, one);
    const { invoice, at } = one;
    const subscriptionIds = subscriptionsOf(one.lines);
    if (invoice.status === 'draft') {
      const finalizeAt = one.request.finalize ? at : null;
      insertTaxations(work, [{ ...one, finalizeAt }]);
      giveGrace(work, one);
      letWait(work, one);
      const type = one.held?.invoice.reason === invoice.reason ? 'invoice.updated' : 'invoice.drafted';
      work.announce(invoiceFact(type, invoice, subscriptionIds, at));
      const waits = taxPendingFact(invoice, subscriptionIds, { at, finalizeAt, pending: one.pending, before: null });
      if (waits) work.announce(waits);
      continue;
    }
    postFinalization(work, one);
    const fact = invoiceFact('invoice.finalized', invoice, subscriptionIds, at);
    if (isTold(one)) fact.data.taxTold = true;
    work.announce(fact);
    if (invoice.status === 'paid') work.announce(invoiceFact('invoice.paid', invoice, subscriptionIds, at));
  }
}

/** Drafts that others go on with wait no longer, but for those that more lines wait on. */
async function settleHeld(work: Work, batch: readonly Issuing[]): Promise<void> {
  const going = batch.filter((one) => one.held);
  const drafts = going.map(({ invoice, held, lines }) => ({ invoice, lines: lines.slice(0, held!.lines.length) }));
  const released = going.flatMap(({ request, invoice }) => (request.hold ? [] : [invoice.id]));
  await writeHeldLines(work, drafts, released);
  for (const { invoice } of going) await endTaxation(work, invoice);
}
