import { DomainError, invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import { FactEntity } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import { postCreditNote } from '../../../rules/posting.ts';
import { post } from '../../ledger/index.ts';
import { type Issuer, loadIssuers } from '../issuers/issuers.ts';
import { numberText, takeNumbers } from '../issuers/take-numbers.ts';
import { freePeriods } from '../lines/free-periods.ts';
import { type HeldInvoice, holdInvoice } from '../settlement/hold-invoices.ts';
import { creditInvoice } from './credit-invoice.ts';
import { creditNoteFact } from './credit-note-facts.ts';
import { creditNoteHash } from './credit-note-hash.ts';
import {
  CreditNoteEntity,
  CreditNoteLineEntity,
  type CreditNoteLineRow,
  type CreditNoteRow,
  CreditNoteTaxEntity,
  type CreditNoteTaxRow,
} from './credit-notes.entities.ts';
import { type CreateCreditNoteInput, createCreditNoteInput } from './credit-notes.inputs.ts';
import { loadCreditable } from './creditable-lines.ts';
import { giveNoteCredit } from './note-credit.ts';
import { type CreditNotePlan, planCreditNote } from './plan-credit-note.ts';

/** What payments know of an invoice's money, in minor units. */
export interface InvoiceMoney {
  /** Given back by refunds that no note has told of. */
  refundedMinor: bigint;
  /** What can still go back to who paid. */
  refundableMinor: bigint;
}

/** Asked once the invoice is locked. */
export type MoneyOfInvoice = (held: HeldInvoice) => Promise<InvoiceMoney>;

const noMoney: MoneyOfInvoice = async () => ({ refundedMinor: 0n, refundableMinor: 0n });

/** A credit note as its transaction makes it, and what it was made of. */
export interface IssuedCreditNote {
  note: CreditNoteRow;
  plan: CreditNotePlan;
  held: HeldInvoice;
}

/** What a credit note comes to, with the invoice locked and nothing written yet, and what of the money notes gave back before. */
async function planNote(
  work: Work,
  given: CreateCreditNoteInput,
  moneyOf: MoneyOfInvoice,
): Promise<{ plan: CreditNotePlan; held: HeldInvoice; givenBackMinor: bigint }> {
  const request = readInput(createCreditNoteInput, given);
  const held = await holdInvoice(work, request.invoiceId, ['input', 'invoiceId']);
  const { organizationId, id, reason } = held.invoice;
  if (reason === 'top_up') {
    const message = 'This invoice sold credit: void it while it is unpaid, or withdraw the credit it gave.';
    throw invalidState(message, ['input', 'invoiceId']);
  }
  const creditable = await loadCreditable(work, held.invoice);
  const [before] = await work.rows<{ credited: bigint; refunded: bigint; given_back: bigint }>(
    `select coalesce(sum(total - to_refund), 0)::bigint as credited, coalesce(sum(to_refund), 0)::bigint as refunded,
       given_back_by_notes($1, $2) as given_back
     from credit_notes where organization_id = $1 and invoice_id = $2 and status = 'issued'`,
    [organizationId, id],
  );
  const givenBackMinor = before?.given_back ?? 0n;
  const situation = {
    invoice: held.invoice,
    ...creditable,
    creditedMinor: before?.credited ?? 0n,
    refundedByNotesMinor: before?.refunded ?? 0n,
    givenBackMinor,
    ...(await moneyOf(held)),
  };
  return { plan: planCreditNote(situation, request), held, givenBackMinor };
}

/**
 * Takes back a final invoice or parts of its lines: first it lowers what is due, then it tells of what refunds gave back before,
 * then money is to go back if that is wanted (`moneyOf`; the payments module, which calls this, begins the refunds in the same
 * transaction), and the rest becomes credit of the bill-to account (`giveNoteCredit`). Taxed back rate by rate,
 * numbered in the issuer's own series, frozen, posted. It may free periods so that they can be billed again. Errors as
 * `planCreditNote`; CONFLICT for a period that is not billed by its line.
 */
export async function createCreditNote(
  work: Work,
  given: CreateCreditNoteInput,
  moneyOf: MoneyOfInvoice = noMoney,
): Promise<IssuedCreditNote> {
  const request = readInput(createCreditNoteInput, given);
  const { plan, held, givenBackMinor } = await planNote(work, given, moneyOf);
  const { invoice, account } = held;
  const at = account.now;
  const { organizationId, legalEntityId } = invoice;
  const issuer = (await loadIssuers(work, [organizationId])).of(organizationId, legalEntityId);
  await freeBilled(work, plan);
  const note: CreditNoteRow = {
    organizationId: invoice.organizationId,
    id: newId(),
    invoiceId: invoice.id,
    legalEntityId: invoice.legalEntityId,
    accountId: invoice.accountId,
    billToAccountId: invoice.billToAccountId,
    status: 'issued',
    reason: request.reason,
    memo: request.memo ?? null,
    number: null,
    numberSeries: seriesOf(issuer),
    numberSeq: null,
    currency: invoice.currency,
    subtotal: plan.subtotal,
    discountTotal: plan.discountTotal,
    taxTotal: plan.taxTotal,
    taxIncluded: plan.taxIncluded,
    total: plan.total,
    toInvoice: plan.toInvoiceMinor,
    toRefund: plan.toRefundMinor,
    refundedBefore: plan.refundedBeforeMinor,
    toBalance: plan.toBalanceMinor,
    issuer: invoice.issuer,
    buyer: invoice.buyer,
    issuedAt: at,
    voidedAt: null,
    contentHash: null,
    metadata: request.metadata ?? {},
    createdAt: at,
    updatedAt: at,
    recordedAt: work.recordedAt,
  };
  writeNote(work, note, plan, held);
  creditInvoice(work, invoice, note, at);
  await giveNoteCredit(work, note, invoice, givenBackMinor);
  return { note, plan, held };
}

/** Writes the note with its lines and taxes, posts it and says so; its number is taken last. */
function writeNote(work: Work, note: CreditNoteRow, plan: CreditNotePlan, { invoice }: HeldInvoice): void {
  const lines = linesOf(note, plan);
  const taxes = taxesOf(note, plan);
  work.insert(CreditNoteEntity, [note]);
  work.insert(CreditNoteLineEntity, lines);
  work.insert(CreditNoteTaxEntity, taxes);
  const { organizationId, id, currency, issuedAt: at } = note;
  const finalizedAt = invoice.finalizedAt ?? at;
  const entries = postCreditNote({
    currency,
    lines: plan.lines.map(({ of: { line }, later, part }) => ({
      amountMinor: part.amountMinor,
      discountMinor: part.discountMinor,
      taxIncludedMinor: part.taxIncludedMinor,
      deferred: line.periodEnd != null && line.periodEnd > (later?.finalizedAt ?? finalizedAt),
    })),
    taxTotalMinor: note.taxTotal,
    toInvoiceMinor: note.toInvoice,
    toRefundMinor: note.toRefund,
    toBalanceMinor: note.toBalance,
  });
  post(work, [{ organizationId, sourceType: 'credit_note', sourceId: id, effect: 'issue', at, entries }]);
  work.announce(creditNoteFact('credit_note.created', note, at));
  work.atLast([CreditNoteEntity, FactEntity], () => numberNote(work, note, lines, taxes));
}

/** Credit notes of an issuer are numbered apart from its invoices: `CN-INV-000001`. */
const seriesOf = (issuer: Issuer): string => `CN-${issuer.invoicePrefix}`;

async function numberNote(
  work: Work,
  note: CreditNoteRow,
  lines: readonly CreditNoteLineRow[],
  taxes: readonly CreditNoteTaxRow[],
): Promise<void> {
  const { organizationId, id, legalEntityId, numberSeries } = note;
  const [numberSeq = 0n] = await takeNumbers(work, [{ organizationId, legalEntityId }], 'credit_note');
  Object.assign(note, { numberSeq, number: numberText(numberSeries ?? '', numberSeq) });
  note.contentHash = creditNoteHash(note, lines, taxes);
  const { number, contentHash } = note;
  work.update(CreditNoteEntity, { organizationId, id, number, numberSeq, contentHash });
  for (const { objectId, data } of work.facts) if (objectId === id) data.number = number;
}

function linesOf(note: CreditNoteRow, plan: CreditNotePlan): CreditNoteLineRow[] {
  return plan.lines.map(({ of: { line }, later, part, taxes, quantity, period, freesPeriod, derivation }, index) => ({
    organizationId: note.organizationId,
    id: newId(),
    creditNoteId: note.id,
    invoiceLineId: line.id,
    position: index + 1,
    // Of which invoice it is, where the note is of another one, has to be on the document.
    description: later ? `${line.description} (${later.number})` : line.description,
    quantity,
    amount: part.amountMinor,
    discountAmount: part.discountMinor,
    taxAmount: part.taxMinor,
    taxIncluded: part.taxIncludedMinor,
    total: part.totalMinor,
    taxes,
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    freesPeriod,
    derivation,
    createdAt: note.createdAt,
  }));
}

function taxesOf(note: CreditNoteRow, plan: CreditNotePlan): CreditNoteTaxRow[] {
  return plan.taxes.map(({ of: { taxRateId, treatment, name, percent, inclusive }, taxable, amount }) => ({
    organizationId: note.organizationId,
    id: newId(),
    creditNoteId: note.id,
    taxRateId: taxRateId ?? null,
    treatment,
    name,
    percent,
    inclusive,
    taxable,
    amount,
    createdAt: note.createdAt,
  }));
}

/** Takes the periods that the note frees out of what is billed. CONFLICT if their line does not bill all of them now. */
async function freeBilled(work: Work, { lines }: CreditNotePlan): Promise<void> {
  const freed = lines.flatMap(({ of: { line }, period, freesPeriod }) =>
    freesPeriod && period ? [{ organizationId: line.organizationId, lineId: line.id, ...period }] : [],
  );
  if (freed.length === 0) return;
  const rows = await work.rows<{ line_id: string; complete: boolean }>(
    `select f.line_id, coalesce(range_agg(tstzrange(b.period_start, b.period_end)) @> tstzrange(f.f_start, f.f_end), false) as complete
     from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) as f(line_id, f_start, f_end)
     left join billed_periods b on b.organization_id = $1 and b.invoice_line_id = f.line_id
     group by f.line_id, f.f_start, f.f_end`,
    [
      work.organizationId,
      `{${freed.map((one) => one.lineId).join(',')}}`,
      `{${freed.map((one) => `"${one.start.toISOString()}"`).join(',')}}`,
      `{${freed.map((one) => `"${one.end.toISOString()}"`).join(',')}}`,
    ],
  );
  if (rows.some((row) => !row.complete)) {
    throw new DomainError('CONFLICT', 'This period was freed or taken back already.', { path: ['input', 'lines'] });
  }
  await freePeriods(work, freed);
}
