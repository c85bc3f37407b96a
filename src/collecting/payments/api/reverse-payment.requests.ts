import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MutationPayload } from '../../../platform/payload.ts';
import type { ReversalReason } from '../reversal-reasons.ts';
import { ReversalReasonEnum } from './payments.enums.ts';
import { Payment } from './payments.graphql.ts';

@InputType('ReversePaymentInput', { description: 'Which money is gone again, and why.' })
export class ReversePaymentFields {
  @Field(() => ID, { description: 'The payment: one that has succeeded, by hand or at the sandbox.' })
  paymentId!: string;

  @Field(() => ReversalReasonEnum, { description: 'Why.' })
  reason!: ReversalReason;

  @Field(() => String, { nullable: true, description: 'Notes, at most 2,000 characters.' })
  notes?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A key of your own that makes a repetition harmless, at most 255 characters.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('ReversePaymentPayload', { description: 'The payment, or why it was not reversed.' })
export class ReversePaymentPayload extends MutationPayload {
  @Field(() => Payment, { nullable: true, description: 'The payment as it is now.' })
  payment?: Payment | null;
}
