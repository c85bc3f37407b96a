import type { LockedAccount } from '../../accounts/index.ts';
import type { InvoiceRow, IssuingTerms } from '../../collecting/invoicing/index.ts';
import type { Work } from '../../platform/work.ts';
import { type Gift, issueDiscounted } from '../coupons/index.ts';
import { hoursLater } from './anchor.ts';
import type { Billable } from './billable.ts';
import { groupSteps, type InvoiceGroup } from './group-steps.ts';
import { type BillingPlan, planBilling } from './plan-billing.ts';
import { PriceBook } from './price-book.ts';
import { recordMoves } from './record-moves.ts';
import { SubscriptionEntity, SubscriptionItemEntity } from './subscriptions.entities.ts';
import { moveStatus } from './subscriptions.lifecycle.ts';

/** Hours in which the first invoice must be paid; then the subscription lapses. */
const hoursToPay = 23;

/** What came of billing one subscription: its columns as they are now. */
export interface Billed {
  plan: BillingPlan;
  after: BillingPlan['after'] & { lapsesAt: Date | null };
  invoices: InvoiceRow[];
}

/** Subscriptions whose plan could not be computed, with the reason. */
export interface Unbillable {
  subscription: Billable;
  error: unknown;
}

/**
 * Bills all that is due of these subscriptions up to `cutoff` (never past their account's own instant) and moves them on:
 * any number with a fixed number of statements. Accounts and their bill-to accounts must be locked and in `accounts`.
 * An account of which one subscription can not be computed is left alone as a whole and answered as unbillable.
 */
export async function billSubscriptions(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscriptions: readonly Billable[],
  cutoff: Date,
): Promise<{ billed: Billed[]; unbillable: Unbillable[] }> {
  const book = new PriceBook();
  const plans: BillingPlan[] = [];
  const unbillable: Unbillable[] = [];
  for (const subscription of subscriptions) {
    const { now } = accounts.get(subscription.accountId)!;
    try {
      plans.push(planBilling(subscription, now.getTime() < cutoff.getTime() ? now : cutoff, book));
    } catch (error) {
      unbillable.push({ subscription, error });
    }
  }
  const bad = new Set(unbillable.map(({ subscription }) => subscription.accountId));
  const good = plans.filter((plan) => plan.reachedAt !== null && !bad.has(plan.subscription.accountId));
  const billed = await issueFor(work, groupSteps(good, accounts), good, accounts);
  for (const one of billed) writeBilled(work, one);
  return { billed, unbillable };
}

/**
 * Bills what a new subscription owes at once: everything since its start on one invoice of the account's instant, less
 * what it is given with it. The gifts are changed in place and still to be written.
 */
export async function billNewSubscription(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  subscription: Billable,
  options: { terms: Promise<IssuingTerms>; gifts: readonly Gift[] },
): Promise<Billed> {
  const account = accounts.get(subscription.accountId)!;
  const plan = planBilling(subscription, account.now, new PriceBook(), { creating: true });
  const decides = subscription.collection === 'automatic';
  if (decides) for (const step of plan.steps) step.decides = true;
  const groups = groupSteps([plan], accounts, account.now);
  for (const group of groups) group.request.reason = 'subscription_created';
  const [billed] = await issueFor(work, groups, [plan], accounts, options);
  return billed!;
}

async function issueFor(
  work: Work,
  groups: readonly InvoiceGroup[],
  plans: readonly BillingPlan[],
  accounts: ReadonlyMap<string, LockedAccount>,
  options: { terms?: Promise<IssuingTerms>; gifts?: readonly Gift[] } = {},
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
    const invoice = invoices[index]!;
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

function writeBilled(work: Work, { plan, after }: Billed): void {
  const { organizationId, id, items } = plan.subscription;
  const updatedAt = plan.reachedAt!;
  work.update(SubscriptionEntity, { organizationId, id, ...after, updatedAt });
  if (after.status === 'canceled') {
    for (const item of items) {
      if (item.activeTo && item.activeTo.getTime() <= after.endedAt!.getTime()) continue;
      work.update(SubscriptionItemEntity, { organizationId, id: item.id, activeTo: after.endedAt!, updatedAt });
    }
  }
  if (plan.moves.length > 0) recordMoves(work, plan.subscription, plan.moves);
}
