import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let plans: Record<'small' | 'large' | 'week' | 'year', string>;

const seats = (unitAmount: string) =>
  flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount } } });

beforeAll(async () => {
  world = await testWorld({ start: '2026-04-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  const plan = async (unitAmount: string, intervalUnit: 'week' | 'month' | 'year' = 'month') =>
    toGlobalId('plan', (await sellPlan(organization, { intervalUnit, prices: [seats(unitAmount)] })).planId);
  plans = {
    small: await plan('3000'),
    large: await plan('6000'),
    week: await plan('700', 'week'),
    year: await plan('30000', 'year'),
  };
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

type Values = Record<string, unknown>;

async function mutate(name: string, input: Values, selected: string) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const text = `mutation ($input: ${type}) { ${name}(input: $input) { ${selected} userErrors { code path } } }`;
  const result = await world.graphql<Record<string, Values & { userErrors: Values[] }>>(
    text,
    { input },
    { as: organization },
  );
  expect(result.errors).toBeUndefined();
  return result.data![name]!;
}

const setPolicy = (direction: string, timing: string, settle: string, creditBasis: string) =>
  mutate(
    'setChangePolicy',
    { direction, timing, settle, creditBasis },
    'changePolicies { direction timing settle creditBasis }',
  );

const seen = `subscription { pendingChanges { direction settle creditBasis effectiveAt atPeriodEnd }
  latestInvoice { reason status lines { amount { amountMinor } } } }`;

interface Seen {
  subscription: {
    pendingChanges: Values[];
    latestInvoice: { reason: string; status: string; lines: { amount: { amountMinor: string } }[] };
  };
}

/** A subscription of two seats at 30.00 (or of a dearer plan), half through April. */
async function halfThrough(plan: string, selected = seen) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const planId = fromGlobalId('plan', plan)!;
  const { subscription } = await subscribe(organization, accountId, planId, {
    items: [{ plan: { id: planId }, quantity: '2' }],
  });
  await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
  return async (changes: Values[], more: Values = {}) =>
    (await mutate(
      'changeSubscription',
      { id: toGlobalId('sub', subscription.id), changes, ...more },
      selected,
    )) as unknown as Seen;
}

const to = (plan: string) => [{ replacePlan: { plan: { id: plan } } }];
const quantity = (wanted: string) => [{ setQuantity: { quantity: wanted } }];
const linesOf = ({ subscription }: Seen) => [
  subscription.latestInvoice.reason,
  subscription.latestInvoice.status,
  subscription.latestInvoice.lines.map(({ amount }) => Number(amount.amountMinor)),
];

const directions = () =>
  [
    ['UPGRADE', plans.small, to(plans.large), 'NOW', [-3000, 6000]],
    ['DOWNGRADE', plans.large, to(plans.small), 'PERIOD_END', [-6000, 3000]],
    ['QUANTITY_UP', plans.small, quantity('4'), 'NOW', [-3000, 6000]],
    ['QUANTITY_DOWN', plans.small, quantity('1'), 'PERIOD_END', [-3000, 1500]],
    ['INTERVAL_LONGER', plans.small, to(plans.year), 'NOW', [-3000, 60_000]],
    ['INTERVAL_SHORTER', plans.small, to(plans.week), 'PERIOD_END', [-3000, 1400]],
  ] as const;

describe('the policy of a direction', () => {
  it.each([0, 1, 2, 3, 4, 5])('decides what the input leaves open, and nothing else (direction %s)', async (index) => {
    const [direction, plan, changes, usual, now] = directions()[index]!;
    const usually = await (await halfThrough(plan))(changes as never);
    if (usual === 'NOW') expect(linesOf(usually)[2]).toEqual(now);
    else
      expect(usually.subscription.pendingChanges).toEqual([
        {
          direction,
          settle: 'INVOICE_NOW',
          creditBasis: 'TIME',
          effectiveAt: '2026-05-01T00:00:00.000Z',
          atPeriodEnd: true,
        },
      ]);
    // The other way round, waiting for the next invoice and giving nothing back.
    const other = usual === 'NOW' ? 'PERIOD_END' : 'NOW';
    const set = await setPolicy(direction, other, 'NEXT_INVOICE', 'NONE');
    expect(set.changePolicies).toContainEqual({
      direction,
      timing: other,
      settle: 'NEXT_INVOICE',
      creditBasis: 'NONE',
    });
    const change = await halfThrough(plan);
    const decided = await change(changes as never);
    // Another interval begins a period, whose invoice is the next one; of another quantity what is still held is not billed twice.
    const status = direction.startsWith('INTERVAL') ? 'OPEN' : 'DRAFT';
    const kept = direction.startsWith('QUANTITY') ? -Math.min(now[1], -now[0]) : 0;
    if (other === 'NOW') expect(linesOf(decided)).toEqual(['SUBSCRIPTION_CHANGE', status, [kept, now[1]]]);
    else
      expect(decided.subscription.pendingChanges).toMatchObject([
        { direction, settle: 'NEXT_INVOICE', creditBasis: 'NONE' },
      ]);
    const explicit = await (await halfThrough(plan))(changes as never, {
      when: 'NOW',
      settle: 'INVOICE_NOW',
      creditBasis: 'TIME',
    });
    expect(explicit.subscription.pendingChanges).toEqual([]);
    expect(linesOf(explicit)[2]).toEqual(now);
    const later = await (await halfThrough(plan))(changes as never, {
      when: 'DATE',
      date: '2026-04-20T00:00:00Z',
      creditBasis: 'TIME',
    });
    expect(later.subscription.pendingChanges).toMatchObject([
      { settle: 'NEXT_INVOICE', creditBasis: 'TIME', effectiveAt: '2026-04-20T00:00:00.000Z', atPeriodEnd: false },
    ]);
  });

  it('does not leave another interval unbilled, and is for those who may set it', async () => {
    for (const direction of ['INTERVAL_LONGER', 'INTERVAL_SHORTER']) {
      const refused = await setPolicy(direction, 'NOW', 'NONE', 'TIME');
      expect(refused.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'settle'] }]);
    }
    const some = { ...organization.identity, permissions: new Set(['subscriptions:write'] as const) };
    const result = await world.graphql(
      `mutation { setChangePolicy(input: { direction: UPGRADE, timing: NOW, settle: NONE, creditBasis: NONE }) { userErrors { code } } }`,
      {},
      { as: some as never },
    );
    expect(result.errors).toMatchObject([{ message: expect.stringContaining('settings:write') as unknown }]);
  });
});

