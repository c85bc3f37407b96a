import { type ChargeDraft, minimumCommitment } from '../../../collecting/invoicing/index.ts';
import { isUnsettled, shareOfBilled } from '../../../rules/change-proration.ts';
import { isStorableAmount, sum } from '../../../rules/money.ts';
import type { Period } from '../../../rules/period.ts';
import { type Derivation, priceCommitment } from '../../../rules/pricing.ts';
import { shareOfPeriod } from '../../../rules/proration.ts';
import { add } from '../../../rules/rational.ts';
import { wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import type { CreditBasis } from '../items/pending-change.ts';
import type { PriceBook } from '../items/price-book.ts';
import type { BillingStep } from './billing-plan.ts';
import { chargesFor, later, partOf } from './period-charges.ts';

interface Until {
  paidUntil?: Date;
  billedUntil?: Date;
}

/**
 * What is missing to the minimum commitments of the plan versions held in a stretch within one period: a charge for each
 * that falls short, of the time it was held, prorated by second; together with what was held before pauses that stayed paid
 * for, less what was asked for that. Time is billed in advance up to `billedUntil` and not given back up to `paidUntil`; the end of
 * the stretch if left out. `steps`: what is planned and not written yet. RangeError as `PriceBook.price`.
 */
function trueUpsFor(
  subscription: Billable,
  stretch: Period,
  book: PriceBook,
  { paidUntil = stretch.end, billedUntil = paidUntil, steps = [] }: Until & { steps?: readonly BillingStep[] } = {},
): ChargeDraft[] {
  const stretches = [...(subscription.heldBefore?.stretches ?? []), stretch];
  const whole = { start: stretches[0]!.start, end: stretch.end };
  const versions = new Map<string, BillableItem[]>();
  for (const item of subscription.items) {
    if (!item.price.commitment || item.billingMode === 'once' || !partOf(item, whole)) continue;
    versions.set(item.planVersionId, [...(versions.get(item.planVersionId) ?? []), item]);
  }
  const planned = steps.flatMap((step) => step.charges);
  return [...versions.values()].flatMap((items) =>
    items.some((item) => partOf(item, stretch))
      ? trueUpOf(subscription, items, { stretches, ...whole, paidUntil, billedUntil, planned }, book)
      : [],
  );
}

/**
 * What is owed at an instant for the period so far, with what is missing to commitments: time that stays paid for ahead counts.
 * Nothing in a trial. RangeError as `PriceBook.price`.
 */
export function arrearsFor(
  subscription: Billable,
  at: Date,
  creditBasis: CreditBasis,
  book: PriceBook,
  steps: readonly BillingStep[],
): ChargeDraft[] {
  const { status, currentPeriodStart, currentPeriodEnd } = subscription;
  if (status === 'trialing' || at <= currentPeriodStart!) return [];
  const stretch = { start: currentPeriodStart!, end: at };
  const paidUntil = creditBasis === 'none' ? currentPeriodEnd! : at;
  return [
    ...chargesFor(subscription, 'arrears', stretch, book),
    ...trueUpsFor(subscription, stretch, book, { paidUntil, billedUntil: currentPeriodEnd!, steps }),
  ];
}

/**
 * What is owed when a subscription that is asked to end `at` an instant does so (`from`, which may be a millisecond
 * later): up to its end, but for what began at that very instant, is held till then and so for nothing. Nothing before its start,
 * and nothing of a pause. RangeError as `PriceBook.price`.
 */
export function lastArrears(
  subscription: Billable,
  { at, from }: { at: Date; from: Date },
  creditBasis: CreditBasis,
  book: PriceBook,
  steps: readonly BillingStep[],
): ChargeDraft[] {
  const { status, currentPeriodStart } = subscription;
  if (currentPeriodStart === null || status === 'paused') return [];
  const items = subscription.items.filter(
    ({ billingMode, activeFrom, activeTo }) => billingMode !== 'arrears' || activeFrom < at || activeTo !== null,
  );
  return arrearsFor({ ...subscription, items }, from, creditBasis, book, steps);
}

/**
 * What was billed in advance of an item that ended within the stretch, less what was given back: it may be paid for longer; and of
 * one that a change has begun without being settled: it was billed what was paid for its time, up to `paidUntil`.
 */
function paidOf(
  subscription: Billable,
  item: BillableItem,
  { start, end, paidUntil }: Period & { paidUntil: Date },
  planned: readonly ChargeDraft[],
): [string, bigint][] {
  if (item.billingMode !== 'advance') return [];
  const ended = item.activeTo && item.activeTo < end ? item.activeTo : null;
  const stretches = subscription.billed.filter(
    (one) => one.itemId === item.id && one.start >= start && (ended === null || one.start < ended),
  );
  const lines = new Set(stretches.map(({ lineId }) => lineId));
  const back = sum(
    planned.filter(({ reversesLineId }) => reversesLineId && lines.has(reversesLineId)).map(({ amount }) => amount),
  );
  if (ended !== null)
    return stretches.length === 0 ? [] : [[item.id, sum(stretches.map(({ amount }) => amount)) + back]];
  const { currency, unsettled } = subscription;
  const coming = comingLines(planned, item).filter((one) => one.start >= start);
  if (!coming.some((one) => one.isUnsettled) && !unsettled.some(({ lineId }) => lines.has(lineId))) return [];
  const paid = [...stretches, ...coming].map((one) => {
    const until = one.end < paidUntil ? one.end : paidUntil;
    if (until <= one.start) return 0n;
    return shareOfBilled(one.amount, one, { start: one.start, end: until }, { currency }).amountMinor;
  });
  return [[item.id, sum(paid) + back]];
}

/** Lines of an item that are planned and not written yet. */
function comingLines(planned: readonly ChargeDraft[], item: BillableItem) {
  return planned.flatMap(({ kind, subscriptionItemId, reversesLineId, periodStart, periodEnd, amount, derivation }) =>
    kind === 'recurring' && subscriptionItemId === item.id && !reversesLineId
      ? [{ start: periodStart!, end: periodEnd!, amount, isUnsettled: isUnsettled(derivation as Derivation) }]
      : [],
  );
}

/** The time that a commitment is counted over, and what is billed of it. */
interface Held extends Period {
  /** Between them it was paused. */
  stretches: readonly Period[];
  paidUntil: Date;
  billedUntil: Date;
  planned: readonly ChargeDraft[];
}

/** From when to when any of these items is held within a stretch; null for none. */
function heldOf(items: readonly BillableItem[], stretch: Period): Period | null {
  const parts = items.flatMap((item) => partOf(item, stretch) ?? []);
  if (parts.length === 0) return null;
  return {
    start: new Date(Math.min(...parts.map((one) => one.start.getTime()))),
    end: new Date(Math.max(...parts.map((one) => one.end.getTime()))),
  };
}

/** What their commitment has asked for before in this period: written, or planned and not written yet. */
function askedBefore(
  { heldBefore }: Billable,
  items: readonly BillableItem[],
  { stretches, start, planned }: Pick<Held, 'stretches' | 'start' | 'planned'>,
): { amount: bigint }[] {
  if (stretches.length === 1) return [];
  const written = heldBefore!.truedUp.filter(({ planVersionId }) => planVersionId === items[0]!.planVersionId);
  const coming = planned.filter(
    ({ kind, subscriptionItemId, periodStart }) =>
      kind === 'true_up' && periodStart! >= start && items.some(({ id }) => id === subscriptionItemId),
  );
  return [...written, ...coming];
}

function trueUpOf(
  subscription: Billable,
  items: readonly BillableItem[],
  { stretches, start, end, paidUntil, billedUntil, planned }: Held,
  book: PriceBook,
): ChargeDraft[] {
  const held = stretches.flatMap((stretch) => heldOf(items, stretch) ?? []);
  const part = held.at(-1)!;
  const period = wholePeriodOf(subscription, start);
  const isWhole = part.start.getTime() === period.start.getTime() && part.end.getTime() === period.end.getTime();
  const paid = new Map(items.flatMap((item) => paidOf(subscription, item, { start, end, paidUntil }, planned)));
  const standing = items.filter((item) => !paid.has(item.id));
  const ahead = (part: Period) => chargesFor(subscription, 'advance', part, book, { items: standing });
  // Each line less what is given back of it, as they are rounded: what is left of them may be priced a unit beside that.
  const back = paidUntil < billedUntil ? ahead({ start: paidUntil, end: billedUntil }) : [];
  const billed = [
    ...[...paid.values()].map((amount) => ({ amount })),
    ...ahead({ start, end: later(paidUntil, billedUntil) }),
    ...back.map(({ amount }) => ({ amount: -amount })),
    ...stretches.flatMap((stretch) => chargesFor(subscription, 'arrears', stretch, book, { items })),
    ...askedBefore(subscription, items, { stretches, start, planned }),
  ];
  const [first] = items;
  const { amountMinor, derivation } = priceCommitment({
    currency: subscription.currency,
    commitmentMinor: BigInt(first!.price.commitment!),
    billedMinor: sum(billed.map((charge) => charge.amount)),
    share: isWhole
      ? undefined
      : { fraction: held.map((one) => shareOfPeriod(period, one)).reduce(add), mode: 'by_second' },
  });
  if (amountMinor === 0n) return [];
  if (!isStorableAmount(amountMinor)) throw new RangeError('the true-up would be too large');
  return [
    {
      kind: 'true_up',
      accountId: subscription.accountId,
      subscriptionId: subscription.id,
      subscriptionItemId: first!.id,
      description: minimumCommitment(first!.price.planName ?? first!.price.description),
      periodStart: part.start,
      periodEnd: part.end,
      quantity: '1',
      unitAmount: amountMinor.toString(),
      amount: amountMinor,
      derivation,
    },
  ];
}
