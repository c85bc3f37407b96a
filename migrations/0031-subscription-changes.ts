import { Migration } from '@mikro-orm/migrations';

/** What may become of a subscription after it was made: changes now and later, pauses, the end of a trial. */
export class SubscriptionChanges extends Migration {
  override up(): void {
    this.addSql(`alter table invoices drop constraint invoices_reason_check`);
    this.addSql(`
      alter table invoices add constraint invoices_reason_check check (reason in
        ('subscription_created', 'subscription_cycle', 'subscription_change', 'subscription_ended', 'manual'))
    `);
    // What lines took back of a line is asked before any more is taken back.
    this.addSql(
      `create index invoice_lines_by_reversed on invoice_lines (organization_id, reverses_line_id) where reverses_line_id is not null`,
    );
    this.scheduled();
    this.pauses();
    this.policies();
    this.trials();
    this.held();
  }

  /** Drafts whose lines wait for the next invoice of their kind, which they then become. */
  private held(): void {
    this.addSql(`
      create table invoice_holds (
        organization_id uuid not null,
        invoice_id uuid not null,
        account_id uuid not null,
        bill_to_account_id uuid not null,
        legal_entity_id uuid not null,
        currency text not null,
        primary key (organization_id, invoice_id),
        unique (organization_id, account_id, bill_to_account_id, legal_entity_id, currency),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade
      )
    `);
    this.addSql(`call fence_tenant_table('invoice_holds', 'select, insert, delete')`);
  }

  /** What is to be done to a subscription at an instant ahead. */
  private scheduled(): void {
    this.addSql(`
      create table scheduled_changes (
        organization_id uuid not null,
        id uuid not null,
        subscription_id uuid not null,
        kind text not null check (kind in ('items', 'pause', 'resume', 'cancel')),
        effective_at timestamptz not null,
        at_period_end boolean not null,
        terms jsonb not null,
        status text not null check (status in ('pending', 'applied', 'undone', 'superseded')),
        closed_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        check ((status = 'pending') = (closed_at is null))
      )
    `);
    this.addSql(
      `create unique index scheduled_changes_one_of_a_kind on scheduled_changes (organization_id, subscription_id, kind, effective_at) where status = 'pending'`,
    );
    this.addSql(
      `create index scheduled_changes_by_subscription on scheduled_changes (organization_id, subscription_id, id)`,
    );
    this.addSql(`call fence_tenant_table('scheduled_changes', 'select, insert, update')`);
  }

  private pauses(): void {
    this.addSql(`
      create table subscription_pauses (
        organization_id uuid not null,
        id uuid not null,
        subscription_id uuid not null,
        paused_from timestamptz not null,
        resumed_at timestamptz,
        anchor text not null check (anchor in ('keep', 'shift')),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        check (paused_from <= resumed_at),
        constraint paused_once exclude using gist
          (organization_id with =, subscription_id with =, tstzrange(paused_from, resumed_at) with &&)
      )
    `);
    this.addSql(
      `create unique index subscription_pauses_open on subscription_pauses (organization_id, subscription_id) where resumed_at is null`,
    );
    this.addSql(`call fence_tenant_table('subscription_pauses', 'select, insert, update')`);
    // Spans in which nothing is billed on purpose: pauses, and what a void gave up.
    this.addSql(`
      create or replace view conformance.subscription_pauses with (security_invoker = true) as
      select id::text, organization_id::text as org_id, subscription_id::text, period_start as paused_from, period_end as resumed_at
      from public.released_periods
      union all
      select id::text, organization_id::text, subscription_id::text, paused_from, resumed_at from public.subscription_pauses
    `);
  }

  /** What a merchant has decided about changes of a kind, where it is not what the product does by itself. */
  private policies(): void {
    this.addSql(`
      create table change_policies (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        direction text not null check (direction in
          ('upgrade', 'downgrade', 'quantity_up', 'quantity_down', 'interval_longer', 'interval_shorter')),
        timing text not null check (timing in ('now', 'period_end')),
        settle text not null check (settle in ('invoice_now', 'next_invoice', 'none')),
        credit_basis text not null check (credit_basis in ('time', 'none')),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id)
      )
    `);
    this.addSql(`create unique index change_policies_direction on change_policies (organization_id, direction)`);
    this.addSql(`call fence_tenant_table('change_policies', 'select, insert, update')`);
  }

  private trials(): void {
    this.addSql(
      `alter table organizations add column trial_reminder_days int not null default 3 check (trial_reminder_days between 0 and 60)`,
    );
    this.addSql(`alter table subscriptions add column trial_reminds_at timestamptz`);
    this.addSql(
      `create index subscriptions_trial_reminders on subscriptions (trial_reminds_at, id) where trial_reminds_at is not null`,
    );
    this.addSql(`grant select (trial_reminds_at) on subscriptions to perennial_sweep`);
    this.addSql(`
      create function ending_trials(cutoff timestamptz, most int)
      returns table (organization_id uuid, account_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select s.organization_id, s.account_id, s.id from subscriptions s
        where s.trial_reminds_at is not null and s.trial_reminds_at <= cutoff and s.test_clock_id is null
        order by s.trial_reminds_at, s.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('ending_trials(timestamptz, int)')`);
  }
}
