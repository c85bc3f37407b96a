import type { Module } from '../../platform/module.ts';
import { awaitFirstMethod } from './await-first-method.ts';
import { collectAgain, collectRest } from './collect-again.ts';
import { DunningAttemptEntity, DunningRunEntity } from './dunning.entities.ts';
import { DunningAttemptsResolver, InvoiceDunningResolver } from './dunning.resolver.ts';
import { dunningJob, dunningTimer } from './dunning-jobs.ts';
import { recordCancellations, recordFailures } from './record-failure.ts';
import { recordReversals } from './record-reversal.ts';
import { retryWithNewMethod } from './retry-collection.ts';
import { recover, stop } from './stop-dunning.ts';

export const dunning: Module = {
  name: 'dunning',
  entities: [DunningRunEntity, DunningAttemptEntity],
  resolvers: [InvoiceDunningResolver, DunningAttemptsResolver],
  consequences: {
    'payment.method_missing': awaitFirstMethod,
    'payment.failed': recordFailures,
    'payment.reversed': recordReversals,
    'payment.canceled': recordCancellations,
    'payment.cancel_requested': recordCancellations,
    'payment_method.default_changed': retryWithNewMethod,
    'credit_note.voided': collectAgain,
    'invoice.payment_applied': collectRest,
    'invoice.paid': recover,
    'invoice.voided': stop,
    'invoice.uncollectible': stop,
  },
  jobs: [dunningJob],
  timers: [dunningTimer],
};
