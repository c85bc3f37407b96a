import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { MutationPayload } from '../../../platform/payload.ts';
import { ChangePolicyType, PendingChangeType } from './pending-changes.graphql.ts';
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
export class ChangeSubscriptionPayload extends SubscriptionAnswer {
  @Field(() => [PendingChangeType], {
    nullable: true,
    description:
      'Pending changes, or parts of them, that gave way: they were about the same plan or component at the same instant, or do not fit what is there by then.',
  })
  superseded?: PendingChangeType[] | null;
}

@ObjectType('CancelSubscriptionPayload', { description: 'The subscription that ends, or why it does not.' })
export class CancelSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('UndoCancelSubscriptionPayload', { description: 'The subscription that goes on, or why it does not.' })
export class UndoCancelSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('UndoSubscriptionChangePayload', {
  description: 'The subscription without the change, or why it is still to come.',
})
export class UndoSubscriptionChangePayload extends SubscriptionAnswer {}

@ObjectType('PauseSubscriptionPayload', {
  description: 'The subscription that stands still or will, or why it does not.',
})
export class PauseSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('ResumeSubscriptionPayload', { description: 'The subscription that goes on or will, or why it does not.' })
export class ResumeSubscriptionPayload extends SubscriptionAnswer {}

@ObjectType('ExtendTrialPayload', { description: 'The subscription with its longer trial, or why it has none.' })
export class ExtendTrialPayload extends SubscriptionAnswer {}

@ObjectType('EndTrialPayload', { description: 'The subscription that has begun to be paid for, or why it has not.' })
export class EndTrialPayload extends SubscriptionAnswer {}

@ObjectType('ReactivateSubscriptionPayload', {
  description: 'The subscription that has begun anew, or why it has not.',
})
export class ReactivateSubscriptionPayload extends SubscriptionAnswer {}

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

@ObjectType('SetChangePolicyPayload', { description: 'The policies as they are now, or why nothing was changed.' })
export class SetChangePolicyPayload extends MutationPayload {
  @Field(() => [ChangePolicyType], { nullable: true, description: 'The policies of all directions.' })
  changePolicies?: ChangePolicyType[] | null;
}
