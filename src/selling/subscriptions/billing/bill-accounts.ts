import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import { isPassing } from '../../../platform/passing-faults.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { loadDue } from '../items/load-billable.ts';
import { lockForBilling } from '../items/lock-for-billing.ts';
import { billSubscriptions } from './bill-subscriptions.ts';
import { lockInvoicedTogether } from './lock-invoiced-together.ts';
import { parkSubscriptions, parkUnbillable } from './park-subscriptions.ts';

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
 * halved until the bad account stands alone, also without those it is invoiced together with; what is refused then is parked.
 * A fault that says nothing about an account ends the run.
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
    if (references.length === 1) return billAlone(app, references[0]!, cutoff, options);
    const middle = references.length >> 1;
    const first = await billAccounts(app, references.slice(0, middle), cutoff, options);
    return addTally(first, await billAccounts(app, references.slice(middle), cutoff, options));
  }
}

/** An account whose batch was refused, on an invoice without the others': the fault may have been theirs. */
async function billAlone(
  app: App,
  reference: AccountReference,
  cutoff: Date,
  options: BillingOptions,
): Promise<BillingTally> {
  const alone = { ...options, alone: true };
  try {
    return await app.transact(scopeFor([reference]), (work) => billBatch(work, [reference.accountId], cutoff, alone));
  } catch (error) {
    if (isPassing(error)) throw error;
    return parkAccount(app, reference, cutoff, error);
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
  options: BillingOptions & { alone?: boolean },
): Promise<BillingTally> {
  const { accounts, complete } = await lockForBilling(work, ids, options);
  if (complete.length < ids.length) options.missed?.(ids.length - complete.length);
  const others = options.alone ? [] : await lockInvoicedTogether(work, accounts, complete, cutoff);
  const due = await loadDue(work, [...complete, ...others], cutoff);
  const { billed, unbillable } = await billSubscriptions(work, accounts, due, cutoff);
  const invoices = new Set(billed.flatMap((one) => one.invoices.map((invoice) => invoice.id)));
  const parked = parkUnbillable(work, accounts, due, unbillable);
  return { subscriptions: billed.length, invoices: invoices.size, parked };
}

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
