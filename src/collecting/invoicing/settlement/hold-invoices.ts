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
 * queries for any number. `withUsers`: also the accounts that their lines are of.
 */
export async function holdInvoices(
  work: Work,
  ids: readonly string[],
  { withUsers = false }: { withUsers?: boolean } = {},
): Promise<HeldInvoice[]> {
  const concerned = await work.rows<{ id: string }>(
    `select unnest(array[i.account_id, i.bill_to_account_id]) as id from invoices i
     where i.organization_id = any($1::uuid[]) and i.id = any($2::uuid[])
     union select l.account_id from invoice_lines l
     where $3 and l.organization_id = any($1::uuid[]) and l.invoice_id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${ids.join(',')}}`, withUsers],
  );
  const accounts = await lockAccounts(
    work,
    concerned.map((row) => row.id),
  );
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

/**
 * One invoice with its accounts, and those that its lines are of: nobody takes back meanwhile what they bill, whoever pays by now.
 * NOT_FOUND at `path` if it is missing or foreign.
 */
export async function holdInvoice(work: Work, id: string, path: string[] = ['input', 'id']): Promise<HeldInvoice> {
  const [held] = await holdInvoices(work, [id], { withUsers: true });
  if (!held) throw notFound(path);
  return held;
}
