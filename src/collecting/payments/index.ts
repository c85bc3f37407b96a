/** Payments, attempts, methods, refunds, Stripe: everything other modules may use. */

export { PaymentMethod } from './api/methods.graphql.ts';
export { Payment, Refund } from './api/payments.graphql.ts';
export { showMethod, showPayment, showRefund } from './api/payments.resolver.ts';
export { attemptPayment, drivePayment } from './collection/attempt-payment.ts';
export { type Collected, collectInvoice } from './collection/collect-invoice.ts';
export { reversePayment } from './collection/reverse-payment.ts';
export { type PaymentStart, startPayments } from './collection/start-payments.ts';
export { StripeInbox } from './events/stripe-inbox.ts';
export { addPaymentMethod } from './methods/add-payment-method.ts';
export type { PaymentFactData, PaymentFactType } from './payment-facts.ts';
export * from './payments.entities.ts';
export { connectionFinder } from './providers/find-connection.ts';
export { sandboxTokens } from './providers/sandbox-tokens.ts';
export { createRefund } from './refunds/create-refund.ts';
export { issueCreditNote } from './refunds/issue-credit-note.ts';
