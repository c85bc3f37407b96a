import { Migration } from '@mikro-orm/migrations';

/** What an account has bought for a time, item by item, and everything that was ever changed about it. */
export class Subscriptions extends Migration {
  override up(): void {
    this.addSql(`
      create table subscriptions (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        external_id text,
        account_id uuid not null,
        test_clock_id uuid,
        status text not null check (status in ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled')),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        timezone text not null,
        anchor_at timestamptz not null,
        interval_unit text not null check (interval_unit in ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
        interval_count int not null check (interval_count between 1 and 366),
        collection text not null check (collection in ('automatic', 'manual')),
        payment_method_id uuid,
        net_days int check (net_days between 0 and 365),
        started_at timestamptz not null,
        current_period_start timestamptz,
        current_period_end timestamptz,
        trial_start timestamptz,
        trial_end timestamptz,
        ends_at timestamptz,
        ended_at timestamptz,
        cancel_requested_at timestamptz,
        cancel_reason text,
        next_billing_at timestamptz,
        lapses_at timestamptz,
        parked_at timestamptz,
        parked_reason text,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check (current_period_start < current_period_end),
        check ((current_period_start is null) = (current_period_end is null)),
        check ((trial_start is null) = (trial_end is null)),
        check (trial_start < trial_end),
        check ((status = 'canceled') = (ended_at is not null)),
        check ((parked_at is null) = (parked_reason is null)),
        check (status <> 'canceled' or next_billing_at is null)
      )
    `);
    this.addSql(
      `create unique index subscriptions_external_id_key on subscriptions (organization_id, external_id) where external_id is not null`,
    );
    this.addSql(`create index subscriptions_by_creation on subscriptions (organization_id, created_at, id)`);
    this.addSql(`create index subscriptions_by_account on subscriptions (organization_id, account_id)`);
    this.addSql(`create index subscriptions_due on subscriptions (next_billing_at, id)
      where next_billing_at is not null and parked_at is null and test_clock_id is null`);
    this.addSql(`create index subscriptions_due_on_clock on subscriptions (organization_id, test_clock_id, next_billing_at)
      where next_billing_at is not null and parked_at is null and test_clock_id is not null`);
    this.addSql(`create index subscriptions_lapsing on subscriptions (lapses_at, id) where lapses_at is not null`);
    this.addSql(
      `create index subscriptions_parked on subscriptions (organization_id, parked_at) where parked_at is not null`,
    );
    this.addSql(`call fence_tenant_table('subscriptions', 'select, insert, update')`);

    this.addSql(`
      create table subscription_items (
        organization_id uuid not null,
        id uuid not null,
        subscription_id uuid not null,
        plan_id uuid not null,
        plan_version_id uuid not null,
        price_id uuid not null,
        component text not null,
        billing_mode text not null check (billing_mode in ('advance', 'arrears')),
        quantity numeric not null check (quantity >= 0),
        active_from timestamptz not null,
        active_to timestamptz,
        position int not null,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        foreign key (organization_id, plan_id) references plans (organization_id, id),
        foreign key (organization_id, plan_version_id) references plan_versions (organization_id, id),
        foreign key (organization_id, price_id) references prices (organization_id, id),
        check (active_from <= active_to)
      )
    `);
    this.addSql(
      `create index subscription_items_by_subscription on subscription_items (organization_id, subscription_id)`,
    );
    this.addSql(
      `create index subscription_items_by_plan_version on subscription_items (organization_id, plan_version_id)`,
    );
    this.addSql(`call fence_tenant_table('subscription_items', 'select, insert, update')`);

    this.addSql(`
      create table subscription_changes (
        organization_id uuid not null,
        id uuid not null,
        subscription_id uuid not null,
        field text not null,
        old_value jsonb,
        new_value jsonb,
        at timestamptz not null,
        recorded_at timestamptz not null,
        actor text not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id)
      )
    `);
    this.addSql(
      `create index subscription_changes_by_subscription on subscription_changes (organization_id, subscription_id, id)`,
    );
    this.addSql(`call fence_tenant_table('subscription_changes', 'select, insert')`);
    this.addSql(
      `create trigger subscription_changes_are_kept before update or delete on subscription_changes for each row execute function refuse_change()`,
    );

    this.addSql(
      `call show_to_sweep('subscriptions', 'organization_id, id, account_id, next_billing_at, lapses_at, parked_at, test_clock_id')`,
    );
    // Pages over what is due by key; the cost does not depend on how many subscriptions there are.
    this.addSql(`
      create function due_subscriptions(cutoff timestamptz, after_at timestamptz, after_id uuid, most int, only_organization uuid)
      returns table (organization_id uuid, account_id uuid, id uuid, next_billing_at timestamptz)
      language plpgsql stable security definer set search_path from current as $$
      begin
        if only_organization is null then
          return query select s.organization_id, s.account_id, s.id, s.next_billing_at from subscriptions s
            where s.next_billing_at is not null and s.parked_at is null and s.test_clock_id is null
              and s.next_billing_at <= cutoff and (s.next_billing_at, s.id) > (after_at, after_id)
            order by s.next_billing_at, s.id limit most;
        else
          return query select s.organization_id, s.account_id, s.id, s.next_billing_at from subscriptions s
            where s.next_billing_at is not null and s.parked_at is null and s.test_clock_id is null and s.organization_id = only_organization
              and s.next_billing_at <= cutoff and (s.next_billing_at, s.id) > (after_at, after_id)
            order by s.next_billing_at, s.id limit most;
        end if;
      end $$
    `);
    this.addSql(`call own_by_sweep('due_subscriptions(timestamptz, timestamptz, uuid, int, uuid)')`);
    this.addSql(`
      create function lapsing_subscriptions(cutoff timestamptz, most int)
      returns table (organization_id uuid, account_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select s.organization_id, s.account_id, s.id from subscriptions s
        where s.lapses_at is not null and s.lapses_at <= cutoff and s.test_clock_id is null order by s.lapses_at, s.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('lapsing_subscriptions(timestamptz, int)')`);
  }
}
