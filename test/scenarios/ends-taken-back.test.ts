import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createCoupon, removeDiscount } from '../../src/selling/coupons/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  resumeSubscription,
  undoCancelSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { brokenRules, checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

/**
 * An end that is taken back leaves a subscription as if nothing had been said: each history is lived twice, with the end and
 * without it, and both must come to the same instants and, but for a cent of rounding, to the same money.
 */
let world: World;
let url: string;
let organization: TestOrganization;
const plans = new Map<string, string>();

const seats = (unitAmount: string) =>
  flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount } } });
const hours = (unitAmount: string) =>
  flat(0n, { component: 'hours', name: 'Hours', billing: 'arrears', model: { perSeat: { unitAmount } } });

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
  for (const [name, intervalUnit, amount] of [
    ['Month', 'month', 3_000],
    ['Dearer', 'month', 7_777],
    ['Cheaper', 'month', 999],
    ['Quarter', 'quarter', 9_100],
    ['Year', 'year', 36_500],
  ] as const) {
    const prices = [seats(String(amount)), hours(String(amount / 10))];
    plans.set(name, (await sellPlan(organization, { intervalUnit, prices })).planId);
  }
  plans.set('Bare', (await sellPlan(organization, { prices: [flat(900n)] })).planId);
  plans.set('Extra', (await sellPlan(organization, { prices: [flat(3_000n)] }, { kind: 'add_on' })).planId);
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

interface Life {
  id: string;
  accountId: string;
  clockId: string;
  /** Whether its end is scheduled and taken back. */
  wavers: boolean;
}

type Step = (life: Life) => Promise<unknown>;
const transact: TestOrganization['transact'] = (verb) => organization.transact(verb);

const to =
  (day: string): Step =>
  ({ clockId }) =>
    walk(world.app, organization, clockId, day.includes('T') ? `${day}Z` : `${day}T00:00:00Z`);
const onlyThen =
  (step: Step): Step =>
  async (life) =>
    life.wavers && step(life);
const end = onlyThen(({ id }) => transact((work) => cancelSubscription(work, { id, at: 'period_end' })));
const endOn = (date: string) =>
  onlyThen(({ id }) => transact((work) => cancelSubscription(work, { id, at: 'date', date: new Date(date) })));
const undo = onlyThen(({ id }) => transact((work) => undoCancelSubscription(work, { id })));
const change =
  (changes: Parameters<typeof changeSubscription>[1]['changes']): Step =>
  ({ id }) =>
    transact((work) =>
      changeSubscription(work, { id, changes, when: 'now', settle: 'invoice_now', creditBasis: 'time' }),
    );
const plan =
  (name: string): Step =>
  (life) =>
    change([{ replacePlan: { plan: { id: plans.get(name)! } } }])(life);
const plus =
  (name: string): Step =>
  (life) =>
    change([{ addPlan: { plan: { id: plans.get(name)! } } }])(life);
const quantity =
  (count: string): Step =>
  async (life) => {
    const text = `select plan_id as id from subscription_items where subscription_id = $1 and component = 'seats' and active_to is null`;
    const [held] = await query<{ id: string }>(url, text, [life.id]);
    return change([{ setQuantity: { planId: held!.id, component: 'seats', quantity: count } }])(life);
  };
const minus =
  (name: string): Step =>
  (life) =>
    change([{ removePlan: { planId: plans.get(name)! } }])(life);
const pause =
  (more: { anchor?: 'keep' | 'shift'; creditBasis?: 'time' | 'none' } = {}): Step =>
  ({ id }) =>
    transact((work) => pauseSubscription(work, { id, when: 'now', ...more }));
const resume: Step = ({ id }) => transact((work) => resumeSubscription(work, { id }));

async function live(start: string, wavers: boolean, steps: readonly Step[], couponIds: string[] = []): Promise<Life> {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const planId = plans.get(start)!;
  const { subscription } = await subscribe(organization, accountId, planId, {
    items: [{ plan: { id: planId }, quantity: '3' }],
    discounts: couponIds.map((couponId) => ({ couponId })),
  });
  const life = { id: subscription.id, accountId, clockId, wavers };
  for (const step of steps) await step(life);
  return life;
}

/** Where it stands, and what each component has come to. */
async function standing({ id, accountId }: Life) {
  const [row] = await query(
    url,
    `select status, anchor_at, interval_unit, current_period_start, current_period_end, next_billing_at, ends_at
     from subscriptions where id = $1`,
    [id],
  );
  const sums = await query<{ component: string; sum: number; discount: number }>(
    url,
    `select l.component, sum(l.amount)::int as sum, sum(l.discount_amount)::int as discount from invoice_lines l
     join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
     where i.account_id = $1 and i.status <> 'void' group by 1 order by 1`,
    [accountId],
  );
  return { row, sums };
}

