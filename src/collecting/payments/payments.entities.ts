import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const PaymentMethodEntity = defineEntity({
  name: 'PaymentMethod',
  tableName: 'payment_methods',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    provider: columns.text(),
    providerRef: columns.text(),
    type: columns.text(),
    brand: columns.text().nullable(),
    last4: columns.text().nullable(),
    expMonth: columns.count().nullable(),
    expYear: columns.count().nullable(),
    isDefault: columns.flag(),
    detachedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type PaymentMethodRow = RowOf<typeof PaymentMethodEntity>;

export const PaymentEntity = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    testClockId: columns.uuid().nullable(),
    provider: columns.text(),
    providerRef: columns.text().nullable(),
    status: columns.text(),
    amount: columns.minor(),
    currency: columns.text(),
    amountRefunded: columns.minor(),
    paymentMethodId: columns.uuid().nullable(),
    offSession: columns.flag(),
    captureMethod: columns.text(),
    manualKind: columns.text().nullable(),
    reference: columns.text().nullable(),
    notes: columns.text().nullable(),
    failureCode: columns.text().nullable(),
    failureMessage: columns.text().nullable(),
    declineClass: columns.text().nullable(),
    /** When something is to be done at the provider: an attempt, a look-up, a capture, a cancellation. On the account's clock. */
    nextAttemptAt: columns.instant().nullable(),
    /** Until then one worker is busy with it. On the wall clock. */
    claimedUntil: columns.instant().nullable(),
    lookups: columns.count(),
    /** Since when the provider has refused us access for it. On the wall clock. */
    refusedSince: columns.instant().nullable(),
    captureAmount: columns.minor().nullable(),
    cancelRequestedAt: columns.instant().nullable(),
    cancelReason: columns.text().nullable(),
    settledAt: columns.instant().nullable(),
    reversedAt: columns.instant().nullable(),
    reversalReason: columns.text().nullable(),
    reversalNotes: columns.text().nullable(),
    /** It had been given back in part, or was to be by a note, before its money went. */
    reversedAfterRefund: columns.flag(),
    recordedAt: columns.instant(),
    ...stamps,
    ...metadata,
  },
});

export type PaymentRow = RowOf<typeof PaymentEntity>;

export const PaymentAttemptEntity = defineEntity({
  name: 'PaymentAttempt',
  tableName: 'payment_attempts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    paymentId: columns.uuid(),
    attemptNo: columns.count(),
    provider: columns.text(),
    providerRef: columns.text().nullable(),
    paymentMethodId: columns.uuid().nullable(),
    offSession: columns.flag(),
    /** The customer was asked to act on the attempt before. */
    followsAction: columns.flag(),
    status: columns.text(),
    /** The provider has taken it and has not decided yet. */
    processing: columns.flag(),
    amount: columns.minor(),
    failureCode: columns.text().nullable(),
    failureMessage: columns.text().nullable(),
    adviceCode: columns.text().nullable(),
    clientSecret: columns.text().nullable(),
    at: columns.instant(),
    finishedAt: columns.instant().nullable(),
    recordedAt: columns.instant(),
  },
});

export type PaymentAttemptRow = RowOf<typeof PaymentAttemptEntity>;

export const PaymentApplicationEntity = defineEntity({
  name: 'PaymentApplication',
  tableName: 'payment_applications',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    paymentId: columns.uuid(),
    invoiceId: columns.uuid(),
    installmentId: columns.uuid().nullable(),
    amount: columns.minor(),
    status: columns.text(),
    ...stamps,
  },
});

export type PaymentApplicationRow = RowOf<typeof PaymentApplicationEntity>;

/** What a refund took of a lot of credit. */
export const RefundWithdrawalEntity = defineEntity({
  name: 'RefundWithdrawal',
  tableName: 'refund_withdrawals',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    refundId: columns.uuid(),
    grantId: columns.uuid(),
    amount: columns.minor(),
    restoredAt: columns.instant().nullable(),
    createdAt: columns.instant(),
  },
});

