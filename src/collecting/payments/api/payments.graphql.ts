import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { Money, money } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { Connection } from '../../../platform/pagination.ts';
import { DateTimeScalar, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import { declineClass } from '../../../rules/dunning.ts';
import {
  ApplicationStatusEnum,
  CancelReasonEnum,
  CaptureMethodEnum,
  DeclineClassEnum,
  ManualPaymentKindEnum,
  PaymentProviderEnum,
  PaymentStatusEnum,
  RefundStatusEnum,
  ReversalReasonEnum,
} from './payments.enums.ts';
import type { ApplicationRecord, AttemptRecord, PaymentRecord, RefundRecord } from './payments.records.ts';

@ObjectType('Payment', { implements: Node, description: 'One aim to collect money, for invoices or for credit.' })
export class Payment extends Node {
  uuid!: string;
  accountUuid!: string;
  paymentMethodUuid!: string | null;

  @Field(() => PaymentStatusEnum, { description: 'Where it is in its life.' })
  status!: string;

  @Field(() => Money, { description: 'What is to be collected, or was.' })
  amount!: Money;

  @Field(() => Money, { description: 'What has been given back.' })
  amountRefunded!: Money;

  @Field(() => PaymentProviderEnum, { description: 'Who moves the money.' })
  provider!: string;

  @Field(() => String, { nullable: true, description: 'Its name at the provider.' })
  providerReference!: string | null;

  @Field(() => Boolean, { description: 'Whether the customer is away and cannot be asked.' })
  offSession!: boolean;

  @Field(() => CaptureMethodEnum, { description: 'When held money is taken.' })
  captureMethod!: string;

  @Field(() => ManualPaymentKindEnum, { nullable: true, description: 'How it came, if by hand.' })
  manualKind!: string | null;

  @Field(() => String, { nullable: true, description: 'The number of the check or transfer, if by hand.' })
  reference!: string | null;

  @Field(() => String, { nullable: true, description: 'Notes of whoever recorded it.' })
  notes!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, for programs; not meant for the customer.' })
  failureCode!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, in words that may be shown to the customer.' })
  failureMessage!: string | null;

  @Field(() => DeclineClassEnum, { nullable: true, description: 'What the failure means for collecting.' })
  declineClass!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the provider is asked next.' })
  nextAttemptAt!: Date | null;

  @Field(() => CancelReasonEnum, {
    nullable: true,
    description: 'Why it was, or is being, canceled; null if the provider did it by itself.',
  })
  cancelReason!: string | null;

  @Field(() => Money, { nullable: true, description: 'How much of the held money is being captured.' })
  captureAmount!: Money | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was begun.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the money came in.' })
  settledAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the money was gone again.' })
  reversedAt!: Date | null;

  @Field(() => ReversalReasonEnum, { nullable: true, description: 'Why the money is gone again.' })
  reversalReason!: string | null;

  @Field(() => String, { nullable: true, description: 'Notes of whoever recorded that it is gone.' })
  reversalNotes!: string | null;
}

@ObjectType('PaymentAttempt', { description: 'One try at the provider.' })
export class PaymentAttempt {
  uuid!: string;
  paymentMethodUuid!: string | null;

  @Field(() => String, { description: 'Its id, which is the key under which the provider knows it.' })
  id!: string;

  @Field(() => Int, { description: 'Its number within the payment, from 1.' })
  number!: number;

  @Field(() => PaymentStatusEnum, { description: 'What became of it.' })
  status!: string;

  @Field(() => Money, { description: 'What was to be charged.' })
  amount!: Money;

  @Field(() => Boolean, { description: 'Whether the customer was away.' })
  offSession!: boolean;

  @Field(() => String, { nullable: true, description: 'Why it failed, for programs.' })
  failureCode!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, for the customer.' })
  failureMessage!: string | null;

  @Field(() => DeclineClassEnum, { nullable: true, description: 'What the failure means for collecting.' })
  declineClass!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  at!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was decided.' })
  finishedAt!: Date | null;
}

@ObjectType('PaymentApplication', { description: 'Money of a payment for an invoice.' })
export class PaymentApplication {
  uuid!: string;
  paymentUuid!: string;
  invoiceUuid!: string;

  @Field(() => String, { description: 'Its id.' })
  id!: string;

  @Field(() => Money, { description: 'How much.' })
  amount!: Money;

  @Field(() => ApplicationStatusEnum, { description: 'Whether it covers the invoice.' })
  status!: string;
}

@ObjectType('Refund', { implements: Node, description: 'Money of a payment that is given back.' })
export class Refund extends Node {
  uuid!: string;
  paymentUuid!: string;
  creditNoteUuid!: string | null;

  @Field(() => RefundStatusEnum, { description: 'Where it is in its life.' })
  status!: string;

  @Field(() => Money, { description: 'How much.' })
  amount!: Money;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;

  @Field(() => PaymentProviderEnum, { description: 'Who moves the money.' })
  provider!: string;

  @Field(() => String, { nullable: true, description: 'Its name at the provider.' })
  providerReference!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, for programs.' })
  failureCode!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the money left.' })
  settledAt!: Date | null;
}

export const PaymentConnection = Connection(() => Payment, 'Payment');
export const RefundConnection = Connection(() => Refund, 'Refund');

/** The API's view of a payment. */
export function toPayment(record: PaymentRecord): Payment {
  return Object.assign(new Payment(), {
    id: toGlobalId('pay', record.id),
    uuid: record.id,
    accountUuid: record.account_id,
    paymentMethodUuid: record.payment_method_id,
    status: record.status,
    amount: money(record.amount, record.currency),
    amountRefunded: money(record.amount_refunded, record.currency),
    provider: record.provider,
    providerReference: record.provider_ref,
    offSession: record.off_session,
    captureMethod: record.capture_method,
    manualKind: record.manual_kind,
    reference: record.reference,
    notes: record.notes,
    failureCode: record.failure_code,
    failureMessage: record.failure_message,
    declineClass: record.decline_class,
    nextAttemptAt: record.next_attempt_at,
    cancelReason: record.cancel_reason,
    captureAmount: record.capture_amount === null ? null : money(record.capture_amount, record.currency),
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    settledAt: record.settled_at,
    reversedAt: record.reversed_at,
    reversalReason: record.reversal_reason,
    reversalNotes: record.reversal_notes,
  });
}

/** The API's view of an attempt. */
export function toAttempt(record: AttemptRecord): PaymentAttempt {
  const failed = record.failure_code;
  return Object.assign(new PaymentAttempt(), {
    id: toGlobalId('att', record.id),
    uuid: record.id,
    paymentMethodUuid: record.payment_method_id,
    number: record.attempt_no,
    status: record.status,
    amount: money(record.amount, record.currency),
    offSession: record.off_session,
    failureCode: failed,
    failureMessage: record.failure_message,
    declineClass: failed ? declineClass(failed, record.advice_code) : null,
    at: record.at,
    finishedAt: record.finished_at,
  });
}

/** The API's view of an application. */
export function toApplication(record: ApplicationRecord): PaymentApplication {
  return Object.assign(new PaymentApplication(), {
    id: toGlobalId('app', record.id),
    uuid: record.id,
    paymentUuid: record.payment_id,
    invoiceUuid: record.invoice_id,
    amount: money(record.amount, record.currency),
    status: record.status,
  });
}

/** The API's view of a refund. */
export function toRefund(record: RefundRecord): Refund {
  return Object.assign(new Refund(), {
    id: toGlobalId('re', record.id),
    uuid: record.id,
    paymentUuid: record.payment_id,
    creditNoteUuid: record.credit_note_id,
    status: record.status,
    amount: money(record.amount, record.currency),
    reason: record.reason,
    provider: record.provider,
    providerReference: record.provider_ref,
    failureCode: record.failure_code,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    settledAt: record.settled_at,
  });
}
