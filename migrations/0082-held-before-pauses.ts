import { Migration } from '@mikro-orm/migrations';

/**
 * Where a pause left the time paid for, from when the period had been held before it: a minimum commitment is counted from
 * there. It is decided when the pause ends and kept with it. Of pauses before this it is told by the line that lies over them.
 */
export class HeldBeforePauses extends Migration {
  override up(): void {
    this.addSql(`
      alter table subscription_pauses
        add column held_from timestamptz,
        add check (held_from is null or (held_from <= paused_from and resumed_at is not null and anchor = 'keep'))
    `);
    const tables = ['subscription_pauses', 'subscription_items', 'billed_periods'];
    for (const table of tables) this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`
      update subscription_pauses p set held_from = h.held_from from (
        select q.organization_id, q.id, greatest(min(b.period_start), (
          select max(o.resumed_at) from subscription_pauses o
          where o.organization_id = q.organization_id and o.subscription_id = q.subscription_id and o.id < q.id
            and o.resumed_at <= q.paused_from)) as held_from
        from subscription_pauses q
        join subscription_items i on i.organization_id = q.organization_id and i.subscription_id = q.subscription_id
        join billed_periods b on b.organization_id = i.organization_id and b.subscription_item_id = i.id
        where q.anchor = 'keep' and q.resumed_at > q.paused_from and b.kind = 'recurring'
          and b.period_start <= q.paused_from and b.period_end >= q.resumed_at
        group by q.organization_id, q.id) h
      where h.organization_id = p.organization_id and h.id = p.id
    `);
    for (const table of tables) this.addSql(`alter table ${table} force row level security`);
    this.addSql(
      `create index subscription_pauses_held on subscription_pauses (organization_id, subscription_id, paused_from) where held_from is not null`,
    );
  }
}
