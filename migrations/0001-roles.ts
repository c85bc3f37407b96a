import { Migration } from '@mikro-orm/migrations';

/**
 * The three group roles every policy and grant names, and the extension of the exclusion constraints.
 *
 * Roles belong to the whole cluster, not to one database, so another database may have made them already, or may be
 * making them at this very moment.
 */
export class Roles extends Migration {
  override name = '0001-roles';

  override up(): void {
    for (const role of ['perennial_runtime', 'perennial_sweep', 'conformance_reader']) this.addSql(groupRole(role));
    this.addSql('create extension if not exists btree_gist');
    this.addSql('grant usage on schema public to perennial_runtime, perennial_sweep, conformance_reader');
  }
}

/**
 * The owner may step into each group (`set role`) without having its rights all the time: inherited membership would
 * apply the group's row policies to the owner's own statements.
 */
function groupRole(role: string): string {
  return `
    do $$
    begin
      if not exists (select from pg_roles where rolname = '${role}') then
        begin
          create role ${role} nologin nosuperuser nocreatedb nocreaterole nobypassrls;
        exception when duplicate_object or unique_violation then
          null;
        end;
      end if;
      if not pg_has_role(current_user, '${role}', 'member') or current_setting('server_version_num')::int >= 160000 then
        begin
          if current_setting('server_version_num')::int >= 160000 then
            execute format('grant ${role} to %I with inherit false, set true', current_user);
          else
            execute format('grant ${role} to %I', current_user);
          end if;
        exception when unique_violation or insufficient_privilege then
          null;
        end;
      end if;
    end
    $$`;
}
