import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

const gap =
  'What happened after the cursor can no longer be told: read the objects anew, then go on with the cursor of this event.';

/** Facts of payments that are told, each with what it means. */
export const paymentEventMeanings = {
  PAYMENT_STARTED: 'A payment was made; nothing was asked of the provider yet.',
  PAYMENT_ATTEMPTED: 'The provider is asked for the money now.',
  PAYMENT_RETRIED: 'The payment will be tried once more.',
  PAYMENT_PROCESSING: 'The provider has taken the payment on and will tell the outcome later.',
  PAYMENT_UNKNOWN: 'The answer of the provider was lost; the outcome is being looked up.',
  PAYMENT_REQUIRES_ACTION: 'The payer has to confirm the payment.',
  PAYMENT_REQUIRES_CAPTURE: 'The money is reserved and waits to be captured.',
  PAYMENT_SUCCEEDED: 'The money was collected.',
  PAYMENT_FAILED: 'The attempt was declined or failed.',
  PAYMENT_CANCELED: 'The payment was given up.',
  PAYMENT_REVERSED: 'The provider took the money back.',
  REFUND_CREATED: 'A refund was made.',
  REFUND_PENDING: 'The provider was asked for the refund.',
  REFUND_UNKNOWN: 'The answer of the provider was lost; the outcome is being looked up.',
  REFUND_REQUIRES_ACTION: 'The payer has to do something to get the refund.',
  REFUND_SUCCEEDED: 'The refund has reached the payer, as far as the provider tells.',
  REFUND_FAILED: 'The refund failed.',
  REFUND_CANCELED: 'The refund was canceled.',
  GAP: gap,
} as const;

export type PaymentEventType = keyof typeof paymentEventMeanings;

/** Facts of invoices that are told, each with what it means. */
export const invoiceEventMeanings = {
  INVOICE_DRAFTED: 'The invoice was drafted.',
  INVOICE_UPDATED: 'The draft was changed.',
  INVOICE_DELETED: 'The draft was deleted.',
  INVOICE_FINALIZED: 'The invoice became final and is owed.',
  INVOICE_PAYMENT_APPLIED: 'Money covered a part of the invoice.',
  INVOICE_PAID: 'The invoice is paid.',
  INVOICE_REOPENED: 'Money that had paid the invoice was taken back.',
  INVOICE_VOIDED: 'The invoice was voided.',
  INVOICE_UNCOLLECTIBLE: 'The invoice was written off.',
  GAP: gap,
} as const;

export type InvoiceEventType = keyof typeof invoiceEventMeanings;

/** The values of an enum as an object, as GraphQL registers them. */
function valuesOf<Name extends string>(meanings: Readonly<Record<Name, string>>): { readonly [Key in Name]: Key } {
  const names = Object.keys(meanings) as Name[];
  return Object.freeze(Object.fromEntries(names.map((name) => [name, name]))) as { readonly [Key in Name]: Key };
}

function describe(meanings: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(meanings).map(([name, description]) => [name, { description }]));
}

export const PaymentEventTypeEnum = valuesOf(paymentEventMeanings);
registerEnumType(PaymentEventTypeEnum, {
  name: 'PaymentEventType',
  description: 'What happened to a payment or a refund.',
  valuesConfig: describe(paymentEventMeanings) as never,
});

export const InvoiceEventTypeEnum = valuesOf(invoiceEventMeanings);
registerEnumType(InvoiceEventTypeEnum, {
  name: 'InvoiceEventType',
  description: 'What happened to an invoice.',
  valuesConfig: describe(invoiceEventMeanings) as never,
});

const eventTypes = new Map<string, string>();

/** The API's name of a fact: `payment.requires_action` is PAYMENT_REQUIRES_ACTION. */
export function eventTypeOf(factType: string): string {
  const known = eventTypes.get(factType);
  if (known) return known;
  const type = factType.toUpperCase().replace('.', '_');
  // Types are those that the code announces: some dozens.
  eventTypes.set(factType, type);
  return type;
}
