import { Migration } from '@mikro-orm/migrations';

/** What is done about an invoice that could not be collected: the retries still to come and those made. */
export class Dunning extends Migration {
  override up(): void {
    this.addSql(`
      create table dunning_runs (
        organization_id uuid not null,
        invoice_id uuid not null,
        account_id uuid not null,
        test_clock_id uuid,
        status text not null check (status in ('retrying', 'awaiting_method', 'exhausted', 'recovered', 'stopped')),
        first_failed_at timestamptz not null,
        failures int not null check (failures >= 0),
        next_retry_at timestamptz,
        gives_up_at timestamptz,
        decline_class text,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, invoice_id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        check (next_retry_at is null or status = 'retrying'),
        check ((gives_up_at is not null) = (status = 'awaiting_method'))
      )
    `);
    this.addSql(
      `create index dunning_runs_due on dunning_runs (coalesce(next_retry_at, gives_up_at), invoice_id) where coalesce(next_retry_at, gives_up_at) is not null`,
    );
    this.addSql(`create index dunning_runs_by_account on dunning_runs (organization_id, account_id)`);
    this.addSql(`call fence_tenant_table('dunning_runs', 'select, insert, update')`);
    this.addSql(`
      create table dunning_attempts (
        organization_id uuid not null,
        id uuid not null,
        invoice_id uuid not null,
        installment_id uuid,
        attempt_no int not null check (attempt_no > 0),
        payment_id uuid,
        at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, invoice_id, attempt_no),
        foreign key (organization_id, invoice_id) references dunning_runs (organization_id, invoice_id),
        foreign key (organization_id, payment_id) references payments (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('dunning_attempts', 'select, insert')`);
    this.addSql(
      `call show_to_sweep('dunning_runs', 'organization_id, invoice_id, next_retry_at, gives_up_at, test_clock_id')`,
    );
    this.addSql(`
      create function dunning_retries_due(cutoff timestamptz, most int) returns table (organization_id uuid, invoice_id uuid)
      language sql stable security definer set search_path from current as $$
        select d.organization_id, d.invoice_id from dunning_runs d
        left join test_clocks c on c.organization_id = d.organization_id and c.id = d.test_clock_id
        where coalesce(d.next_retry_at, d.gives_up_at) <= case when d.test_clock_id is null then cutoff else c.now_at end
        order by coalesce(d.next_retry_at, d.gives_up_at), d.invoice_id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('dunning_retries_due(timestamptz, int)')`);
  }
}
