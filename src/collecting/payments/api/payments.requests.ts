import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MoneyInput } from '../../../platform/api-types.ts';
import { InstantRange, OrderDirection } from '../../../platform/list-inputs.ts';
import { OneOf } from '../../../platform/one-of.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { CurrencyCode, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import { PaymentMethod } from './methods.graphql.ts';
import {
  CaptureMethodEnum,
  ManualPaymentKindEnum,
  PaymentProviderEnum,
  PaymentStatusEnum,
  RefundStatusEnum,
} from './payments.enums.ts';
import { Payment, Refund } from './payments.graphql.ts';

const ownKey = 'A key of your own that makes a repetition harmless, at most 255 characters.';
const ownPairs = 'Pairs of text of your own.';

@InputType('PaymentFilter', { description: 'Which payments; all that is given must hold.' })
export class PaymentFilter {
  @Field(() => ID, { nullable: true, description: 'Paid by this account.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'For this invoice.' })
  invoiceId?: string | null;

  @Field(() => [PaymentStatusEnum], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;

  @Field(() => PaymentProviderEnum, { nullable: true, description: 'By this provider.' })
  provider?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency.' })
  currency?: string | null;

  @Field(() => InstantRange, { nullable: true, description: 'Begun in this stretch of time.' })
  createdAt?: InstantRange | null;
}

@InputType('PaymentOrder', { description: 'How payments are sorted: by when they were begun, equal ones by id.' })
export class PaymentOrder {
  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@InputType('RefundFilter', { description: 'Which refunds; all that is given must hold.' })
export class RefundFilter {
  @Field(() => ID, { nullable: true, description: 'Of this payment.' })
  paymentId?: string | null;

  @Field(() => [RefundStatusEnum], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;
}

@InputType('RefundOrder', { description: 'How refunds are sorted: by when they were asked for, equal ones by id.' })
export class RefundOrder {
  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@InputType('CreatePaymentInput', { description: 'What is to be paid, by whom and how.' })
export class CreatePaymentFields {
  @Field(() => ID, { description: 'The account that pays.' })
  accountId!: string;

  @Field(() => [ID], {
    nullable: true,
    description: 'The open invoices to pay, in this order; all must be billed to the account. At most 50.',
  })
  invoiceIds?: string[] | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'How much; if left out, all that is due. Without invoices it becomes credit.',
  })
  amount?: MoneyInput | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The method to charge; if left out, the default one; without one the customer chooses in the browser.',
  })
  paymentMethodId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the customer is away; false if left out.' })
  offSession?: boolean | null;

  @Field(() => CaptureMethodEnum, { nullable: true, description: 'When held money is taken; AUTOMATIC if left out.' })
  captureMethod?: 'automatic' | 'manual' | null;

  @Field(() => MetadataScalar, { nullable: true, description: ownPairs })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('ConfirmPaymentInput', { description: 'Which payment to go on with, and how.' })
export class ConfirmPaymentFields {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string;

  @Field(() => ID, { nullable: true, description: 'Another method to charge.' })
  paymentMethodId?: string | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('CapturePaymentInput', { description: 'Which held money to take.' })
export class CapturePaymentFields {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string;

  @Field(() => MoneyInput, { nullable: true, description: 'How much of it; all if left out. The rest is let go.' })
  amount?: MoneyInput | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('CancelPaymentInput', { description: 'Which payment to end.' })
export class CancelPaymentFields {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('RecordManualPaymentInput', { description: 'Money that came by hand.' })
export class RecordManualPaymentFields {
  @Field(() => ID, { description: 'The account that paid.' })
  accountId!: string;

  @Field(() => [ID], {
    nullable: true,
    description: 'The invoices it is for, in this order; what is left over becomes credit. At most 50.',
  })
  invoiceIds?: string[] | null;

  @Field(() => MoneyInput, { description: 'How much.' })
  amount!: MoneyInput;

  @Field(() => ManualPaymentKindEnum, { description: 'How it came.' })
  kind!: 'cash' | 'check' | 'bank_transfer' | 'other';

  @Field(() => String, { nullable: true, description: 'The number of the check or transfer, at most 200 characters.' })
  reference?: string | null;

  @Field(() => String, { nullable: true, description: 'Notes, at most 2,000 characters.' })
  notes?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: ownPairs })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('CreateRefundInput', { description: 'What is to be given back.' })
export class CreateRefundFields {
  @Field(() => ID, { description: 'The payment whose money is given back.' })
  paymentId!: string;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'How much; all that is left of the payment if left out. AMOUNT_TOO_LARGE, which says how much can be, where credit notes gave back part of that, a later invoice took it back to pay for its own lines, or it became credit that is spent or held.',
  })
  amount?: MoneyInput | null;

  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: ownPairs })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@OneOf()
@InputType('PaymentMethodReference', { description: 'A payment method at its provider: exactly one of these.' })
export class PaymentMethodReference {
  @Field(() => String, { nullable: true, description: 'The id of a PaymentMethod at Stripe, such as pm_….' })
  stripePaymentMethodId?: string | null;

  @Field(() => String, { nullable: true, description: 'A test method of the sandbox, such as success.' })
  sandboxToken?: string | null;
}

@InputType('AttachPaymentMethodInput', { description: 'Which method to keep for whom.' })
export class AttachPaymentMethodFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => PaymentMethodReference, { description: 'The method.' })
  method!: PaymentMethodReference;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it becomes the default; the first one always does.',
  })
  makeDefault?: boolean | null;

  @Field(() => MetadataScalar, { nullable: true, description: ownPairs })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('CreatePaymentMethodSetupInput', { description: 'For whom the browser is to collect a method.' })
export class CreatePaymentMethodSetupFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType({ description: 'Which payment method.' })
export abstract class PaymentMethodIdFields {
  @Field(() => ID, { description: 'The payment method.' })
  id!: string;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('SetDefaultPaymentMethodInput', { description: 'Which payment method becomes the default.' })
export class SetDefaultPaymentMethodFields extends PaymentMethodIdFields {}

@InputType('DetachPaymentMethodInput', { description: 'Which payment method is taken out of use.' })
export class DetachPaymentMethodFields extends PaymentMethodIdFields {}

@ObjectType({ description: 'The payment, or why nothing was done.' })
abstract class PaymentAnswer extends MutationPayload {
  @Field(() => Payment, { nullable: true, description: 'The payment as it is now.' })
  payment?: Payment | null;
}

@ObjectType('CreatePaymentPayload', { description: 'The new payment, or why none was begun.' })
export class CreatePaymentPayload extends PaymentAnswer {}

@ObjectType('ConfirmPaymentPayload', { description: 'The payment, or why it was not gone on with.' })
export class ConfirmPaymentPayload extends PaymentAnswer {}

@ObjectType('CapturePaymentPayload', { description: 'The payment, or why nothing was captured.' })
export class CapturePaymentPayload extends PaymentAnswer {}

@ObjectType('CancelPaymentPayload', { description: 'The payment, or why it was not ended.' })
export class CancelPaymentPayload extends PaymentAnswer {}

@ObjectType('RecordManualPaymentPayload', { description: 'The payment, or why it was not recorded.' })
export class RecordManualPaymentPayload extends PaymentAnswer {}

@ObjectType('CreateRefundPayload', { description: 'The refund, or why none was begun.' })
export class CreateRefundPayload extends MutationPayload {
  @Field(() => Refund, { nullable: true, description: 'The refund as it is now.' })
  refund?: Refund | null;
}

@ObjectType({ description: 'The payment method, or why nothing was done.' })
abstract class MethodAnswer extends MutationPayload {
  @Field(() => PaymentMethod, { nullable: true, description: 'The payment method as it is now.' })
  paymentMethod?: PaymentMethod | null;
}

@ObjectType('AttachPaymentMethodPayload', { description: 'The payment method, or why it was not kept.' })
export class AttachPaymentMethodPayload extends MethodAnswer {}

@ObjectType('SetDefaultPaymentMethodPayload', { description: 'The payment method, or why nothing was changed.' })
export class SetDefaultPaymentMethodPayload extends MethodAnswer {}

@ObjectType('DetachPaymentMethodPayload', { description: 'The payment method, or why it was not detached.' })
export class DetachPaymentMethodPayload extends MethodAnswer {}

@ObjectType('CreatePaymentMethodSetupPayload', { description: 'What the browser needs, or why there is nothing.' })
export class CreatePaymentMethodSetupPayload extends MutationPayload {
  @Field(() => String, {
    nullable: true,
    description: 'The secret with which the browser collects a method; not shown again.',
  })
  clientSecret?: string | null;

  @Field(() => PaymentProviderEnum, { nullable: true, description: 'Whose secret it is.' })
  provider?: string | null;
}