describe('the answer to a change', () => {
  it('names what gave way to it, also when it is asked again', async () => {
    const change = await halfThrough(
      plans.small,
      `${seen} superseded { kind effectiveAt parts { items { quantity } } }`,
    );
    const first = await change(quantity('5'), { when: 'PERIOD_END' });
    expect(first).toMatchObject({ superseded: [] });
    const again = () => change(quantity('7'), { when: 'PERIOD_END', idempotencyKey: 'seven' });
    const answer = {
      superseded: [{ kind: 'ITEMS', effectiveAt: '2026-05-01T00:00:00.000Z', parts: [{ items: [{ quantity: '5' }] }] }],
      subscription: { pendingChanges: [{ direction: 'QUANTITY_UP' }] },
    };
    expect(await again()).toMatchObject(answer);
    expect(await again()).toMatchObject(answer);
  });

  it('speaks of plans, and its history in ids that can be asked for', async () => {
    const change = await halfThrough(
      plans.small,
      `subscription { pendingChanges { parts { kind plan { id } newPlan { id name } newPlanVersion { version } } }
         history { field newValue actor } }`,
    );
    const { small, large } = plans;
    await change(quantity('3'), { when: 'NOW' });
    const answer = await change(to(large), { when: 'PERIOD_END' });
    const { pendingChanges, history } = answer.subscription as unknown as Record<string, Values[]>;
    expect(pendingChanges).toEqual([
      {
        parts: [
          {
            kind: 'REPLACE_PLAN',
            plan: { id: small },
            newPlan: { id: large, name: 'Pro' },
            newPlanVersion: { version: 1 },
          },
        ],
      },
    ]);
    const items = history!.find(({ field }) => field === 'items')!;
    expect(items).toMatchObject({ newValue: [{ planId: small, component: 'seats', quantity: '3' }] });
    expect(JSON.stringify(history)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(items.actor).toMatch(/^(member:mem|api_key:key)_[0-9a-z]{26}$/);
  });
});

describe('a blocked account', () => {
  it('may have less, not more', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const planId = fromGlobalId('plan', plans.large)!;
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '4' }],
    });
    const id = toGlobalId('sub', subscription.id);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const text = `update accounts set dunning_status = 'blocked' where id = $1`;
    await query(world.database.superuserUrl, text, [accountId]);
    const codes = async (name: string, input: Values) =>
      (await mutate(name, { id, ...input }, 'subscription { id }')).userErrors.map(({ code }) => code);
    const change = (changes: readonly Values[], when: string) => codes('changeSubscription', { changes, when });
    for (const when of ['NOW', 'PERIOD_END']) {
      expect(await change(quantity('5'), when)).toEqual(['ACCOUNT_BLOCKED']);
      expect(await change(to(plans.year), when)).toEqual(['ACCOUNT_BLOCKED']);
    }
    const once = { charge: 'once' as const, model: { flat: { amount: 4_000n } } };
    const fee = await sellPlan(organization, { prices: [flat(0n, once)] }, { kind: 'add_on' });
    const withFee = await sellPlan(organization, { prices: [flat(1n), flat(1n, { ...once, component: 'set_up' })] });
    const addPlan = { plan: { id: toGlobalId('plan', fee.planId) } };
    expect(await change([{ addPlan }], 'NOW')).toEqual(['ACCOUNT_BLOCKED']);
    expect(await change(to(toGlobalId('plan', withFee.planId)), 'NOW')).toEqual(['ACCOUNT_BLOCKED']);
    expect(await change(quantity('3'), 'NOW')).toEqual([]);
    expect(await change(quantity('2'), 'PERIOD_END')).toEqual([]);
    expect(await change(to(plans.small), 'NOW')).toEqual([]);
    expect(await change(to(plans.large), 'NOW')).toEqual(['ACCOUNT_BLOCKED']);
    expect(await codes('pauseSubscription', { when: 'NOW' })).toEqual([]);
    await walk(world.app, organization, clockId, '2026-04-17T00:00:00Z');
    expect(await codes('resumeSubscription', {})).toEqual(['ACCOUNT_BLOCKED']);
    expect(await codes('cancelSubscription', { at: 'NOW' })).toEqual([]);
    expect(await codes('reactivateSubscription', {})).toEqual(['ACCOUNT_BLOCKED']);
  });
});
