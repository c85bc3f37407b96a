import type { Module } from '../../platform/module.ts';
import { accountDeleted, collectionFailed, dunningExhausted, settled, voided, writtenOff } from './consequences.ts';
import { DerivationVersionResolver } from './derivation-version.resolver.ts';
import { DiscountSubscriptionResolver, SubscriptionDiscountsResolver } from './discounts.resolver.ts';
import { PreviewsResolver } from './previews.resolver.ts';
import { SubscriptionChangesResolver } from './subscription-changes.resolver.ts';
import { SubscriptionMutationsResolver } from './subscription-mutations.resolver.ts';
import {
  PriceOverrideEntity,
  SubscriptionChangeEntity,
  SubscriptionEntity,
  SubscriptionItemEntity,
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
  entities: [SubscriptionEntity, PriceOverrideEntity, SubscriptionItemEntity, SubscriptionChangeEntity],
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
    PreviewsResolver,
  ],
  nodes: { sub: subscriptionNodes, si: itemNodes },
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
    subscriptions_external_id_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'externalId'],
      message: 'Another subscription has this external id.',
    },
  },
};
