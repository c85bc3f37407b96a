import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const PaymentStatusEnum = {
  PENDING: 'pending',
  UNKNOWN: 'unknown',
  REQUIRES_ACTION: 'requires_action',
  REQUIRES_CAPTURE: 'requires_capture',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELED: 'canceled',
  REVERSED: 'reversed',
} as const;
registerEnumType(PaymentStatusEnum, {
  name: 'PaymentStatus',
  description: 'Where a payment or an attempt is in its life.',
  valuesConfig: {
    PENDING: { description: 'Under way: not sent yet, or not decided yet.' },
    UNKNOWN: { description: 'The answer of the provider was lost; it is being looked up, never guessed.' },
    REQUIRES_ACTION: { description: 'The customer must act, such as confirm it with their bank: see clientSecret.' },
    REQUIRES_CAPTURE: { description: 'The money is held and waits to be captured.' },
    SUCCEEDED: { description: 'The money came in.' },
    FAILED: { description: 'Declined; it may be tried again.' },
    CANCELED: { description: 'Ended without money.' },
    REVERSED: { description: 'The money had come in and is gone again, such as a check that bounced.' },
  },
});

export const PaymentProviderEnum = { STRIPE: 'stripe', SANDBOX: 'sandbox', MANUAL: 'manual' } as const;
registerEnumType(PaymentProviderEnum, {
  name: 'PaymentProvider',
  description: 'Who moves the money.',
  valuesConfig: {
    STRIPE: { description: 'Stripe.' },
    SANDBOX: { description: 'The built-in sandbox; no money moves.' },
    MANUAL: { description: 'People, by hand.' },
  },
});

export const CaptureMethodEnum = { AUTOMATIC: 'automatic', MANUAL: 'manual' } as const;
registerEnumType(CaptureMethodEnum, {
  name: 'CaptureMethod',
  description: 'When held money is taken.',
  valuesConfig: {
    AUTOMATIC: { description: 'At once.' },
    MANUAL: { description: 'When capturePayment asks for it; providers let it go after some days.' },
  },
});

export const ManualPaymentKindEnum = {
  CASH: 'cash',
  CHECK: 'check',
  BANK_TRANSFER: 'bank_transfer',
  OTHER: 'other',
} as const;
registerEnumType(ManualPaymentKindEnum, {
  name: 'ManualPaymentKind',
  description: 'How money came by hand.',
  valuesConfig: {
    CASH: { description: 'In cash.' },
    CHECK: { description: 'By check.' },
    BANK_TRANSFER: { description: 'By a transfer to a bank account.' },
    OTHER: { description: 'In another way.' },
  },
});

export const DeclineClassEnum = {
  SOFT: 'soft',
  AUTHENTICATION: 'authentication',
  NEW_CARD: 'new_card',
  FIX_DATA: 'fix_data',
  ASK_ISSUER: 'ask_issuer',
  HARD: 'hard',
  STOP: 'stop',
  CONFIGURATION: 'configuration',
} as const;
registerEnumType(DeclineClassEnum, {
  name: 'DeclineClass',
  description: 'What a decline means for collecting.',
  valuesConfig: {
    SOFT: { description: 'A later try without the customer may work.' },
    AUTHENTICATION: { description: 'Only the customer can complete it, on session.' },
    NEW_CARD: { description: 'Another payment method is needed.' },
    FIX_DATA: { description: 'The details of the card are wrong.' },
    ASK_ISSUER: { description: 'The customer has to ask the bank that issued the card.' },
    HARD: { description: 'This card is never to be tried again.' },
    STOP: { description: 'Somebody should look before anything else is tried, such as a duplicate.' },
    CONFIGURATION: { description: 'No bank declined it: the request or the set-up is wrong.' },
  },
});

