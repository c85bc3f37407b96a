import type { ChargeDraft } from '../../collecting/invoicing/index.ts';
import { isStorableAmount, sum } from '../../rules/money.ts';
import { type Period, periodContaining } from '../../rules/period.ts';
import { priceCommitment } from '../../rules/pricing.ts';
import { shareOfPeriod } from '../../rules/proration.ts';
import { recurrenceOf } from './anchor.ts';
import type { Billable } from './billable.ts';
import type { BillableItem } from './billable-item.ts';
import { chargesFor, partOf } from './period-charges.ts';
import type { PriceBook } from './price-book.ts';

/**
 * What is missing to the minimum commitments of the plan versions held in a stretch within one period: a charge for each
 * that falls short, of the time it was held, prorated by second. `paidUntil` is the end of the time that is paid in advance
 * and not given back; the end of the stretch if left out. RangeError as `PriceBook.price`.
 */
export function trueUpsFor(
  subscription: Billable,
  stretch: Period,
  book: PriceBook,
  { paidUntil = stretch.end }: { paidUntil?: Date } = {},
): ChargeDraft[] {
  const versions = new Map<string, BillableItem[]>();
  for (const item of subscription.items) {
    if (!item.price.commitment || item.billingMode === 'once' || !partOf(item, stretch)) continue;
    versions.set(item.planVersionId, [...(versions.get(item.planVersionId) ?? []), item]);
  }
  return [...versions.values()].flatMap((items) => trueUpOf(subscription, items, { ...stretch, paidUntil }, book));
}

function trueUpOf(
  subscription: Billable,
  items: readonly BillableItem[],
  { start, end, paidUntil }: Period & { paidUntil: Date },
  book: PriceBook,
): ChargeDraft[] {
  const parts = items.map((item) => partOf(item, { start, end })!);
  const part = {
    start: new Date(Math.min(...parts.map((one) => one.start.getTime()))),
    end: new Date(Math.max(...parts.map((one) => one.end.getTime()))),
  };
  const period = periodContaining(recurrenceOf(subscription), start);
  const isWhole = part.start.getTime() === period.start.getTime() && part.end.getTime() === period.end.getTime();
  const billed = [
    ...chargesFor(subscription, 'advance', { start, end: paidUntil }, book, { items }),
    ...chargesFor(subscription, 'arrears', { start, end }, book, { items }),
  ];
  const [first] = items;
  const { amountMinor, derivation } = priceCommitment({
    currency: subscription.currency,
    commitmentMinor: BigInt(first!.price.commitment!),
    billedMinor: sum(billed.map((charge) => charge.amount)),
    share: isWhole ? undefined : { fraction: shareOfPeriod(period, part), mode: 'by_second' },
  });
  if (amountMinor === 0n) return [];
  if (!isStorableAmount(amountMinor)) throw new RangeError('the true-up would be too large');
  return [
    {
      kind: 'true_up',
      accountId: subscription.accountId,
      subscriptionId: subscription.id,
      subscriptionItemId: first!.id,
      description: `${first!.price.planName ?? first!.price.description}: up to the minimum commitment`,
      periodStart: part.start,
      periodEnd: part.end,
      quantity: '1',
      unitAmount: amountMinor.toString(),
      amount: amountMinor,
      derivation,
    },
  ];
}
