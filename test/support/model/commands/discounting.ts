import { type Command, choose, drawChoice } from '../command.ts';
import type { ModelDiscount } from '../model.ts';
import { thousandthsOff } from '../stage.ts';

/** A percentage off all lines of a subscription from now on. */
export const applyCoupon: Command = {
  verb: 'applyCoupon',
  weight: 3,
  draw: (random) => ({ ...drawChoice(random), coupon: random.between(0, thousandthsOff.length - 1) }),
  play: async (stage, step) => {
    const { subscriptions, now } = stage.model;
    const suits = ({ status, discounts }: (typeof subscriptions)[number]) =>
      status !== 'canceled' && discounts.length < 2;
    const subscription = choose(step, subscriptions, suits);
    if (!subscription) return null;
    const refusal = subscription.status === 'canceled' ? 'INVALID_STATE' : null;
    const input = {
      target: { subscriptionId: await stage.subscriptionId(subscription) },
      discount: { couponId: stage.couponIds[Number(step.coupon)] },
    };
    const given = await stage.expect<{ discount: { id: string } | null }>(
      'applyCoupon',
      input,
      refusal,
      'discount { id }',
    );
    if (!given.discount) return 'refused';
    const discount: ModelDiscount = {
      thousandths: thousandthsOff[Number(step.coupon)]!,
      startedAt: now,
      endedAt: null,
    };
    subscription.discounts.push(discount);
    stage.ids.set(discount, given.discount.id);
    return 'done';
  },
};

export const removeDiscount: Command = {
  verb: 'removeDiscount',
  weight: 1,
  draw: drawChoice,
  play: async (stage, step) => {
    const all = stage.model.subscriptions.flatMap(({ discounts }) => discounts);
    const discount = choose({ ...step, any: false }, all, ({ endedAt }) => endedAt === null);
    if (!discount) return null;
    await stage.expect('removeDiscount', { id: stage.ids.get(discount)! }, null);
    discount.endedAt = stage.model.now;
    return 'done';
  },
};
