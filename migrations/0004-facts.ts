import { Migration } from '@mikro-orm/migrations';

/** What happened, written with the state that made it true; its queue row is the outbox, its published row carries the organization's sequence and the audit chain. */
export class Facts extends Migration {
  override up(): void {
    this.addSql(`
      create table facts (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        type text not null,
        object_type text not null,
        object_id uuid not null,
        account_id uuid,
        at timestamptz not null,
        recorded_at timestamptz not null,
        actor text not null,
        request_id text,
        data jsonb not null,
        change jsonb,
        primary key (organization_id, id)
      )
    `);
    this.addSql(`create index facts_by_object on facts (organization_id, object_id, id)`);
    // Few facts bring a change (those of billing do not): the audit of an account, and its erasure, find them here.
    this.addSql(
      `create index facts_by_account_change on facts (organization_id, account_id, id) where change is not null`,
    );
    this.addSql(`call fence_tenant_table('facts', 'select, insert')`);
    // Personal data in a change can be erased; nothing else of a fact can be touched.
    this.addSql(`grant update (change) on facts to perennial_runtime`);
    this.addSql(`create trigger facts_are_kept before delete on facts for each row execute function refuse_change()`);

    this.addSql(`
      create table fact_queue (
        id bigint generated always as identity primary key,
        organization_id uuid not null,
        fact_id uuid not null,
        object_id uuid not null,
        recorded_at timestamptz not null,
        foreign key (organization_id, fact_id) references facts (organization_id, id)
      )
    `);
    this.addSql(`create index fact_queue_by_object on fact_queue (organization_id, object_id, id)`);
    this.addSql(`call fence_tenant_table('fact_queue', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('fact_queue', 'id, organization_id, recorded_at')`);
    this.addSql(`
      create function organizations_with_queued_facts(most int) returns table (organization_id uuid)
      language sql stable security definer set search_path from current as $$
        select distinct q.organization_id from (select f.organization_id from fact_queue f order by f.id limit most) q
      $$
    `);
    this.addSql(`call own_by_sweep('organizations_with_queued_facts(int)')`);
    this.addSql(`
      create function oldest_queued_fact() returns timestamptz
      language sql stable security definer set search_path from current as $$ select f.recorded_at from fact_queue f order by f.id limit 1 $$
    `);
    this.addSql(`call own_by_sweep('oldest_queued_fact()')`);

    this.addSql(`
      create table fact_sequences (
        organization_id uuid primary key references organizations (id),
        last_sequence bigint not null,
        last_hash text not null
      )
    `);
    this.addSql(`call fence_tenant_table('fact_sequences', 'select, insert, update')`);

    this.addSql(`
      create table published_facts (
        organization_id uuid not null,
        sequence bigint not null,
        fact_id uuid not null,
        queue_id bigint not null,
        published_at timestamptz not null,
        payload_hash text not null,
        previous_hash text not null,
        hash text not null,
        primary key (organization_id, sequence),
        unique (organization_id, fact_id),
        foreign key (organization_id, fact_id) references facts (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('published_facts', 'select, insert')`);
    this.addSql(
      `create trigger published_facts_are_kept before update or delete on published_facts for each row execute function refuse_change()`,
    );

    this.addSql(`
      create table idempotency_keys (
        organization_id uuid not null references organizations (id),
        key text not null check (length(key) between 1 and 255),
        operation text not null,
        request_hash text not null,
        state text not null check (state in ('started', 'finished')),
        result jsonb,
        recorded_at timestamptz not null,
        finished_at timestamptz,
        primary key (organization_id, key),
        check ((state = 'finished') = (finished_at is not null))
      )
    `);
    this.addSql(`call fence_tenant_table('idempotency_keys', 'select, insert, update, delete')`);
    this.addSql(`call show_to_sweep('idempotency_keys', 'organization_id, key, state')`);
    // A request holds its key for as long as its transaction lasts, the first byte of its number (here the upper half of it) saying which kind.
    this.addSql(`
      create function idempotency_in_progress() returns bigint
      language sql stable security definer set search_path from current as $$
        select (select count(*) from idempotency_keys k where k.state = 'started')
          + (select count(*) from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid::bigint >> 24 = 1)
      $$
    `);
    this.addSql(`call own_by_sweep('idempotency_in_progress()')`);
  }
}
