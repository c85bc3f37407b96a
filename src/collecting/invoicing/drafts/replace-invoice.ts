import { invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import type { ChargeDraft, InvoiceReason, InvoiceRequest, LineKind } from '../charges/invoice-request.ts';
import type { DiscountTerms } from '../discounts/invoice-discount.ts';
import {
  InvoiceDiscountEntity,
  InvoiceLineEntity,
  type InvoiceLineRow,
  type InvoiceRow,
} from '../invoicing.entities.ts';
import { type ReplaceInvoiceInput, replaceInvoiceInput } from '../invoicing.inputs.ts';
import { issueInvoices } from '../issuing/issue-invoices.ts';
import { withDiscountSteps } from '../lines/line-derivation.ts';
import { type HeldInvoice, holdInvoice } from '../settlement/hold-invoices.ts';
import { takeBack } from '../settlement/void-invoice.ts';
import { redraft } from './draft-lines.ts';
import { finalizeInvoice } from './finalize-invoice.ts';

/** Days that a replacement has to be mended in where its account has none. */
const usualDays = 1;

/**
 * Voids an open invoice and makes a draft with the same charges, terms and periods: what was wrong is mended there, and all
 * that comes of finalizing happens to the new one. It becomes final by itself after `graceDays` local days (those of the
 * account if left out, and a day where it has none), or with `finalize` at once. Waiting charges move with their lines.
 * Errors as `voidInvoice`; INVALID_STATE for an invoice that sold credit, and for the first one of a subscription that waits
 * for it unless it becomes final at once.
 */
export async function replaceInvoice(work: Work, given: ReplaceInvoiceInput): Promise<InvoiceRow> {
  const input = readInput(replaceInvoiceInput, given);
  const held = await holdInvoice(work, input.id);
  const { invoice, account } = held;
  const { organizationId, id, reason, status } = invoice;
  if (status !== 'open') throw invalidState(`An invoice that is ${status} cannot be replaced.`, ['input', 'id']);
  if (reason === 'top_up') {
    throw invalidState('This invoice sold credit: void it, and buy the credit anew.', ['input', 'id']);
  }
  if (reason === 'payment_reversed') {
    throw invalidState('This invoice asks for money that was given back: void it to forgo that.', ['input', 'id']);
  }
  const finalize = input.finalize ?? false;
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  // The periods go straight to the new lines: at no time are they given up.
  await takeBack(work, held, ['input', 'id'], { replaced: true, ...(finalize ? { goesOn: true } : {}) });
  const days = input.graceDays ?? account.invoiceGraceDays ?? account.organization.invoiceGraceDays;
  const [made] = await issueInvoices(work, [requestOf(held, lines, finalize ? 0 : days || usualDays)]);
  if (!made) throw new Error('an invoice without lines');
  await work.flush();
  await moveCharges(work, lines, made);
  await moveDiscounts(work, held, lines, made);
  return finalize ? finalizeInvoice(work, { id: made.id }) : made;
}

function requestOf(held: HeldInvoice, lines: readonly InvoiceLineRow[], graceDays: number): InvoiceRequest {
  const { invoice, account, billTo } = held;
  return {
    ...{ account, billTo, at: account.now, finalize: false, graceDays, replacesInvoiceId: invoice.id },
    currency: invoice.currency,
    collection: invoice.collection as 'automatic' | 'manual',
    netDays: invoice.netDays,
    reason: invoice.reason as InvoiceReason,
    legalEntityId: invoice.legalEntityId,
    paymentMethodId: invoice.paymentMethodId ?? null,
    memo: invoice.memo ?? null,
    purchaseOrderNumber: invoice.purchaseOrderNumber ?? null,
    customFields: invoice.customFields as { name: string; value: string }[],
    metadata: invoice.metadata,
    charges: lines.map(chargeOf),
  };
}

/** The discounts of the old invoice, which the void gives back, are taken off the new lines by the same terms, of the same time. */
async function moveDiscounts(
  work: Work,
  held: HeldInvoice,
  old: readonly InvoiceLineRow[],
  made: InvoiceRow,
): Promise<void> {
  const { organizationId, id, subscriptionIds } = held.invoice;
  const rows = await work.find(InvoiceDiscountEntity, { organizationId, invoiceId: id }, { position: 'asc' });
  if (rows.length === 0) return;
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: made.id }, { position: 'asc' });
  const moved = (ids: string[]) => ids.map((id) => lines[old.findIndex((line) => line.id === id)]!.id);
  work.insert(
    InvoiceDiscountEntity,
    rows.map((row) => {
      const { lineIds, exceptLineIds, ...terms } = row.terms as DiscountTerms;
      const scope = {
        replaces: terms.replaces ?? row.id,
        ...(lineIds && { lineIds: moved(lineIds) }),
        ...(exceptLineIds && { exceptLineIds: moved(exceptLineIds) }),
      };
      return { ...row, terms: { ...terms, ...scope }, id: newId(), invoiceId: made.id, createdAt: made.createdAt };
    }),
  );
  await redraft(work, { ...held, invoice: Object.assign(made, { subscriptionIds }) }, lines);
}

/** Charges that waited for the old invoice are on the new one; both have their lines in the same order. */
async function moveCharges(work: Work, from: readonly InvoiceLineRow[], to: InvoiceRow): Promise<void> {
  await work.rows(
    `update charges c set invoice_line_id = fresh.id, updated_at = $4
     from (select id, row_number() over (order by position, id) as place from invoice_lines
           where organization_id = $1 and invoice_id = $2) fresh
     join unnest($3::uuid[]) with ordinality as old(id, place) on old.place = fresh.place
     where c.organization_id = $1 and c.invoice_line_id = old.id`,
    [to.organizationId, to.id, `{${from.map((line) => line.id).join(',')}}`, to.createdAt],
  );
}

/** All that makes a charge, so that none is forgotten; lines that take others back are never replaced. */
type Whole = Required<
  Omit<ChargeDraft, 'discount' | 'discountOf' | 'taxes' | 'reversesLineId' | 'goesOnFrom' | 'fellDueAt' | 'parties'>
>;

function chargeOf(line: InvoiceLineRow): Whole {
  const { accountId, component, description, quantity, unitAmount, amount } = line;
  return {
    ...{ accountId, component, description, quantity, unitAmount, amount },
    kind: line.kind as LineKind,
    subscriptionId: line.subscriptionId ?? null,
    subscriptionItemId: line.subscriptionItemId ?? null,
    priceId: line.priceId ?? null,
    taxCategory: line.taxCategory ?? null,
    periodStart: line.periodStart ?? null,
    periodEnd: line.periodEnd ?? null,
    // Discounts are taken off the new line by themselves, and say so there.
    derivation: withDiscountSteps(line.derivation, []),
  };
}