async function expectAlike(wavering: Life, steady: Life): Promise<void> {
  const [one, other] = [await standing(wavering), await standing(steady)];
  expect(one.row).toEqual(other.row);
  expect(one.sums.map(({ component }) => component)).toEqual(other.sums.map(({ component }) => component));
  one.sums.forEach(({ sum }, index) => void expect(Math.abs(sum - other.sums[index]!.sum)).toBeLessThanOrEqual(1));
  // An amount is spread over the lines that an invoice has: its sum is what has to be the same.
  const [taken, due] = [one, other].map(({ sums }) => sums.reduce((all, { discount }) => all + discount, 0));
  expect(Math.abs(taken! - due!)).toBeLessThanOrEqual(3);
}

const cuts: Record<string, readonly [start: string, steps: readonly Step[]]> = {
  'the interval was changed': ['Month', [end, to('2026-04-11'), plan('Quarter'), to('2026-04-21'), undo]],
  'the interval was changed and taken back at one instant': [
    'Month',
    [end, to('2026-04-11'), plan('Quarter'), undo, quantity('5'), end, undo, quantity('2')],
  ],
  'a quarter was changed to months, in the last of them': [
    'Quarter',
    [end, to('2026-05-20'), plan('Month'), to('2026-06-25'), undo],
  ],
  'a date in the period was named and the interval was changed': [
    'Month',
    [endOn('2026-04-26'), to('2026-04-11'), plan('Quarter'), to('2026-04-21'), quantity('8'), undo],
  ],
  'a date in the next period was named, and that has begun': [
    'Month',
    [endOn('2026-05-26'), to('2026-05-11'), quantity('8'), to('2026-05-13'), plan('Dearer'), undo],
  ],
  'the quantity was changed': ['Month', [end, to('2026-04-11'), quantity('7'), to('2026-04-12'), undo]],
  'the plan was changed': ['Month', [end, to('2026-04-11'), plan('Dearer'), to('2026-04-12'), undo]],
  'the interval and the quantity were changed': [
    'Month',
    [end, to('2026-04-11'), plan('Quarter'), to('2026-04-15'), quantity('9'), to('2026-04-21'), undo],
  ],
  'it was paused with what was given back, and boundaries moved': [
    'Month',
    [
      ...[end, to('2026-04-11'), pause({ anchor: 'shift', creditBasis: 'time' }), to('2026-04-16'), resume],
      ...[to('2026-04-21'), undo],
    ],
  ],
  'it was paused and boundaries moved in a period that had been cut': [
    'Month',
    [
      ...[
        end,
        to('2026-04-11'),
        plan('Quarter'),
        to('2026-04-15'),
        pause({ anchor: 'shift' }),
        to('2026-04-19'),
        resume,
      ],
      ...[to('2026-04-21'), undo],
    ],
  ],
  'boundaries were moved by a pause and one of two plans changed before the cut': [
    'Month',
    [
      ...[plus('Extra'), to('2026-04-02'), end, to('2026-04-11'), pause({ anchor: 'shift' })],
      ...[
        to('2026-04-21'),
        resume,
        to('2026-04-22'),
        quantity('7'),
        to('2026-04-23'),
        undo,
        to('2026-04-24'),
        minus('Extra'),
      ],
    ],
  ],
  'it was taken back in a pause': [
    'Month',
    [
      end,
      to('2026-04-11'),
      plan('Quarter'),
      to('2026-04-15'),
      pause(),
      to('2026-04-19'),
      undo,
      to('2026-04-25'),
      resume,
    ],
  ],
  'it was taken back in a pause that moved boundaries': [
    'Month',
    [
      ...[end, to('2026-04-11'), plan('Year'), to('2026-04-15'), pause({ anchor: 'shift' })],
      ...[to('2026-04-19'), undo, to('2026-06-25'), resume],
    ],
  ],
};

/** What happens next must be done to the same periods. */
const afterwards = [
  ...[pause(), to('2026-10-20T01:00:00'), resume, quantity('4'), to('2026-10-25'), plan('Dearer'), end],
  ...[to('2026-10-26'), undo, to('2026-11-20')],
];

it.each(Object.entries(cuts))('an end that is taken back after %s was never there', async (_, [start, steps]) => {
  const [wavering, steady] = [await live(start, true, steps), await live(start, false, steps)];
  await expectAlike(wavering, steady);
  expect(await brokenRules(world)).toEqual([]);
  for (const life of [wavering, steady]) {
    for (const step of [to('2026-10-20'), ...afterwards]) await step(life);
  }
  await expectAlike(wavering, steady);
});

const half = { percent: '50' };
const amount = { amount: { amountMinor: 4_000n, currency: 'EUR' } };
const removeCoupon: Step = async ({ id }) => {
  const [discount] = await query<{ id: string }>(url, 'select id from discounts where subscription_id = $1', [id]);
  await transact((work) => removeDiscount(work, discount!));
};

