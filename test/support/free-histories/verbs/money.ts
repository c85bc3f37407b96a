import { choose, drawChoice } from '../../model/command.ts';
import { discountsOf, holdsOf, lotsOf, methodsOf, paymentsOf, subscriptionsOf } from '../found.ts';
import { accountOf, day, euro, iso, type Verb } from '../verb.ts';

const kinds = [null, null, null, ['RECURRING'], ['ONE_OFF', 'ADJUSTMENT'], ['SETUP_FEE', 'TRUE_UP']] as const;
const tokens = [
  ...['success', 'success', 'success', 'insufficient_funds', 'fails_2', 'lost_card', 'expired_card', 'refund_fails'],
  ...['refund_pending', 'processing_succeeds', 'processing_fails', 'lost_answer_succeeded', 'lost_answer_failed'],
  'authentication_required',
];

export const grant: Verb = {
  verb: 'grant',
  weight: 4,
  draw: (random) => ({
    account: random.between(0, 3),
    amount: random.between(1, 30_000),
    priority: random.one([null, 5, 100, 900]),
    days: random.one([null, null, 1, 20, 45]),
    kinds: random.between(0, kinds.length - 1),
  }),
  play: async (ground, step) =>
    ground.try('grantCredit', {
      accountId: accountOf(ground, step),
      amount: euro(Number(step.amount)),
      priority: step.priority,
      lineKinds: kinds[Number(step.kinds)],
      ...(step.days === null ? {} : { expiresAt: iso((await ground.now()) + Number(step.days) * day) }),
    }),
};

export const withdraw: Verb = {
  verb: 'withdraw',
  weight: 1,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await lotsOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('withdrawCreditGrant', { id: chosen.id }) : null;
  },
};

export const hold: Verb = {
  verb: 'hold',
  weight: 3,
  draw: (random) => ({ account: random.between(0, 3), amount: random.between(1, 4_000), days: random.one([1, 7, 40]) }),
  play: async (ground, step) =>
    ground.try('holdCredit', {
      accountId: accountOf(ground, step),
      amount: euro(Number(step.amount)),
      expiresAt: iso((await ground.now()) + Number(step.days) * day),
    }),
};

export const endHold: Verb = {
  verb: 'endHold',
  weight: 3,
  draw: (random) => ({ ...drawChoice(random), amount: random.between(1, 6_000), capture: random.chance(0.6) }),
  play: async (ground, step) => {
    const chosen = choose(step, await holdsOf(ground), ({ suits }) => suits);
    if (!chosen) return null;
    const lines = [{ description: 'Order', unitAmount: euro(Number(step.amount)) }];
    return step.capture
      ? ground.try('captureCreditHold', { id: chosen.id, lines, autoCollect: true })
      : ground.try('releaseCreditHold', { id: chosen.id });
  },
};

export const topUp: Verb = {
  verb: 'topUp',
  weight: 2,
  draw: (random) => ({
    account: random.between(0, 3),
    amount: random.between(100, 20_000),
    price: random.one([100, 100, 80]),
    days: random.one([null, null, 30]),
    collect: random.chance(0.7),
  }),
  play: (ground, step) => {
    const amount = Number(step.amount);
    return ground.try('topUpCredit', {
      accountId: accountOf(ground, step),
      amount: euro(amount),
      price: euro(Math.floor((amount * Number(step.price)) / 100)),
      expiresAfterDays: step.days,
      autoCollect: step.collect,
    });
  },
};

export const automatic: Verb = {
  verb: 'automatic',
  weight: 2,
  draw: (random) => ({
    account: random.between(0, 3),
    threshold: random.one([0, 500, 5_000]),
    more: random.between(1, 9_000),
    cap: random.one([null, 12_000]),
    remove: random.chance(0.3),
  }),
  play: (ground, step) => {
    const accountId = accountOf(ground, step);
    if (step.remove) return ground.try('removeAutomaticTopUp', { accountId, currency: 'EUR' });
    const threshold = Number(step.threshold);
    return ground.try('setAutomaticTopUp', {
      accountId,
      threshold: euro(threshold),
      target: euro(threshold + Number(step.more)),
      ...(step.cap === null ? {} : { monthlyCap: euro(Number(step.cap)) }),
    });
  },
};

/** Another card: one that works, fails in one of many ways, or does not answer. */
export const attach: Verb = {
  verb: 'attach',
  weight: 4,
  draw: (random) => ({ account: random.between(0, 3), token: random.one(tokens) }),
  play: (ground, step) => ground.attach(accountOf(ground, step), String(step.token)),
};

export const detach: Verb = {
  verb: 'detach',
  weight: 1,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await methodsOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('detachPaymentMethod', { id: chosen.id }) : null;
  },
};

export const refund: Verb = {
  verb: 'refund',
  weight: 3,
  draw: (random) => ({ ...drawChoice(random), amount: random.one([null, null, random.between(1, 3_000)]) }),
  play: async (ground, step) => {
    const chosen = choose(step, await paymentsOf(ground), ({ suits }) => suits);
    if (!chosen) return null;
    const amount = step.amount === null ? {} : { amount: euro(Number(step.amount)) };
    return ground.try('createRefund', { paymentId: chosen.id, ...amount });
  },
};

export const applyCoupon: Verb = {
  verb: 'applyCoupon',
  weight: 4,
  draw: (random) => ({
    ...drawChoice(random),
    coupon: random.between(0, 5),
    account: random.one([null, null, 0, 1, 3]),
  }),
  play: async (ground, step) => {
    const suits = ({ status }: { status: string }) => status !== 'canceled';
    const subscription = step.account === null ? choose(step, await subscriptionsOf(ground), suits) : null;
    if (step.account === null && !subscription) return null;
    const target = subscription ? { subscriptionId: subscription.id } : { accountId: accountOf(ground, step) };
    return ground.try('applyCoupon', { target, discount: { couponId: ground.couponIds[Number(step.coupon)] } });
  },
};

export const removeDiscount: Verb = {
  verb: 'removeDiscount',
  weight: 2,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await discountsOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('removeDiscount', { id: chosen.id }) : null;
  },
};

/** Money that came in is gone again. */
export const reverse: Verb = {
  verb: 'reverse',
  weight: 2,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await paymentsOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('reversePayment', { paymentId: chosen.id, reason: 'INSUFFICIENT_FUNDS' }) : null;
  },
};

export const resumeTopUp: Verb = {
  verb: 'resumeTopUp',
  weight: 1,
  draw: (random) => ({ account: random.between(0, 3) }),
  play: (ground, step) => ground.try('resumeAutomaticTopUp', { accountId: accountOf(ground, step), currency: 'EUR' }),
};
