import { type Client, run } from './client.ts';
import type { Deed, Scene } from './deeds.ts';

const day = 86_400_000;

type Part = Record<string, unknown>;

export const toPlan = (externalId: string, quantity: string | null = null): Part => ({
  replacePlan: { plan: { externalId }, quantity },
});

export const toQuantity = (component: string, quantity: string): Part => ({ setQuantity: { component, quantity } });

export const withAddOn = (externalId: string, quantity: string): Part => ({
  addPlan: { plan: { externalId }, quantity },
});

const subscriptionDeed = (on: number, name: string, input: (scene: Scene) => Part): Deed => ({
  day: on,
  act: (scene) => run(scene.client, name, { id: scene.subscriptionId, ...input(scene) }, 'subscription'),
});

/** Plans and quantities that change within a period: the time that is left is billed or given back at once. */
export const change = (on: number, ...changes: Part[]): Deed =>
  subscriptionDeed(on, 'changeSubscription', () => ({
    ...{ changes, when: 'NOW', settle: 'INVOICE_NOW', creditBasis: 'TIME' },
  }));

/** Changes that wait for the end of the period. */
export const changeAtPeriodEnd = (on: number, ...changes: Part[]): Deed =>
  subscriptionDeed(on, 'changeSubscription', () => ({ changes, when: 'PERIOD_END' }));

/** Changes that wait for a day, counted from the end of the demo's year. */
export const changeIn = (on: number, days: number, ...changes: Part[]): Deed =>
  subscriptionDeed(on, 'changeSubscription', ({ end }) => ({
    ...{ changes, when: 'DATE', date: new Date(end.getTime() + days * day).toISOString() },
  }));

/** Everything that waits is taken back. */
export const undo = (on: number): Deed => ({
  day: on,
  act: async ({ client, subscriptionId }) => {
    for (const id of await pendingOf(client, subscriptionId))
      await run(client, 'undoSubscriptionChange', { id }, 'subscription');
  },
});

async function pendingOf(client: Client, subscriptionId: string): Promise<string[]> {
  const { subscription } = await client.ask<{ subscription: { pendingChanges: { id: string }[] } }>(
    'query ($id: ID!) { subscription(id: $id) { pendingChanges { id } } }',
    { id: subscriptionId },
  );
  return subscription.pendingChanges.map(({ id }) => id);
}

/** Stands still, for ever or until a day of the demo's year; `terms` say from when and what becomes of the boundaries. */
export const pause = (on: number, untilDay: number | null, terms: Part): Deed =>
  subscriptionDeed(on, 'pauseSubscription', ({ begin }) => ({
    ...terms,
    ...(untilDay === null ? {} : { until: new Date(begin.getTime() + untilDay * day).toISOString() }),
  }));

export const resume = (on: number): Deed => subscriptionDeed(on, 'resumeSubscription', () => ({}));

/** Ends, at once or with the period, and what was paid for is given back where it ends at once. */
export const cancel = (on: number, at: 'NOW' | 'PERIOD_END', reason: string): Deed =>
  subscriptionDeed(on, 'cancelSubscription', () => ({
    ...{ at, reason },
    ...(at === 'NOW' ? { creditBasis: 'TIME' } : {}),
  }));

export const reactivate = (on: number): Deed => subscriptionDeed(on, 'reactivateSubscription', () => ({}));

export const endTrial = (on: number): Deed => subscriptionDeed(on, 'endTrial', () => ({}));

export const extendTrial = (on: number, untilDay: number): Deed =>
  subscriptionDeed(on, 'extendTrial', ({ begin }) => ({
    until: new Date(begin.getTime() + untilDay * day).toISOString(),
  }));
