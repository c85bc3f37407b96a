import type { Module } from '../../platform/module.ts';
import { collectFinalized } from './collect-finalized.ts';
import { attemptPaymentsJob, attemptRefundsJob, paymentReactions, paymentsTimer } from './payment-jobs.ts';
import {
  PaymentApplicationEntity,
  PaymentAttemptEntity,
  PaymentEntity,
  PaymentMethodEntity,
  ProviderCustomerEntity,
  ProviderEventEntity,
  RefundEntity,
  StripeConnectionEntity,
} from './payments.entities.ts';
import { stopCollecting } from './stop-collecting.ts';

export const payments: Module = {
  name: 'payments',
  entities: [
    PaymentMethodEntity,
    PaymentEntity,
    PaymentAttemptEntity,
    PaymentApplicationEntity,
    RefundEntity,
    StripeConnectionEntity,
    ProviderCustomerEntity,
    ProviderEventEntity,
  ],
  consequences: {
    'invoice.finalized': collectFinalized,
    'invoice.payment_applied': stopCollecting,
    'invoice.paid': stopCollecting,
    'invoice.voided': stopCollecting,
    'invoice.uncollectible': stopCollecting,
  },
  reactions: paymentReactions,
  jobs: [attemptPaymentsJob, attemptRefundsJob],
  timers: [paymentsTimer],
  constraints: {
    payment_applications_one_in_flight: {
      code: 'CONFLICT',
      message: 'A payment of this invoice is under way already.',
    },
    payment_methods_provider_ref_key: {
      code: 'ALREADY_EXISTS',
      message: 'This payment method is known already.',
    },
    stripe_connections_one: { code: 'CONFLICT', message: 'Stripe is connected already.' },
  },
};
