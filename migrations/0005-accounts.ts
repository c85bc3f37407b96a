import { Migration } from '@mikro-orm/migrations';

/** Whom an organization bills, and the test clocks that may carry them. */
export class Accounts extends Migration {
  override up(): void {
    this.addSql(`
      create table test_clocks (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        name text not null,
        status text not null check (status in ('ready', 'advancing')),
        now_at timestamptz not null,
        target_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        check ((status = 'advancing') = (target_at is not null))
      )
    `);
    this.addSql(`call fence_tenant_table('test_clocks', 'select, insert, update')`);
    this.addSql(`call show_to_sweep('test_clocks', 'organization_id, id, status')`);
    this.addSql(`
      create function advancing_test_clocks() returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select c.organization_id, c.id from test_clocks c where c.status = 'advancing'
      $$
    `);
    this.addSql(`call own_by_sweep('advancing_test_clocks()')`);

    this.addSql(`
      create table accounts (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        external_id text,
        name text not null,
        email text,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        timezone text not null,
        locale text not null,
        billing_address jsonb,
        tax_ids jsonb not null default '[]',
        tax_exempt boolean not null default false,
        bill_to_account_id uuid,
        dunning_status text not null default 'active' check (dunning_status in ('active', 'warning', 'blocked')),
        net_days int check (net_days between 0 and 365),
        test_clock_id uuid,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        deleted_at timestamptz,
        erased_at timestamptz,
        primary key (organization_id, id),
        foreign key (organization_id, bill_to_account_id) references accounts (organization_id, id),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check (bill_to_account_id <> id)
      )
    `);
    this.addSql(
      `create unique index accounts_external_id_key on accounts (organization_id, external_id) where external_id is not null and deleted_at is null`,
    );
    this.addSql(`create index accounts_by_creation on accounts (organization_id, created_at, id)`);
    this.addSql(
      `create index accounts_by_test_clock on accounts (organization_id, test_clock_id) where test_clock_id is not null`,
    );
    this.addSql(`create index accounts_by_name on accounts (organization_id, name, id)`);
    this.addSql(`create index accounts_by_email on accounts (organization_id, lower(email)) where email is not null`);
    this.addSql(
      `create index accounts_by_bill_to on accounts (organization_id, bill_to_account_id) where bill_to_account_id is not null`,
    );
    this.addSql(`create index accounts_by_metadata on accounts using gin (metadata jsonb_path_ops)`);
    this.addSql(`call fence_tenant_table('accounts', 'select, insert, update')`);
  }
}
