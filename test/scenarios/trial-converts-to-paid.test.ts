import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { sandboxMethod } from '../support/payments.ts';
import {
  billedLines,
  clockAccount,
  flat,
  historyOf,
  sellPlan,
  subscribe,
  subscriptionRow,
  walk,
} from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

describe('a trial', () => {
  it('costs nothing, then becomes a paid subscription at its end', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z');
    const { planId } = await sellPlan(organization, { trialDays: 14 });
    await sandboxMethod(organization, accountId, 'success');
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    expect(subscription.status).toBe('trialing');
    expect(subscription.currentPeriodEnd).toEqual(new Date('2026-03-19T09:30:00Z'));
    expect(await billedLines(url, accountId)).toEqual([]);

    await walk(world.app, organization, clockId, '2026-03-19T09:29:59Z');
    expect(await billedLines(url, accountId)).toEqual([]);
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'trialing' });

    await walk(world.app, organization, clockId, '2026-03-19T09:30:00Z');
    expect(await billedLines(url, accountId)).toMatchObject([
      { reason: 'subscription_cycle', from: '2026-03-19T09:30:00.000Z', to: '2026-04-19T09:30:00.000Z', amount: 1000 },
    ]);
    expect(await historyOf(url, subscription.id)).toEqual([
      ['status', null, 'trialing', '2026-03-05T09:30:00.000Z'],
      ['status', 'trialing', 'active', '2026-03-19T09:30:00.000Z'],
    ]);
    const facts = await query<{ type: string }>(url, `select type from facts where object_id = $1 order by id`, [
      subscription.id,
    ]);
    expect(facts.map((fact) => fact.type)).toEqual([
      'subscription.created',
      'subscription.trial_ending',
      'subscription.trial_ended',
    ]);
  });

  it('without a method is past due at its end, until one comes', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z');
    const { planId } = await sellPlan(organization, { trialDays: 14 });
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    await walk(world.app, organization, clockId, '2026-03-19T09:30:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'past_due' });
    await sandboxMethod(organization, accountId, 'success');
    await world.settle();
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'active' });
  });

  it.each([
    ['as long as the subscription says', { trialDays: 3 }, '2026-03-08T09:30:00.000Z'],
    [
      'until the instant the subscription says',
      { trialEnd: new Date('2026-03-06T00:00:00Z') },
      '2026-03-06T00:00:00.000Z',
    ],
  ])('lasts %s', async (_, overrides, end) => {
    const organization = await world.organization();
    const { accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z');
    const { planId } = await sellPlan(organization, { trialDays: 14 });
    const { subscription } = await subscribe(organization, accountId, planId, overrides);
    expect(subscription.trialEnd?.toISOString()).toBe(end);
    expect(subscription.anchorAt.toISOString()).toBe(end);
  });

  // Incident 16: a trial that ended on the billing day was billed a day early.
  it.each(['2026-03-31T21:59:59Z', '2026-03-31T22:00:00Z', '2026-03-31T22:00:01Z'])(
    'that ends around the calendar boundary, at %s, is billed from its end and not before',
    async (trialEnd) => {
      const organization = await world.organization();
      const { clockId, accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z', {
        timezone: 'Europe/Vienna',
      });
      const { planId } = await sellPlan(organization, { prices: [flat(1_000_000_000n)] });
      await subscribe(organization, accountId, planId, { anchor: 'calendar', trialEnd: new Date(trialEnd) });
      await walk(world.app, organization, clockId, '2026-04-15T00:00:00Z');
      const lines = await billedLines(url, accountId);
      expect(lines[0]!.from).toBe(new Date(trialEnd).toISOString());
      expect(lines.at(-1)!.to).toBe('2026-04-30T22:00:00.000Z');
      expect(lines).toHaveLength(trialEnd < '2026-03-31T22:00:00Z' ? 2 : 1);
    },
  );

  it('is left out on demand', async () => {
    const organization = await world.organization();
    const { accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z');
    const { planId } = await sellPlan(organization, { trialDays: 14 });
    const { subscription } = await subscribe(organization, accountId, planId, { trialDays: 0 });
    expect(subscription).toMatchObject({ status: 'active', trialEnd: null });
    expect(await billedLines(url, accountId)).toHaveLength(1);
  });

  it('ends without a bill when it is canceled at its end', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-03-05T09:30:00Z');
    const arrears = flat(500n, { component: 'late', billing: 'arrears' });
    const { planId } = await sellPlan(organization, { trialDays: 14, prices: [flat(), arrears] });
    const { subscription } = await subscribe(organization, accountId, planId);
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'period_end' }));
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await billedLines(url, accountId)).toEqual([]);
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-03-19T09:30:00Z'),
      next_billing_at: null,
    });
  });
});
