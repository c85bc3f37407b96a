import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { MutationPayload } from '../../platform/payload.ts';
import { Subscription } from './subscriptions.graphql.ts';

@ObjectType({ description: 'The subscription, or why nothing was done.' })
abstract class SubscriptionAnswer extends MutationPayload {
  @Field(() => Subscription, { nullable: true, description: 'The subscription as it is now.' })
  subscription?: Subscription | null;
}

@ObjectType('CreateSubscriptionPayload', { description: 'The new subscription, or why none was made.' })
export class CreateSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('UpdateSubscriptionPayload', { description: 'The changed subscription, or why nothing was changed.' })
export class UpdateSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('ChangeSubscriptionPayload', { description: 'The changed subscription, or why nothing was changed.' })
export class ChangeSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('CancelSubscriptionPayload', { description: 'The subscription that ends, or why it does not.' })
export class CancelSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('UndoCancelSubscriptionPayload', { description: 'The subscription that goes on, or why it does not.' })
export class UndoCancelSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('BillingTally', { description: 'What a billing run did.' })
export class BillingTallyShown {
  @Field(() => Int, { description: 'Subscriptions that were billed or moved on; in a dry run, those that are due.' })
  subscriptions!: number;

  @Field(() => Int, { description: 'Invoices that were made.' })
  invoices!: number;

  @Field(() => Int, { description: 'Subscriptions that could not be billed and were set aside.' })
  parked!: number;
}

@ObjectType('RunBillingPayload', { description: 'What the run did, or why it did not run.' })
export class RunBillingPayload extends MutationPayload {
  @Field(() => BillingTallyShown, { nullable: true, description: 'What it did.' })
  tally?: BillingTallyShown | null;
}

@ObjectType('ResumeBillingPayload', { description: 'What was billed, or why nothing was resumed.' })
export class ResumeBillingPayload extends MutationPayload {
  @Field(() => BillingTallyShown, { nullable: true, description: 'What was billed.' })
  tally?: BillingTallyShown | null;
}
