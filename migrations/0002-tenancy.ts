import { Migration } from '@mikro-orm/migrations';

/** Row-level security for every table of a tenant: one function that says whose rows are visible, one procedure that fences a table with it. */
export class Tenancy extends Migration {
  override up(): void {
    // Transaction-local, so that it is right behind a pooler too; empty means nobody.
    this.addSql(`
      create function current_organizations() returns uuid[] language sql stable parallel safe as
      $$ select coalesce(nullif(current_setting('perennial.organizations', true), ''), '{}')::uuid[] $$
    `);
    // The scalar sub-select makes the setting an init plan: it is read once a statement, not once a row.
    this.addSql(`
      create procedure fence_tenant_table(tenant_table regclass, privileges text) language plpgsql as $$
      begin
        execute format('alter table %s enable row level security', tenant_table);
        execute format('alter table %s force row level security', tenant_table);
        execute format('create policy tenancy on %s to perennial_runtime
          using (organization_id = any ((select current_organizations())::uuid[]))
          with check (organization_id = any ((select current_organizations())::uuid[]))', tenant_table);
        execute format('create policy audit on %s for select to conformance_reader using (true)', tenant_table);
        execute format('grant select on %s to conformance_reader', tenant_table);
        execute format('grant %s on %s to perennial_runtime', privileges, tenant_table);
      end $$
    `);
    // What the sweep role may see of a table: the named columns, of every organization.
    this.addSql(`
      create procedure show_to_sweep(tenant_table regclass, columns text) language plpgsql as $$
      begin
        execute format('create policy sweep on %s for select to perennial_sweep using (true)', tenant_table);
        execute format('grant select (%s) on %s to perennial_sweep', columns, tenant_table);
      end $$
    `);
    // A sweep is a function that runs as the sweep role: the runtime gets ids from it and nothing else.
    this.addSql(`
      create procedure own_by_sweep(sweep regprocedure) language plpgsql as $$
      begin
        execute format('grant create on schema %I to perennial_sweep', current_schema());
        execute format('alter function %s owner to perennial_sweep', sweep);
        execute format('revoke create on schema %I from perennial_sweep', current_schema());
        execute format('revoke all on function %s from public', sweep);
        execute format('grant execute on function %s to perennial_runtime', sweep);
      end $$
    `);
    // The number of an advisory lock: its first byte says the kind, so that kinds never meet, the other 56 bits are a hash. The
    // kinds: 1 an idempotency key, 2 the walk of a test clock; 0 is for plain numbers, as migrations take one.
    this.addSql(`
      create function lock_number(kind int, name text) returns bigint language sql immutable parallel safe as
      $$ select (kind::bigint << 56) | (hashtextextended(name, 0) & 72057594037927935) $$
    `);
    // What a statement says it changes it must have found: one of many writes in it can not miss unnoticed.
    this.addSql(`
      create function expect_rows(seen bigint, expected bigint) returns void language plpgsql as $$
      begin
        if seen <> expected then
          raise exception 'a row to be updated was not there' using errcode = 'no_data_found';
        end if;
      end $$
    `);
    this.addSql(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
      end $$
    `);
  }
}
