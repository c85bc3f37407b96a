import { Migration } from '@mikro-orm/migrations';

/**
 * What refunds gave back of an invoice that no credit note tells of, and what stands of its charges: after discount and with tax, less
 * what credit notes and lines of other invoices took back; minor units, the first never above the second. Two figures and not their
 * quotient, so that the rest is to the cent.
 */
export class RefundedOf extends Migration {
  override up(): void {
    this.addSql(`
      create function refunded_of(organization uuid, invoice uuid) returns table (given bigint, standing bigint) language sql stable as $$
        with refunded as (
          select coalesce(sum(s.amount), 0) as amount from refund_shares s
          join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
            and r.status not in ('requested', 'rejected', 'failed', 'canceled')
          join payments p on p.organization_id = r.organization_id and p.id = r.payment_id and p.status = 'succeeded'
          where s.organization_id = organization and s.invoice_id = invoice and s.credit_note_id is null),
        charged as (
          select l.organization_id, l.id from invoice_lines l
          where l.organization_id = organization and l.invoice_id = invoice and l.reverses_line_id is null),
        billed as (
          select l.amount - l.discount_amount + coalesce((select sum((t.value->>'amount')::bigint)
            from json_array_elements(l.taxes) t where not (t.value->>'inclusive')::boolean), 0) as amount
          from charged c join invoice_lines l on l.organization_id = c.organization_id
            and (l.id = c.id or l.reverses_line_id = c.id)
          join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id and i.status <> 'void'),
        noted as (
          select n.total as amount from charged c
          join credit_note_lines n on n.organization_id = c.organization_id and n.invoice_line_id = c.id
          join credit_notes k on k.organization_id = n.organization_id and k.id = n.credit_note_id and k.status = 'issued'),
        left_over as (
          select greatest(0, coalesce((select sum(amount) from billed), 0) - coalesce((select sum(amount) from noted), 0)) as amount)
        select least(r.amount, l.amount)::bigint, l.amount::bigint from refunded r, left_over l
      $$
    `);
  }
}
