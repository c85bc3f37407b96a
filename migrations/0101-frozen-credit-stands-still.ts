import { Migration } from '@mikro-orm/migrations';

/**
 * The time of frozen credit stands still: it is not over before it can be spent again. And credit also waits for drafts that were to be
 * final before it ends: a late worker spends what a punctual one would have.
 */
export class FrozenCreditStandsStill extends Migration {
  override up(): void {
    this.addSql(`call show_to_sweep('invoices', 'organization_id, id, bill_to_account_id')`);
    this.addSql(`grant select (frozen_at) on credit_grants to perennial_sweep`);
    // Dropped and made anew: it belongs to the role that sweeps, and a migration can not replace it.
    this.addSql(`drop function credit_that_ends(timestamptz, int)`);
    this.addSql(`
      create function credit_that_ends(cutoff timestamptz, most int) returns table (organization_id uuid, account_id uuid)
      language sql stable security definer set search_path from current as $$
        with due as (
          select g.organization_id, g.account_id, g.expires_at from credit_grants g
          where g.remaining > 0 and g.expires_at <= cutoff and g.expires_at <= coalesce(g.frozen_at, cutoff) and g.test_clock_id is null
          union all
          select h.organization_id, h.account_id, h.expires_at from credit_holds h
          where h.status = 'held' and h.expires_at <= cutoff and h.test_clock_id is null)
        select d.organization_id, d.account_id from due d
        where not exists (
          select from accounts a join subscriptions s on s.organization_id = a.organization_id and s.account_id = a.id
          where a.organization_id = d.organization_id and (a.id = d.account_id or a.bill_to_account_id = d.account_id)
            and s.parked_at is null and s.next_billing_at < d.expires_at)
        and not exists (
          select from invoice_graces g join invoices i on i.organization_id = g.organization_id and i.id = g.invoice_id
          where g.organization_id = d.organization_id and g.test_clock_id is null and g.finalize_at < d.expires_at
            and i.bill_to_account_id = d.account_id)
        group by 1, 2 order by min(d.expires_at), 1, 2 limit most
      $$
    `);
    this.addSql(`call own_by_sweep('credit_that_ends(timestamptz, int)')`);
  }
}
