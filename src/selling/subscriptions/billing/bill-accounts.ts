import type { LockedAccount } from '../../../accounts/index.ts';
import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import { isPassing } from '../../../platform/passing-faults.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { loadDue } from '../items/load-billable.ts';
import { lockForBilling } from '../items/lock-for-billing.ts';
import { billSubscriptions } from './bill-subscriptions.ts';
import { parkSubscriptions } from './park-subscriptions.ts';

export interface AccountReference {
  organizationId: string;
  accountId: string;
}

/** What a run did. */
export interface BillingTally {
  /** Subscriptions that were moved on. */
  subscriptions: number;
  invoices: number;
  /** Subscriptions set aside with a reason. */
  parked: number;
}

export interface BillingOptions {
  /** Leaves out accounts that somebody else holds, and says so to `missed`. */
  skipLocked?: boolean;
  missed?: (accounts: number) => void;
}

export const nothingBilled = (): BillingTally => ({ subscriptions: 0, invoices: 0, parked: 0 });

export function addTally(sum: BillingTally, part: BillingTally): BillingTally {
  sum.subscriptions += part.subscriptions;
  sum.invoices += part.invoices;
  sum.parked += part.parked;
  return sum;
}

/**
 * Bills all that is due at or before `cutoff` of these accounts, of any organizations, in one transaction. The boundary in
 * the row is the claim: a second run of the same accounts finds nothing. If the transaction is refused, the batch is
 * halved until the bad account stands alone, which is parked; a fault that says nothing about an account ends the run.
 */
export async function billAccounts(
  app: App,
  references: readonly AccountReference[],
  cutoff: Date,
  options: BillingOptions = {},
): Promise<BillingTally> {
  if (references.length === 0) return nothingBilled();
  const scope = scopeFor(references);
  const ids = references.map((reference) => reference.accountId);
  try {
    return await app.transact(scope, (work) => billBatch(work, ids, cutoff, options));
  } catch (error) {
    if (isPassing(error)) throw error;
    if (references.length === 1) return parkAccount(app, references[0]!, cutoff, error);
    const middle = references.length >> 1;
    const first = await billAccounts(app, references.slice(0, middle), cutoff, options);
    return addTally(first, await billAccounts(app, references.slice(middle), cutoff, options));
  }
}

function scopeFor(references: readonly AccountReference[]) {
  const organizations = [...new Set(references.map((reference) => reference.organizationId))].sort();
  return { organizations, actor: systemActor('billing'), requestId: null };
}

async function billBatch(
  work: Work,
  ids: readonly string[],
  cutoff: Date,
  options: BillingOptions,
): Promise<BillingTally> {
  const { accounts, complete } = await lockForBilling(work, ids, options);
  if (complete.length < ids.length) options.missed?.(ids.length - complete.length);
  const others = await lockInvoicedTogether(work, accounts, complete, cutoff);
  const due = await loadDue(work, [...complete, ...others], cutoff);
  const { billed, unbillable } = await billSubscriptions(work, accounts, due, cutoff);
  const invoices = new Set(billed.flatMap((one) => one.invoices.map((invoice) => invoice.id)));
  let parked = 0;
  const reasons = new Map(unbillable.map(({ subscription, error }) => [subscription.accountId, error]));
  for (const [accountId, error] of reasons) {
    const aside = due.filter((subscription) => subscription.accountId === accountId);
    parkSubscriptions(work, aside, error, accounts.get(accountId)!.now);
    parked += aside.length;
  }
  return { subscriptions: billed.length, invoices: invoices.size, parked };
}

/**
 * Accounts whose lines go onto the same invoices as those of the batch, and that are due too: one invoice is to hold all that
 * falls due together, whoever used it. Those that somebody else holds are left to them.
 */
async function lockInvoicedTogether(
  work: Work,
  accounts: Map<string, LockedAccount>,
  ids: readonly string[],
  cutoff: Date,
): Promise<string[]> {
  const roots = new Set(ids.map((id) => accounts.get(id)?.invoiceAccountId ?? id));
  const rows = await work.rows<{ id: string }>(
    `select a.id from accounts a
     where a.organization_id = any($1::uuid[]) and (a.invoice_account_id = any($2::uuid[]) or a.id = any($2::uuid[]))
       and a.id <> all($3::uuid[]) and exists (
         select from subscriptions s where s.organization_id = a.organization_id and s.account_id = a.id
           and s.next_billing_at <= $4 and s.parked_at is null)`,
    [uuids(work.organizations), uuids(roots), uuids(ids), cutoff],
  );
  if (rows.length === 0) return [];
  const more = await lockForBilling(
    work,
    rows.map((row) => row.id),
    { skipLocked: true },
  );
  for (const [id, account] of more.accounts) accounts.set(id, account);
  return more.complete;
}

const uuids = (ids: Iterable<string>) => `{${[...ids].join(',')}}`;

async function parkAccount(app: App, reference: AccountReference, cutoff: Date, error: unknown): Promise<BillingTally> {
  const { organizationId, accountId } = reference;
  app.log.warn({ organizationId, accountId, err: error }, 'an account could not be billed and is parked');
  return app.transact(scopeFor([reference]), async (work) => {
    const { accounts, complete } = await lockForBilling(work, [accountId]);
    const due: Billable[] = await loadDue(work, complete, cutoff);
    if (due.length > 0) parkSubscriptions(work, due, error, accounts.get(accountId)!.now);
    return { ...nothingBilled(), parked: due.length };
  });
}
