import { Migration } from '@mikro-orm/migrations';

/**
 * Lines of credit notes say how they came about, kept to the letter and hashed with their note. Those of older notes say
 * nothing, and keep their hash.
 */
export class CreditNotesExplained extends Migration {
  override up(): void {
    this.addSql(`alter table credit_note_lines add column derivation json not null default '{}'`);
    this.addSql(`
      create or replace function credit_note_content_hash(organization uuid, note uuid) returns text language sql stable parallel safe as $$
        select encode(sha256(convert_to(json_build_array(
          'credit note 1', n.id, n.invoice_id, n.legal_entity_id, n.account_id, n.bill_to_account_id, n.reason, n.memo, n.number, n.number_series, n.number_seq,
          n.currency, n.subtotal, n.discount_total, n.tax_total, n.tax_included, n.total, n.to_invoice, n.to_refund, n.to_balance,
          n.issuer, n.buyer, epoch_micros(n.issued_at), epoch_micros(n.created_at),
          ('[' || coalesce((
            select string_agg(case l.derivation::text when '{}' then json_build_array(
                l.id, l.invoice_line_id, l.position, l.description, l.quantity, l.amount, l.discount_amount, l.tax_amount, l.tax_included, l.total, l.taxes,
                epoch_micros(l.period_start), epoch_micros(l.period_end), l.frees_period)
              else json_build_array(
                l.id, l.invoice_line_id, l.position, l.description, l.quantity, l.amount, l.discount_amount, l.tax_amount, l.tax_included, l.total, l.taxes,
                epoch_micros(l.period_start), epoch_micros(l.period_end), l.frees_period, l.derivation)
              end::text, ', ' order by l.position, l.id)
            from credit_note_lines l where l.organization_id = n.organization_id and l.credit_note_id = n.id), '') || ']')::json,
          ('[' || coalesce((
            select string_agg(json_build_array(t.id, t.tax_rate_id, t.name, t.percent, t.inclusive, t.taxable, t.amount)::text, ', ' order by t.id)
            from credit_note_taxes t where t.organization_id = n.organization_id and t.credit_note_id = n.id), '') || ']')::json
        )::text, 'utf8')), 'hex')
        from credit_notes n where n.organization_id = organization and n.id = note
      $$
    `);
  }
}
