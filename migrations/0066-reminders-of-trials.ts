import { Migration } from '@mikro-orm/migrations';

/** Only a trial that runs is announced: what has ended must not fill the page of those that do. */
export class RemindersOfTrials extends Migration {
  override up(): void {
    this.addSql(`alter table subscriptions no force row level security`);
    this.addSql(
      `update subscriptions set trial_reminds_at = null where status = 'canceled' and trial_reminds_at is not null`,
    );
    this.addSql(`alter table subscriptions force row level security`);
    this.addSql(`grant select (status) on subscriptions to perennial_sweep`);
    this.addSql(`drop function ending_trials(timestamptz, int)`);
    this.addSql(`
      create function ending_trials(cutoff timestamptz, most int)
      returns table (organization_id uuid, account_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select s.organization_id, s.account_id, s.id from subscriptions s
        where s.trial_reminds_at is not null and s.trial_reminds_at <= cutoff and s.test_clock_id is null
          and s.status = 'trialing'
        order by s.trial_reminds_at, s.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('ending_trials(timestamptz, int)')`);
  }
}
