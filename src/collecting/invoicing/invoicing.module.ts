import type { Module } from '../../platform/module.ts';
import { makeFirstLegalEntity } from './create-legal-entity.ts';
import {
  BilledPeriodEntity,
  ChargeEntity,
  InvoiceEntity,
  InvoiceLineEntity,
  InvoiceTaxEntity,
  LegalEntityEntity,
  NumberSeriesEntity,
  ReleasedPeriodEntity,
} from './invoicing.entities.ts';

export const invoicing: Module = {
  name: 'invoicing',
  entities: [
    LegalEntityEntity,
    NumberSeriesEntity,
    InvoiceEntity,
    InvoiceLineEntity,
    InvoiceTaxEntity,
    ChargeEntity,
    BilledPeriodEntity,
    ReleasedPeriodEntity,
  ],
  consequences: { 'organization.created': makeFirstLegalEntity },
  constraints: {
    billed_once: { code: 'CONFLICT', message: 'This period is billed already.' },
    legal_entities_organization_id_invoice_prefix_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'invoicePrefix'],
      message: 'Another legal entity numbers its invoices with this prefix.',
    },
  },
};
