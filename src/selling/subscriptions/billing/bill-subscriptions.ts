import type { LockedAccount } from '../../../accounts/index.ts';
import type { InvoiceRow, IssuingTerms } from '../../../collecting/invoicing/index.ts';
import type { Work } from '../../../platform/work.ts';
import { type Gift, issueDiscounted } from '../../coupons/index.ts';
import { hoursLater, hoursToPay } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import { loadBillable } from '../items/load-billable.ts';
import { PriceBook } from '../items/price-book.ts';
import { moveStatus } from '../subscriptions.lifecycle.ts';
import type { Billed, BillingPlan, Unbillable } from './billing-plan.ts';
import { BillingWalk } from './billing-walk.ts';
import { groupSteps, type InvoiceGroup } from './group-steps.ts';
import { passOverdueOn } from './overdue-after-pause.ts';
import { planBilling } from './plan-billing.ts';
import { writeBilled } from './write-billed.ts';

/**
 * Bills all that is due of these subscriptions up to `cutoff` (never past their account's own instant) and moves them on:
 * any number with a fixed number of statements. Accounts and their bill-to accounts must be locked and in `accounts`.
 * An account of which one subscription can not be computed is left alone as a whole and answered as unbillable.
 * Where a change gives back what falls due in the same run, that is written first and the change planned on it.
 */
export async function billSubscriptions(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscriptions: readonly Billable[],
  cutoff: Date,
): Promise<{ billed: Billed[]; unbillable: Unbillable[] }> {
  const book = new PriceBook();
  const billed: Billed[] = [];
  const setAside: Unbillable[] = [];
  for (let due = subscriptions; ; ) {
    const { plans, unbillable } = planRound(due, accounts, cutoff, book);
    const good = plans.filter((plan) => plan.reachedAt !== null);
    const round = await issueFor(work, groupSteps(good, accounts), good, accounts);
    for (const one of round) writeBilled(work, one, accounts);
    await passOverdueOn(work, round);
    billed.push(...round);
    setAside.push(...unbillable);
    const waiting = plans.flatMap((plan) => (plan.waitsAt ? [plan.subscription.id] : []));
    if (waiting.length === 0) return { billed, unbillable: setAside };
    due = await loadBillable(work, waiting, cutoff);
  }
}

/**
 * Plans of one round. If one waits for what it bills to be written, all stop before that instant, or with it where that was billed at
 * this very instant, so that invoices come in the order of punctual runs; and behind lines that wait for an invoice of this very run,
 * which finds them once they are written.
 */
function planRound(
  due: readonly Billable[],
  accounts: ReadonlyMap<string, LockedAccount>,
  cutoff: Date,
  book: PriceBook,
): { plans: BillingPlan[]; unbillable: Unbillable[] } {
  const all = planUntil(due, accounts, cutoff, book);
  const behind = behindWaiting(all.plans, accounts);
  const waits = [...all.plans.flatMap((plan) => (plan.waitsAt ? [plan.waitsAt.getTime()] : [])), ...behind];
  if (waits.length === 0) return all;
  const waitsAt = new Date(Math.min(...waits));
  const first = all.plans.filter((plan) => plan.waitsAt && +plan.waitsAt === +waitsAt);
  const isThere = !behind.includes(+waitsAt) && first.every(({ reachedAt }) => +reachedAt! === +waitsAt);
  const last = isThere ? waitsAt : new Date(waitsAt.getTime() - 1);
  const good = all.plans.map((plan) => plan.subscription);
  const { plans } = planUntil(good, accounts, last, book);
  return { plans: plans.map((plan) => ({ ...plan, waitsAt })), unbillable: all.unbillable };
}

/** The instants right behind lines that wait, where more is due later of what is invoiced with them. */
function behindWaiting(plans: readonly BillingPlan[], accounts: ReadonlyMap<string, LockedAccount>): number[] {
  const waiting = plans.flatMap((plan) => plan.steps.flatMap(({ waits, at }) => (waits ? [{ plan, at }] : [])));
  if (waiting.length === 0) return [];
  const rootOf = ({ subscription: { accountId } }: BillingPlan) =>
    accounts.get(accountId)!.invoiceAccountId ?? accountId;
  const lastOf = new Map<string, number>();
  for (const plan of plans) {
    const last = Math.max(lastOf.get(rootOf(plan)) ?? 0, ...plan.steps.map(({ at }) => at.getTime()));
    lastOf.set(rootOf(plan), last);
  }
  return waiting.flatMap(({ plan, at }) => (lastOf.get(rootOf(plan))! > at.getTime() ? [at.getTime() + 1] : []));
}

