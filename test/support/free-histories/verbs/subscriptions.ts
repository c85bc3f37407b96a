import { choose, drawChoice, type Step } from '../../model/command.ts';
import { type FoundSubscription, pendingOf, subscriptionsOf } from '../found.ts';
import type { Ground } from '../ground.ts';
import { asShown, drawLook } from '../shown.ts';
import { accountOf, day, iso, type Verb } from '../verb.ts';
import { wares } from '../wares.ts';

const bases = wares.filter(({ kind }) => kind !== 'ADD_ON');
const at = <T>(list: readonly T[], place: unknown): T | undefined => list[Number(place) % Math.max(1, list.length)];
const isFlat = (name: string) =>
  !JSON.stringify(wares.find((ware) => ware.name === name)!.prices).match(/perSeat|perUnit|tiers|package/);

/** Another price for the counted component of a plan, agreed for this subscription alone. */
function agreed(name: string, step: Step): object {
  const counted = { Team: 'seats', Tried: 'seats', Tiers: 'seats', Yearly: 'seats', Afterwards: 'units' }[name];
  if (!step.override || !counted) return {};
  const model = { perUnit: { unitAmount: '77.7' } };
  const quantity = String(step.quantity);
  return { components: [{ component: counted, quantity, price: { model, minimumSpend: '499' } }] };
}

function itemOf(ground: Ground, name: string, step: Step): object {
  const quantity = isFlat(name) ? {} : { quantity: String(step.quantity) };
  return { plan: { id: ground.planIds.get(name) }, ...quantity, ...agreed(name, step) };
}

export const create: Verb = {
  verb: 'create',
  weight: 12,
  draw: (random) => ({
    account: random.between(0, 3),
    offer: random.between(0, 99),
    extra: random.chance(0.2),
    override: random.chance(0.2),
    quantity: random.between(1, 30),
    startDays: random.one([0, 0, 0, 0, -17, -45, 9, 31]),
    trialDays: random.one([null, null, null, 0, 5]),
    calendar: random.chance(0.3),
    automatic: random.chance(0.7),
    netDays: random.one([null, null, null, 14]),
    coupon: random.one([null, null, null, 0, 1, 2, 3, 4, 5]),
    ...drawLook(random),
  }),
  play: async (ground, step) => {
    const offer = at(bases, step.offer)!;
    const isMonthly = offer.intervalUnit === 'MONTH';
    const items = [itemOf(ground, offer.name, step)];
    if (step.extra && isMonthly)
      items.push({ plan: { id: ground.planIds.get('Extra') }, quantity: String(step.quantity) });
    const startAt = (await ground.now()) + Number(step.startDays) * day;
    const input = {
      account: { id: accountOf(ground, step) },
      items,
      ...(step.startDays === 0 ? {} : { startAt: iso(startAt) }),
      trialDays: step.trialDays,
      anchor: step.calendar && isMonthly ? 'CALENDAR' : 'ANNIVERSARY',
      collection: step.automatic ? 'AUTOMATIC' : 'MANUAL',
      netDays: step.netDays,
      ...(step.coupon === null ? {} : { discounts: [{ couponId: ground.couponIds[Number(step.coupon)] }] }),
      externalId: `s${ground.made}`,
    };
    const outcome = step.look
      ? await asShown(ground, 'previewSubscription', 'createSubscription', input)
      : await ground.try('createSubscription', input);
    if (outcome === 'done') ground.made += 1;
    return outcome;
  },
};

const isRunning = ({ status }: FoundSubscription) => ['active', 'past_due', 'trialing'].includes(status);

function partOf(ground: Ground, { held, unit, count }: FoundSubscription, step: Step): object | null {
  const plans = [...new Set(held.map(({ plan }) => plan))];
  const planId = (name: string) => ground.planIds.get(name);
  if (step.kind === 'quantity') {
    const item = at(
      held.filter(({ isCounted }) => isCounted),
      step.offer,
    );
    return item
      ? { setQuantity: { planId: planId(item.plan), component: item.component, quantity: String(step.quantity) } }
      : null;
  }
  const leaving = at(plans, step.place);
  if (!leaving) return null;
  if (step.kind === 'remove') return { removePlan: { planId: planId(leaving) } };
  const alike = wares.filter((one) => one.intervalUnit.toLowerCase() === unit && one.intervalCount === count);
  const free = (plans.length === 1 && step.kind === 'replace' ? bases : alike).filter(
    ({ name }) => !plans.includes(name),
  );
  const coming = at(free, step.offer);
  if (!coming) return null;
  if (step.kind === 'add') return { addPlan: itemOf(ground, coming.name, step) };
  const item = itemOf(ground, coming.name, step) as { quantity?: string };
  if (step.keep) delete item.quantity;
  return { replacePlan: { planId: planId(leaving), ...item } };
}

