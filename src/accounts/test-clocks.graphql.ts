import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { toGlobalId } from '../platform/id.ts';
import { Node } from '../platform/node.ts';
import { Connection } from '../platform/pagination.ts';
import { MutationPayload } from '../platform/payload.ts';
import { DateTimeScalar, type Metadata, MetadataScalar } from '../platform/scalars.ts';

const TestClockStatus = { READY: 'ready', ADVANCING: 'advancing' } as const;
registerEnumType(TestClockStatus, {
  name: 'TestClockStatus',
  description: 'What a test clock is doing.',
  valuesConfig: {
    READY: { description: 'It stands still; all that was due is done.' },
    ADVANCING: { description: 'It is on its way through all that falls due.' },
  },
});

@ObjectType('TestClock', {
  implements: Node,
  description: 'A clock that accounts of a sandbox live by; it stands still until it is advanced.',
})
export class TestClock extends Node {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => TestClockStatus, { description: 'What it is doing.' })
  status!: string;

  @Field(() => DateTimeScalar, { description: 'The time it shows; while it advances, how far it has come.' })
  now!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Where it is going while it advances.' })
  target!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, by the clock on the wall.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last moved, by the clock on the wall.' })
  updatedAt!: Date;
}

/** A row of `test_clocks` as SQL answers it. */
export interface TestClockRecord {
  id: string;
  name: string;
  status: string;
  now_at: Date;
  target_at: Date | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

/** The API's view of a test clock's row. */
export function toTestClock(record: TestClockRecord): TestClock {
  return Object.assign(new TestClock(), {
    id: toGlobalId('clk', record.id),
    name: record.name,
    status: record.status,
    now: record.now_at,
    target: record.target_at,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

export const TestClockConnection = Connection(() => TestClock, 'TestClock');

@InputType('CreateTestClockInput', { description: 'What a new test clock is.' })
export class CreateTestClockFields {
  @Field(() => String, { nullable: true, description: 'Its name, at most 200 characters.' })
  name?: string | null;

  @Field(() => DateTimeScalar, { description: 'The time it shows at first.' })
  frozenTime!: Date;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('AdvanceTestClockInput', { description: 'Which test clock, and where to.' })
export class AdvanceTestClockInput {
  @Field(() => ID, { description: 'The test clock.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'The time to go to; later than the one it shows.' })
  to!: Date;
}

@ObjectType('CreateTestClockPayload', { description: 'The new test clock, or why none was made.' })
export class CreateTestClockPayload extends MutationPayload {
  @Field(() => TestClock, { nullable: true, description: 'The test clock.' })
  testClock?: TestClock | null;
}

@ObjectType('AdvanceTestClockPayload', { description: 'The test clock on its way, or why it does not go.' })
export class AdvanceTestClockPayload extends MutationPayload {
  @Field(() => TestClock, { nullable: true, description: 'The test clock; ask again until it is READY.' })
  testClock?: TestClock | null;
}
