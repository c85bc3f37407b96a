import { type LockedAccount, lockAccounts } from '../../../accounts/index.ts';
import { notFound } from '../../../platform/errors.ts';
import { BeginAnew } from '../../../platform/transact.ts';
import type { Work } from '../../../platform/work.ts';
import { type LockedInvoice, lockInvoices } from './lock-invoices.ts';

/** An invoice with its accounts, all locked in the house's order. */
export interface HeldInvoice {
  invoice: LockedInvoice;
  account: LockedAccount;
  billTo: LockedAccount;
}

/**
 * Locks invoices after the accounts they concern, in the order asked for; missing and foreign ones are left out. Three
 * queries for any number.
 */
export async function holdInvoices(work: Work, ids: readonly string[]): Promise<HeldInvoice[]> {
  const concerned = await work.rows<{ account_id: string; bill_to_account_id: string }>(
    `select account_id, bill_to_account_id from invoices where organization_id = any($1::uuid[]) and id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${ids.join(',')}}`],
  );
  const accountIds = concerned.flatMap((row) => [row.account_id, row.bill_to_account_id]);
  const accounts = await lockAccounts(work, [...new Set(accountIds)]);
  const invoices = await lockInvoices(work, ids);
  return ids.flatMap((id) => {
    const invoice = invoices.get(id);
    if (!invoice) return [];
    const account = accounts.get(invoice.accountId);
    const billTo = accounts.get(invoice.billToAccountId);
    // A draft may be given to another account between the look and the lock.
    if (!account || !billTo) throw new BeginAnew('the accounts of an invoice changed');
    return [{ invoice, account, billTo }];
  });
}

/** One invoice with its accounts. NOT_FOUND at `path` if it is missing or foreign. */
export async function holdInvoice(work: Work, id: string, path: string[] = ['input', 'id']): Promise<HeldInvoice> {
  const [held] = await holdInvoices(work, [id]);
  if (!held) throw notFound(path);
  return held;
}
