import { type Command, choose, drawChoice, type Step } from '../command.ts';
import { offers } from '../goods.ts';
import type { Stage } from '../stage.ts';
import { asShown, drawLook } from './looking.ts';

const DAY = 86_400_000;

function inputOf(stage: Stage, step: Step) {
  const account = stage.model.accounts[Number(step.account) % stage.model.accounts.length]!;
  const offer = offers[Number(step.offer) % offers.length]!;
  const quantity = offer.goods.every(({ flat }) => flat) ? 1n : BigInt(step.quantity as number);
  // A start in the future is before the trial it may have; in the past it is not long ago.
  const startedAt = stage.model.now + Number(step.startDays) * DAY;
  const collection = step.automatic ? ('automatic' as const) : ('manual' as const);
  const anchor = step.calendar && offer.unit === 'month' ? ('calendar' as const) : ('anniversary' as const);
  const wish = {
    account,
    offer,
    quantity,
    startedAt,
    trialDays: step.trialDays as number | null,
    anchor,
    collection,
    netDays: step.netDays as number | null,
  };
  const input = {
    account: { id: stage.accountId(account) },
    items: [{ plan: { id: stage.planIds.get(offer.name) }, quantity: quantity.toString() }],
    ...(step.startDays === 0 ? {} : { startAt: new Date(startedAt).toISOString() }),
    trialDays: wish.trialDays,
    anchor: anchor.toUpperCase(),
    collection: collection.toUpperCase(),
    netDays: wish.netDays,
    externalId: `s${stage.model.subscriptions.length}`,
  };
  return { wish, input };
}

/** A subscription is made, most often after looking at what it would bill. */
export const create: Command = {
  verb: 'create',
  weight: 10,
  draw: (random) => ({
    account: random.between(0, 2),
    offer: random.between(0, 5),
    quantity: random.between(1, 40),
    startDays: random.one([0, 0, 0, 0, -17, -45, 9, 31]),
    trialDays: random.one([null, null, null, 0, 5]),
    calendar: random.chance(0.3),
    automatic: random.chance(0.3),
    netDays: random.one([null, null, null, 14]),
    ...drawLook(random),
  }),
  play: async (stage, step) => {
    const { wish, input } = inputOf(stage, step);
    if (!step.look) {
      await stage.expect('createSubscription', input, null);
      stage.model.create(wish);
      return 'done';
    }
    // What waits comes along on an invoice that is made at once, unless that stands alone.
    const outdates = () => wish.collection === 'manual' && stage.model.paysFrom(wish) <= stage.model.now;
    const verbs = { preview: 'previewSubscription', execution: 'createSubscription' };
    const outcome = await asShown(stage, step, { ...verbs, input, account: wish.account, outdates });
    if (outcome === 'done') stage.model.create(wish);
    return outcome;
  },
};

export const cancel: Command = {
  verb: 'cancel',
  weight: 5,
  draw: (random) => ({ ...drawChoice(random), at: random.one(['now', 'period_end']) }),
  play: async (stage, step) => {
    const at = step.at as 'now' | 'period_end';
    const runs = (status: string) => status !== 'canceled' && (at === 'now' || status !== 'incomplete');
    const subscription = choose(step, stage.model.subscriptions, ({ status }) => runs(status));
    if (!subscription) return null;
    const id = await stage.subscriptionId(subscription);
    const refusal = stage.model.cancel(subscription, at);
    await stage.expect('cancelSubscription', { id, at: at.toUpperCase() }, refusal);
    return refusal ? 'refused' : 'done';
  },
};

export const undoCancel: Command = {
  verb: 'undoCancel',
  weight: 3,
  draw: drawChoice,
  play: async (stage, step) => {
    const { subscriptions } = stage.model;
    const subscription = choose(step, subscriptions, ({ status, endsAt }) => status !== 'canceled' && endsAt !== null);
    if (!subscription) return null;
    const id = await stage.subscriptionId(subscription);
    const refusal = stage.model.undoCancel(subscription);
    await stage.expect('undoCancelSubscription', { id }, refusal);
    return refusal ? 'refused' : 'done';
  },
};

/** Other terms from the next invoice on. */
export const update: Command = {
  verb: 'update',
  weight: 2,
  draw: (random) => ({ ...drawChoice(random), netDays: random.one([null, 7, 14]), automatic: random.chance(0.3) }),
  play: async (stage, step) => {
    const running = ({ status }: { status: string }) => status === 'active' || status === 'trialing';
    const subscription = choose({ ...step, any: false }, stage.model.subscriptions, running);
    if (!subscription) return null;
    const collection = step.automatic ? 'automatic' : 'manual';
    const netDays = step.netDays as number | null;
    const id = await stage.subscriptionId(subscription);
    await stage.expect('updateSubscription', { id, netDays, collection: collection.toUpperCase() }, null);
    Object.assign(subscription, { netDays, collection });
    return 'done';
  },
};
