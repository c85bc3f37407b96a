import type { LockedAccount } from '../../../accounts/index.ts';
import { type InvoiceRow, loadIssuingTerms } from '../../../collecting/invoicing/index.ts';
import { notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { chooseSellablePlans, findPlans, type SellablePlan } from '../../catalog/index.ts';
import { giveDiscounts, writeGifts } from '../../coupons/index.ts';
import { billNewSubscription } from '../billing/bill-subscriptions.ts';
import { markBilledOnce } from '../billing/once-charges.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { checkMayBuy } from '../items/check-may-buy.ts';
import { lockAccountForBilling } from '../items/lock-for-billing.ts';
import { periodAmount } from '../items/period-amount.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { trialReminder } from '../items/trial-reminder.ts';
import { insertItems } from '../items/write-items.ts';
import { SubscriptionEntity, type SubscriptionRow } from '../subscriptions.entities.ts';
import { chooseItems } from './choose-items.ts';
import { chooseTerm, type Term } from './choose-term.ts';
import {
  type CheckedSubscriptionInput,
  type CreateSubscriptionInput,
  createSubscriptionSchema,
} from './create-subscription.input.ts';
import { checkPaymentMethod } from './payment-method.ts';

export interface CreatedSubscription {
  subscription: SubscriptionRow;
  items: BillableItem[];
  /** What was billed at once, if anything was. */
  invoice: InvoiceRow | null;
  /** The account's instant. */
  at: Date;
  /** The same as the billing run finds it. */
  standing: Billable;
}

/**
 * Subscribes an account to plans and bills what is due at once, by the code of the billing run. NOT_FOUND,
 * ACCOUNT_BLOCKED, CURRENCY_MISMATCH, CONFLICT for plans of different intervals, INVALID_STATE for plans not on sale,
 * ALREADY_EXISTS for a taken external id, INVALID_INPUT and LIMIT_EXCEEDED with their paths. `at` is the instant of the
 * preview that is carried out: what starts now, starts then.
 */
export async function createSubscription(
  work: Work,
  given: CreateSubscriptionInput,
  options: { at?: Date | undefined } = {},
): Promise<CreatedSubscription> {
  const input = readInput(createSubscriptionSchema, given);
  const accountId = await findAccount(work, input.account);
  const references = input.items.map((item) => item.plan);
  const terms = loadIssuingTerms(work, [work.organizationId]);
  const [{ account, accounts }, found] = await Promise.all([
    lockAccountForBilling(work, accountId, ['input', 'account', input.account.id ? 'id' : 'externalId']),
    findPlans(work, references),
    terms,
  ]);
  checkMayBuy({ account, accounts }, ['input', 'account']);
  if (input.paymentMethodId) {
    const payer = account.billToAccountId ?? account.id;
    await checkPaymentMethod(work, input.paymentMethodId, payer, ['input', 'paymentMethodId']);
  }
  const currency = input.currency ?? account.currency;
  const plans = chooseSellablePlans(found, currency, (index) => ['input', 'items', String(index), 'plan']);
  const id = newId();
  const term = termOf({ ...input, startAt: input.startAt ?? options.at }, account, plans);
  const items = chooseItems(plans, input.items, { id, currency, activeFrom: term.startedAt });
  const amount = periodAmount(items, term.startedAt);
  const draft = rowOf(input, account, plans[0]!, { id, currency, term });
  const purchase = { currency, amount, priceIds: items.map((item) => item.priceId) };
  const gifts = await giveDiscounts(work, { account, subscriptionId: id, purchase }, input.discounts, (index) => [
    'input',
    'discounts',
    String(index),
  ]);
  const subscribed: Billable = { ...solid(draft), items, pending: [], pause: null, billed: [], unsettled: [] };
  const billed = await billNewSubscription(work, accounts, subscribed, { terms, gifts });
  const subscription: SubscriptionRow = { ...draft, ...billed.after };
  markBilledOnce(items, billed.plan);
  write(work, subscription, items, account.now);
  writeGifts(work, gifts);
  const standing: Billable = { ...subscribed, ...billed.after };
  return { subscription, items, invoice: billed.invoices[0] ?? null, at: account.now, standing };
}

async function findAccount(work: Work, reference: CheckedSubscriptionInput['account']): Promise<string> {
  if (reference.id) return reference.id;
  const [found] = await work.rows<{ id: string }>(
    `select a.id from accounts a where a.organization_id = $1 and a.external_id = $2 and a.deleted_at is null`,
    [work.organizationId, reference.externalId],
  );
  if (!found) throw notFound(['input', 'account', 'externalId'], 'There is no account with this external id.');
  return found.id;
}

function termOf(input: CheckedSubscriptionInput, account: LockedAccount, plans: readonly SellablePlan[]): Term {
  const [first] = plans;
  return chooseTerm(input, {
    now: account.now,
    timezone: account.timezone,
    intervalUnit: first!.intervalUnit,
    intervalCount: first!.intervalCount,
    trialDays: Math.max(...plans.map((plan) => plan.trialDays)),
    components: plans.reduce((count, plan) => count + plan.prices.length, 0),
  });
}

/** The row before anything is billed: not begun, due at its start. */
function rowOf(
  input: CheckedSubscriptionInput,
  account: LockedAccount,
  plan: SellablePlan,
  of: { id: string; currency: string; term: Term },
): SubscriptionRow {
  return {
    organizationId: account.organizationId,
    id: of.id,
    externalId: input.externalId ?? null,
    accountId: account.id,
    testClockId: account.testClockId ?? null,
    status: 'incomplete',
    currency: of.currency,
    timezone: account.timezone,
    ...of.term,
    intervalUnit: plan.intervalUnit,
    intervalCount: plan.intervalCount,
    collection: input.collection,
    paymentMethodId: input.paymentMethodId ?? null,
    netDays: input.netDays ?? null,
    legalEntityId: input.legalEntityId ?? null,
    purchaseOrderNumber: input.purchaseOrderNumber ?? null,
    wholePeriodStart: null,
    currentPeriodStart: null,
    currentPeriodEnd: null,
    endsAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    cancelReason: null,
    nextBillingAt: of.term.startedAt,
    lapsesAt: null,
    trialRemindsAt: trialReminder({ ...of.term, timezone: account.timezone }, account),
    parkedAt: null,
    parkedReason: null,
    metadata: input.metadata,
    createdAt: account.now,
    updatedAt: account.now,
  };
}

/** A row just made has every column. */
function solid(row: SubscriptionRow) {
  return row as { [K in keyof SubscriptionRow]-?: Exclude<SubscriptionRow[K], undefined> };
}

function write(work: Work, subscription: SubscriptionRow, items: readonly BillableItem[], at: Date): void {
  const { organizationId } = subscription;
  work.insert(SubscriptionEntity, [subscription]);
  insertItems(work, organizationId, items, () => at);
  const subject = solid(subscription);
  recordChange(work, subject, { status: { old: null, new: subscription.status } }, at);
  announceSubscription(work, 'subscription.created', subject, at, {
    status: subscription.status,
    currency: subscription.currency,
    planIds: [...new Set(items.map((item) => item.planId))],
  });
}
