import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { CreditableLine, RatePart } from '../../../rules/credit-note.ts';
import { InvoiceLineEntity, type InvoiceLineRow, InvoiceTaxEntity, type InvoiceTaxRow } from '../invoicing.entities.ts';
import type { LineTaxShare } from '../issuing/compute-invoice.ts';

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

interface TakenRecord {
  line_id: string;
  amount: bigint;
  discount_amount: bigint;
  period_start: Date | null;
  period_end: Date | null;
  taxes: LineTaxShare[];
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
  const records = await work.rows<TakenRecord>(
    `select n.invoice_line_id as line_id, n.amount, n.discount_amount, n.period_start, n.period_end, n.taxes from credit_note_lines n
     join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
     where n.organization_id = $1 and c.invoice_id = $2
     union all
     select r.reverses_line_id, -r.amount, -r.discount_amount, r.period_start, r.period_end,
       coalesce((select json_agg(json_build_object('taxRateId', t.value->>'taxRateId', 'percent', t.value->>'percent',
           'inclusive', (t.value->>'inclusive')::boolean, 'amount', (-(t.value->>'amount')::bigint)::text))
         from json_array_elements(r.taxes) t), '[]')
     from invoice_lines l
     join invoice_lines r on r.organization_id = l.organization_id and r.subscription_id = l.subscription_id and r.reverses_line_id = l.id
     join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id and i.status <> 'void'
     where l.organization_id = $1 and l.invoice_id = $2`,
    [organizationId, id],
  );
  const taken = new Map<string, TakenRecord[]>();
  for (const record of records) taken.set(record.line_id, [...(taken.get(record.line_id) ?? []), record]);
  return { lines: lines.map((line) => toCredit(line, taxes, taken.get(line.id) ?? [])), taxes };
}

function toCredit(line: InvoiceLineRow, taxes: readonly InvoiceTaxRow[], taken: readonly TakenRecord[]): LineToCredit {
  const credited = {
    amountMinor: taken.reduce((total, one) => total + one.amount, 0n),
    discountMinor: taken.reduce((total, one) => total + one.discount_amount, 0n),
    taxes: taken.flatMap((one) => one.taxes.map(ratePart)),
  };
  const { amount: amountMinor, discountAmount: discountMinor } = line;
  const whole = { amountMinor, discountMinor, taxes: sharesOf(line, taxes) };
  const periodsBack = taken.flatMap(({ period_start: start, period_end: end }) =>
    start && end ? [{ start, end }] : [],
  );
  return { line, whole, credited, left: amountMinor - credited.amountMinor, periodsBack };
}

const ratePart = ({ taxRateId, inclusive, amount }: LineTaxShare): RatePart => ({
  rateId: taxRateId,
  inclusive,
  amountMinor: BigInt(amount),
});

/** A line that was written before lines kept their tax by rate: clear as long as its invoice has one rate. */
function sharesOf(line: InvoiceLineRow, taxes: readonly InvoiceTaxRow[]): RatePart[] {
  const shares = (line.taxes as LineTaxShare[]).map(ratePart);
  if (shares.length > 0 || line.taxAmount === 0n) return shares;
  const [only, ...others] = taxes;
  if (!only?.taxRateId || others.length > 0) throw invalidState('The tax of this invoice is not known line by line.');
  return [{ rateId: only.taxRateId, inclusive: only.inclusive, amountMinor: line.taxAmount }];
}