export const change: Verb = {
  verb: 'change',
  weight: 16,
  draw: (random) => ({
    ...drawChoice(random),
    kind: random.one(['quantity', 'quantity', 'replace', 'replace', 'add', 'remove']),
    offer: random.between(0, 99),
    place: random.between(0, 9),
    quantity: random.between(0, 30),
    keep: random.chance(0.4),
    override: random.chance(0.15),
    when: random.one(['NOW', 'NOW', 'NOW', 'PERIOD_END', 'DATE', null]),
    inDays: random.between(1, 50),
    settle: random.one(['INVOICE_NOW', 'INVOICE_NOW', 'NEXT_INVOICE', 'NONE', null]),
    credit: random.one(['TIME', 'TIME', 'NONE', null]),
    byDay: random.chance(0.2),
    ...drawLook(random),
  }),
  play: async (ground, step) => {
    const subscription = choose(step, await subscriptionsOf(ground), isRunning);
    const part = subscription && partOf(ground, subscription, step);
    if (!part) return null;
    const input = {
      id: subscription.id,
      changes: [part],
      when: step.when,
      ...(step.when === 'DATE' ? { date: iso((await ground.now()) + Number(step.inDays) * day) } : {}),
      settle: step.settle,
      creditBasis: step.credit,
      prorationMode: step.byDay ? 'BY_DAY' : 'BY_SECOND',
    };
    return step.look
      ? asShown(ground, 'previewSubscriptionChange', 'changeSubscription', input)
      : ground.try('changeSubscription', input);
  },
};

export const undoChange: Verb = {
  verb: 'undoChange',
  weight: 3,
  draw: drawChoice,
  play: async (ground, step) => {
    const pending = choose(step, await pendingOf(ground), ({ suits }) => suits);
    return pending ? ground.try('undoSubscriptionChange', { id: pending.id }) : null;
  },
};

/** A verb about one subscription. */
function about(
  verb: string,
  weight: number,
  draw: Verb['draw'],
  mutation: string,
  suits: (one: FoundSubscription) => boolean,
  rest: (step: Step, now: number, one: FoundSubscription) => object = () => ({}),
): Verb {
  return {
    verb,
    weight,
    draw: (random) => ({ ...drawChoice(random), ...draw(random), ...drawLook(random) }),
    play: async (ground, step) => {
      const subscription = choose(step, await subscriptionsOf(ground), suits);
      if (!subscription) return null;
      const input = { id: subscription.id, ...rest(step, await ground.now(), subscription) };
      const preview = `preview${mutation[0]!.toUpperCase()}${mutation.slice(1)}`;
      return step.look && mutation !== 'updateSubscription'
        ? asShown(ground, preview, mutation, input)
        : ground.try(mutation, input);
    },
  };
}

export const pause = about(
  'pause',
  6,
  (random) => ({
    when: random.one(['NOW', 'NOW', 'PERIOD_END']),
    days: random.one([null, null, 3, 20, 45]),
    anchor: random.one(['KEEP', 'SHIFT']),
    credit: random.one(['TIME', 'NONE', null]),
  }),
  'pauseSubscription',
  isRunning,
  ({ when, days, anchor, credit }, now) => ({
    ...{ when, anchor, creditBasis: credit },
    ...(days === null ? {} : { until: iso(now + Number(days) * day) }),
  }),
);

export const resume = about(
  'resume',
  6,
  (random) => ({ days: random.one([null, null, null, 5, 33]) }),
  'resumeSubscription',
  ({ status }) => status === 'paused',
  ({ days }, now) => (days === null ? {} : { date: iso(now + Number(days) * day) }),
);

export const cancel = about(
  'cancel',
  9,
  (random) => ({
    at: random.one(['NOW', 'NOW', 'PERIOD_END', 'DATE', 'DATE']),
    days: random.between(1, 60),
    credit: random.one(['TIME', 'NONE', null]),
  }),
  'cancelSubscription',
  ({ status }) => status !== 'canceled',
  ({ at: when, days, credit }, now) => ({
    at: when,
    ...(when === 'DATE' ? { date: iso(now + Number(days) * day) } : {}),
    ...(credit === null ? {} : { creditBasis: credit }),
  }),
);

export const undoCancel = about(
  'undoCancel',
  8,
  () => ({}),
  'undoCancelSubscription',
  ({ status, endsAt }) => status !== 'canceled' && endsAt !== null,
);

export const reactivate = about(
  'reactivate',
  4,
  () => ({}),
  'reactivateSubscription',
  ({ status }) => status === 'canceled',
);

export const extendTrial = about(
  'extendTrial',
  3,
  (random) => ({ days: random.between(1, 40) }),
  'extendTrial',
  ({ status }) => status === 'trialing',
  ({ days }, now, { trialEnd }) => ({ until: iso((trialEnd?.getTime() ?? now) + Number(days) * day) }),
);

export const endTrial = about(
  'endTrial',
  2,
  () => ({}),
  'endTrial',
  ({ status }) => status === 'trialing',
);

export const update = about(
  'update',
  2,
  (random) => ({ netDays: random.one([null, 7, 14]), automatic: random.chance(0.6) }),
  'updateSubscription',
  isRunning,
  ({ netDays, automatic }) => ({ netDays, collection: automatic ? 'AUTOMATIC' : 'MANUAL' }),
);
