import type { LockedAccount } from '../../accounts/index.ts';
import type { InvoiceRequest } from '../../collecting/invoicing/index.ts';
import type { BillingPlan, BillingStep } from './billing-plan.ts';

/** One invoice to be made and the plans whose steps it bills. */
export interface InvoiceGroup {
  request: InvoiceRequest;
  plans: BillingPlan[];
  decides: boolean;
}

interface Due {
  plan: BillingPlan;
  step: BillingStep;
}

/**
 * One invoice for all that falls due together: per account, currency and instant (and terms of collection), in the order of
 * instants, then accounts, so that numbers come in the same order however late the run is. A first bill that decides
 * stands alone, as a lapse voids it; so does each subscription where the organization wants it so. `oneAt`, if given, puts
 * all steps on one invoice of that instant.
 */
export function groupSteps(
  plans: readonly BillingPlan[],
  accounts: ReadonlyMap<string, LockedAccount>,
  oneAt?: Date,
): InvoiceGroup[] {
  const due = plans.flatMap((plan) => plan.steps.map((step): Due => ({ plan, step })));
  due.sort(inOrder);
  const groups = new Map<string, InvoiceGroup>();
  for (const { plan, step } of due) {
    const account = accounts.get(plan.subscription.accountId)!;
    const at = oneAt ?? step.at;
    const key = keyOf(plan, step, account, at);
    const known = groups.get(key);
    if (known) join(known, plan, step);
    else groups.set(key, begin(plan, step, account, accounts, at));
  }
  return [...groups.values()];
}

function inOrder(left: Due, right: Due): number {
  const [one, other] = [left.plan.subscription, right.plan.subscription];
  return (
    left.step.at.getTime() - right.step.at.getTime() ||
    compare(one.accountId, other.accountId) ||
    compare(one.id, other.id)
  );
}

const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

function keyOf(plan: BillingPlan, step: BillingStep, account: LockedAccount, at: Date): string {
  const { subscription } = plan;
  const apart = step.decides || account.organization.invoiceGrouping === 'subscription';
  return [
    account.id,
    subscription.currency,
    at.getTime(),
    subscription.collection,
    subscription.paymentMethodId,
    subscription.netDays,
    apart ? subscription.id : '',
  ].join(' ');
}

function begin(
  plan: BillingPlan,
  step: BillingStep,
  account: LockedAccount,
  accounts: ReadonlyMap<string, LockedAccount>,
  at: Date,
): InvoiceGroup {
  const { subscription } = plan;
  const billTo = accounts.get(account.billToAccountId ?? account.id)!;
  return {
    plans: [plan],
    decides: step.decides,
    request: {
      account,
      billTo,
      currency: subscription.currency,
      at,
      collection: subscription.collection as 'automatic' | 'manual',
      netDays: subscription.netDays ?? billTo.netDays ?? billTo.organization.netDays,
      reason: step.reason,
      paymentMethodId: subscription.paymentMethodId,
      charges: step.charges,
      finalize: true,
      includeWaiting: !step.decides,
    },
  };
}

/** A renewal among what is billed makes it an invoice of the cycle; else the first reason stands. */
function join(group: InvoiceGroup, plan: BillingPlan, step: BillingStep): void {
  const { request } = group;
  request.charges = [...request.charges, ...step.charges];
  if (step.reason === 'subscription_cycle') request.reason = step.reason;
  if (!group.plans.includes(plan)) group.plans.push(plan);
}
