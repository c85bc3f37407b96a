import { Migration } from '@mikro-orm/migrations';

/**
 * What registers answered about tax ids, what follows from it, and invoices whose tax is not known yet: they stay drafts until
 * it is.
 */
export class TaxPending extends Migration {
  override name = '0053-tax-pending';

  override up(): void {
    this.addSql(`
      alter table legal_entities
        add column tax_id_check text not null default 'checksum' check (tax_id_check in ('checksum', 'register')),
        add column tax_id_max_age_days int not null default 90 check (tax_id_max_age_days between 1 and 365),
        add column tax_provider text not null default 'manual' check (tax_provider in ('manual', 'stripe_tax'))
    `);
    // Evidence for the tax office: what was asked, by whom, when, and what came back.
    this.addSql(`
      create table tax_id_checks (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        value text not null,
        source text not null check (source in ('vies', 'merchant')),
        outcome text not null check (outcome in ('valid', 'invalid', 'unavailable')),
        name text,
        address text,
        consultation_number text,
        requester text,
        reason text,
        actor text not null,
        checked_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id)
      )
    `);
    this.addSql(
      `create index tax_id_checks_by_account on tax_id_checks (organization_id, account_id, value, recorded_at, id)`,
    );
    this.addSql(`call fence_tenant_table('tax_id_checks', 'select, insert')`);
    this.addSql(
      `create trigger tax_id_checks_stay before update or delete on tax_id_checks for each row execute function refuse_change()`,
    );
    this.addSql(`
      create table tax_id_standings (
        organization_id uuid not null,
        account_id uuid not null,
        value text not null,
        status text not null check (status in ('unknown', 'valid', 'invalid')),
        decided_at timestamptz,
        check_id uuid,
        check_at timestamptz,
        retry_at timestamptz,
        attempts int not null default 0,
        problem text,
        test_clock_id uuid,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, account_id, value),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, check_id) references tax_id_checks (organization_id, id),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check ((status = 'unknown') = (decided_at is null))
      )
    `);
    this.addSql(`create index tax_id_standings_due on tax_id_standings (check_at) where check_at is not null`);
    this.addSql(`create index tax_id_standings_retried on tax_id_standings (retry_at) where retry_at is not null`);
    this.addSql(`call fence_tenant_table('tax_id_standings', 'select, insert, update, delete')`);
    this.addSql(
      `call show_to_sweep('tax_id_standings', 'organization_id, account_id, value, check_at, retry_at, test_clock_id')`,
    );
    this.addSql(`
      create function tax_ids_to_check(cutoff timestamptz, most int) returns table (organization_id uuid, account_id uuid, value text)
      language sql stable security definer set search_path from current as $$
        select s.organization_id, s.account_id, s.value from tax_id_standings s
        left join test_clocks c on c.organization_id = s.organization_id and c.id = s.test_clock_id
        where s.retry_at <= cutoff
           or (s.check_at is not null and s.check_at <= case when s.test_clock_id is null then cutoff else c.now_at end)
        order by coalesce(s.retry_at, s.check_at), s.account_id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('tax_ids_to_check(timestamptz, int)')`);
    this.addTaxations();
  }

  /** The tax of invoices that could not be told when they were made: by whom it is told, and what becomes of the draft then. */
  private addTaxations(): void {
    this.addSql(`
      create table invoice_taxations (
        organization_id uuid not null,
        invoice_id uuid not null,
        bill_to_account_id uuid not null,
        provider text not null check (provider in ('manual', 'stripe_tax')),
        status text not null check (status in ('pending', 'decided')),
        reason text check (reason in ('tax_id', 'provider', 'refused')),
        problem text,
        asked_at timestamptz not null,
        finalize_at timestamptz,
        retry_at timestamptz,
        attempts int not null default 0,
        test_clock_id uuid,
        question_hash text,
        answer json,
        provider_ref text,
        updated_at timestamptz not null,
        primary key (organization_id, invoice_id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade,
        foreign key (organization_id, bill_to_account_id) references accounts (organization_id, id),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check ((status = 'pending') = (reason is not null)),
        check (finalize_at is null or status = 'pending'),
        check ((question_hash is null) = (answer is null))
      )
    `);
    this.addSql(`
      create index invoice_taxations_pending on invoice_taxations (organization_id, bill_to_account_id) where status = 'pending'
    `);
    this.addSql(`create index invoice_taxations_due on invoice_taxations (retry_at) where retry_at is not null`);
    this.addSql(`call fence_tenant_table('invoice_taxations', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('invoice_taxations', 'organization_id, invoice_id, retry_at')`);
    this.addSql(`
      create function invoices_to_tax(cutoff timestamptz, most int) returns table (organization_id uuid, invoice_id uuid)
      language sql stable security definer set search_path from current as $$
        select t.organization_id, t.invoice_id from invoice_taxations t
        where t.retry_at <= cutoff order by t.retry_at, t.invoice_id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('invoices_to_tax(timestamptz, int)')`);
  }
}
