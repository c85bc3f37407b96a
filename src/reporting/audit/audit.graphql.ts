import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { eventCursor, objectIdText, publicChange, publicData, readActor } from '../../platform/event-text.ts';
import { toGlobalId } from '../../platform/id.ts';
import { InstantRange } from '../../platform/list-inputs.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { BigIntScalar, DateTimeScalar, JsonScalar } from '../../platform/scalars.ts';

const ActorType = {
  MEMBER: 'member',
  API_KEY: 'api_key',
  SYSTEM: 'system',
  PROVIDER: 'provider',
  CLI: 'cli',
} as const;
registerEnumType(ActorType, {
  name: 'ActorType',
  description: 'Who did something.',
  valuesConfig: {
    MEMBER: { description: 'A member who was logged in.' },
    API_KEY: { description: 'A program with an API key.' },
    SYSTEM: { description: 'The system itself, because something fell due.' },
    PROVIDER: { description: 'A payment provider that told us.' },
    CLI: { description: 'An operator at the command line.' },
  },
});

@ObjectType('EventActor', { description: 'Who made something happen.' })
export class EventActor {
  @Field(() => ActorType, { description: 'What kind of actor it is.' })
  type!: string;

  @Field(() => String, { description: 'The id of the member or API key, or the name of the part of the system.' })
  id!: string;
}

@ObjectType('Event', {
  implements: Node,
  description: 'Something that happened, with its place in the organization’s order.',
})
export class Event extends Node {
  /** Not a field of the API. */
  accountUuid!: string | null;

  @Field(() => String, { description: 'What happened, such as invoice.finalized.' })
  type!: string;

  @Field(() => BigIntScalar, { description: 'Its place in the order of the organization’s events, without gaps.' })
  sequence!: bigint;

  @Field(() => String, { description: 'Its place as a cursor, for `after` here and in live updates.' })
  cursor!: string;

  @Field(() => DateTimeScalar, { description: 'When it happened, on the account’s clock.' })
  occurredAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was recorded, by the clock on the wall.' })
  recordedAt!: Date;

  @Field(() => String, { description: 'What kind of object it happened to, such as invoice.' })
  objectType!: string;

  @Field(() => ID, { nullable: true, description: 'The id of that object; null for objects that have none.' })
  objectId!: string | null;

  @Field(() => EventActor, { description: 'Who made it happen.' })
  actor!: EventActor;

  @Field(() => String, { nullable: true, description: 'The id of the request that made it happen.' })
  requestId!: string | null;

  @Field(() => JsonScalar, { description: 'Ids, statuses and amounts (minor units as text); no personal data.' })
  data!: Record<string, unknown>;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'What was changed, old and new, by field; needs the permission audit:read, and is gone where personal data was erased.',
  })
  change!: unknown;
}

/** A published fact as SQL answers it. */
export interface EventRecord {
  id: string;
  sequence: bigint;
  type: string;
  object_type: string;
  object_id: string;
  account_id: string | null;
  at: Date;
  recorded_at: Date;
  actor: string;
  request_id: string | null;
  data: Record<string, unknown>;
  change: unknown;
}

/** The API's view of a published fact; changes only for those who may read the audit. */
export function toEvent(
  record: EventRecord,
  viewer: { organizationId: string; permissions: ReadonlySet<string> },
): Event {
  return Object.assign(new Event(), {
    id: toGlobalId('evt', record.id),
    accountUuid: record.account_id,
    type: record.type,
    sequence: record.sequence,
    cursor: eventCursor(viewer.organizationId, record.sequence),
    occurredAt: record.at,
    recordedAt: record.recorded_at,
    objectType: record.object_type,
    objectId: objectIdText(record.object_type, record.object_id),
    actor: readActor(record.actor),
    requestId: record.request_id,
    data: publicData(record.data),
    change: viewer.permissions.has('audit:read') ? publicChange(record.change) : null,
  });
}

export const EventConnection = Connection(() => Event, 'Event');

@InputType('EventFilter', { description: 'Which events; all that is given must hold.' })
export class EventFilter {
  @Field(() => [String], { nullable: true, description: 'One of these types, such as invoice.paid; at most 50.' })
  types?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Happened to this object.' })
  objectId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Concerns this account.' })
  accountId?: string | null;

  @Field(() => [ActorType], { nullable: true, description: 'Made by actors of one of these kinds.' })
  actorTypes?: string[] | null;

  @Field(() => InstantRange, { nullable: true, description: 'Recorded in this stretch of time.' })
  recordedAt?: InstantRange | null;
}
