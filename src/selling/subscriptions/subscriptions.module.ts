import type { Module } from '../../platform/module.ts';
import { accountDeleted, collectionFailed, dunningExhausted, settled, voided, writtenOff } from './consequences.ts';
import { SubscriptionChangeEntity, SubscriptionEntity, SubscriptionItemEntity } from './subscriptions.entities.ts';
import { subscriptionJobs } from './subscriptions.jobs.ts';
import { subscriptionTimers } from './subscriptions.timers.ts';

export const subscriptions: Module = {
  name: 'subscriptions',
  entities: [SubscriptionEntity, SubscriptionItemEntity, SubscriptionChangeEntity],
  consequences: {
    'invoice.paid': settled,
    'invoice.uncollectible': writtenOff,
    'invoice.voided': voided,
    'payment.failed': collectionFailed,
    'dunning.started': collectionFailed,
    'dunning.exhausted': dunningExhausted,
    'account.deleted': accountDeleted,
  },
  jobs: subscriptionJobs,
  timers: subscriptionTimers,
  constraints: {
    subscriptions_external_id_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'externalId'],
      message: 'Another subscription has this external id.',
    },
  },
};
