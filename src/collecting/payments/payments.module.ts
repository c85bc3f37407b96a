import type { Module } from '../../platform/module.ts';
import { remoteTaxPort } from '../tax/index.ts';
import { applyEventsJob } from './apply-stripe-event.ts';
import { collectFinalized } from './collect-finalized.ts';
import { CreditNoteRefundsResolver, RefundCreditNoteResolver } from './credit-note-refunds.resolver.ts';
import { eraseCustomersJob } from './erase-customer.ts';
import { erasePayments } from './erase-payments.ts';
import { MethodMutationsResolver } from './method-mutations.resolver.ts';
import {
  attemptPaymentsJob,
  attemptRefundsJob,
  paymentReactions,
  paymentsTimer,
  tryStalledJob,
} from './payment-jobs.ts';
import { PaymentMutationsResolver } from './payment-mutations.resolver.ts';
import {
  PaymentApplicationEntity,
  PaymentAttemptEntity,
  PaymentEntity,
  PaymentMethodEntity,
  ProviderCustomerEntity,
  ProviderEventEntity,
  RefundEntity,
  RefundWithdrawalEntity,
  StripeConnectionEntity,
  StripeRefusalEntity,
} from './payments.entities.ts';
import {
  AccountPaymentMethodsResolver,
  InvoicePaymentsResolver,
  methodNodes,
  PaymentApplicationsResolver,
  PaymentAttemptsResolver,
  PaymentMethodsResolver,
  PaymentsResolver,
  paymentNodes,
  RefundsResolver,
  refundNodes,
} from './payments.resolver.ts';
import { stopCollecting } from './stop-collecting.ts';
import { StripeResolver, stripeEventNodes } from './stripe.resolver.ts';
import { stripeTax } from './stripe-tax.ts';

export const payments: Module = {
  name: 'payments',
  entities: [
    PaymentMethodEntity,
    PaymentEntity,
    PaymentAttemptEntity,
    PaymentApplicationEntity,
    RefundEntity,
    RefundWithdrawalEntity,
    StripeConnectionEntity,
    StripeRefusalEntity,
    ProviderCustomerEntity,
    ProviderEventEntity,
  ],
  resolvers: [
    PaymentsResolver,
    PaymentAttemptsResolver,
    PaymentApplicationsResolver,
    RefundsResolver,
    PaymentMethodsResolver,
    AccountPaymentMethodsResolver,
    InvoicePaymentsResolver,
    PaymentMutationsResolver,
    MethodMutationsResolver,
    CreditNoteRefundsResolver,
    RefundCreditNoteResolver,
    StripeResolver,
  ],
  nodes: { pay: paymentNodes, re: refundNodes, pm: methodNodes, spe: stripeEventNodes },
  consequences: {
    'account.erased': erasePayments,
    'invoice.finalized': collectFinalized,
    'invoice.payment_applied': stopCollecting,
    'invoice.credited': stopCollecting,
    'invoice.paid': stopCollecting,
    'invoice.voided': stopCollecting,
    'invoice.uncollectible': stopCollecting,
  },
  reactions: paymentReactions,
  jobs: [attemptPaymentsJob, attemptRefundsJob, tryStalledJob, applyEventsJob, eraseCustomersJob],
  timers: [paymentsTimer],
  offers: { [remoteTaxPort]: [stripeTax] },
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
