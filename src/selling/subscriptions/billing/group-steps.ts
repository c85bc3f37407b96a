import type { LockedAccount } from '../../../accounts/index.ts';
import type { InvoiceRequest } from '../../../collecting/invoicing/index.ts';
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
 * all steps on one invoice of that instant, whose charges say when they fell due.
 */
export function groupSteps(
  plans: readonly BillingPlan[],
  accounts: ReadonlyMap<string, LockedAccount>,
  oneAt?: Date,
): InvoiceGroup[] {
  const due = plans.flatMap((plan) =>
    plan.steps.map((step): Due => ({ plan, step: oneAt ? { ...step, charges: fallenDue(step) } : step })),
  );
  due.sort(inOrder);
  const groups = new Map<string, InvoiceGroup>();
  for (const { plan, step } of due) {
    const user = accounts.get(plan.subscription.accountId)!;
    const account = accounts.get(user.invoiceAccountId ?? user.id)!;
    const at = oneAt ?? step.at;
    const key = keyOf(plan, step, { user, account }, at);
    const known = groups.get(key);
    if (known) join(known, plan, step, user);
    else groups.set(key, begin(plan, step, { user, account }, accounts, at));
  }
  for (const group of groups.values()) giveGrace(group, accounts);
  return [...groups.values()];
}

const fallenDue = ({ charges, at }: BillingStep) => charges.map((charge) => ({ ...charge, fellDueAt: at }));

function inOrder(left: Due, right: Due): number {
  const [one, other] = [left.plan.subscription, right.plan.subscription];
  return (
    left.step.at.getTime() - right.step.at.getTime() ||
    compare(one.accountId, other.accountId) ||
    compare(one.id, other.id)
  );
}

const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

/** Who uses, and on whose invoices that goes. */
interface Invoiced {
  user: LockedAccount;
  account: LockedAccount;
}

const isApart = ({ decides }: BillingStep, { organization }: LockedAccount): boolean =>
  decides || organization.invoiceGrouping === 'subscription';

function keyOf(plan: BillingPlan, step: BillingStep, { user, account }: Invoiced, at: Date): string {
  const { subscription } = plan;
  const apart = isApart(step, account);
  return [
    account.id,
    subscription.currency,
    at.getTime(),
    subscription.collection,
    subscription.paymentMethodId,
    subscription.netDays,
    ...Object.values(termsOf(plan, { user, account })),
    user.billToAccountId ?? user.id,
    apart ? subscription.id : '',
    step.waits ? 'waits' : '',
  ].join(' ');
}

/** Who issues and which order is named: as the subscription says, or else who uses it, or else whose invoice it is. */
const termsOf = ({ subscription }: BillingPlan, { user, account }: Invoiced) => ({
  legalEntityId: subscription.legalEntityId ?? user.legalEntityId ?? account.legalEntityId ?? null,
  purchaseOrderNumber:
    subscription.purchaseOrderNumber ?? user.purchaseOrderNumber ?? account.purchaseOrderNumber ?? null,
});

function begin(
  plan: BillingPlan,
  step: BillingStep,
  { user, account }: Invoiced,
  accounts: ReadonlyMap<string, LockedAccount>,
  at: Date,
): InvoiceGroup {
  const { subscription } = plan;
  const billTo = accounts.get(user.billToAccountId ?? user.id)!;
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
      bills: [billedBy(plan, user)],
      apart: isApart(step, account),
      ...termsOf(plan, { user, account }),
      customFields: account.customFields,
      finalize: !step.waits,
      hold: step.waits === true,
      includeWaiting: !step.decides && !step.waits,
    },
  };
}

/** Invoices of the cycle stay drafts for the days that their account has; a bill that decides is final at once. */
function giveGrace({ request, decides }: InvoiceGroup, accounts: ReadonlyMap<string, LockedAccount>): void {
  if (request.reason !== 'subscription_cycle' || decides) return;
  const account = accounts.get(request.account.id)!;
  request.graceDays = account.invoiceGraceDays ?? account.organization.invoiceGraceDays;
  request.finalize = request.graceDays === 0;
}

const billedBy = ({ subscription }: BillingPlan, { id: accountId, parentAccountId }: LockedAccount) => ({
  ...{ accountId, parentAccountId: parentAccountId ?? null },
  subscriptionId: subscription.id,
});

/** A renewal among what is billed makes it an invoice of the cycle; else the first reason stands. */
function join(group: InvoiceGroup, plan: BillingPlan, step: BillingStep, user: LockedAccount): void {
  const { request } = group;
  request.charges = [...request.charges, ...step.charges];
  if (!group.plans.includes(plan)) request.bills = [...(request.bills ?? []), billedBy(plan, user)];
  if (step.reason === 'subscription_cycle') request.reason = step.reason;
  if (!group.plans.includes(plan)) group.plans.push(plan);
}
