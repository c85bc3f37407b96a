import type { Module } from '../../platform/module.ts';
import { assignReceipts } from './assign-receipts.ts';
import { DocumentBrandingEntity, ReceiptDayEntity, ReceiptEntity } from './documents.entities.ts';
import {
  BrandingResolver,
  CreditNoteDocumentsResolver,
  DocumentLinksResolver,
  InvoiceDocumentsResolver,
  PaymentReceiptsResolver,
  ReceiptsResolver,
  receiptNodes,
} from './documents.resolver.ts';

export const documents: Module = {
  name: 'documents',
  entities: [DocumentBrandingEntity, ReceiptDayEntity, ReceiptEntity],
  resolvers: [
    InvoiceDocumentsResolver,
    CreditNoteDocumentsResolver,
    PaymentReceiptsResolver,
    ReceiptsResolver,
    DocumentLinksResolver,
    BrandingResolver,
  ],
  nodes: { rcp: receiptNodes },
  consequences: { 'payment.succeeded': assignReceipts },
};