/** Each with a coupon whose last time is May, and what is done in May after the end is named. */
it.each<[string, Parameters<typeof createCoupon>[1]['off'], 'repeating' | 'forever', readonly Step[]]>([
  ['half of two months', half, 'repeating', []],
  ['half, always', half, 'forever', []],
  ['an amount in two months', amount, 'repeating', []],
  ['half, removed meanwhile', half, 'forever', [removeCoupon]],
])('what an end had left out has the discount of its period: %s', async (name, off, frequency, meanwhile) => {
  const { id } = await transact((work) =>
    createCoupon(work, { name, off, frequency, ...(frequency === 'repeating' ? { periods: 2 } : {}) }),
  );
  const steps = [
    ...[to('2026-04-11'), endOn('2026-05-21'), to('2026-05-06'), ...meanwhile, to('2026-05-11'), undo],
    ...(meanwhile.length > 0 ? [] : [to('2026-05-25'), quantity('4')]),
  ];
  const [wavering, steady] = [await live('Month', true, steps, [id]), await live('Month', false, steps, [id])];
  if (meanwhile.length === 0) await expectAlike(wavering, steady);
  else {
    // What was paid with it stays so; the eleven days that come are at the full price.
    const [one, other] = [await standing(wavering), await standing(steady)];
    const days = Math.round((9_000 * 11) / 31 / 2);
    expect(Math.abs(other.sums[1]!.discount - one.sums[1]!.discount - days)).toBeLessThanOrEqual(1);
  }
});

const unsettled =
  (...changes: Parameters<typeof changeSubscription>[1]['changes']): Step =>
  ({ id }) =>
    transact((work) => changeSubscription(work, { id, when: 'now', settle: 'none', creditBasis: 'time', changes }));
const replaced = (name: string): Step =>
  unsettled({ replacePlan: { planId: plans.get('Month')!, plan: { id: plans.get(name)! } } });

it.each<[string, () => readonly Step[]]>([
  ['dearer', () => [replaced('Dearer')]],
  ['cheaper', () => [replaced('Cheaper')]],
  ['what only the plan before had goes with what came', () => [replaced('Bare')]],
  [
    'and again',
    () => [
      replaced('Cheaper'),
      to('2026-05-07'),
      unsettled({ replacePlan: { planId: plans.get('Cheaper')!, plan: { id: plans.get('Bare')! } } }),
    ],
  ],
  ['something new', () => [unsettled({ addPlan: { plan: { id: plans.get('Extra')! } } })]],
])(
  'what an end had left out after a change that is not settled costs what that took the place of: %s',
  async (_, changes) => {
    const steps = [
      ...[to('2026-04-11'), endOn('2026-05-21'), to('2026-05-06'), ...changes()],
      ...[to('2026-05-11'), undo, to('2026-05-15')],
    ];
    const [wavering, steady] = [await live('Month', true, steps), await live('Month', false, steps)];
    const [one, other] = await Promise.all([standing(wavering), standing(steady)]);
    expect(one.row).toEqual(other.row);
    const [billed, due] = [one, other].map(({ sums }) => sums.reduce((all, { sum }) => all + sum, 0));
    expect(Math.abs(billed! - due!)).toBeLessThanOrEqual(2);
  },
);

it.each<[string, () => Parameters<typeof changeSubscription>[1]['changes']]>([
  ['alone', () => []],
  [
    'with another quantity',
    () => [{ setQuantity: { planId: plans.get('Month')!, component: 'seats', quantity: '5' } }],
  ],
  ['with another plan', () => [{ replacePlan: { planId: plans.get('Month')!, plan: { id: plans.get('Dearer')! } } }]],
])(
  'what an end had left out of a plan that was removed without being settled is not billed: nobody has it: %s',
  async (_, others) => {
    const extra = plans.get('Extra')!;
    const steps = [
      ...[plus('Extra'), to('2026-04-11'), endOn('2026-05-21'), to('2026-05-06')],
      ...[(life: Life) => unsettled(...others(), { removePlan: { planId: extra } })(life), to('2026-05-11'), undo],
    ];
    const [wavering, steady] = [await live('Month', true, steps), await live('Month', false, steps)];
    const [one, other] = await Promise.all([standing(wavering), standing(steady)]);
    expect(one.row).toEqual(other.row);
    // What was paid for May stays with the merchant: of 31 days, or of the 20 up to the end.
    const [billed, due] = [one, other].map(({ sums }) => sums.reduce((all, { sum }) => all + sum, 0));
    expect(Math.abs(due! - billed! - Math.round((3_000 * 11) / 31))).toBeLessThanOrEqual(2);
  },
);
