/** Payments, attempts, methods, refunds, Stripe: everything other modules may use. */
export { addPaymentMethod } from './add-payment-method.ts';
export { attemptPayment, drivePayment } from './attempt-payment.ts';
export { type Collected, collectInvoice } from './collect-invoice.ts';
export { createRefund } from './create-refund.ts';
export { connectionFinder } from './find-connection.ts';
export { PaymentMethod } from './methods.graphql.ts';
export type { PaymentFactData, PaymentFactType } from './payment-facts.ts';
export * from './payments.entities.ts';
export { Payment, Refund } from './payments.graphql.ts';
export { showMethod, showPayment, showRefund } from './payments.resolver.ts';
export { reversePayment } from './reverse-payment.ts';
export { sandboxTokens } from './sandbox-tokens.ts';
export { type PaymentStart, startPayments } from './start-payments.ts';
export { StripeInbox } from './stripe-inbox.ts';
