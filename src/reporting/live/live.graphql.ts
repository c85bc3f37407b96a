import 'reflect-metadata';
import { Field, ID, InputType, Int, InterfaceType, ObjectType } from 'type-graphql';
import { Money } from '../../platform/api-types.ts';
import { BigIntScalar, DateTimeScalar } from '../../platform/scalars.ts';
import {
  type InvoiceEventType,
  InvoiceEventTypeEnum,
  type PaymentEventType,
  PaymentEventTypeEnum,
} from './live.enums.ts';

@InterfaceType('LiveEvent', {
  description: 'Something that happened, with its place in the order of all that happens.',
})
export abstract class LiveEventFields {
  /** For the door: when the fact became known to this process. Not a field of the API. */
  heardAt!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of what happened, the same at every delivery; null for a GAP.',
  })
  id!: string | null;

  @Field(() => ID, { description: 'Where to go on after this event: pass it as `after`.' })
  cursor!: string;

  @Field(() => BigIntScalar, {
    description:
      'The place in the order of everything that happened in the organization; it only grows, and other events lie between.',
  })
  sequence!: bigint;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it happened, on the clock of the account; null for a GAP.',
  })
  occurredAt!: Date | null;

  @Field(() => ID, { nullable: true, description: 'The account it is about; null for a GAP.' })
  accountId!: string | null;
}

@ObjectType('PaymentEvent', {
  implements: LiveEventFields,
  description: 'Something that happened to a payment or a refund, in its order.',
})
export class PaymentEvent extends LiveEventFields {
  /** The payment's id inside; not a field of the API. */
  paymentUuid!: string | null;

  @Field(() => PaymentEventTypeEnum, { description: 'What happened.' })
  type!: PaymentEventType;

  @Field(() => ID, { nullable: true, description: 'The payment; null for a GAP.' })
  paymentId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The refund, where the event is about one.' })
  refundId!: string | null;

  @Field(() => [ID], { description: 'The invoices the payment is for; empty for refunds.' })
  invoiceIds!: string[];

  @Field(() => String, {
    nullable: true,
    description: 'The status of the payment (or of the refund) at that time; null for a GAP.',
  })
  status!: string | null;

  @Field(() => Money, { nullable: true, description: 'The amount of the payment or the refund; null for a GAP.' })
  amount!: Money | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, where it did.' })
  failureCode!: string | null;

  @Field(() => Int, { nullable: true, description: 'The number of the attempt, from 1; null before the first.' })
  attemptNo!: number | null;
}

@ObjectType('InvoiceEvent', {
  implements: LiveEventFields,
  description: 'Something that happened to an invoice, in its order.',
})
export class InvoiceEvent extends LiveEventFields {
  /** The invoice's id inside; not a field of the API. */
  invoiceUuid!: string | null;

  @Field(() => InvoiceEventTypeEnum, { description: 'What happened.' })
  type!: InvoiceEventType;

  @Field(() => ID, { nullable: true, description: 'The invoice; null for a GAP.' })
  invoiceId!: string | null;

  @Field(() => String, { nullable: true, description: 'The status of the invoice at that time; null for a GAP.' })
  status!: string | null;
}

@InputType('PaymentEventFilter', { description: 'Which payment events to tell; conditions left out do not count.' })
export class PaymentEventFilter {
  @Field(() => [PaymentEventTypeEnum], { nullable: true, description: 'Events of these types. GAP is always told.' })
  types?: PaymentEventType[] | null;

  @Field(() => ID, { nullable: true, description: 'Events of this account.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Events of payments for this invoice.' })
  invoiceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Events of this payment and its refunds.' })
  paymentId?: string | null;
}
