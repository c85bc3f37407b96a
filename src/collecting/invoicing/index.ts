export { Charge, showCharge } from './api/charges.resolver.ts';
export { toPreview } from './api/credit-note-preview.graphql.ts';
export { CreditNote } from './api/credit-notes.graphql.ts';
export {
  CreateCreditNoteFields,
  CreateCreditNotePayload,
  PreviewCreditNoteFields,
  PreviewCreditNotePayload,
} from './api/credit-notes.requests.ts';
export { showCreditNote } from './api/credit-notes.resolver.ts';
export { Derivation } from './api/derivation.graphql.ts';
export { CreateInvoiceFields, ManualDiscountFields } from './api/drafting.requests.ts';
export { InvoiceDiscount as InvoiceDiscountShown, InvoiceLineDiscount } from './api/invoice-discounts.graphql.ts';
export { InvoiceLine, toInvoiceLine } from './api/invoice-lines.graphql.ts';
export { InvoiceLinePreview, InvoicePreview, toInvoicePreview } from './api/invoice-preview.graphql.ts';
export { showInvoice } from './api/invoices.resolver.ts';
export { CollectionEnum, InvoiceStatusEnum } from './api/invoicing.enums.ts';
export { Invoice, InvoiceConnection, toInvoice } from './api/invoicing.graphql.ts';
export { invoiceLoader, lineLoader, linesLoader, type ShownInvoice } from './api/invoicing.queries.ts';
export { ChargeLineFields, CreateInvoicePayload, PeriodInput } from './api/invoicing.requests.ts';
export { LegalEntity, showLegalEntity } from './api/legal-entities.resolver.ts';
export { toDerivation } from './api/show-derivation.ts';
export { addCharge, addPricedCharge, cancelCharge } from './charges/add-charge.ts';
export { chargeOf } from './charges/charge-line.ts';
export {
  type BilledAccount,
  type ChargeDraft,
  type InvoiceReason,
  type InvoiceRequest,
  type LineKind,
  type Parties,
  termsOfAccount,
} from './charges/invoice-request.ts';
export { createCreditNote, type IssuedCreditNote } from './credit-notes/create-credit-note.ts';
export type { CreditNoteFactData, CreditNoteFactType } from './credit-notes/credit-note-facts.ts';
export {
  CreditNoteEntity,
  CreditNoteLineEntity,
  type CreditNoteLineRow,
  type CreditNoteRow,
  CreditNoteTaxEntity,
  type CreditNoteTaxRow,
} from './credit-notes/credit-notes.entities.ts';
export type { CreateCreditNoteInput } from './credit-notes/credit-notes.inputs.ts';
export { leftToGiveBack } from './credit-notes/left-to-give-back.ts';
export { type CreditNotePlan, substanceOfNote } from './credit-notes/plan-credit-note.ts';
export { voidCreditNote } from './credit-notes/void-credit-note.ts';
export { discountUses } from './discounts/discount-uses.ts';
export {
  type DiscountTerms,
  type DiscountUse,
  type InvoiceDiscount,
  isUsedUp,
  unusedDiscount,
} from './discounts/invoice-discount.ts';
export {
  manualDiscount,
  manualDiscountInput,
  manualTerms,
  usualName as usualDiscountName,
} from './discounts/manual-discounts.ts';
export { createInvoice, type Purchased } from './drafts/create-invoice.ts';
export { awaitsTax, deleteDraftInvoice, dropUntaxedDrafts } from './drafts/delete-draft-invoice.ts';
export type { CreateInvoiceInput, UpdateDraftInvoiceInput } from './drafts/drafting.inputs.ts';
export { finalizeDue } from './drafts/finalize-due.ts';
export { finalizeInvoice } from './drafts/finalize-invoice.ts';
export { gracesOf } from './drafts/grace.ts';
export { refreshInvoice } from './drafts/refresh-invoice.ts';
export { releaseWaiting } from './drafts/release-waiting.ts';
export { replaceInvoice } from './drafts/replace-invoice.ts';
export { updateDraftInvoice } from './drafts/update-draft-invoice.ts';
export { type InvoiceFactData, type InvoiceFactType, invoiceFact, paidLater } from './invoice-facts.ts';
export {
  BilledPeriodEntity,
  ChargeEntity,
  InvoiceEntity,
  InvoiceLineEntity,
  type InvoiceLineRow,
  type InvoiceRow,
  InvoiceTaxEntity,
  LegalEntityEntity,
} from './invoicing.entities.ts';
export type {
  AddChargeInput,
  CreateLegalEntityInput,
  UpdateLegalEntityInput,
} from './invoicing.inputs.ts';
export { chargeLineInput } from './invoicing.inputs.ts';
export { type InvoiceStatus, invoiceLifecycle } from './invoicing.lifecycle.ts';
export { createLegalEntity } from './issuers/create-legal-entity.ts';
export { nextBranding } from './issuers/next-branding.ts';
export { updateLegalEntity } from './issuers/update-legal-entity.ts';
export { issueInvoices } from './issuing/issue-invoices.ts';
export { type IssuedInvoice, issuedInvoices, substanceOf } from './issuing/issued-invoices.ts';
export { type IssuingTerms, loadIssuingTerms } from './issuing/issuing-terms.ts';
export { minimumCommitment, prepaidCredit, readLineText, unusedTime } from './lines/line-text.ts';
export { releasePeriods } from './lines/release-periods.ts';
export {
  applyMoney,
  creditOverpayments,
  type MoneyForInvoice,
  type Overpayment,
  payable,
  takeMoneyBack,
} from './settlement/apply-money.ts';
export { type HeldInvoice, holdInvoice, holdInvoices } from './settlement/hold-invoices.ts';
export { lockBilled } from './settlement/lock-billed.ts';
export { type LockedInvoice, lockInvoices } from './settlement/lock-invoices.ts';
export { markUncollectible } from './settlement/mark-uncollectible.ts';
export { applyOwnCredit, payDebtsBehind, payFromCredit } from './settlement/pay-own-debts.ts';
export { takeOverpaymentBack } from './settlement/take-credit-back.ts';
export { voidInvoice } from './settlement/void-invoice.ts';
