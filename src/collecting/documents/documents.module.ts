import type { Module } from '../../platform/module.ts';
import { assignReceipts } from './assign-receipts.ts';
import {
  DocumentBrandingEntity,
  DocumentLinkRevocationEntity,
  ReceiptDayEntity,
  ReceiptEntity,
} from './documents.entities.ts';
import {
  BrandingResolver,
  CreditNoteDocumentsResolver,
  DocumentLinksResolver,
  InvoiceDocumentsResolver,
  LinkRevocationResolver,
  PaymentReceiptsResolver,
  ReceiptsResolver,
  receiptNodes,
} from './documents.resolver.ts';

export const documents: Module = {
  name: 'documents',
  entities: [DocumentBrandingEntity, DocumentLinkRevocationEntity, ReceiptDayEntity, ReceiptEntity],
  resolvers: [
    InvoiceDocumentsResolver,
    CreditNoteDocumentsResolver,
    PaymentReceiptsResolver,
    ReceiptsResolver,
    DocumentLinksResolver,
    LinkRevocationResolver,
    BrandingResolver,
  ],
  nodes: { rcp: receiptNodes },
  consequences: { 'payment.succeeded': assignReceipts },
};
