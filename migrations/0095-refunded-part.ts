import { Migration } from '@mikro-orm/migrations';

/**
 * Which part of what is left of an invoice's charges refunds gave back that no credit note tells of: time that is taken back is worth
 * that much less. 0 to 1; left is what neither credit notes nor lines of other invoices took back, after discount and with tax.
 */
export class RefundedPart extends Migration {
  override up(): void {
    this.addSql(`
      create function refunded_part(organization uuid, invoice uuid) returns numeric language sql stable as $$
        with given as (
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
        standing as (
          select coalesce((select sum(amount) from billed), 0) - coalesce((select sum(amount) from noted), 0) as amount)
        select case when g.amount <= 0 or s.amount <= 0 then 0 else least(1, g.amount / s.amount) end from given g, standing s
      $$
    `);
  }
}
