import type { Billable } from '../items/billable.ts';
import type { PriceBook } from '../items/price-book.ts';
import type { BillingPlan } from './billing-plan.ts';
import { BillingWalk } from './billing-walk.ts';

/** Five years of daily periods and some more: no subscription is further behind. */
const mostSteps = 5_000;

/**
 * All that falls due for a subscription up to and including `until`, one instant after the other, each as if it were
 * computed on time: pure, so a late run, a punctual one and a preview are the same. A first bill that decides ends the
 * walk, unless the subscription is being created (then what has elapsed since a back-dated start belongs to it).
 */
export function planBilling(
  subscription: Billable,
  until: Date,
  book: PriceBook,
  options: { creating?: boolean } = {},
): BillingPlan {
  const walk = new BillingWalk(subscription, book);
  for (let steps = 0; ; steps += 1) {
    const { next } = walk;
    if (next === null || next.getTime() > until.getTime() || walk.waitsAt(next)) return walk.plan();
    if (steps > mostSteps) throw new RangeError('the subscription is too far behind');
    const decides = walk.step(next);
    if (decides && !options.creating) return walk.plan();
  }
}