function planUntil(
  due: readonly Billable[],
  accounts: ReadonlyMap<string, LockedAccount>,
  cutoff: Date,
  book: PriceBook,
): { plans: BillingPlan[]; unbillable: Unbillable[] } {
  const plans: BillingPlan[] = [];
  const unbillable: Unbillable[] = [];
  for (const subscription of due) {
    const { now } = accounts.get(subscription.accountId)!;
    try {
      plans.push(planBilling(subscription, now.getTime() < cutoff.getTime() ? now : cutoff, book));
    } catch (error) {
      unbillable.push({ subscription, error });
    }
  }
  const bad = new Set(unbillable.map(({ subscription }) => subscription.accountId));
  return { plans: plans.filter((plan) => !bad.has(plan.subscription.accountId)), unbillable };
}

/**
 * Carries out what is pending of one subscription up to an instant, and bills it; answers round by round, as one that builds on what
 * another has billed is planned once that is written. It is up to date, its accounts are locked, and `billed` holds what the changes
 * may give back.
 */
export async function billChanged(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscription: Billable,
  until: Date,
  options: { terms?: Promise<IssuingTerms> | undefined } = {},
): Promise<Billed[]> {
  const rounds: Billed[] = [];
  for (let due: Billable | undefined = subscription; due; ) {
    const billed: Billed = await billPlanned(work, accounts, planBilling(due, until, new PriceBook()), options);
    rounds.push(billed);
    [due] = billed.plan.waitsAt ? await loadBillable(work, [subscription.id], until) : [];
  }
  return rounds;
}

/**
 * Lets a subscription go on whose scheduled end is taken back, and bills what that had left out of the period that stands. It is
 * up to date and without that end, its accounts are locked, and `billed` holds what is billed from now on.
 */
export async function billGoingOn(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscription: Billable,
  at: Date,
): Promise<Billed> {
  const walk = new BillingWalk(subscription, new PriceBook());
  walk.goOn(at);
  return billPlanned(work, accounts, walk.plan());
}

async function billPlanned(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  plan: BillingPlan,
  options: { terms?: Promise<IssuingTerms> | undefined } = {},
): Promise<Billed> {
  const groups = groupSteps([plan], accounts);
  const { now } = accounts.get(plan.subscription.accountId)!;
  for (const { request } of groups) request.askedAt = now;
  const [billed] = await issueFor(work, groups, [plan], accounts, options);
  writeBilled(work, billed!, accounts);
  await passOverdueOn(work, [billed!]);
  return billed!;
}

/**
 * Bills what a subscription that begins owes at once: everything since its start on one invoice of the instant `at`, the account's
 * own if left out, less what it is given with it. The gifts are changed in place and still to be written, as is the subscription.
 */
export async function billNewSubscription(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscription: Billable,
  options: { terms?: Promise<IssuingTerms>; gifts: readonly Gift[]; at?: Date },
): Promise<Billed> {
  const { now: askedAt } = accounts.get(subscription.accountId)!;
  const { at = askedAt } = options;
  const plan = planBilling(subscription, at, new PriceBook(), { creating: true });
  const decides = subscription.collection === 'automatic';
  if (decides) for (const step of plan.steps) step.decides = true;
  const groups = groupSteps([plan], accounts, at);
  for (const { request } of groups)
    Object.assign(request, { askedAt, reason: 'subscription_created', finalize: true, graceDays: 0 });
  const [billed] = await issueFor(work, groups, [plan], accounts, options);
  return billed!;
}

async function issueFor(
  work: Work,
  groups: readonly InvoiceGroup[],
  plans: readonly BillingPlan[],
  accounts: ReadonlyMap<string, LockedAccount>,
  options: { terms?: Promise<IssuingTerms> | undefined; gifts?: readonly Gift[] } = {},
): Promise<Billed[]> {
  const requests = groups.map((group) => group.request);
  const invoices = await issueDiscounted(work, requests, options);
  const billed = new Map(
    plans.map((plan) => [
      plan,
      { plan, after: { ...plan.after, lapsesAt: null as Date | null }, invoices: [] as InvoiceRow[] },
    ]),
  );
  groups.forEach((group, index) => {
    const invoice = invoices[index];
    if (!invoice) return;
    for (const plan of group.plans) billed.get(plan)!.invoices.push(invoice);
    if (group.decides) decide(billed.get(group.plans[0]!)!, invoice, accounts);
  });
  return [...billed.values()];
}

/** The first invoice of an automatic subscription decides: nothing due, and it is active; else it waits for the money. */
function decide(one: Billed, invoice: InvoiceRow, accounts: ReadonlyMap<string, LockedAccount>): void {
  const { plan, after } = one;
  if (invoice.status === 'paid') {
    if (after.status !== 'incomplete') return;
    const move = moveStatus('incomplete', 'activated', plan.reachedAt!);
    plan.moves.push(move);
    after.status = move.to;
    return;
  }
  const { now } = accounts.get(plan.subscription.accountId)!;
  after.status = 'incomplete';
  after.nextBillingAt = null;
  // A bill that comes late has as long to be paid as one that came on time.
  after.lapsesAt = hoursLater(now, hoursToPay);
}
