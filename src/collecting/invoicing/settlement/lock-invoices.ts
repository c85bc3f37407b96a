import type { Work } from '../../../platform/work.ts';
import type { InvoiceRow } from '../invoicing.entities.ts';
import { type InvoiceRecord, invoiceColumns, toInvoiceRow } from './invoice-record.ts';

/** An invoice whose row this transaction holds, with the subscriptions that its lines bill. */
export type LockedInvoice = InvoiceRow & { subscriptionIds: string[] };

/**
 * Locks these invoices in the order of their ids and answers them by id; missing and foreign ones are left out. Lock
 * the accounts (using and bill-to) before: account → subscription → invoice → payment → credit.
 */
export async function lockInvoices(work: Work, ids: readonly string[]): Promise<Map<string, LockedInvoice>> {
  if (ids.length === 0) return new Map();
  const records = await work.rows<InvoiceRecord & { subscription_ids: string[] }>(
    `select ${invoiceColumns('i')},
       array(select distinct l.subscription_id from invoice_lines l
             where l.organization_id = i.organization_id and l.invoice_id = i.id and l.subscription_id is not null) as subscription_ids
     from invoices i where i.organization_id = any($1::uuid[]) and i.id = any($2::uuid[]) order by i.id for update of i`,
    [`{${work.organizations.join(',')}}`, `{${[...new Set(ids)].join(',')}}`],
  );
  return new Map(
    records.map((record) => [record.id, { ...toInvoiceRow(record), subscriptionIds: record.subscription_ids }]),
  );
}