export const RefundEntity = defineEntity({
  name: 'Refund',
  tableName: 'refunds',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    paymentId: columns.uuid(),
    /** The credit note that it was begun with; one that came later is in its shares. */
    creditNoteId: columns.uuid().nullable(),
    amount: columns.minor(),
    currency: columns.text(),
    status: columns.text(),
    reason: columns.text().nullable(),
    provider: columns.text(),
    providerRef: columns.text().nullable(),
    failureCode: columns.text().nullable(),
    requestedBy: columns.text(),
    approvedBy: columns.text().nullable(),
    approvalRequired: columns.flag(),
    /** What of the amount was taken out of the credit that the payment had left over. */
    creditWithdrawn: columns.minor(),
    nextAttemptAt: columns.instant().nullable(),
    claimedUntil: columns.instant().nullable(),
    lookups: columns.count(),
    refusedSince: columns.instant().nullable(),
    settledAt: columns.instant().nullable(),
    recordedAt: columns.instant(),
    ...stamps,
    ...metadata,
  },
});

export type RefundRow = RowOf<typeof RefundEntity>;

/** Of which invoice a refund gives money back, and the credit note that says so: its own, or one that came later. */
export const RefundShareEntity = defineEntity({
  name: 'RefundShare',
  tableName: 'refund_shares',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    refundId: columns.uuid(),
    invoiceId: columns.uuid(),
    creditNoteId: columns.uuid().nullable(),
    amount: columns.minor(),
    createdAt: columns.instant(),
  },
});

export type RefundShareRow = RowOf<typeof RefundShareEntity>;

export const StripeConnectionEntity = defineEntity({
  name: 'StripeConnection',
  tableName: 'stripe_connections',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    secretKeySealed: columns.bytes(),
    webhookSecretsSealed: columns.bytes(),
    keyHint: columns.text(),
    livemode: columns.flag(),
    disconnectedAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type StripeConnectionRow = RowOf<typeof StripeConnectionEntity>;

/** While Stripe refuses an organization access: since when, why, and when it is tried again. Instants of the wall clock. */
export const StripeRefusalEntity = defineEntity({
  name: 'StripeRefusal',
  tableName: 'stripe_refusals',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    shut: columns.text(),
    reason: columns.text(),
    since: columns.instant(),
    lastAt: columns.instant(),
    nextTryAt: columns.instant(),
  },
});

export type StripeRefusalRow = RowOf<typeof StripeRefusalEntity>;

export const ProviderCustomerEntity = defineEntity({
  name: 'ProviderCustomer',
  tableName: 'provider_customers',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    accountId: columns.uuid().primary(),
    provider: columns.text().primary(),
    providerRef: columns.text(),
    createdAt: columns.instant(),
    /** When the next step of its erasure is due, on the wall clock; null while it stays. */
    eraseAt: columns.instant().nullable(),
    /** Since when the provider has it no more. */
    erasedAt: columns.instant().nullable(),
  },
});

export type ProviderCustomerRow = RowOf<typeof ProviderCustomerEntity>;

export const ProviderEventEntity = defineEntity({
  name: 'ProviderEvent',
  tableName: 'provider_events',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    provider: columns.text(),
    providerEventId: columns.text(),
    type: columns.text(),
    objectId: columns.text().nullable(),
    livemode: columns.flag(),
    payload: columns.data<unknown>(),
    occurredAt: columns.instant(),
    recordedAt: columns.instant(),
    nextAttemptAt: columns.instant().nullable(),
    tries: columns.count(),
    appliedAt: columns.instant().nullable(),
    ignoredAt: columns.instant().nullable(),
    ignoredReason: columns.text().nullable(),
    effects: columns.count(),
    deadAt: columns.instant().nullable(),
    /** Set aside since then, until Stripe is connected and lets us in again. */
    parkedAt: columns.instant().nullable(),
    lastError: columns.text().nullable(),
  },
});

export type ProviderEventRow = RowOf<typeof ProviderEventEntity>;
