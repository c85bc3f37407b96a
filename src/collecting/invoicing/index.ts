export { addCharge, addPricedCharge, cancelCharge } from './add-charge.ts';
export {
  applyMoney,
  creditOverpayments,
  type MoneyForInvoice,
  type Overpayment,
  payable,
  takeMoneyBack,
} from './apply-money.ts';
export { chargeOf } from './charge-line.ts';
export { Charge, showCharge } from './charges.resolver.ts';
export { createCreditNote, type IssuedCreditNote } from './create-credit-note.ts';
export { createInvoice, type Purchased } from './create-invoice.ts';
export { createLegalEntity } from './create-legal-entity.ts';
export type { CreditNoteFactData, CreditNoteFactType } from './credit-note-facts.ts';
export { toPreview } from './credit-note-preview.graphql.ts';
export {
  CreditNoteEntity,
  CreditNoteLineEntity,
  type CreditNoteLineRow,
  type CreditNoteRow,
  CreditNoteTaxEntity,
  type CreditNoteTaxRow,
} from './credit-notes.entities.ts';
export { CreditNote } from './credit-notes.graphql.ts';
export type { CreateCreditNoteInput } from './credit-notes.inputs.ts';
export {
  CreateCreditNoteFields,
  CreateCreditNotePayload,
  PreviewCreditNoteFields,
  PreviewCreditNotePayload,
} from './credit-notes.requests.ts';
export { showCreditNote } from './credit-notes.resolver.ts';
export { awaitsTax, deleteDraftInvoice, dropUntaxedDrafts } from './delete-draft-invoice.ts';
export { Derivation } from './derivation.graphql.ts';
export { discountUses } from './discount-uses.ts';
export type { CreateInvoiceInput, UpdateDraftInvoiceInput } from './drafting.inputs.ts';
export { CreateInvoiceFields, ManualDiscountFields } from './drafting.requests.ts';
export { finalizeInvoice } from './finalize-invoice.ts';
export { type HeldInvoice, holdInvoice, holdInvoices } from './hold-invoices.ts';
export { type DiscountTerms, type DiscountUse, type InvoiceDiscount, isUsedUp } from './invoice-discount.ts';
export { InvoiceDiscount as InvoiceDiscountShown, InvoiceLineDiscount } from './invoice-discounts.graphql.ts';
export { type InvoiceFactData, type InvoiceFactType, invoiceFact } from './invoice-facts.ts';
export { InvoiceLine, toInvoiceLine } from './invoice-lines.graphql.ts';
export { InvoiceLinePreview, InvoicePreview, toInvoicePreview } from './invoice-preview.graphql.ts';
export type {
  BilledAccount,
  ChargeDraft,
  InvoiceReason,
  InvoiceRequest,
  LineKind,
} from './invoice-request.ts';
export { showInvoice } from './invoices.resolver.ts';
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
export { CollectionEnum, InvoiceStatusEnum } from './invoicing.enums.ts';
export { Invoice, InvoiceConnection, toInvoice } from './invoicing.graphql.ts';
export type {
  AddChargeInput,
  CreateLegalEntityInput,
  UpdateLegalEntityInput,
} from './invoicing.inputs.ts';
export { chargeLineInput } from './invoicing.inputs.ts';
export { type InvoiceStatus, invoiceLifecycle } from './invoicing.lifecycle.ts';
export { invoiceLoader, lineLoader, linesLoader, type ShownInvoice } from './invoicing.queries.ts';
export { ChargeLineFields, CreateInvoicePayload, PeriodInput } from './invoicing.requests.ts';
export { type IssuingTerms, issueInvoices, loadIssuingTerms } from './issue-invoices.ts';
export { type IssuedInvoice, issuedInvoices, substanceOf } from './issued-invoices.ts';
export { LegalEntity, showLegalEntity } from './legal-entities.resolver.ts';
export { type LineText, minimumCommitment, prepaidCredit, readLineText, unusedTime } from './line-text.ts';
export { lockBilled } from './lock-billed.ts';
export { type LockedInvoice, lockInvoices } from './lock-invoices.ts';
export {
  manualDiscount,
  manualDiscountInput,
  manualTerms,
  usualName as usualDiscountName,
} from './manual-discounts.ts';
export { markUncollectible } from './mark-uncollectible.ts';
export { nextBranding } from './next-branding.ts';
export { type CreditNotePlan, substanceOfNote } from './plan-credit-note.ts';
export { refreshInvoice } from './refresh-invoice.ts';
export { replaceInvoice } from './replace-invoice.ts';
export { toDerivation } from './show-derivation.ts';
export { applyOwnCredit, takeOverpaymentBack } from './take-credit-back.ts';
export { updateDraftInvoice } from './update-draft-invoice.ts';
export { updateLegalEntity } from './update-legal-entity.ts';
export { voidCreditNote } from './void-credit-note.ts';
export { voidInvoice } from './void-invoice.ts';
