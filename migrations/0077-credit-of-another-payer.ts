import { Migration } from '@mikro-orm/migrations';

/**
 * What took an invoice back lowers it also where another account is billed by now: such credit is no payment of it, which
 * a credit note would give back. The function of 0073 without its condition that both are billed to the same account.
 */
export class CreditOfAnotherPayer extends Migration {
  override up(): void {
    this.addSql(`
      create or replace function invoices_behind_credit(organizations uuid[], grants uuid[])
      returns table (organization_id uuid, grant_id uuid, source_id uuid, invoice_id uuid)
      language sql stable as $$
        with recursive given as (
          select g.organization_id, g.id, g.account_id, g.source_type, g.source_id from credit_grants g
          where g.organization_id = any(organizations) and g.id = any(grants)
            and g.source_type in ('credit_note', 'refund_failed', 'carried_over')),
        behind as (
          select g.organization_id, g.id, g.source_id, g.source_id as invoice_id from given g
          where g.source_type = 'carried_over'
          union
          select b.organization_id, b.id, b.source_id, back.invoice_id from behind b cross join lateral (
            select l.invoice_id from invoice_lines r
            join invoice_lines l on l.organization_id = r.organization_id and l.id = r.reverses_line_id
            where r.organization_id = b.organization_id and r.invoice_id = b.invoice_id and r.reverses_line_id is not null
            offset 0) back)
        select b.organization_id, b.id, b.source_id, b.invoice_id from behind b
        where b.invoice_id <> b.source_id
        union all
        select g.organization_id, g.id, g.source_id, c.invoice_id from given g
        left join refunds r on g.source_type = 'refund_failed' and r.organization_id = g.organization_id and r.id = g.source_id
        join credit_notes c on c.organization_id = g.organization_id and c.status = 'issued'
          and c.id = case g.source_type when 'credit_note' then g.source_id else r.credit_note_id end
        where g.source_type <> 'carried_over'
      $$
    `);
  }
}
