import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../accounts/index.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { badUserInput } from '../../platform/errors.ts';
import { anyIdToFind, idToFind } from '../../platform/id-input.ts';
import { type Page, PageArguments } from '../../platform/pagination.ts';
import { Event, EventConnection, EventFilter, toEvent } from './audit.graphql.ts';
import { type EventFilterValues, eventsById, eventsPage } from './audit.queries.ts';

@Resolver(() => Event)
export class AuditResolver {
  @Query(() => EventConnection, {
    description: 'What happened in the organization, in order. Whoever goes on after the last cursor misses nothing.',
  })
  async events(
    @Arg('filter', () => EventFilter, { nullable: true, description: 'Which of them.' }) filter: EventFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Event>> {
    requirePermission(context, 'events:read');
    const found = await eventsPage(context, readFilter(filter), page);
    return found.map((record) => toEvent(record, context));
  }

  @Query(() => EventConnection, {
    description: 'What members, API keys and operators did, in order, with what they changed.',
  })
  async auditLog(
    @Arg('filter', () => EventFilter, { nullable: true, description: 'Which of it.' }) filter: EventFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Event>> {
    requirePermission(context, 'audit:read');
    const actorTypes = filter?.actorTypes ?? ['member', 'api_key', 'cli'];
    const found = await eventsPage(context, { ...readFilter(filter), actorTypes }, page);
    return found.map((record) => toEvent(record, context));
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account it concerns.' })
  async account(@Root() event: Event, @Ctx() context: Context): Promise<Account | null> {
    if (!event.accountUuid) return null;
    requirePermission(context, 'accounts:read');
    return showAccount(context, event.accountUuid);
  }
}

/** Events for `node(id)`. */
export async function eventNodes(context: Context, ids: readonly string[]): Promise<Map<string, Event>> {
  requirePermission(context, 'events:read');
  const records = await eventsById(context, ids);
  return new Map(records.map((record) => [record.id, toEvent(record, context)]));
}

function readFilter(filter: EventFilter | null): EventFilterValues {
  if (!filter) return {};
  if ((filter.types?.length ?? 0) > 50) throw badUserInput(['filter', 'types'], 'At most 50 types may be given.');
  if ((filter.actorTypes?.length ?? 0) > 5) throw badUserInput(['filter', 'actorTypes'], 'There are only five.');
  return {
    types: filter.types,
    // An id of nothing finds nothing, as a foreign one does.
    objectId: anyIdToFind(filter.objectId),
    accountId: idToFind('acc', filter.accountId),
    actorTypes: filter.actorTypes,
    recordedFrom: filter.recordedAt?.from,
    recordedBefore: filter.recordedAt?.before,
  };
}
