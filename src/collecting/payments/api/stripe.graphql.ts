import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { Connection } from '../../../platform/pagination.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import { StripeEventStateEnum } from './payments.enums.ts';

@ObjectType('StripeIntegration', {
  description: 'How the organization is connected to Stripe. Its secrets are never shown.',
})
export class StripeConnectionType {
  @Field(() => ID, { nullable: true, description: 'Its id; null for the connection that the environment names.' })
  id!: string | null;

  @Field(() => String, { description: 'The begin and the end of the secret key.' })
  keyHint!: string;

  @Field(() => Boolean, { description: 'Whether real money moves.' })
  livemode!: boolean;

  @Field(() => String, { description: 'The address to which Stripe is to send its events.' })
  webhookUrl!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Since when Stripe has refused access: the key is not accepted, or the key or the account may not do what is asked. Null while it lets us in.',
  })
  accessRefusedSince!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why Stripe refused access the last time.' })
  accessRefusedReason!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When access is tried again by itself; connectStripe tries it at once.',
  })
  accessTriedAgainAt!: Date | null;
}

@ObjectType('StripeEvent', { implements: Node, description: 'An event that Stripe has sent, and what became of it.' })
export class StripeEvent extends Node {
  uuid!: string;

  @Field(() => String, { description: 'Its id at Stripe.' })
  stripeId!: string;

  @Field(() => String, { description: 'Its type.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'The id of the object it is about, at Stripe.' })
  objectId!: string | null;

  @Field(() => StripeEventStateEnum, { description: 'What became of it.' })
  state!: string;

  @Field(() => Boolean, { description: 'Whether it changed anything here.' })
  hadEffect!: boolean;

  @Field(() => String, { nullable: true, description: 'Why it was ignored, or could not be applied yet.' })
  reason!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it happened at Stripe.' })
  occurredAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it arrived.' })
  receivedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is tried next.' })
  nextAttemptAt!: Date | null;
}

export const StripeEventConnection = Connection(() => StripeEvent, 'StripeEvent');

@InputType('StripeEventFilter', { description: 'Which events of Stripe; all that is given must hold.' })
export class StripeEventFilter {
  @Field(() => [StripeEventStateEnum], { nullable: true, description: 'One of these states.' })
  state?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Of this type, such as payment_intent.succeeded.' })
  type?: string | null;

  @Field(() => String, { nullable: true, description: 'About this object of Stripe, such as pi_….' })
  objectId?: string | null;
}

@InputType('ConnectStripeInput', { description: 'The secrets of your account at Stripe. They are kept encrypted.' })
export class ConnectStripeFields {
  @Field(() => String, { description: 'A secret or restricted key: sk_test_… for sandboxes, sk_live_… for live ones.' })
  secretKey!: string;

  @Field(() => [String], {
    description: 'The signing secrets of the webhook endpoint (whsec_…); two while one is rotated.',
  })
  webhookSecrets!: string[];
}

@InputType('RetryStripeEventInput', { description: 'Which event of Stripe.' })
export class RetryStripeEventFields {
  @Field(() => ID, { description: 'The event.' })
  id!: string;
}

@ObjectType('ConnectStripePayload', { description: 'The connection, or why there is none.' })
export class ConnectStripePayload extends MutationPayload {
  @Field(() => StripeConnectionType, { nullable: true, description: 'The connection as it is now.' })
  stripeConnection?: StripeConnectionType | null;
}

@ObjectType('DisconnectStripePayload', { description: 'Whether Stripe was disconnected, or why not.' })
export class DisconnectStripePayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id of the connection that has ended.' })
  disconnectedId?: string | null;
}

@ObjectType('RetryStripeEventPayload', { description: 'The event, or why it is not tried again.' })
export class RetryStripeEventPayload extends MutationPayload {
  @Field(() => StripeEvent, { nullable: true, description: 'The event as it is now.' })
  stripeEvent?: StripeEvent | null;
}

export interface StripeEventRecord {
  id: string;
  provider_event_id: string;
  type: string;
  object_id: string | null;
  occurred_at: Date;
  recorded_at: Date;
  next_attempt_at: Date | null;
  applied_at: Date | null;
  ignored_at: Date | null;
  ignored_reason: string | null;
  effects: number;
  dead_at: Date | null;
  last_error: string | null;
}

/** The API's view of an event of Stripe. */
export function toStripeEvent(record: StripeEventRecord): StripeEvent {
  const state = record.applied_at ? 'applied' : record.ignored_at ? 'ignored' : record.dead_at ? 'dead' : 'waiting';
  return Object.assign(new StripeEvent(), {
    id: toGlobalId('spe', record.id),
    uuid: record.id,
    stripeId: record.provider_event_id,
    type: record.type,
    objectId: record.object_id,
    state,
    hadEffect: record.effects > 0,
    reason: record.ignored_reason ?? record.last_error,
    occurredAt: record.occurred_at,
    receivedAt: record.recorded_at,
    nextAttemptAt: record.next_attempt_at,
  });
}
