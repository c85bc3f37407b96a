export { assignReceipts } from './assign-receipts.ts';
export type { DocumentContent, InvoiceContent, ReceiptContent } from './document-content.ts';
export { DocumentLink, Receipt } from './documents.graphql.ts';
export { type Download, fetchDocument, printDocument } from './documents.ts';
export { electronicInvoice } from './e-invoice/electronic-invoice.ts';
export { setBranding } from './set-branding.ts';
export { documentUrl } from './signed-links.ts';