export const CancelReasonEnum = {
  REQUESTED: 'requested',
  SETTLED: 'settled',
  SUPERSEDED: 'superseded',
} as const;
registerEnumType(CancelReasonEnum, {
  name: 'PaymentCancelReason',
  description: 'Why a payment was canceled.',
  valuesConfig: {
    REQUESTED: { description: 'Somebody asked for it.' },
    SETTLED: { description: 'Its invoices ask for nothing any more: paid otherwise, void or written off.' },
    SUPERSEDED: { description: 'Another payment, or money that came by hand, took its place.' },
  },
});

export const ApplicationStatusEnum = {
  PENDING: 'pending',
  APPLIED: 'applied',
  RELEASED: 'released',
  REVERSED: 'reversed',
} as const;
registerEnumType(ApplicationStatusEnum, {
  name: 'PaymentApplicationStatus',
  description: 'Whether money of a payment covers an invoice.',
  valuesConfig: {
    PENDING: { description: 'Reserved by a payment that is under way.' },
    APPLIED: {
      description:
        'Covered. Of a payment whose money is gone: what credit notes had taken off; an invoice of its own asks for what they gave back.',
    },
    RELEASED: { description: 'Let go: the payment failed, ended, or was not needed any more.' },
    REVERSED: { description: 'It was covered, and the money is gone again.' },
  },
});

export const ReversalReasonEnum = {
  INSUFFICIENT_FUNDS: 'insufficient_funds',
  ACCOUNT_CLOSED: 'account_closed',
  NOT_AUTHORIZED: 'not_authorized',
  RECALLED: 'recalled',
  RECORDED_BY_MISTAKE: 'recorded_by_mistake',
  OTHER: 'other',
} as const;
registerEnumType(ReversalReasonEnum, {
  name: 'PaymentReversalReason',
  description: 'Why money that had come in is gone again; it decides how its invoices are collected anew.',
  valuesConfig: {
    INSUFFICIENT_FUNDS: { description: 'The account it was drawn on was not covered: tried again later.' },
    ACCOUNT_CLOSED: { description: 'The account it was drawn on is closed: another method is needed.' },
    NOT_AUTHORIZED: { description: 'The debit was not authorized: another method is needed.' },
    RECALLED: { description: 'The payer took it back: another method is needed.' },
    RECORDED_BY_MISTAKE: { description: 'It never came: collecting goes on as if nothing had been recorded.' },
    OTHER: { description: 'Something else: tried again later.' },
  },
});

export const RefundStatusEnum = {
  REQUESTED: 'requested',
  REJECTED: 'rejected',
  APPROVED: 'approved',
  PENDING: 'pending',
  UNKNOWN: 'unknown',
  REQUIRES_ACTION: 'requires_action',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELED: 'canceled',
} as const;
registerEnumType(RefundStatusEnum, {
  name: 'RefundStatus',
  description: 'Where a refund is in its life.',
  valuesConfig: {
    REQUESTED: { description: 'Waits for approval.' },
    REJECTED: { description: 'Not approved.' },
    APPROVED: { description: 'Approved and not carried out yet.' },
    PENDING: { description: 'Under way.' },
    UNKNOWN: { description: 'The answer of the provider was lost; it is being looked up.' },
    REQUIRES_ACTION: { description: 'The customer must act at the provider.' },
    SUCCEEDED: { description: 'The money is on its way to the customer. It can still fail.' },
    FAILED: { description: 'The money is back.' },
    CANCELED: { description: 'Ended without money.' },
  },
});

export const StripeEventStateEnum = {
  WAITING: 'waiting',
  APPLIED: 'applied',
  IGNORED: 'ignored',
  DEAD: 'dead',
} as const;
registerEnumType(StripeEventStateEnum, {
  name: 'StripeEventState',
  description: 'What became of an event of Stripe.',
  valuesConfig: {
    WAITING: { description: 'Stored, and to be applied or tried again.' },
    APPLIED: { description: 'Taken into account; it may have changed nothing.' },
    IGNORED: { description: 'Of no concern here; see why.' },
    DEAD: { description: 'Could not be applied; see why, and try again with retryStripeEvent.' },
  },
});
