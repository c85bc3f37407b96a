import { Migration } from '@mikro-orm/migrations';

/** Connections to Stripe, who an account is there, and the inbox of its events. */
export class Stripe extends Migration {
  override up(): void {
    this.addSql(`
      create table stripe_connections (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        secret_key_sealed bytea not null,
        webhook_secrets_sealed bytea not null,
        key_hint text not null,
        livemode boolean not null,
        disconnected_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id)
      )
    `);
    this.addSql(
      `create unique index stripe_connections_one on stripe_connections (organization_id) where disconnected_at is null`,
    );
    this.addSql(`call fence_tenant_table('stripe_connections', 'select, insert, update')`);
    this.addSql(`call show_to_sweep('stripe_connections', 'organization_id, id, disconnected_at')`);
    this.addSql(`
      create function find_stripe_connection(connection uuid) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select c.organization_id, c.id from stripe_connections c where c.id = connection and c.disconnected_at is null
      $$
    `);
    this.addSql(`call own_by_sweep('find_stripe_connection(uuid)')`);
    // The connection that the environment names belongs to the organization that was there first.
    this.addSql(`
      create function first_organization() returns table (id uuid, mode text)
      language sql stable security definer set search_path from current as $$
        select o.id, o.mode from organizations o order by o.created_at, o.id limit 1
      $$
    `);
    this.addSql(`call own_by_sweep('first_organization()')`);

    // Of an organization, not of a connection: the one of the environment has no row.
    this.addSql(`
      create table stripe_refusals (
        organization_id uuid primary key references organizations (id),
        shut text not null check (shut in ('key', 'permission')),
        reason text not null,
        since timestamptz not null,
        last_at timestamptz not null,
        next_try_at timestamptz not null
      )
    `);
    this.addSql(`call fence_tenant_table('stripe_refusals', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('stripe_refusals', 'organization_id')`);

    this.addSql(`
      create table provider_customers (
        organization_id uuid not null,
        account_id uuid not null,
        provider text not null,
        provider_ref text not null,
        created_at timestamptz not null,
        erase_at timestamptz,
        erased_at timestamptz,
        primary key (organization_id, account_id, provider),
        unique (organization_id, provider, provider_ref),
        foreign key (organization_id, account_id) references accounts (organization_id, id)
      )
    `);
    this.addSql(`create index provider_customers_to_erase on provider_customers (erase_at) where erase_at is not null`);
    this.addSql(`call fence_tenant_table('provider_customers', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('provider_customers', 'organization_id, account_id, erase_at')`);
    this.addSql(`
      create function customers_to_erase(cutoff timestamptz, most int) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select c.organization_id, c.account_id from provider_customers c
        where c.erase_at is not null and c.erase_at <= cutoff order by c.erase_at limit most
      $$
    `);
    this.addSql(`call own_by_sweep('customers_to_erase(timestamptz, int)')`);

    this.addSql(`
      create table provider_events (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        provider text not null,
        provider_event_id text not null,
        type text not null,
        object_id text,
        livemode boolean not null,
        payload jsonb not null,
        occurred_at timestamptz not null,
        recorded_at timestamptz not null,
        next_attempt_at timestamptz,
        tries int not null default 0,
        applied_at timestamptz,
        ignored_at timestamptz,
        ignored_reason text,
        effects int not null default 0,
        dead_at timestamptz,
        parked_at timestamptz,
        last_error text,
        primary key (organization_id, id),
        check (parked_at is null or next_attempt_at is null),
        constraint provider_events_once unique (organization_id, provider, provider_event_id)
      )
    `);
    this.addSql(
      `create index provider_events_to_apply on provider_events (next_attempt_at, id) where next_attempt_at is not null`,
    );
    this.addSql(
      `create index provider_events_parked on provider_events (organization_id, id) where parked_at is not null`,
    );
    this.addSql(`call fence_tenant_table('provider_events', 'select, insert, update')`);
    this.addSql(
      `call show_to_sweep('provider_events', 'organization_id, id, next_attempt_at, recorded_at, parked_at')`,
    );
    this.addSql(`
      create function provider_events_to_apply(cutoff timestamptz, most int) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select e.organization_id, e.id from provider_events e
        where e.next_attempt_at is not null and e.next_attempt_at <= cutoff
        order by e.next_attempt_at, e.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('provider_events_to_apply(timestamptz, int)')`);
    this.addSql(`
      create function oldest_unapplied_provider_event() returns timestamptz
      language sql stable security definer set search_path from current as $$
        select min(e.recorded_at) from provider_events e where e.next_attempt_at is not null
      $$
    `);
    this.addSql(`call own_by_sweep('oldest_unapplied_provider_event()')`);
    this.addSql(`
      create function organizations_shut_out() returns table (organization_id uuid)
      language sql stable security definer set search_path from current as $$
        select p.organization_id from payments p where p.failure_code in ('provider_disconnected', 'provider_access_refused') and p.next_attempt_at is null
          and p.status in ('pending', 'unknown', 'requires_action', 'requires_capture')
        union select r.organization_id from refunds r where r.failure_code in ('provider_disconnected', 'provider_access_refused') and r.next_attempt_at is null
          and r.status in ('approved', 'pending', 'unknown', 'requires_action')
        union select e.organization_id from provider_events e where e.parked_at is not null
        union select s.organization_id from stripe_refusals s
      $$
    `);
    this.addSql(`call own_by_sweep('organizations_shut_out()')`);
  }
}
