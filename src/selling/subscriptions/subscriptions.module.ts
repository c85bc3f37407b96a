import type { Module } from '../../platform/module.ts';
import { DerivationVersionResolver } from './api/derivation-version.resolver.ts';
import { DiscountSubscriptionResolver, SubscriptionDiscountsResolver } from './api/discounts.resolver.ts';
import {
  OrganizationPoliciesResolver,
  PendingChangeSubscriptionResolver,
  PendingChangesResolver,
  PendingPartsResolver,
  pendingChangeNodes,
} from './api/pending-changes.resolver.ts';
import { PreviewsResolver } from './api/previews.resolver.ts';
import { SubscriptionChangesResolver } from './api/subscription-changes.resolver.ts';
import { SubscriptionLifeResolver } from './api/subscription-life.resolver.ts';
import { SubscriptionMutationsResolver } from './api/subscription-mutations.resolver.ts';
import {
  AccountSubscriptionsResolver,
  InvoiceLineSubscriptionResolver,
  InvoiceSubscriptionsResolver,
  itemNodes,
  SubscriptionItemsResolver,
  SubscriptionsResolver,
  subscriptionNodes,
} from './api/subscriptions.resolver.ts';
import {
  accountDeleted,
  collectionFailed,
  dunningExhausted,
  freedAgain,
  settled,
  taxKnown,
  voided,
  writtenOff,
} from './changes/consequences.ts';
import {
  ChangePolicyEntity,
  PriceOverrideEntity,
  ScheduledChangeEntity,
  SubscriptionChangeEntity,
  SubscriptionEntity,
  SubscriptionItemEntity,
  SubscriptionPauseEntity,
} from './subscriptions.entities.ts';
import { subscriptionJobs } from './subscriptions.jobs.ts';
import { subscriptionTimers } from './subscriptions.timers.ts';

export const subscriptions: Module = {
  name: 'subscriptions',
  entities: [
    SubscriptionEntity,
    PriceOverrideEntity,
    SubscriptionItemEntity,
    SubscriptionChangeEntity,
    ScheduledChangeEntity,
    SubscriptionPauseEntity,
    ChangePolicyEntity,
  ],
  resolvers: [
    SubscriptionsResolver,
    SubscriptionItemsResolver,
    AccountSubscriptionsResolver,
    InvoiceSubscriptionsResolver,
    InvoiceLineSubscriptionResolver,
    DerivationVersionResolver,
    SubscriptionMutationsResolver,
    SubscriptionDiscountsResolver,
    DiscountSubscriptionResolver,
    SubscriptionChangesResolver,
    SubscriptionLifeResolver,
    PendingChangesResolver,
    PendingPartsResolver,
    PendingChangeSubscriptionResolver,
    OrganizationPoliciesResolver,
    PreviewsResolver,
  ],
  nodes: { sub: subscriptionNodes, si: itemNodes, sch: pendingChangeNodes },
  consequences: {
    'invoice.finalized': taxKnown,
    'invoice.paid': settled,
    'invoice.uncollectible': writtenOff,
    'invoice.voided': voided,
    'payment.failed': collectionFailed,
    'dunning.started': collectionFailed,
    'dunning.exhausted': dunningExhausted,
    'credit_note.voided': freedAgain,
    'account.deleted': accountDeleted,
  },
  jobs: subscriptionJobs(),
  timers: subscriptionTimers,
  constraints: {
    paused_once: {
      code: 'CONFLICT',
      path: ['input', 'id'],
      message: 'The subscription was paused at this time before.',
    },
    subscriptions_external_id_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'externalId'],
      message: 'Another subscription has this external id.',
    },
  },
};
