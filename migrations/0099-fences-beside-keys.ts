import { Migration } from '@mikro-orm/migrations';

/**
 * Statements name their organizations themselves; the fence stands beside that and hides what they should not see. Written as a
 * condition that an index could serve, the planner counted it a second time: it took the rows of an organization for a handful,
 * and read all of them by any index that begins with the organization where the primary key leads to the one row. Now it is a
 * filter, which no index serves and which says nothing about how many rows there are.
 * Each table has a transaction of its own: one that took them all in a row and the traffic would wait for each other. What was done
 * before it is interrupted is done again.
 */
export class FencesBesideKeys extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`
      create or replace procedure fence_tenant_table(tenant_table regclass, privileges text) language plpgsql as $$
      begin
        execute format('alter table %s enable row level security', tenant_table);
        execute format('alter table %s force row level security', tenant_table);
        execute format('create policy tenancy on %s to perennial_runtime
          using (coalesce(organization_id = any ((select current_organizations())::uuid[]), false))
          with check (organization_id = any ((select current_organizations())::uuid[]))', tenant_table);
        execute format('create policy audit on %s for select to conformance_reader using (true)', tenant_table);
        execute format('grant select on %s to conformance_reader', tenant_table);
        execute format('grant %s on %s to perennial_runtime', privileges, tenant_table);
      end $$
    `);
    // Organizations themselves are not fenced by the procedure: they are found by their ids.
    this.addSql(`
      do $$
      declare tenant_table regclass;
      begin
        for tenant_table in
          select polrelid from pg_policy where polname = 'tenancy' and polrelid <> 'organizations'::regclass order by polrelid
        loop
          execute format('alter policy tenancy on %s
            using (coalesce(organization_id = any ((select current_organizations())::uuid[]), false))', tenant_table);
          commit;
        end loop;
      end $$
    `);
  }
}
