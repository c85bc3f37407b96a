import { type Arguments, type Command, choose, drawChoice, type Step } from '../command.ts';
import { type Offer, offers } from '../goods.ts';
import { type ChangeWish, itemsOf, type ModelItem, type ModelSubscription } from '../model.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import { asShown, drawLook } from './looking.ts';

const isHeld = ({ activeTo }: ModelItem) => activeTo === null;
const heldOffers = ({ items }: ModelSubscription): Offer[] => [
  ...new Set(items.filter(isHeld).map(({ offer }) => offer)),
];
const isCounted = (item: ModelItem) => isHeld(item) && !item.good.flat;

export type Parts = { parts: object[]; wish: Pick<ChangeWish, 'leaves' | 'coming' | 'interval'> };

export function drawChange(random: Random): Arguments {
  return {
    ...drawChoice(random),
    kind: random.one(['quantity', 'quantity', 'replace', 'replace', 'add', 'remove']),
    offer: random.between(0, 99),
    quantity: random.between(1, 40),
    keep: random.chance(0.5),
    credit: random.chance(0.85),
    byDay: random.chance(0.2),
    ...drawLook(random),
  };
}

/** What a step asks for, to the product and to the model; undefined where it does not fit the subscription. */
export function partsOf(stage: Stage, subscription: ModelSubscription, step: Step): Parts | undefined {
  const held = heldOffers(subscription);
  const quantity = BigInt(step.quantity as number);
  const place = Number(step.offer);
  const planId = (offer: Offer) => stage.planIds.get(offer.name);
  const { unit, count } = subscription.rhythm;
  const isAlike = (offer: Offer) => offer.unit === unit && offer.count === count;
  const pick = (list: readonly Offer[]) => list[place % Math.max(1, list.length)];
  if (step.kind === 'quantity') {
    const counted = subscription.items.filter(isCounted);
    const item = counted[place % Math.max(1, counted.length)];
    if (!item) return undefined;
    const { offer, good } = item;
    const part = { planId: planId(offer), component: good.component, quantity: quantity.toString() };
    const same = quantity === item.quantity;
    return {
      parts: [{ setQuantity: part }],
      wish: { leaves: (one) => one === item && !same, coming: same ? [] : [{ offer, good, quantity }], interval: null },
    };
  }
  if (step.kind === 'remove') {
    const leaving = pick(held);
    if (!leaving || held.length < 2) return undefined;
    return {
      parts: [{ removePlan: { planId: planId(leaving) } }],
      wish: { leaves: ({ offer }) => offer === leaving, coming: [], interval: null },
    };
  }
  const free = offers.filter((offer) => !held.includes(offer) && (held.length === 1 || isAlike(offer)));
  const offer = pick(step.kind === 'add' ? free.filter(isAlike) : free);
  if (!offer) return undefined;
  const interval = { unit: offer.unit, count: offer.count };
  const isFlat = offer.goods.every((good) => good.flat);
  if (step.kind === 'add') {
    const given = isFlat ? {} : { quantity: quantity.toString() };
    return {
      parts: [{ addPlan: { plan: { id: planId(offer) }, ...given } }],
      wish: { leaves: () => false, coming: itemsOf(offer, 0, () => quantity), interval },
    };
  }
  const leaving = held[place % held.length]!;
  // Without a quantity a component goes on with as many as its namesake had.
  const carried = (component: string) =>
    subscription.items.find((item) => isCounted(item) && item.offer === leaving && item.good.component === component)
      ?.quantity ?? 1n;
  const keeps = step.keep || isFlat;
  const part = {
    planId: planId(leaving),
    plan: { id: planId(offer) },
    ...(keeps ? {} : { quantity: quantity.toString() }),
  };
  const coming = itemsOf(offer, 0, (good) => (keeps ? carried(good.component) : quantity));
  return {
    parts: [{ replacePlan: part }],
    wish: { leaves: (item) => item.offer === leaving, coming, interval },
  };
}

/** Other quantities and plans, now. */
export const change: Command = {
  verb: 'change',
  weight: 8,
  draw: drawChange,
  play: async (stage, step) => {
    const runs = ({ status }: ModelSubscription) => status === 'active' || status === 'trialing';
    const subscription = choose(step, stage.model.subscriptions, runs);
    const asked = subscription && partsOf(stage, subscription, step);
    if (!asked) return null;
    const id = await stage.subscriptionId(subscription);
    const wish = { ...asked.wish, credit: step.credit as boolean, byDay: step.byDay as boolean };
    const input = {
      id,
      changes: asked.parts,
      when: 'NOW',
      settle: 'INVOICE_NOW',
      creditBasis: wish.credit ? 'TIME' : 'NONE',
      prorationMode: wish.byDay ? 'BY_DAY' : 'BY_SECOND',
    };
    const at = stage.model.now;
    if (step.look && runs(subscription)) {
      const verbs = { preview: 'previewSubscriptionChange', execution: 'changeSubscription' };
      const look = { ...verbs, input, account: subscription.account, outdates: () => null };
      const outcome = await asShown(stage, step, look);
      if (outcome === 'done') stage.model.change(subscription, wish, at);
      return outcome;
    }
    const refusal = stage.model.change(subscription, wish);
    await stage.expect('changeSubscription', input, refusal);
    return refusal ? 'refused' : 'done';
  },
};
