import type { Module } from '../../platform/module.ts';
import { ChangeDraftResolver } from './api/change-draft.resolver.ts';
import { ChargesResolver, chargeNodes } from './api/charges.resolver.ts';
import {
  CreditNoteLinesResolver,
  CreditNotesResolver,
  creditNoteLineNodes,
  creditNoteNodes,
  InvoiceCreditNotesResolver,
} from './api/credit-notes.resolver.ts';
import {
  InvoiceDiscountsResolver,
  InvoiceLineDiscountsResolver,
  invoiceDiscountNodes,
} from './api/invoice-discounts.resolver.ts';
import { InvoiceMutationsResolver } from './api/invoice-mutations.resolver.ts';
import { InvoiceTaxationResolver } from './api/invoice-taxation.resolver.ts';
import {
  AccountInvoicesResolver,
  InvoiceLinesResolver,
  InvoicesResolver,
  InvoiceTaxesResolver,
  invoiceLineNodes,
  invoiceNodes,
} from './api/invoices.resolver.ts';
import { LegalEntitiesResolver, legalEntityNodes } from './api/legal-entities.resolver.ts';
import {
  CreditNoteEntity,
  CreditNoteLineEntity,
  CreditNoteReturnEntity,
  CreditNoteTaxEntity,
} from './credit-notes/credit-notes.entities.ts';
import { finalizeDue } from './drafts/finalize-due.ts';
import { finalizeDraftsJob, finalizeDraftsTimer } from './drafts/grace.ts';
import {
  BilledPeriodEntity,
  ChargeEntity,
  InvoiceDiscountEntity,
  InvoiceEntity,
  InvoiceGraceEntity,
  InvoiceHoldEntity,
  InvoiceLineDiscountEntity,
  InvoiceLineEntity,
  InvoiceTaxEntity,
  LegalEntityEntity,
  NumberSeriesEntity,
  ReleasedPeriodEntity,
} from './invoicing.entities.ts';
import { makeFirstLegalEntity } from './issuers/create-legal-entity.ts';
import { refileHeld } from './issuing/refile-held.ts';
import { InvoiceTaxationEntity } from './issuing/taxations.entity.ts';
import { keepBilledCurrency, keepDebtors } from './settlement/guard-accounts.ts';
import { payDebtsOfFreed } from './settlement/pay-own-debts.ts';
import { fileCredited, fileFinalized, fileNoteVoided, fileVoided } from './taxes/file-taxes.ts';
import { reconsiderBuyers, reconsiderIssuers, reconsiderRates } from './taxes/reconsider-taxes.ts';
import { fileTaxesJob } from './taxes/send-tax-filings.ts';
import { TaxFilingEntity } from './taxes/tax-filings.entity.ts';
import { decideTaxesJob, taxesTimer } from './taxes/tax-jobs.ts';

export const invoicing: Module = {
  name: 'invoicing',
  entities: [
    LegalEntityEntity,
    NumberSeriesEntity,
    InvoiceEntity,
    InvoiceLineEntity,
    InvoiceTaxEntity,
    InvoiceDiscountEntity,
    InvoiceLineDiscountEntity,
    ChargeEntity,
    BilledPeriodEntity,
    ReleasedPeriodEntity,
    InvoiceGraceEntity,
    InvoiceHoldEntity,
    InvoiceTaxationEntity,
    TaxFilingEntity,
    CreditNoteEntity,
    CreditNoteLineEntity,
    CreditNoteTaxEntity,
    CreditNoteReturnEntity,
  ],
  resolvers: [
    InvoicesResolver,
    InvoiceLinesResolver,
    InvoiceTaxesResolver,
    InvoiceTaxationResolver,
    InvoiceDiscountsResolver,
    InvoiceLineDiscountsResolver,
    AccountInvoicesResolver,
    InvoiceMutationsResolver,
    ChangeDraftResolver,
    ChargesResolver,
    LegalEntitiesResolver,
    CreditNotesResolver,
    CreditNoteLinesResolver,
    InvoiceCreditNotesResolver,
  ],
  nodes: {
    inv: invoiceNodes,
    il: invoiceLineNodes,
    invd: invoiceDiscountNodes,
    chg: chargeNodes,
    le: legalEntityNodes,
    cn: creditNoteNodes,
    cnl: creditNoteLineNodes,
  },
  consequences: {
    'organization.created': makeFirstLegalEntity,
    'account.updated': async (work, facts) => {
      await keepBilledCurrency(work, facts);
      await refileHeld(work, facts);
      await reconsiderBuyers(work, facts);
    },
    'invoice.finalized': fileFinalized,
    'invoice.voided': fileVoided,
    'credit_note.created': fileCredited,
    'credit_note.voided': fileNoteVoided,
    'tax_id.decided': reconsiderBuyers,
    'legal_entity.updated': reconsiderIssuers,
    'tax_rate.created': reconsiderRates,
    'tax_registration.created': reconsiderIssuers,
    'tax_registration.archived': reconsiderIssuers,
    'account.deleted': keepDebtors,
    'credit.released': payDebtsOfFreed,
    'credit.returned': payDebtsOfFreed,
    'credit.granted': payDebtsOfFreed,
  },
  jobs: [finalizeDraftsJob(finalizeDue), decideTaxesJob, fileTaxesJob],
  timers: [finalizeDraftsTimer(finalizeDue), taxesTimer],
  constraints: {
    accounts_legal_entity_fkey: {
      code: 'NOT_FOUND',
      path: ['input', 'legalEntityId'],
      message: 'Nothing was found with this id.',
    },
    subscriptions_legal_entity_fkey: {
      code: 'NOT_FOUND',
      path: ['input', 'legalEntityId'],
      message: 'Nothing was found with this id.',
    },
    billed_once: { code: 'CONFLICT', message: 'This period is billed already.' },
    legal_entities_organization_id_invoice_prefix_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'invoicePrefix'],
      message: 'Another legal entity numbers its invoices with this prefix.',
    },
  },
};
