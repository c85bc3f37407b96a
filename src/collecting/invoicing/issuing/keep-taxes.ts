import type { Work } from '../../../platform/work.ts';
import type { ToldTax } from '../../tax/index.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { isTold, type LineTaxShare, toldTaxOf } from '../lines/line-taxes.ts';

/**
 * The lines of drafts of which a line took something back, on whatever invoice, final or not, with the tax they had
 * then: they keep it, whatever becomes of buyer and rates, or of other lines, until the draft is final, or tax would be
 * given back that never was charged. Not one whose tax was not known: it has none, is not kept already, and its draft
 * waits. One statement, and none for no draft.
 */
export async function loadKept(work: Work, invoiceIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (invoiceIds.length === 0) return new Set();
  const rows = await work.rows<{ id: string }>(
    `select distinct l.id from invoice_lines l
     join invoice_lines r on r.organization_id = l.organization_id and r.subscription_id = l.subscription_id and r.reverses_line_id = l.id
     join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id and i.status <> 'void'
     where l.organization_id = any($1::uuid[]) and l.invoice_id = any($2::uuid[])
       and (json_array_length(l.taxes) > 0 or l.derivation->'tax'->>'rule' = 'as_billed' or not exists (
         select from invoice_taxations t where t.organization_id = l.organization_id and t.invoice_id = l.invoice_id and t.status = 'pending'))`,
    [`{${work.organizations.join(',')}}`, `{${invoiceIds.join(',')}}`],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What a line has of taxes that a service told, as it was told. */
export function toldOf({
  amount,
  discountAmount,
  taxes,
}: Pick<InvoiceLineRow, 'amount' | 'discountAmount' | 'taxes'>): ToldTax[] {
  return (taxes as LineTaxShare[]).filter(isTold).map((share): ToldTax => {
    const amountMinor = BigInt(share.amount);
    const taxable = share.taxable === undefined ? amount - discountAmount : BigInt(share.taxable);
    const id = toldTaxOf(share.taxRateId);
    return {
      ...{ key: id, rateId: id, name: `Tax ${share.percent} %`, place: share.rule ?? '', percent: share.percent },
      ...{ inclusive: share.inclusive, treatment: 'taxed', amountMinor },
      taxableMinor: share.inclusive ? taxable - amountMinor : taxable,
    };
  });
}
