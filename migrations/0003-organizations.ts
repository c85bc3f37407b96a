import { Migration } from '@mikro-orm/migrations';

/** Who uses the system: organizations (the tenants), their members and API keys. */
export class Organizations extends Migration {
  override up(): void {
    this.addSql(`
      create table organizations (
        id uuid primary key,
        name text not null check (length(name) between 1 and 200),
        mode text not null check (mode in ('live', 'sandbox')),
        timezone text not null,
        default_currency text not null check (default_currency ~ '^[A-Z]{3}$'),
        net_days int not null default 0 check (net_days between 0 and 365),
        invoice_grouping text not null default 'account' check (invoice_grouping in ('account', 'subscription')),
        dunning_final_action text not null default 'none' check (dunning_final_action in ('none', 'cancel', 'mark_uncollectible')),
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null
      )
    `);
    this.addSql(`alter table organizations enable row level security`);
    this.addSql(`alter table organizations force row level security`);
    this.addSql(`
      create policy tenancy on organizations to perennial_runtime
        using (id = any ((select current_organizations())::uuid[]))
        with check (id = any ((select current_organizations())::uuid[]))
    `);
    this.addSql(`create policy audit on organizations for select to conformance_reader using (true)`);
    this.addSql(`grant select on organizations to conformance_reader`);
    this.addSql(`grant select, insert, update on organizations to perennial_runtime`);

    this.addSql(`
      create table members (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        email text not null check (email = lower(email)),
        name text not null,
        role text not null check (role in ('admin', 'billing', 'support', 'analyst')),
        password_hash text not null,
        session_version int not null default 1,
        last_login_at timestamptz,
        removed_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id)
      )
    `);
    this.addSql(`create unique index members_email_key on members (organization_id, email) where removed_at is null`);
    this.addSql(`create index members_by_email on members (email)`);
    this.addSql(`call fence_tenant_table('members', 'select, insert, update')`);

    this.addSql(`
      create table api_keys (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        name text not null,
        key_id text not null unique,
        secret_hash bytea not null,
        last4 text not null,
        permissions jsonb not null,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('api_keys', 'select, insert, update')`);

    // A session from login to its end, whose renewal tokens follow each other: the one that counts and the one before, as hashes.
    this.addSql(`
      create table sessions (
        organization_id uuid not null,
        id uuid not null,
        member_id uuid not null,
        generation int not null check (generation >= 1),
        token_hash bytea not null,
        previous_hash bytea,
        renewed_at timestamptz not null,
        expires_at timestamptz not null,
        ended_at timestamptz,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, member_id) references members (organization_id, id),
        check ((generation = 1) = (previous_hash is null)),
        check (previous_hash is distinct from token_hash)
      )
    `);
    this.addSql(`create index sessions_by_member on sessions (organization_id, member_id)`);
    this.addSql(`call fence_tenant_table('sessions', 'select, insert, update, delete')`);

    // Tries of passwords, by a hash of the address, before anybody is known: of no tenant, so in a schema apart from theirs. The
    // columns are those of rate-limiter-flexible, which reads the end as a number. A crash may forget them.
    this.addSql(`create schema limits`);
    this.addSql(`
      create unlogged table limits.login_tries (key varchar(255) primary key, points int not null, expire double precision)
    `);
    this.addSql(`create index login_tries_by_end on limits.login_tries (expire)`);
    this.addSql(`grant usage on schema limits to perennial_runtime`);
    this.addSql(`grant select, insert, update, delete on limits.login_tries to perennial_runtime`);

    // Before anybody is known, a credential must lead to its organization: these look across tenants and answer only what decides about it.
    this.addSql(`call show_to_sweep('members', 'organization_id, id, email, role, session_version, removed_at')`);
    this.addSql(`call show_to_sweep('sessions', 'organization_id, id, member_id, ended_at')`);
    this.addSql(
      `call show_to_sweep('api_keys', 'organization_id, id, key_id, secret_hash, permissions, expires_at, revoked_at, last_used_at')`,
    );
    this.addSql(`create policy sweep on organizations for select to perennial_sweep using (true)`);
    this.addSql(`grant select (id, mode, created_at) on organizations to perennial_sweep`);
    this.addSql(`
      create function find_api_key(presented_key_id text)
      returns table (organization_id uuid, id uuid, mode text, secret_hash bytea, permissions jsonb, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
      language sql stable security definer set search_path from current as $$
        select k.organization_id, k.id, o.mode, k.secret_hash, k.permissions, k.expires_at, k.revoked_at, k.last_used_at
        from api_keys k join organizations o on o.id = k.organization_id where k.key_id = presented_key_id
      $$
    `);
    this.addSql(`call own_by_sweep('find_api_key(text)')`);
    this.addSql(`
      create function find_logins(presented_email text) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select m.organization_id, m.id from members m where m.email = lower(presented_email) and m.removed_at is null order by m.organization_id limit 20
      $$
    `);
    this.addSql(`call own_by_sweep('find_logins(text)')`);
    this.addSql(`
      create function find_session_member(session_organization_id uuid, session_member_id uuid, session_id uuid) returns table (mode text, role text, session_version int)
      language sql stable security definer set search_path from current as $$
        select o.mode, m.role, m.session_version from sessions s
        join members m on m.organization_id = s.organization_id and m.id = s.member_id
        join organizations o on o.id = m.organization_id
        where s.organization_id = session_organization_id and s.id = session_id and s.member_id = session_member_id
          and s.ended_at is null and m.removed_at is null
      $$
    `);
    this.addSql(`call own_by_sweep('find_session_member(uuid, uuid, uuid)')`);
    this.addSql(`
      create function all_organizations() returns table (id uuid, mode text)
      language sql stable security definer set search_path from current as $$
        select o.id, o.mode from organizations o order by o.created_at, o.id
      $$
    `);
    this.addSql(`call own_by_sweep('all_organizations()')`);
  }
}
