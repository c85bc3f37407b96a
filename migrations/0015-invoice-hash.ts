import { Migration } from '@mikro-orm/migrations';

/**
 * What finalization froze, as one canonical text, and its hash: an auditor recomputes it from the rows as they are now.
 * The text is a JSON array built field by field, so no content can pass for the border between two fields. The product
 * builds the same text in `src/collecting/invoicing/content-hash.ts`; a test holds the two together.
 */
export class InvoiceHash extends Migration {
  override up(): void {
    this.addSql(`
      create function epoch_micros(instant timestamptz) returns bigint language sql immutable parallel safe as
      $$ select (extract(epoch from instant) * 1000000)::bigint $$
    `);
    this.addSql(`
      create function invoice_content_text(organization uuid, invoice uuid) returns text language sql stable parallel safe as $$
        select json_build_array(
          'invoice 1', i.id, i.origin, i.reason, i.number, i.number_series, i.number_seq, i.legal_entity_id, i.account_id, i.bill_to_account_id,
          i.currency, epoch_micros(i.created_at), epoch_micros(i.finalized_at), epoch_micros(i.due_at), i.net_days, i.memo, i.issuer, i.buyer,
          i.subtotal, i.discount_total, i.tax_total, i.tax_included, i.carried_to_credit, i.total,
          ('[' || coalesce((
            select string_agg(json_build_array(
              l.id, l.position, l.kind, l.account_id, l.subscription_id, l.subscription_item_id, l.component, l.price_id, l.description,
              epoch_micros(l.period_start), epoch_micros(l.period_end), l.quantity, l.unit_amount, l.amount, l.discount_amount, l.tax_amount,
              l.currency, l.reverses_line_id, l.derivation)::text, ', ' order by l.position, l.id)
            from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id), '') || ']')::json,
          ('[' || coalesce((
            select string_agg(json_build_array(t.id, t.tax_rate_id, t.name, t.percent, t.inclusive, t.taxable, t.amount)::text, ', ' order by t.id)
            from invoice_taxes t where t.organization_id = i.organization_id and t.invoice_id = i.id), '') || ']')::json
        )::text
        from invoices i where i.organization_id = organization and i.id = invoice
      $$
    `);
    this.addSql(`
      create function invoice_content_hash(organization uuid, invoice uuid) returns text language sql stable parallel safe as
      $$ select encode(sha256(convert_to(invoice_content_text(organization, invoice), 'utf8')), 'hex') $$
    `);
  }
}
