import type { Module } from '../../platform/module.ts';
import { remoteTaxPort } from '../tax/index.ts';
import { CreditNoteRefundsResolver, RefundCreditNoteResolver } from './api/credit-note-refunds.resolver.ts';
import { MethodMutationsResolver } from './api/method-mutations.resolver.ts';
import { PaymentMutationsResolver } from './api/payment-mutations.resolver.ts';
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
} from './api/payments.resolver.ts';
import { StripeResolver, stripeEventNodes } from './api/stripe.resolver.ts';
import { collectFinalized } from './collection/collect-finalized.ts';
import { keepPayers } from './collection/keep-payers.ts';
import { payFromLeftOver } from './collection/pay-from-left-over.ts';
import {
  attemptPaymentsJob,
  attemptRefundsJob,
  paymentReactions,
  paymentsTimer,
  tryStalledJob,
} from './collection/payment-jobs.ts';
import { stopCollecting } from './collection/stop-collecting.ts';
import { eraseCustomersJob } from './erasure/erase-customer.ts';
import { erasePayments } from './erasure/erase-payments.ts';
import { applyEventsJob } from './events/apply-stripe-event.ts';
import {
  PaymentApplicationEntity,
  PaymentAttemptEntity,
  PaymentEntity,
  PaymentMethodEntity,
  ProviderCustomerEntity,
  ProviderEventEntity,
  RefundEntity,
  RefundShareEntity,
  RefundWithdrawalEntity,
  StripeConnectionEntity,
  StripeRefusalEntity,
} from './payments.entities.ts';
import { stripeTax } from './providers/stripe-tax.ts';

export const payments: Module = {
  name: 'payments',
  entities: [
    PaymentMethodEntity,
    PaymentEntity,
    PaymentAttemptEntity,
    PaymentApplicationEntity,
    RefundEntity,
    RefundShareEntity,
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
    'account.deleted': keepPayers,
    'account.erased': erasePayments,
    'credit_note.voided': payFromLeftOver,
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
