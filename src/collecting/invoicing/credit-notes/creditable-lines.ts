import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { CreditableLine, RatePart } from '../../../rules/credit-note.ts';
import {
  InvoiceLineEntity,
  type InvoiceLineRow,
  type InvoiceRow,
  InvoiceTaxEntity,
  type InvoiceTaxRow,
} from '../invoicing.entities.ts';
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
 * An invoice that took lines of an earlier one back to pay for its own: what its charges come to beyond its total was paid by whoever
 * paid the earlier one, and is given back by that one's notes.
 */
export interface LaterInvoice {
  id: string;
  number: string;
  finalizedAt: Date;
  /** What its own notes can still take, minor units. */
  leftMinor: bigint;
  lines: LineToCredit[];
}

/** All that notes of an invoice can take back, in the order of lines and of invoices; the taxes of all of them. */
export interface Creditable {
  lines: LineToCredit[];
  later: LaterInvoice[];
  taxes: InvoiceTaxRow[];
}

/**
 * What is left of the lines of a final invoice, and of those that later ones paid for with it. The invoice is locked by the caller, and
 * with it the account that pays all of these; four queries, whatever the number of lines.
 */
export async function loadCreditable(work: Work, invoice: InvoiceRow): Promise<Creditable> {
  const { organizationId, id } = invoice;
  const later = await findLater(work, invoice);
  const of = { organizationId, invoiceId: { $in: [id, ...later.map((one) => one.id)] } };
  const lines = await work.find(InvoiceLineEntity, of, { position: 'asc', id: 'asc' });
  const taxes = await work.find(InvoiceTaxEntity, of, { id: 'asc' });
  const taken = await loadTakenBack(
    work,
    lines.map((line) => line.id),
  );
  const linesOf = (invoiceId: string): LineToCredit[] => {
    const own = taxes.filter((tax) => tax.invoiceId === invoiceId);
    return lines.flatMap((line) =>
      line.invoiceId === invoiceId ? [toCredit(line, own, taken.get(line.id) ?? [])] : [],
    );
  };
  return { lines: linesOf(id), later: later.map((one) => ({ ...one, lines: linesOf(one.id) })), taxes };
}

/** Final invoices of the same payer and issuer that took lines of this one back, and those that took lines of these back, and so on. */
function findLater(work: Work, invoice: InvoiceRow): Promise<Omit<LaterInvoice, 'lines'>[]> {
  return work.rows(
    `with recursive later as (
       select $1::uuid as organization_id, $2::uuid as invoice_id
       union
       select b.organization_id, n.invoice_id from later b cross join lateral (
         select r.invoice_id from invoice_lines l
         join invoice_lines r on r.organization_id = l.organization_id and r.reverses_line_id = l.id
         join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id
           and i.status in ('open', 'paid', 'uncollectible') and i.bill_to_account_id = $3 and i.legal_entity_id = $4
         where l.organization_id = b.organization_id and l.invoice_id = b.invoice_id offset 0) n)
     select i.id, i.number, i.finalized_at as "finalizedAt", (i.total - coalesce((select sum(c.total) from credit_notes c
         where c.organization_id = i.organization_id and c.invoice_id = i.id and c.status = 'issued'), 0))::bigint as "leftMinor"
     from later b join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id
     where i.id <> $2::uuid order by i.number_seq`,
    [invoice.organizationId, invoice.id, invoice.billToAccountId, invoice.legalEntityId],
  );
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
