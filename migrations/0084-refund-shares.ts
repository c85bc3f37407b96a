import { Migration } from '@mikro-orm/migrations';

/** The tables that are read or written across organizations here. */
const tables = ['refunds', 'credit_notes', 'payment_applications', 'invoices', 'credit_top_up_refunds'];

/**
 * Of which invoices refunds give money back, and which credit note says so: the same money is not given back twice, as money and
 * as credit. What refunds without a note gave back before this is shared out over what their payments covered, the latest first.
 */
export class RefundShares extends Migration {
  override name = '0084-refund-shares';

  override up(): void {
    this.addSql(`
      create table refund_shares (
        organization_id uuid not null,
        id uuid not null,
        refund_id uuid not null,
        invoice_id uuid not null,
        credit_note_id uuid,
        amount bigint not null check (amount > 0),
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, refund_id) references refunds (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id)
      )
    `);
    this.addSql(`
      alter table credit_notes
        add column refunded_before bigint not null default 0,
        add check (refunded_before >= 0 and refunded_before <= to_refund)
    `);
    for (const table of tables) this.addSql(`alter table ${table} no force row level security`);
    this.shareOutRefunds();
    for (const table of tables) this.addSql(`alter table ${table} force row level security`);
    for (const column of ['refund_id', 'invoice_id', 'credit_note_id'])
      this.addSql(`create index refund_shares_by_${column} on refund_shares (organization_id, ${column})`);
    this.addSql(`call fence_tenant_table('refund_shares', 'select, insert, update')`);
    this.tellOfDocumentedRefunds();
    this.addSql(`
      create function given_back_by_notes(organization uuid, invoice uuid) returns bigint language sql stable as $$
        select coalesce(sum(c.to_refund + c.to_balance - coalesce((select sum(r.amount) from credit_note_returns r
            where r.organization_id = c.organization_id and r.credit_note_id = c.id), 0)), 0)::bigint
        from credit_notes c where c.organization_id = organization and c.invoice_id = invoice and c.status = 'issued'
      $$
    `);
  }

  private shareOutRefunds(): void {
    this.addSql(`
      insert into refund_shares (organization_id, id, refund_id, invoice_id, credit_note_id, amount, created_at)
      select r.organization_id, gen_random_uuid(), r.id, c.invoice_id, c.id, r.amount, r.created_at from refunds r
      join credit_notes c on c.organization_id = r.organization_id and c.id = r.credit_note_id
    `);
    // The refunds of a payment lie one behind the other, and so do the invoices it covers: a share is where two of them meet.
    this.addSql(`
      insert into refund_shares (organization_id, id, refund_id, invoice_id, amount, created_at)
      with given as (
        select r.organization_id, r.payment_id, r.id, r.created_at, r.amount - r.credit_withdrawn - coalesce((
            select sum(t.money) from credit_top_up_refunds t
            where t.organization_id = r.organization_id and t.refund_id = r.id and t.status <> 'restored'), 0) as amount
        from refunds r where r.credit_note_id is null and r.status not in ('requested', 'rejected', 'failed', 'canceled')),
      covered as (
        select a.organization_id, a.payment_id, a.id, a.invoice_id, a.created_at, a.amount - coalesce((
            select sum(s.amount) from refund_shares s
            join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
            where r.organization_id = a.organization_id and r.payment_id = a.payment_id and s.invoice_id = a.invoice_id
              and r.status not in ('requested', 'rejected', 'failed', 'canceled')), 0) as amount
        from payment_applications a
        join invoices i on i.organization_id = a.organization_id and i.id = a.invoice_id and i.reason <> 'top_up'
        where a.status = 'applied' and a.payment_id in (select payment_id from given)),
      refunds_in_row as (
        select *, sum(amount) over (partition by organization_id, payment_id order by created_at, id) as upto
        from given where amount > 0),
      covers_in_row as (
        select *, sum(amount) over (partition by organization_id, payment_id order by created_at desc, id desc) as upto
        from covered where amount > 0),
      shares as (
        select r.organization_id, r.id as refund_id, c.invoice_id, r.created_at,
          least(r.upto, c.upto) - greatest(r.upto - r.amount, c.upto - c.amount) as amount
        from refunds_in_row r
        join covers_in_row c on c.organization_id = r.organization_id and c.payment_id = r.payment_id)
      select organization_id, gen_random_uuid(), refund_id, invoice_id, amount, created_at from shares where amount > 0
    `);
  }

  /** The function of 0077, for which a refund that failed may have had several notes that told of it. */
  private tellOfDocumentedRefunds(): void {
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
        join credit_notes c on c.organization_id = g.organization_id and c.status = 'issued' and c.id = g.source_id
        where g.source_type = 'credit_note'
        union all
        select distinct g.organization_id, g.id, g.source_id, s.invoice_id from given g
        join refund_shares s on s.organization_id = g.organization_id and s.refund_id = g.source_id and s.credit_note_id is not null
        where g.source_type = 'refund_failed'
      $$
    `);
  }
}
