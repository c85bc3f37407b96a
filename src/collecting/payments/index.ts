/** Payments, attempts, methods, refunds, Stripe: everything other modules may use. */
export { addPaymentMethod } from './add-payment-method.ts';
export { attemptPayment, drivePayment } from './attempt-payment.ts';
export { type Collected, collectInvoice } from './collect-invoice.ts';
export { createRefund } from './create-refund.ts';
export type { PaymentFactData, PaymentFactType } from './payment-facts.ts';
export * from './payments.entities.ts';
export { type PaymentStart, startPayments } from './start-payments.ts';
