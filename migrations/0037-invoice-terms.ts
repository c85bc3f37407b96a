import { Migration } from '@mikro-orm/migrations';

/**
 * Terms of invoices: who issues them, what the document shows, days of grace as a draft, what replaces what, accounts that
 * pay for others, and exchange rates for reports.
 */
export class InvoiceTerms extends Migration {
  override name = '0037-invoice-terms';

  override up(): void {
    this.addSql(`
      alter table organizations add column invoice_grace_days int not null default 0 check (invoice_grace_days between 0 and 60)
    `);
    this.addSql(`
      alter table accounts
        add column invoice_grace_days int check (invoice_grace_days between 0 and 60),
        add column legal_entity_id uuid,
        add column purchase_order_number text,
        add column custom_fields jsonb not null default '[]',
        add column parent_account_id uuid,
        add column billing_policy text not null default 'self' check (billing_policy in ('self', 'parent_pays', 'parent_invoiced')),
        add column invoice_account_id uuid,
        add constraint accounts_legal_entity_fkey foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id),
        add foreign key (organization_id, parent_account_id) references accounts (organization_id, id),
        add foreign key (organization_id, invoice_account_id) references accounts (organization_id, id)
    `);
    this.addSql(`
      create index accounts_by_parent on accounts (organization_id, parent_account_id, id) where parent_account_id is not null
    `);
    this.addSql(`
      create index accounts_by_invoice_account on accounts (organization_id, invoice_account_id) where invoice_account_id is not null
    `);
    this.addSql('alter table accounts no force row level security');
    this.addSql(`
      update accounts set parent_account_id = bill_to_account_id, billing_policy = 'parent_pays' where bill_to_account_id is not null
    `);
    this.addSql('alter table accounts force row level security');
    this.addSql(`
      alter table accounts add constraint accounts_policy_needs_parent check (billing_policy = 'self' or parent_account_id is not null)
    `);
    this.refuseCircles();
    this.addSql(`
      alter table subscriptions add column legal_entity_id uuid, add column purchase_order_number text,
        add constraint subscriptions_legal_entity_fkey foreign key (organization_id, legal_entity_id)
          references legal_entities (organization_id, id)
    `);
    this.addSql(`
      alter table invoices add column replaces_invoice_id uuid,
        add foreign key (organization_id, replaces_invoice_id) references invoices (organization_id, id),
        add constraint invoices_replaced_once unique (organization_id, replaces_invoice_id)
    `);
    this.addGraces();
    this.addExchangeRates();
  }

  /** Nobody is their own ancestor, whoever writes; the verb locks the whole family before it looks. */
  private refuseCircles(): void {
    this.addSql(`
      create function accounts_form_no_circle() returns trigger language plpgsql as $$
      begin
        if exists (
          with recursive ancestors as (
            select new.parent_account_id as id, 1 as depth
            union all
            select a.parent_account_id, t.depth + 1 from ancestors t
            join accounts a on a.organization_id = new.organization_id and a.id = t.id where a.parent_account_id is not null and t.depth < 100
          ) select from ancestors where id = new.id
        ) then
          raise exception 'an account is not its own ancestor' using errcode = 'check_violation', constraint = 'accounts_no_circle';
        end if;
        return null;
      end $$
    `);
    this.addSql(`
      create constraint trigger accounts_no_circle after insert or update of parent_account_id on accounts
        deferrable initially immediate for each row when (new.parent_account_id is not null) execute function accounts_form_no_circle()
    `);
  }

  private addGraces(): void {
    this.addSql(`
      create table invoice_graces (
        organization_id uuid not null,
        invoice_id uuid not null,
        finalize_at timestamptz not null,
        test_clock_id uuid,
        primary key (organization_id, invoice_id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade,
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id)
      )
    `);
    this.addSql(`create index invoice_graces_due on invoice_graces (finalize_at)`);
    this.addSql(`call fence_tenant_table('invoice_graces', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('invoice_graces', 'organization_id, invoice_id, finalize_at, test_clock_id')`);
    this.addSql(`
      create function invoice_graces_over(cutoff timestamptz, most int) returns table (organization_id uuid, invoice_id uuid)
      language sql stable security definer set search_path from current as $$
        select g.organization_id, g.invoice_id from invoice_graces g
        left join test_clocks c on c.organization_id = g.organization_id and c.id = g.test_clock_id
        where g.finalize_at <= case when g.test_clock_id is null then cutoff else c.now_at end
        order by g.finalize_at, g.invoice_id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('invoice_graces_over(timestamptz, int)')`);
  }

  private addExchangeRates(): void {
    this.addSql(`
      create table exchange_rates (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        base_currency text not null check (base_currency ~ '^[A-Z]{3}$'),
        quote_currency text not null check (quote_currency ~ '^[A-Z]{3}$'),
        valid_on date not null,
        rate numeric(30, 12) not null check (rate > 0),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        check (base_currency <> quote_currency),
        constraint exchange_rates_one_a_day unique (organization_id, base_currency, quote_currency, valid_on)
      )
    `);
    this.addSql(`call fence_tenant_table('exchange_rates', 'select, insert, update')`);
  }
}
