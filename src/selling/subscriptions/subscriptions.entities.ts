import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const SubscriptionEntity = defineEntity({
  name: 'Subscription',
  tableName: 'subscriptions',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    externalId: columns.text().nullable(),
    accountId: columns.uuid(),
    testClockId: columns.uuid().nullable(),
    status: columns.text(),
    currency: columns.text(),
    timezone: columns.text(),
    anchorAt: columns.instant(),
    /** Where the present period began as a whole, if a pause has moved it: it ends at the anchor. */
    wholePeriodStart: columns.instant().nullable(),
    intervalUnit: columns.text(),
    intervalCount: columns.count(),
    collection: columns.text(),
    paymentMethodId: columns.uuid().nullable(),
    netDays: columns.count().nullable(),
    legalEntityId: columns.uuid().nullable(),
    purchaseOrderNumber: columns.text().nullable(),
    startedAt: columns.instant(),
    currentPeriodStart: columns.instant().nullable(),
    currentPeriodEnd: columns.instant().nullable(),
    trialStart: columns.instant().nullable(),
    trialEnd: columns.instant().nullable(),
    endsAt: columns.instant().nullable(),
    endedAt: columns.instant().nullable(),
    cancelRequestedAt: columns.instant().nullable(),
    cancelReason: columns.text().nullable(),
    nextBillingAt: columns.instant().nullable(),
    lapsesAt: columns.instant().nullable(),
    trialRemindsAt: columns.instant().nullable(),
    parkedAt: columns.instant().nullable(),
    parkedReason: columns.text().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type SubscriptionRow = RowOf<typeof SubscriptionEntity>;

export const SubscriptionItemEntity = defineEntity({
  name: 'SubscriptionItem',
  tableName: 'subscription_items',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionId: columns.uuid(),
    planId: columns.uuid(),
    planVersionId: columns.uuid(),
    priceId: columns.uuid(),
    component: columns.text(),
    billingMode: columns.text(),
    quantity: columns.decimal(),
    priceOverrideId: columns.uuid().nullable(),
    billedOnceAt: columns.instant().nullable(),
    activeFrom: columns.instant(),
    activeTo: columns.instant().nullable(),
    position: columns.count(),
    ...stamps,
    ...metadata,
  },
});

export type SubscriptionItemRow = RowOf<typeof SubscriptionItemEntity>;

/** What one item costs instead of the price of its plan; it never changes. */
export const PriceOverrideEntity = defineEntity({
  name: 'PriceOverride',
  tableName: 'price_overrides',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    priceId: columns.uuid(),
    model: columns.text(),
    parameters: columns.data<unknown>(),
    createdAt: columns.instant(),
  },
});

export const SubscriptionChangeEntity = defineEntity({
  name: 'SubscriptionChange',
  tableName: 'subscription_changes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionId: columns.uuid(),
    field: columns.text(),
    oldValue: columns.data<unknown>().nullable(),
    newValue: columns.data<unknown>().nullable(),
    at: columns.instant(),
    recordedAt: columns.instant(),
    actor: columns.text(),
  },
});

export type SubscriptionChangeRow = RowOf<typeof SubscriptionChangeEntity>;

export const ScheduledChangeEntity = defineEntity({
  name: 'ScheduledChange',
  tableName: 'scheduled_changes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionId: columns.uuid(),
    kind: columns.text(),
    effectiveAt: columns.instant(),
    atPeriodEnd: columns.flag(),
    terms: columns.data<unknown>(),
    status: columns.text(),
    closedAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type ScheduledChangeRow = RowOf<typeof ScheduledChangeEntity>;

export const SubscriptionPauseEntity = defineEntity({
  name: 'SubscriptionPause',
  tableName: 'subscription_pauses',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionId: columns.uuid(),
    pausedFrom: columns.instant(),
    resumedAt: columns.instant().nullable(),
    anchor: columns.text(),
    /** Where the time stayed paid for: from when the period had been held before it. */
    heldFrom: columns.instant().nullable(),
    ...stamps,
  },
});

export const ChangePolicyEntity = defineEntity({
  name: 'ChangePolicy',
  tableName: 'change_policies',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    direction: columns.text(),
    timing: columns.text(),
    settle: columns.text(),
    creditBasis: columns.text(),
    ...stamps,
  },
});
