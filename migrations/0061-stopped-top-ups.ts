import { Migration } from '@mikro-orm/migrations';

/**
 * Automatic top-ups that stop and start again: at the month's cap until the next month, and after declines until somebody
 * starts them. A purchase whose invoice was written off no longer stands in the way of the next.
 */
export class StoppedTopUps extends Migration {
  override up(): void {
    this.addSql(`
      alter table automatic_top_ups
        add column test_clock_id uuid,
        add column failures int not null default 0 check (failures >= 0),
        add column paused_at timestamptz,
        add column resumes_at timestamptz,
        add foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id)
    `);
    for (const table of ['automatic_top_ups', 'accounts'])
      this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`
      update automatic_top_ups r set test_clock_id = a.test_clock_id from accounts a
      where a.organization_id = r.organization_id and a.id = r.account_id
    `);
    for (const table of ['automatic_top_ups', 'accounts']) this.addSql(`alter table ${table} force row level security`);
    this.addSql(
      `create index automatic_top_ups_resuming on automatic_top_ups (resumes_at, organization_id, account_id) where resumes_at is not null`,
    );
    this.addSql(`alter table credit_top_ups add column given_up_at timestamptz`);
    this.addSql(`drop index credit_top_ups_one_automatic`);
    this.addSql(`create unique index credit_top_ups_one_automatic on credit_top_ups (organization_id, account_id, currency)
      where automatic and status = 'pending' and given_up_at is null`);
    this.addSql(
      `call show_to_sweep('automatic_top_ups', 'organization_id, account_id, currency, resumes_at, test_clock_id')`,
    );
    this.addSql(`
      create function automatic_top_ups_to_resume(cutoff timestamptz, most int)
      returns table (organization_id uuid, account_id uuid, currency text)
      language sql stable security definer set search_path from current as $$
        select r.organization_id, r.account_id, r.currency from automatic_top_ups r
        where r.resumes_at <= cutoff and r.test_clock_id is null order by r.resumes_at, r.organization_id, r.account_id, r.currency limit most
      $$
    `);
    this.addSql(`call own_by_sweep('automatic_top_ups_to_resume(timestamptz, int)')`);
  }
}
