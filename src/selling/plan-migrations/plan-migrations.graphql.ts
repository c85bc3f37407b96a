import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Money } from '../../platform/api-types.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar, DecimalScalar } from '../../platform/scalars.ts';

const PlanMigrationStatusEnum = { RUNNING: 'running', DONE: 'done' } as const;
registerEnumType(PlanMigrationStatusEnum, {
  name: 'PlanMigrationStatus',
  description: 'Whether something of a migration is left to do.',
  valuesConfig: {
    RUNNING: { description: 'The worker is at it, or will be within seconds.' },
    DONE: { description: 'Each subscription was looked at.' },
  },
});

const PlanMigrationTimingEnum = { NOW: 'now', PERIOD_END: 'period_end' } as const;
registerEnumType(PlanMigrationTimingEnum, {
  name: 'PlanMigrationTiming',
  description: 'When a subscription gets the other version.',
  valuesConfig: {
    NOW: { description: 'At once; what is left of the period is settled as a change of plan is.' },
    PERIOD_END: { description: 'With its next period: the change is pending until then, and can be undone for each.' },
  },
});

export const PlanMigrationStepStatusEnum = { WAITING: 'waiting', DONE: 'done', REFUSED: 'refused' } as const;
registerEnumType(PlanMigrationStepStatusEnum, {
  name: 'PlanMigrationStepStatus',
  description: 'What became of one subscription of a migration.',
  valuesConfig: {
    WAITING: { description: 'Its turn has not come.' },
    DONE: { description: 'It was changed; in a dry run, it would be.' },
    REFUSED: { description: 'It stays as it is, for the reason told; in a dry run, it would.' },
  },
});

@ObjectType('PlanMigration', {
  implements: Node,
  description: 'Subscriptions on their way from one version of a plan to another, or to another plan.',
})
export class PlanMigration extends Node {
  uuid!: string;
  planUuid!: string;
  fromUuid!: string;
  toUuid!: string;

  @Field(() => PlanMigrationTimingEnum, { description: 'When each subscription gets the other version.' })
  when!: string;

  @Field(() => Boolean, { description: 'Whether it only says what would come of it.' })
  dryRun!: boolean;

  @Field(() => PlanMigrationStatusEnum, { description: 'Whether something is left to do.' })
  status!: string;

  @Field(() => Int, { description: 'How many subscriptions held the version when it was started.' })
  subscriptionCount!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the last of them was looked at.' })
  finishedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was started.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@ObjectType('KeptQuantity', { description: 'A quantity that is pending, and stays so.' })
export class KeptQuantity {
  @Field(() => String, { description: 'The component.' })
  component!: string;

  @Field(() => DecimalScalar, { description: 'How many of it there will be.' })
  quantity!: string;
}

@ObjectType('PlanMigrationStep', { description: 'What became of one subscription of a migration.' })
export class PlanMigrationStep {
  subscriptionUuid!: string;

  @Field(() => PlanMigrationStepStatusEnum, { description: 'What became of it.' })
  status!: string;

  @Field(() => Money, { nullable: true, description: 'What a whole period cost before, without discounts and tax.' })
  amountBefore!: Money | null;

  @Field(() => Money, { nullable: true, description: 'What it costs after.' })
  amountAfter!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description:
      'What is billed once and was not yet, as a setup fee of another plan: with the first period that is paid for, without discounts and tax.',
  })
  amountOnce!: Money | null;

  @Field(() => [KeptQuantity], {
    description:
      'What the customer had ordered of the plan’s components for later: the version that comes goes on with it.',
  })
  keptQuantities!: KeptQuantity[];

  @Field(() => Money, { nullable: true, description: 'The totals of what the change billed at once.' })
  invoiced!: Money | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was refused, for programs: a code of user errors, or INTERNAL_SERVER_ERROR.',
  })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was refused, for people.' })
  message!: string | null;
}

export const PlanMigrationConnection = Connection(() => PlanMigration, 'PlanMigration');
export const PlanMigrationStepConnection = Connection(() => PlanMigrationStep, 'PlanMigrationStep');

@ObjectType('PlanMigrationCounts', { description: 'How far a migration has come, in subscriptions.' })
export class PlanMigrationCounts {
  @Field(() => Int, { description: 'Not looked at yet.' })
  waiting!: number;

  @Field(() => Int, { description: 'Changed; in a dry run, those that would be.' })
  done!: number;

  @Field(() => Int, { description: 'Left as they are.' })
  refused!: number;
}

@InputType('MigrateSubscriptionsInput', { description: 'From which version of which plan to which.' })
export class MigrateSubscriptionsFields {
  @Field(() => ID, { description: 'The plan.' })
  planId!: string;

  @Field(() => Int, { description: 'The version whose subscriptions are moved.' })
  fromVersion!: number;

  @Field(() => ID, {
    nullable: true,
    description:
      'The plan that they are moved to, one that is for sale; the same one if left out. Components go on by their codes.',
  })
  toPlanId?: string | null;

  @Field(() => Int, { description: 'The published version that they are moved to.' })
  toVersion!: number;

  @Field(() => PlanMigrationTimingEnum, { nullable: true, description: 'When each gets it; NOW if left out.' })
  when?: 'now' | 'period_end' | null;

  @Field(() => Boolean, { description: 'Only say what would come of it, subscription by subscription.' })
  dryRun!: boolean;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType('MigrateSubscriptionsPayload', { description: 'The migration, or why none was started.' })
export class MigrateSubscriptionsPayload extends MutationPayload {
  @Field(() => PlanMigration, { nullable: true, description: 'The migration that was started.' })
  planMigration?: PlanMigration | null;
}
