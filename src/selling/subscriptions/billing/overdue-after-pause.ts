import type { Work } from '../../../platform/work.ts';
import { ofPresentLife } from '../items/present-life.ts';
import { recordMoves } from '../items/record-moves.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { moveStatus } from '../subscriptions.lifecycle.ts';
import type { Billed } from './billing-plan.ts';

/**
 * A pause pays no debt: what goes on after one is past due at the same instant if it was so before and is still overdue, or if
 * one of its open invoices could not be collected meanwhile. After it is written. One statement where anything has resumed,
 * else none.
 */
export async function passOverdueOn(work: Work, billed: readonly Billed[]): Promise<void> {
  const resumed = billed.filter(
    ({ plan, after }) => after.status === 'active' && plan.moves.at(-1)?.event === 'resumed',
  );
  if (resumed.length === 0) return;
  const rows = await work.rows<{ id: string }>(
    `select r.id from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as r(organization_id, id, at)
     left join lateral (
       select h.old_value #>> '{}' as status from subscription_changes h
       where h.organization_id = r.organization_id and h.subscription_id = r.id and h.field = 'status'
         and h.new_value #>> '{}' = 'paused'
       order by h.id desc limit 1) before on true
     where exists (
       select from invoice_lines l
       join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id and i.status = 'open'
       left join dunning_runs d on d.organization_id = i.organization_id and d.invoice_id = i.id and d.status <> 'recovered'
       where l.organization_id = r.organization_id and l.subscription_id = r.id and ${ofPresentLife}
         and (d.invoice_id is not null or (before.status = 'past_due' and i.due_at < r.at)))`,
    [
      `{${resumed.map(({ plan }) => plan.subscription.organizationId).join(',')}}`,
      `{${resumed.map(({ plan }) => plan.subscription.id).join(',')}}`,
      `{${resumed.map(({ plan }) => `"${plan.moves.at(-1)!.at.toISOString()}"`).join(',')}}`,
    ],
  );
  const overdue = new Set(rows.map((row) => row.id));
  for (const { plan, after } of resumed) {
    const { organizationId, id } = plan.subscription;
    if (!overdue.has(id)) continue;
    const move = moveStatus(after.status, 'payment_failed', plan.moves.at(-1)!.at);
    plan.moves.push(move);
    after.status = move.to;
    work.update(SubscriptionEntity, { organizationId, id, status: move.to, updatedAt: plan.reachedAt! });
    recordMoves(work, plan.subscription, [move]);
  }
}
