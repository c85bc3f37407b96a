import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import { columnsAs } from '../../../platform/sql-text.ts';
import { type ChangePolicy, policiesText } from '../changes/change-policies.ts';
import type { ScheduledChangeRow } from '../subscriptions.entities.ts';
import { scheduledColumns } from '../subscriptions.rows.ts';
import { grouped } from './subscriptions.queries.ts';

/** Changes that are pending or were, whatever became of them, by uuid; null for missing and foreign ones. */
export function scheduledChangeLoader(context: Context): DataLoader<string, ScheduledChangeRow | null> {
  return context.loader('subscription.scheduled', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ScheduledChangeRow>(
      `select ${columnsAs('c', scheduledColumns)} from scheduled_changes c
       where c.organization_id = $1 and c.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.id).map(([row]) => row ?? null);
  });
}

/** Changes by uuid, whatever became of them, in the order of the ids. */
export async function anyScheduledChanges(context: Context, ids: readonly string[]): Promise<ScheduledChangeRow[]> {
  if (ids.length === 0) return [];
  return context.reader.rows<ScheduledChangeRow>(
    `select ${columnsAs('c', scheduledColumns)} from scheduled_changes c
     where c.organization_id = $1 and c.id = any($2::uuid[]) order by c.effective_at, c.id`,
    [context.organizationId, [...ids]],
  );
}

/** What is pending of subscriptions, the earliest first. */
export function pendingChangesLoader(context: Context): DataLoader<string, ScheduledChangeRow[]> {
  return context.loader('subscription.pending', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ScheduledChangeRow>(
      `select ${columnsAs('c', scheduledColumns)} from scheduled_changes c
       where c.organization_id = $1 and c.subscription_id = any($2::uuid[]) and c.status = 'pending'
       order by c.effective_at, c.created_at, c.id`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.subscriptionId);
  });
}

/** The pauses of subscriptions, in order. */
export function pausesLoader(context: Context): DataLoader<string, PauseRow[]> {
  return context.loader('subscription.pauses', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PauseRow>(
      `select p.subscription_id as "subscriptionId", p.paused_from as "pausedFrom", p.resumed_at as "resumedAt", p.anchor
       from subscription_pauses p where p.organization_id = $1 and p.subscription_id = any($2::uuid[])
       order by p.paused_from, p.id`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.subscriptionId);
  });
}

interface PauseRow {
  subscriptionId: string;
  pausedFrom: Date;
  resumedAt: Date | null;
  anchor: string;
}

/** The policies for changes that an organization has set itself. */
export function ownPolicies(context: Context): Promise<(ChangePolicy & { direction: string })[]> {
  return context.reader.rows<ChangePolicy & { direction: string }>(policiesText, [context.organizationId]);
}
