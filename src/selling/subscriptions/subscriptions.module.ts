import type { Module } from '../../platform/module.ts';
import {
  OrganizationPoliciesResolver,
  PendingChangeSubscriptionResolver,
  PendingChangesResolver,
  pendingChangeNodes,
} from './changes/pending-changes.resolver.ts';
import { SubscriptionChangesResolver } from './changes/subscription-changes.resolver.ts';
import { SubscriptionLifeResolver } from './changes/subscription-life.resolver.ts';
import { accountDeleted, collectionFailed, dunningExhausted, settled, voided, writtenOff } from './consequences.ts';
import { DiscountSubscriptionResolver, SubscriptionDiscountsResolver } from './creation/discounts.resolver.ts';
import { DerivationVersionResolver } from './derivation-version.resolver.ts';
import { PreviewsResolver } from './previews/previews.resolver.ts';
import { SubscriptionMutationsResolver } from './subscription-mutations.resolver.ts';
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
import {
  AccountSubscriptionsResolver,
  InvoiceLineSubscriptionResolver,
  InvoiceSubscriptionsResolver,
  itemNodes,
  SubscriptionItemsResolver,
  SubscriptionsResolver,
  subscriptionNodes,
} from './subscriptions.resolver.ts';
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
    PendingChangeSubscriptionResolver,
    OrganizationPoliciesResolver,
    PreviewsResolver,
  ],
  nodes: { sub: subscriptionNodes, si: itemNodes, sch: pendingChangeNodes },
  consequences: {
    'invoice.paid': settled,
    'invoice.uncollectible': writtenOff,
    'invoice.voided': voided,
    'payment.failed': collectionFailed,
    'dunning.started': collectionFailed,
    'dunning.exhausted': dunningExhausted,
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
