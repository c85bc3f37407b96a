import type { Context } from '../../platform/context.ts';
import { eventCursor, readEventCursor } from '../../platform/event-text.ts';
import { Page, type PageArguments, pageSize } from '../../platform/pagination.ts';
import { Where } from '../../platform/where.ts';
import type { EventRecord } from './audit.graphql.ts';

export interface EventFilterValues {
  types?: readonly string[] | null | undefined;
  objectId?: string | null | undefined;
  accountId?: string | null | undefined;
  actorTypes?: readonly string[] | null | undefined;
  recordedFrom?: Date | null | undefined;
  recordedBefore?: Date | null | undefined;
}

const columns =
  'f.id, p.sequence, f.type, f.object_type, f.object_id, f.account_id, f.at, f.recorded_at, f.actor, f.request_id, f.data, f.change';
const tables = 'published_facts p join facts f on f.organization_id = p.organization_id and f.id = p.fact_id';

/** A page of the organization's published facts in their order; who reads on after the last cursor misses none. */
export async function eventsPage(
  context: Context,
  filter: EventFilterValues,
  page: PageArguments,
): Promise<Page<EventRecord>> {
  const { size, backward } = pageSize(page);
  const all = conditions(context.organizationId, filter);
  const where = conditions(context.organizationId, filter);
  if (page.after != null) where.add('p.sequence > ?', readEventCursor(context.organizationId, page.after, 'after'));
  if (page.before != null) where.add('p.sequence < ?', readEventCursor(context.organizationId, page.before, 'before'));
  const rows = await context.reader.rows<EventRecord>(
    `select ${columns} from ${tables} where ${where.text}
     order by p.sequence ${backward ? 'desc' : 'asc'} limit ${size + 1}`,
    where.values,
  );
  const more = rows.length > size;
  const kept = rows.slice(0, size);
  if (backward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: eventCursor(context.organizationId, node.sequence), node }));
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from ${tables} where ${all.text}`,
      all.values,
    );
    return Number(row?.count ?? 0n);
  };
  const pageInfo = {
    hasNextPage: backward ? page.before != null : more,
    hasPreviousPage: backward ? more : page.after != null,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return new Page(edges, pageInfo, count);
}

function conditions(organizationId: string, filter: EventFilterValues): Where {
  const where = new Where();
  where.add('p.organization_id = ?', organizationId);
  if (filter.types) where.add('f.type = any(?::text[])', [...filter.types]);
  where.addIf(filter.objectId, 'f.object_id = ?');
  where.addIf(filter.accountId, 'f.account_id = ?');
  if (filter.actorTypes) where.add(`split_part(f.actor, ':', 1) = any(?::text[])`, [...filter.actorTypes]);
  where.addIf(filter.recordedFrom, 'f.recorded_at >= ?');
  where.addIf(filter.recordedBefore, 'f.recorded_at < ?');
  return where;
}

/** Published facts by uuid; missing and foreign ones are left out. */
export async function eventsById(context: Context, ids: readonly string[]): Promise<EventRecord[]> {
  return context.reader.rows<EventRecord>(
    `select ${columns} from ${tables} where p.organization_id = $1 and p.fact_id = any($2::uuid[])`,
    [context.organizationId, [...ids]],
  );
}
