import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { Where } from '../../../platform/where.ts';
import type { StripeEventRecord } from './stripe.graphql.ts';

const columns = `e.id, e.provider_event_id, e.type, e.object_id, e.occurred_at, e.recorded_at, e.next_attempt_at, e.applied_at,
  e.ignored_at, e.ignored_reason, e.effects, e.dead_at, e.last_error`;

const stateConditions: Readonly<Record<string, string>> = {
  applied: 'e.applied_at is not null',
  ignored: 'e.ignored_at is not null',
  dead: 'e.dead_at is not null',
  waiting: '(e.next_attempt_at is not null or e.parked_at is not null)',
};

/** A page of the events of Stripe, the latest to arrive first. */
export async function stripeEventsPage(
  context: Context,
  filter: { state?: readonly string[] | null; type?: string | null; objectId?: string | null },
  page: PageArguments,
): Promise<Page<StripeEventRecord>> {
  const where = new Where();
  where.add('e.organization_id = ?', context.organizationId);
  where.addIf(filter.type, 'e.type = ?');
  where.addIf(filter.objectId, 'e.object_id = ?');
  const states = filter.state?.flatMap((state) => stateConditions[state] ?? []);
  if (states) where.add(`(${states.join(' or ') || 'false'})`);
  const ordering = {
    name: 'stripeEvents.RECEIVED_AT',
    column: 'e.recorded_at',
    idColumn: 'e.id',
    type: 'timestamptz',
    direction: 'desc',
  } as const;
  const plan = planPage(page, ordering, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<StripeEventRecord>(
    `select ${columns} from provider_events e
     where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const text = `select count(*) as count from provider_events e where ${where.text}`;
    const [row] = await context.reader.rows<{ count: bigint }>(text, where.values);
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.recorded_at, id: row.id }), count);
}

/** Events of Stripe by uuid; null for missing and foreign ones. */
export function stripeEventLoader(context: Context): DataLoader<string, StripeEventRecord | null> {
  return context.loader('stripe_event', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<StripeEventRecord>(
      `select ${columns} from provider_events e where e.organization_id = $1 and e.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** While Stripe refuses the organization access: since when, why, and when it is tried again. */
export async function refusalOf(
  context: Context,
): Promise<{ since: Date; reason: string; next_try_at: Date } | undefined> {
  const [refusal] = await context.reader.rows<{ since: Date; reason: string; next_try_at: Date }>(
    `select since, reason, next_try_at from stripe_refusals where organization_id = $1`,
    [context.organizationId],
  );
  return refusal;
}
