import { type Command, choose, drawChoice, type Step } from '../command.ts';
import { offers } from '../goods.ts';
import type { NewSubscription } from '../model.ts';
import { Disagreement, type Stage } from '../stage.ts';

const DAY = 86_400_000;

export const figures = `currency subtotal { amountMinor } discountTotal { amountMinor } taxTotal { amountMinor } total { amountMinor }
  creditsApplied { amountMinor } amountDue { amountMinor } taxes { name percent taxable { amountMinor } amount { amountMinor } }
  lines { kind description component period { start end } quantity unitAmountMinor amount { amountMinor } discountAmount { amountMinor }
    taxAmount { amountMinor } reversesLineId }`;

interface Created {
  subscription: { status: string; latestInvoice: object | null } | null;
}

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
    look: random.chance(0.7),
    /** Between look and deed: nothing, a while, or something that is billed along. */
    between: random.one(['nothing', 'nothing', 'while', 'charge']),
  }),
  play: async (stage, step) => {
    const { wish, input } = inputOf(stage, step);
    if (!step.look) {
      await stage.expect('createSubscription', input, null);
      stage.model.create(wish);
      return 'done';
    }
    const shown = await stage.ask<{ preview: { status: string; invoices: object[]; token: string } | null }>(
      'previewSubscription',
      input,
      `preview { status token invoices { ${figures} } }`,
      'query',
    );
    if (!shown.preview) throw new Disagreement(`previewSubscription refuses: ${JSON.stringify(shown.userErrors)}`);
    const stale = await interrupt(stage, wish, step);
    const answer = await stage.ask<Created>(
      'createSubscription',
      { ...input, previewToken: shown.preview.token },
      `subscription { status latestInvoice { ${figures} } }`,
    );
    if (answer.userErrors.length > 0) {
      if (stale !== false && answer.userErrors[0]!.code === 'STALE_PREVIEW') return 'refused';
      throw new Disagreement(`createSubscription after its preview: ${JSON.stringify(answer.userErrors)}`);
    }
    const { status, latestInvoice } = answer.subscription!;
    const done = JSON.stringify([status, latestInvoice ? [latestInvoice] : []]);
    const told = JSON.stringify([shown.preview.status, shown.preview.invoices]);
    if (done !== told) throw new Disagreement(`done otherwise than shown:\n  shown ${told}\n  done  ${done}`);
    if (stale === true) throw new Disagreement('a preview that has become wrong was carried out');
    stage.model.create(wish);
    return 'done';
  },
};

/**
 * Lets something happen between a preview and its execution; answers whether that makes the preview wrong: null where it
 * may, as a boundary may lie between.
 */
async function interrupt(stage: Stage, wish: NewSubscription, step: Step): Promise<boolean | null> {
  const { model } = stage;
  if (step.between === 'nothing') return false;
  if (step.between === 'while') {
    await stage.walk(model.now + 1_234_567);
    model.advance(model.now + 1_234_567);
    await stage.settled();
    return null;
  }
  const line = { description: 'Meanwhile', unitAmount: { amountMinor: '777', currency: 'EUR' } };
  const input = { accountId: stage.accountId(wish.account), line };
  const { charge } = await stage.expect<{ charge: { id: string } }>('createCharge', input, null, 'charge { id }');
  stage.chargeIds.set(model.addCharge(wish.account, 777n, model.now), charge.id);
  await stage.settled();
  // What waits comes along on an invoice that is made at once, unless that stands alone.
  return wish.collection === 'manual' && model.paysFrom(wish) <= model.now;
}

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
