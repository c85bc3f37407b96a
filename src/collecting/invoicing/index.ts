export {
  applyMoney,
  creditOverpayments,
  type MoneyForInvoice,
  type Overpayment,
  payable,
  takeMoneyBack,
  takeOverpaymentsBack,
} from './apply-money.ts';
export { type InvoiceFactData, type InvoiceFactType, invoiceFact } from './invoice-facts.ts';
export type {
  BilledAccount,
  ChargeDraft,
  InvoiceReason,
  InvoiceRequest,
  LineKind,
} from './invoice-request.ts';
export {
  BilledPeriodEntity,
  ChargeEntity,
  InvoiceEntity,
  InvoiceLineEntity,
  type InvoiceLineRow,
  type InvoiceRow,
  InvoiceTaxEntity,
  LegalEntityEntity,
  ReleasedPeriodEntity,
} from './invoicing.entities.ts';
export { type InvoiceStatus, invoiceLifecycle } from './invoicing.lifecycle.ts';
export { issueInvoices } from './issue-invoices.ts';
export { type LockedInvoice, lockInvoices } from './lock-invoices.ts';
