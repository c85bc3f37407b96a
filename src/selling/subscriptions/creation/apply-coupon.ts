import { z } from 'zod';
import { lockAccount } from '../../../accounts/index.ts';
import { invalidState } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { discountReference, giveDiscounts, writeGifts } from '../../coupons/index.ts';
import { loadBillable } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { periodAmount } from '../items/period-amount.ts';

const schema = z.object({
  accountId: z.uuid().nullish(),
  subscriptionId: z.uuid().nullish(),
  discount: discountReference,
});

export type ApplyCouponInput = z.input<typeof schema>;

/**
 * Gives a coupon to an account, for all its lines, or to one of its subscriptions; it is taken off what falls due from now
 * on, and not off what fell due before, however late that is billed. Just one of the ids is given. NOT_FOUND,
 * INVALID_STATE for a subscription that has ended, and what refuses a redemption (`giveDiscounts`).
 */
export async function applyCoupon(work: Work, given: ApplyCouponInput): Promise<{ id: string }> {
  const input = readInput(schema, given);
  const recipient = input.subscriptionId
    ? await subscriber(work, input.subscriptionId)
    : {
        account: await lockAccount(work, input.accountId ?? '', ['input', 'target', 'accountId']),
        subscriptionId: null,
        purchase: { currency: null, amount: null, priceIds: null },
      };
  const gifts = await giveDiscounts(work, recipient, [input.discount], () => ['input', 'discount']);
  writeGifts(work, gifts);
  return { id: gifts[0]!.row.id };
}

async function subscriber(work: Work, subscriptionId: string) {
  const path = ['input', 'target', 'subscriptionId'];
  const { account } = await lockSubscriber(work, subscriptionId, path);
  const [subscription] = await loadBillable(work, [subscriptionId]);
  const { status, currency, items } = subscription!;
  if (status === 'canceled') throw invalidState('The subscription has ended.', path);
  const held = items.filter(({ activeTo }) => activeTo === null || activeTo.getTime() > account.now.getTime());
  const purchase = { currency, amount: periodAmount(held, account.now), priceIds: held.map((item) => item.priceId) };
  return { account, subscriptionId, purchase };
}
