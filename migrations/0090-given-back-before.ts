import { Migration } from '@mikro-orm/migrations';

/** The tables that are read or written across organizations here. */
const tables = [
  ...['payments', 'payment_applications', 'refunds', 'refund_shares', 'credit_notes', 'invoices', 'invoice_lines'],
  ...['invoice_graces', 'ledger_entries', 'accounts', 'test_clocks'],
];

/**
 * Payments whose money went after some of it was given back, before the books knew of that (`0075-given-back-of-reversed`): they get
 * what they would get today. What left twice is overdrawn and not out of cash; and what credit notes gave back of an invoice that
 * was not paid anew stays covered there, and is asked for by an invoice of its own, which becomes final by itself.
 */
export class GivenBackBefore extends Migration {
  override up(): void {
    for (const table of tables) this.addSql(`alter table ${table} no force row level security`);
    this.findKept();
    this.keepCovered();
    this.askForKept();
    this.postGivenBack();
    this.addSql(`
      update payments p set reversed_after_refund = true from given g
      where g.organization_id = p.organization_id and g.id = p.id
    `);
    for (const table of tables) this.addSql(`alter table ${table} force row level security`);
  }

  private findKept(): void {
    this.addSql(`
      create temporary table given on commit drop as
      select p.organization_id, p.id, p.account_id, p.currency, p.reversed_at, p.amount_refunded as refunded
      from payments p where p.status = 'reversed' and not p.reversed_after_refund
    `);
    // Payments of one invoice lie one behind the other, until what its notes gave back is covered.
    this.addSql(`
      create temporary table kept on commit drop as
      select organization_id, id, payment_id, invoice_id, is_written_off, least(wanted, short - before) as amount from (
        select a.organization_id, a.id, a.payment_id, a.invoice_id, i.status = 'uncollectible' as is_written_off, w.wanted,
          least(i.amount_due + i.written_off, (select coalesce(sum(c.to_refund), 0) from credit_notes c
            where c.organization_id = i.organization_id and c.invoice_id = i.id and c.status <> 'void') - i.amount_paid) as short,
          coalesce(sum(w.wanted) over (partition by a.organization_id, a.invoice_id order by a.id
            rows between unbounded preceding and 1 preceding), 0) as before
        from given g
        join payment_applications a on a.organization_id = g.organization_id and a.payment_id = g.id and a.status = 'reversed'
        join invoices i on i.organization_id = a.organization_id and i.id = a.invoice_id and i.status in ('open', 'uncollectible')
        join lateral (
          select least(a.amount, coalesce(sum(s.amount), 0)) as wanted from refund_shares s
          join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id and r.status <> 'rejected'
          where s.organization_id = a.organization_id and s.invoice_id = a.invoice_id and s.credit_note_id is not null
            and r.payment_id = a.payment_id) w on w.wanted > 0
        where not exists (
          select from payment_applications o where o.organization_id = i.organization_id and o.invoice_id = i.id and o.status = 'pending')) x
      where short > before
    `);
    this.addSql(`
      delete from given g where refunded = 0 and not exists (
        select from kept k where k.organization_id = g.organization_id and k.payment_id = g.id)
    `);
  }

  private keepCovered(): void {
    this.addSql(`
      update payment_applications a set status = 'applied', amount = k.amount, updated_at = now() from kept k
      where k.organization_id = a.organization_id and k.id = a.id
    `);
    this.addSql(`
      update invoices i set amount_paid = i.amount_paid + k.amount,
        written_off = i.written_off - case when i.status = 'uncollectible' then k.amount else 0 end,
        status = case when k.is_all then 'paid' else i.status end, paid_at = case when k.is_all then k.reversed_at end,
        uncollectible_at = case when k.is_all then null else i.uncollectible_at end, updated_at = now()
      from (
        select k.organization_id, k.invoice_id, sum(k.amount)::bigint as amount, max(g.reversed_at) as reversed_at,
          sum(k.amount) = max(n.amount_due + n.written_off) as is_all
        from kept k join given g on g.organization_id = k.organization_id and g.id = k.payment_id
        join invoices n on n.organization_id = k.organization_id and n.id = k.invoice_id
        group by k.organization_id, k.invoice_id) k
      where k.organization_id = i.organization_id and k.invoice_id = i.id
    `);
  }

  /** A draft by the issuer of the invoice that was credited, for who was given the money; final at once, by its account's clock. */
  private askForKept(): void {
    this.addSql(`
      create temporary table claims on commit drop as
      select g.organization_id, gen_random_uuid() as id, g.account_id, g.currency, k.amount, i.legal_entity_id, i.collection,
        a.test_clock_id, coalesce(c.now_at, now()) as at
      from given g
      join (select organization_id, payment_id, sum(amount)::bigint as amount, min(invoice_id::text)::uuid as invoice_id
        from kept group by organization_id, payment_id) k on k.organization_id = g.organization_id and k.payment_id = g.id
      join invoices i on i.organization_id = k.organization_id and i.id = k.invoice_id
      join accounts a on a.organization_id = g.organization_id and a.id = g.account_id
      left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
    `);
    this.addSql(`
      insert into invoices (organization_id, id, status, reason, legal_entity_id, account_id, bill_to_account_id, currency, collection,
        subtotal, total, net_days, created_at, updated_at, recorded_at)
      select organization_id, id, 'draft', 'payment_reversed', legal_entity_id, account_id, account_id, currency, 'manual',
        amount, amount, 0, at, at, now() from claims
    `);
    this.addSql(`
      insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, component, description, quantity,
        unit_amount, amount, discount_amount, tax_amount, taxes, currency, derivation, created_at)
      select organization_id, gen_random_uuid(), id, 1, 'one_off', account_id, '', 'Money given back of a payment that was returned', 1,
        amount, amount, 0, 0, '[]', currency, '{}', at from claims
    `);
    this.addSql(`
      insert into invoice_graces (organization_id, invoice_id, finalize_at, test_clock_id)
      select organization_id, id, at, test_clock_id from claims
    `);
  }

  private postGivenBack(): void {
    this.addSql(`
      insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
      select organization_id, transaction_id, e.account, currency, e.amount, 'payment', payment_id, 'keep:' || invoice_id, at, now()
      from (select k.organization_id, gen_random_uuid() as transaction_id, g.currency, k.payment_id, k.invoice_id, k.amount,
          k.is_written_off, g.reversed_at as at
        from kept k join given g on g.organization_id = k.organization_id and g.id = k.payment_id) x,
        lateral (values ('cash', amount), (case when is_written_off then 'bad_debt' else 'receivable' end, -amount)) e (account, amount)
    `);
    this.addSql(`
      insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
      select organization_id, transaction_id, e.account, currency, e.amount, 'payment', id, 'given_back', reversed_at, now()
      from (select g.*, gen_random_uuid() as transaction_id, coalesce((select sum(k.amount) from kept k
          where k.organization_id = g.organization_id and k.payment_id = g.id), 0)::bigint as kept from given g) x,
        lateral (values ('cash', refunded - kept), ('overdrawn', -refunded), ('revenue', kept)) e (account, amount)
      where e.amount <> 0
    `);
  }
}
