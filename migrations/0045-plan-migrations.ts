import { Migration } from '@mikro-orm/migrations';

/** Subscriptions on their way from one version of a plan to another: one row for each, so that each is done once. */
export class PlanMigrations extends Migration {
  override up(): void {
    this.addSql(`
      create table plan_migrations (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        plan_id uuid not null,
        from_version_id uuid not null,
        to_version_id uuid not null,
        timing text not null check (timing in ('now', 'period_end')),
        dry_run boolean not null,
        actor jsonb not null,
        status text not null check (status in ('running', 'done')),
        total int not null check (total >= 0),
        finished_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, plan_id) references plans (organization_id, id),
        foreign key (organization_id, from_version_id) references plan_versions (organization_id, id),
        foreign key (organization_id, to_version_id) references plan_versions (organization_id, id),
        check (from_version_id <> to_version_id),
        check ((status = 'done') = (finished_at is not null))
      )
    `);
    this.addSql(
      `create unique index plan_migrations_one_at_a_time on plan_migrations (organization_id, from_version_id) where status = 'running' and not dry_run`,
    );
    this.addSql(`create index plan_migrations_by_creation on plan_migrations (organization_id, created_at, id)`);
    this.addSql(`create index plan_migrations_running on plan_migrations (id) where status = 'running'`);
    this.addSql(`call fence_tenant_table('plan_migrations', 'select, insert, update')`);

    this.addSql(`
      create table plan_migration_steps (
        organization_id uuid not null,
        migration_id uuid not null,
        subscription_id uuid not null,
        status text not null check (status in ('waiting', 'done', 'refused')),
        currency text not null,
        amount_before bigint,
        amount_after bigint,
        invoiced bigint,
        code text,
        message text,
        done_at timestamptz,
        primary key (organization_id, migration_id, subscription_id),
        foreign key (organization_id, migration_id) references plan_migrations (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        check ((status = 'waiting') = (done_at is null)),
        check ((status = 'refused') = (code is not null))
      )
    `);
    this.addSql(
      `create index plan_migration_steps_waiting on plan_migration_steps (organization_id, migration_id, subscription_id) where status = 'waiting'`,
    );
    this.addSql(`call fence_tenant_table('plan_migration_steps', 'select, insert, update')`);

    this.addSql(`call show_to_sweep('plan_migrations', 'organization_id, id, status')`);
    this.addSql(`
      create function running_plan_migrations(most int)
      returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select m.organization_id, m.id from plan_migrations m where m.status = 'running' order by m.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('running_plan_migrations(int)')`);
  }
}
