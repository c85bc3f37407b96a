import { Migration } from '@mikro-orm/migrations';

/** Plans, their versions and the prices of each version; what is published does not change. */
export class Catalog extends Migration {
  override up(): void {
    this.addSql(`
      create table plans (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        external_id text,
        name text not null,
        tier_label text,
        description text,
        archived_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id)
      )
    `);
    this.addSql(
      `create unique index plans_external_id_key on plans (organization_id, external_id) where external_id is not null`,
    );
    this.addSql(`create index plans_by_creation on plans (organization_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('plans', 'select, insert, update')`);

    this.addSql(`
      create table plan_versions (
        organization_id uuid not null,
        id uuid not null,
        plan_id uuid not null,
        version int not null check (version > 0),
        status text not null check (status in ('draft', 'published')),
        interval_unit text not null check (interval_unit in ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
        interval_count int not null check (interval_count between 1 and 366),
        trial_days int not null default 0 check (trial_days between 0 and 730),
        published_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, plan_id, version),
        foreign key (organization_id, plan_id) references plans (organization_id, id),
        check ((status = 'published') = (published_at is not null))
      )
    `);
    this.addSql(
      `create unique index plan_versions_one_draft on plan_versions (organization_id, plan_id) where status = 'draft'`,
    );
    this.addSql(`call fence_tenant_table('plan_versions', 'select, insert, update, delete')`);

    this.addSql(`
      create table prices (
        organization_id uuid not null,
        id uuid not null,
        plan_version_id uuid not null,
        component text not null check (component ~ '^[a-z][a-z0-9_]{0,62}$'),
        name text not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        model text not null,
        parameters jsonb not null,
        billing_mode text not null check (billing_mode in ('advance', 'arrears')),
        position int not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, plan_version_id, component, currency),
        foreign key (organization_id, plan_version_id) references plan_versions (organization_id, id) on delete cascade
      )
    `);
    this.addSql(`call fence_tenant_table('prices', 'select, insert, delete')`);

    this.addSql(`
      create function published_versions_do_not_change() returns trigger language plpgsql as $$
      begin
        if old.status = 'published' then
          raise exception 'a published plan version does not change' using errcode = 'restrict_violation';
        end if;
        return coalesce(new, old);
      end $$
    `);
    this.addSql(
      `create trigger plan_versions_frozen before update or delete on plan_versions for each row execute function published_versions_do_not_change()`,
    );
    this.addSql(`
      create function published_prices_do_not_change() returns trigger language plpgsql as $$
      begin
        if exists (select from plan_versions v where v.organization_id = coalesce(new.organization_id, old.organization_id)
                   and v.id = coalesce(new.plan_version_id, old.plan_version_id) and v.status = 'published') then
          raise exception 'the prices of a published plan version do not change' using errcode = 'restrict_violation';
        end if;
        return coalesce(new, old);
      end $$
    `);
    this.addSql(
      `create trigger prices_frozen before insert or update or delete on prices for each row execute function published_prices_do_not_change()`,
    );
  }
}
