import type { LockedAccount } from '../../../accounts/index.ts';
import { finalizeDue, gracesOf, issuedInvoices } from '../../../collecting/invoicing/index.ts';
import type { Work } from '../../../platform/work.ts';
import { billSubscriptions } from '../billing/bill-subscriptions.ts';
import { loadDue } from '../items/load-billable.ts';
import { lockForBilling } from '../items/lock-for-billing.ts';
import type { Ahead } from './look-ahead.ts';

/** Whose time is rehearsed, locked; accounts are added that are locked on the way. */
export interface Rehearsed {
  account: LockedAccount;
  accounts: Map<string, LockedAccount>;
}

/** Lets the time go on up to an instant: what is due is billed, and what was a draft until then becomes final before. */
export async function runUpTo(work: Work, of: Rehearsed, at: Date, ahead: Ahead): Promise<void> {
  const hasDrafts = ahead.hasDrafts || issuedInvoices(work).some(({ invoice }) => invoice.status === 'draft');
  if (hasDrafts) await finalizeUpTo(work, of, at, ahead);
  await billUpTo(work, of, at, ahead);
}

/** Lets it go on until these are final, where they are drafts for some days. */
export async function runUntilFinal(work: Work, of: Rehearsed, ids: readonly string[], ahead: Ahead): Promise<void> {
  if (ids.length === 0) return;
  const last = (await gracesOf(work, ahead.payers)).findLast(({ invoiceId }) => ids.includes(invoiceId));
  if (last) await finalizeUpTo(work, of, last.finalizeAt, ahead);
}

/** Drafts spend credit in the order in which they become final, each after what is billed before. */
async function finalizeUpTo(work: Work, of: Rehearsed, at: Date, ahead: Ahead): Promise<void> {
  for (;;) {
    const [grace] = await gracesOf(work, ahead.payers);
    if (!grace || grace.finalizeAt > at) return;
    const { invoiceId, finalizeAt } = grace;
    await billUpTo(work, of, new Date(finalizeAt.getTime() - 1), ahead);
    await finalizeDue(work, invoiceId, finalizeAt);
  }
}

/**
 * Bills what is due of an account, of those invoiced together with it, and of all that share a payer with these, up to an instant,
 * as if its clock stood there. Those that somebody else holds are left to them. Refuses what could not be billed.
 */
async function billUpTo(work: Work, { account, accounts }: Rehearsed, at: Date, ahead: Ahead): Promise<void> {
  const due = ahead.others.flatMap((other) => (other.at <= at ? other.id : []));
  const others = await lockForBilling(work, due, { skipLocked: true });
  for (const [id, other] of others.accounts) accounts.set(id, other);
  const there = new Map([...accounts].map(([id, known]) => [id, { ...known, now: at }]));
  const subscriptions = await loadDue(work, [account.id, ...others.complete], at);
  const { unbillable } = await billSubscriptions(work, there, subscriptions, at);
  const rootOf = ({ id, invoiceAccountId }: LockedAccount) => invoiceAccountId ?? id;
  const own = unbillable.find(({ subscription }) => rootOf(accounts.get(subscription.accountId)!) === rootOf(account));
  if (own) throw own.error;
}
