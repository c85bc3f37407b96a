import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { contradictions, evaluateDerivation } from '../../../src/rules/pricing.ts';
import { createPlanVersion } from '../../../src/selling/catalog/index.ts';
import { type QuoteInput, quotePrice, readQuotedPrice } from '../../../src/selling/catalog/quote-price.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { derivationFields, derivationOf, type ShownDerivation } from '../../support/derivations.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

type UserError = { code: string; path: string[]; message: string };
type Payload<Name extends string, Value> = { [K in Name]: Value | null } & { userErrors: UserError[] };

async function ask<Data>(text: string, variables: Record<string, unknown>): Promise<Data> {
  const result = await world.graphql<Data>(text, variables, { as: organization });
  expect(result.errors).toBeUndefined();
  return result.data!;
}

const details = `__typename ... on FlatPrice { amount { amountMinor } } ... on UnitPrice { unitAmount }
  ... on GraduatedPrice { tiers { upTo unitAmount flatAmount { amountMinor } } zeroUsage }
  ... on VolumePrice { tiers { upTo unitAmount flatAmount { amountMinor } } zeroUsage }
  ... on PackagePrice { packageSize packageAmount rounding }
  ... on PercentagePrice { percent fixedAmount freeEvents freeAmount perTransactionMinimum perTransactionMaximum }
  ... on GraduatedPercentagePrice { tiers { upTo percent flatAmount { amountMinor } } zeroUsage }
  ... on DynamicPrice { multiplier }`;
const terms = `model details { ${details} } minimumSpend { amountMinor } maximumSpend { amountMinor } freeUnits`;

interface ShownPrice {
  id: string;
  component: string;
  model: string;
  details: Record<string, unknown>;
  [field: string]: unknown;
}
interface ShownLine {
  component: string;
  quantity: string;
  unitAmountMinor: string;
  kind: string;
  amount: { amountMinor: string };
  derivation: ShownDerivation & { planVersion: { version: number; plan: { name: string } } | null };
  subscriptionItem: { priceOverride: ShownPrice | null } | null;
}
interface ShownPlan {
  id: string;
  currentVersion: { id: string; prices: ShownPrice[] };
}

async function makePlan(version: Record<string, unknown>, plan: Record<string, unknown> = {}) {
  const { createPlan } = await ask<{ createPlan: Payload<'plan', ShownPlan> }>(
    `mutation ($input: CreatePlanInput!) { createPlan(input: $input) {
       plan { id kind currentVersion { id prices { id component billing charge ${terms} } } } userErrors { code path message } } }`,
    { input: { name: 'Priced', ...plan, version: { intervalUnit: 'MONTH', ...version } } },
  );
  return createPlan;
}

async function subscribeTo(accountId: string, items: unknown[], more: Record<string, unknown> = {}) {
  const { createSubscription } = await ask<{ createSubscription: Payload<'subscription', { id: string }> }>(
    `mutation ($input: CreateSubscriptionInput!) { createSubscription(input: $input) {
       subscription { id } userErrors { code path message } } }`,
    { input: { account: { id: toGlobalId('acc', accountId) }, items, collection: 'MANUAL', ...more } },
  );
  return createSubscription;
}

async function linesOf(subscriptionId: string): Promise<ShownLine[]> {
  const data = await ask<{ subscription: { invoices: { nodes: { lines: ShownLine[] }[] } } }>(
    `query ($id: ID!) { subscription(id: $id) { invoices(first: 20) { nodes { lines {
       component quantity unitAmountMinor kind amount { amountMinor } derivation { ${derivationFields} }
       subscriptionItem { priceOverride { ${terms} } } } } } } }`,
    { id: subscriptionId },
  );
  return data.subscription.invoices.nodes.reverse().flatMap((invoice) => invoice.lines);
}

/** The line's amount, computed again from what the API says of it, and nothing there contradicts itself. */
function expectExplained(line: ShownLine): void {
  const derivation = derivationOf(line.derivation);
  expect(contradictions(derivation)).toEqual([]);
  expect(evaluateDerivation(derivation)).toBe(BigInt(line.amount.amountMinor));
}

const tiers = [
  { upTo: '5', unitAmount: '100' },
  { upTo: '10', unitAmount: '80.5', flatAmount: '50' },
  { unitAmount: '60' },
];
const percentTiers = [{ upTo: '10000', percent: '2.9', flatAmount: '30' }, { percent: '1.5' }];

/** Each model: what is asked of it, for how much, what it comes to, and which steps explain it. */
const models: Record<
  string,
  { price: Record<string, unknown>; quantity?: string; model: string; amount: string; steps: string[]; shows: object }
> = {
  flat: {
    price: { model: { flat: { amount: '1900' } } },
    model: 'FLAT',
    amount: '1900',
    steps: ['FlatStep'],
    shows: { amount: { amountMinor: '1900' } },
  },
  seats: {
    price: { model: { perSeat: { unitAmount: '333.3' } } },
    quantity: '3',
    model: 'PER_SEAT',
    amount: '1000',
    steps: ['PerUnitStep'],
    shows: { unitAmount: '333.3' },
  },
  units: {
    price: { model: { perUnit: { unitAmount: '0.05' } }, freeUnits: '1000' },
    quantity: '2500.5',
    model: 'PER_UNIT',
    amount: '75',
    steps: ['PerUnitStep'],
    shows: { unitAmount: '0.05' },
  },
  graduated: {
    price: { model: { graduated: { tiers } } },
    quantity: '12',
    model: 'GRADUATED',
    amount: '1073',
    steps: ['TierStep', 'TierStep', 'TierStep'],
    shows: {
      tiers: [
        { upTo: '5', unitAmount: '100', flatAmount: null },
        { upTo: '10', unitAmount: '80.5', flatAmount: { amountMinor: '50' } },
        { upTo: null, unitAmount: '60', flatAmount: null },
      ],
      zeroUsage: 'BILLS_FIRST_FLAT',
    },
  },
  volume: {
    price: { model: { volume: { tiers, zeroUsage: 'BILLS_NOTHING' } } },
    quantity: '10',
    model: 'VOLUME',
    amount: '855',
    steps: ['TierStep'],
    shows: { zeroUsage: 'BILLS_NOTHING' },
  },
  packages: {
    price: { model: { package: { packageSize: '100', packageAmount: '499' } } },
    quantity: '201',
    model: 'PACKAGE',
    amount: '1497',
    steps: ['PackagesStep'],
    shows: { packageSize: '100', packageAmount: '499', rounding: 'UP' },
  },
  filled: {
    price: { model: { package: { packageSize: '100', packageAmount: '499', rounding: 'DOWN' } }, freeUnits: '50' },
    quantity: '270',
    model: 'PACKAGE',
    amount: '998',
    steps: ['PackagesStep'],
    shows: { rounding: 'DOWN' },
  },
  fees: {
    price: {
      model: {
        percentage: {
          percent: '2.9',
          fixedAmount: '30',
          freeEvents: 10,
          freeAmount: '50000',
          perTransactionMinimum: '50',
          perTransactionMaximum: '2000',
        },
      },
      minimumSpend: '700',
    },
    model: 'PERCENTAGE',
    amount: '700',
    steps: ['MinimumStep'],
    shows: {
      percent: '2.9',
      fixedAmount: '30',
      freeEvents: 10,
      freeAmount: '50000',
      perTransactionMinimum: '50',
      perTransactionMaximum: '2000',
    },
  },
  volumes: {
    price: { model: { graduatedPercentage: { tiers: percentTiers } } },
    model: 'GRADUATED_PERCENTAGE',
    amount: '30',
    steps: ['PercentageTierStep'],
    shows: {
      tiers: [
        { upTo: '10000', percent: '2.9', flatAmount: { amountMinor: '30' } },
        { upTo: null, percent: '1.5', flatAmount: null },
      ],
    },
  },
  passed: {
    price: { model: { dynamic: { multiplier: '1.2' } } },
    model: 'DYNAMIC',
    amount: '0',
    steps: ['SuppliedStep', 'MultiplyStep'],
    shows: { multiplier: '1.2' },
  },
  least: {
    price: { model: { perUnit: { unitAmount: '10' } }, minimumSpend: '500' },
    quantity: '20',
    model: 'PER_UNIT',
    amount: '500',
    steps: ['PerUnitStep', 'MinimumStep'],
    shows: {},
  },
  most: {
    price: { model: { perUnit: { unitAmount: '10' } }, maximumSpend: '500', minimumSpend: '100' },
    quantity: '80',
    model: 'PER_UNIT',
    amount: '500',
    steps: ['PerUnitStep', 'MaximumStep', 'MinimumStep'],
    shows: {},
  },
};

const prices = Object.entries(models).map(([component, { price }]) => ({
  component,
  name: component,
  currency: 'EUR',
  ...price,
}));
const components = Object.entries(models).flatMap(([component, { quantity }]) =>
  quantity ? [{ component, quantity }] : [],
);

describe('every model of prices', () => {
  it('is offered, shown, quoted, billed and explained', async () => {
    const { plan, userErrors } = await makePlan({ prices });
    expect(userErrors).toEqual([]);
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id }, components }]);
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    const lines = await linesOf(subscription!.id);
    for (const price of plan!.currentVersion.prices) {
      const asked = models[price.component]!;
      const ofEvents = ['PERCENTAGE', 'GRADUATED_PERCENTAGE', 'DYNAMIC'].includes(asked.model);
      expect(price).toMatchObject({
        model: asked.model,
        billing: ofEvents ? 'ARREARS' : 'ADVANCE',
        charge: 'RECURRING',
      });
      expect(price.details).toMatchObject(asked.shows);
      const [line, again] = lines.filter((one) => one.component === price.component);
      expect([price.component, line!.amount.amountMinor]).toEqual([price.component, asked.amount]);
      expect(line!.derivation.steps.map((step) => step.__typename)).toEqual([...asked.steps, 'RoundStep']);
      expect(line!.derivation.planVersion).toMatchObject({ version: 1, plan: { name: 'Priced' } });
      expectExplained(line!);
      expect(again === undefined).toBe(ofEvents);
      const { quotePrice } = await ask<{ quotePrice: Omit<ShownLine, 'component'> }>(
        `query ($input: QuotePriceInput!) { quotePrice(input: $input) {
           quantity unitAmountMinor amount { amountMinor } derivation { ${derivationFields} } } }`,
        { input: { price: { id: price.id }, ...(asked.quantity ? { quantity: asked.quantity } : {}) } },
      );
      const { quantity, unitAmountMinor, amount, derivation } = line!;
      expect(quotePrice).toEqual({ quantity, unitAmountMinor, amount, derivation });
    }
    const [stored] = await query<{ model: string; parameters: unknown }>(
      world.database.superuserUrl,
      `select model, parameters from prices where component = 'graduated'`,
    );
    expect(stored).toEqual({
      model: 'graduated',
      parameters: {
        tiers: [
          { upTo: '5', unitAmount: '100' },
          { upTo: '10', unitAmount: '80.5', flatAmount: '50' },
          { upTo: null, unitAmount: '60' },
        ],
      },
    });
  });

  it('has its share of limits and amounts in a part of a period', async () => {
    const { plan } = await makePlan({ prices });
    const { clockId, accountId } = await clockAccount(organization, '2026-02-15T00:00:00Z');
    const half = { anchor: 'CALENDAR' };
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id }, components }], half);
    await walk(world.app, organization, clockId, '2026-02-28T00:00:00Z');
    const lines = new Map((await linesOf(subscription!.id)).map((line) => [line.component, line]));
    expect(['flat', 'least', 'most', 'graduated'].map((name) => lines.get(name)!.amount.amountMinor)).toEqual([
      '950',
      '250',
      '250',
      '536',
    ]);
    for (const line of lines.values()) expectExplained(line);
    expect(lines.get('least')!.derivation.steps.map((step) => step.__typename)).toEqual([
      'PerUnitStep',
      'ProrateStep',
      'MinimumStep',
      'RoundStep',
    ]);
  });
});

describe('a quote', () => {
  const quote = (input: Record<string, unknown>) =>
    world.graphql<{ quotePrice: Omit<ShownLine, 'component'> }>(
      `query ($input: QuotePriceInput!) { quotePrice(input: $input) { quantity amount { amountMinor } derivation { ${derivationFields} } } }`,
      { input },
      { as: organization },
    );
  const eur = (model: unknown, more = {}) => ({ price: { terms: { currency: 'EUR', model, ...more } } });
  const january = { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' };
  const instants = { start: new Date(january.start), end: new Date(january.end) };

  it.each([
    [
      'percentages of events, some of them free',
      { ...eur(models.fees!.price.model), events: [...Array(10).fill('100'), '1000', '100', '100000'] },
      '2109',
      '13',
    ],
    ['tiers of the sum of amounts', { ...eur(models.volumes!.price.model), events: ['6000', '6000'] }, '350', '120.00'],
    ['amounts that come with the events', { ...eur(models.passed!.price.model), events: ['10.5', '100'] }, '133', '2'],
    [
      'a part of a period',
      { ...eur({ flat: { amount: '3100' } }), period: january, part: { ...january, start: '2026-01-31T00:00:00Z' } },
      '100',
      '1',
    ],
  ])('prices %s', async (_, input, amount, quantity) => {
    const { data, errors } = await quote(input);
    expect(errors).toBeUndefined();
    expect(data!.quotePrice).toMatchObject({ amount: { amountMinor: amount }, quantity });
    expectExplained(data!.quotePrice as ShownLine);
  });

  it.each([
    ['events of a price without any', { ...eur({ perUnit: { unitAmount: '1' } }), events: ['1'] }, 'events'],
    ['a quantity of events', { ...eur({ dynamic: {} }), quantity: '2' }, 'quantity'],
    ['half a seat', { ...eur({ perSeat: { unitAmount: '1' } }), quantity: '1.5' }, 'quantity'],
    ['a part of no period', { ...eur({ perUnit: { unitAmount: '1' } }), part: instants }, 'period'],
    [
      'tiers that descend',
      eur({ volume: { tiers: [{ upTo: '5', unitAmount: '1' }, { upTo: '4', unitAmount: '1' }, { unitAmount: '1' }] } }),
      'price.terms.model.volume.tiers.1.upTo',
    ],
  ])('refuses %s', (_, { price, ...asked }: { price: { terms: unknown } }, path) => {
    const quoting = () => quotePrice(readQuotedPrice(price.terms), asked as QuoteInput);
    expect(quoting).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ path: `input.${path}`.split('.') }) }),
    );
  });

  it('of a price that is not there is refused', async () => {
    const { errors } = await quote({ price: { id: toGlobalId('price', organization.id) } });
    expect(errors![0]!.message).toBe('There is no price with this id.');
  });
});

describe('what is no sound price', () => {
  const one = (model: unknown, more = {}) => [{ component: 'base', name: 'Base', currency: 'EUR', model, ...more }];
  const unit = { perUnit: { unitAmount: '1' } };
  it.each([
    [
      'a last tier with a limit',
      one({ graduated: { tiers: [{ upTo: '5', unitAmount: '1' }] } }),
      '0.model.graduated.tiers.0.upTo',
    ],
    [
      'a tier without limit before the last',
      one({ graduated: { tiers: [{ unitAmount: '1' }, { unitAmount: '1' }] } }),
      '0.model.graduated.tiers.0.upTo',
    ],
    [
      'tiers that do not ascend',
      one({
        graduatedPercentage: { tiers: [{ upTo: '5', percent: '1' }, { upTo: '5', percent: '1' }, { percent: '1' }] },
      }),
      '0.model.graduatedPercentage.tiers.1.upTo',
    ],
    ['no tiers', one({ volume: { tiers: [] } }), '0.model.volume.tiers'],
    [
      'a negative flat amount of a tier',
      one({ volume: { tiers: [{ unitAmount: '1', flatAmount: '-1' }] } }),
      '0.model.volume.tiers.0.flatAmount',
    ],
    ['an empty package', one({ package: { packageSize: '0', packageAmount: '1' } }), '0.model.package.packageSize'],
    ['a negative percentage', one({ percentage: { percent: '-1' } }), '0.model.percentage.percent'],
    [
      'bounds of events that cross',
      one({ percentage: { percent: '1', perTransactionMinimum: '5', perTransactionMaximum: '4' } }),
      '0.model.percentage.perTransactionMinimum',
    ],
    [
      'a negative number of free events',
      one({ percentage: { percent: '1', freeEvents: -1 } }),
      '0.model.percentage.freeEvents',
    ],
    ['a minimum above the maximum', one(unit, { minimumSpend: '2', maximumSpend: '1' }), '0.minimumSpend'],
    ['free units of a flat price', one({ flat: { amount: '1' } }, { freeUnits: '1' }), '0.freeUnits'],
    [
      'free units of amounts',
      one({ graduatedPercentage: { tiers: [{ percent: '1' }] } }, { freeUnits: '1' }),
      '0.freeUnits',
    ],
    ['events billed before they happen', one({ dynamic: {} }, { billing: 'ADVANCE' }), '0.billing'],
    ['events billed once', one({ dynamic: {} }, { charge: 'ONCE' }), '0.charge'],
    ['a one-off at the end of a period', one(unit, { charge: 'ONCE', billing: 'ARREARS' }), '0.billing'],
    [
      'two models of one component',
      [...one(unit), { ...one({ volume: { tiers: [{ unitAmount: '1' }] } })[0], currency: 'USD' }],
      '1.model',
    ],
  ])('refuses %s', async (_, bad, path) => {
    const { plan, userErrors } = await makePlan({ prices: bad });
    expect(plan).toBeNull();
    expect(userErrors.map((error) => [error.code, error.path.join('.')])).toEqual([
      ['INVALID_INPUT', `input.version.prices.${path}`],
    ]);
    expect(userErrors[0]!.message.length).toBeGreaterThan(20);
  });
});

describe('an override', () => {
  const seats = { component: 'seats', name: 'Seats', currency: 'EUR', model: { perSeat: { unitAmount: '1000' } } };
  const base = { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '5000' } } };

  it('is billed instead of the price, beside others at the price, whatever later versions say', async () => {
    const { plan } = await makePlan({ prices: [base, seats] });
    const price = {
      model: { volume: { tiers: [{ upTo: '9', unitAmount: '1000' }, { unitAmount: '700' }] } },
      maximumSpend: '9000',
    };
    const stands = await clockAccount(organization, '2026-03-01T00:00:00Z');
    const item = { plan: { id: plan!.id }, quantity: '10' };
    const special = {
      ...item,
      components: [
        { component: 'base', price: { model: { flat: { amount: '1' } } } },
        { component: 'seats', price },
      ],
    };
    const { subscription } = await subscribeTo(stands.accountId, [special]);
    const listed = await subscribeTo(stands.accountId, [item]);
    await organization.transact((work) =>
      createPlanVersion(work, {
        planId: fromGlobalId('plan', plan!.id)!,
        intervalUnit: 'month',
        publish: true,
        prices: [{ component: 'seats', name: 'Seats', currency: 'EUR', model: { perSeat: { unitAmount: '5' } } }],
      }),
    );
    await walk(world.app, organization, stands.clockId, '2026-05-01T00:00:00Z');
    const lines = await linesOf(subscription!.id);
    const amounts = lines.map((line) => [line.component, line.quantity, line.amount.amountMinor]);
    const month = [
      ['base', '1', '1'],
      ['seats', '10', '7000'],
    ];
    const plain = [
      ['base', '1', '5000'],
      ['seats', '10', '10000'],
    ];
    // Both subscriptions share their invoices from the second month on.
    expect(amounts.slice(0, 2)).toEqual(month);
    expect(amounts.slice(2).sort()).toEqual([...month, ...plain, ...month, ...plain].sort());
    expect((await linesOf(listed.subscription!.id)).length).toBe(10);
    for (const line of lines) expectExplained(line);
    expect(lines[1]!.subscriptionItem!.priceOverride).toMatchObject({
      model: 'VOLUME',
      maximumSpend: { amountMinor: '9000' },
      details: {
        tiers: [
          { upTo: '9', unitAmount: '1000' },
          { upTo: null, unitAmount: '700' },
        ],
      },
    });
    await expect(
      query(
        world.database.superuserUrl,
        `update price_overrides set model = 'flat' where organization_id = '${organization.id}'`,
      ),
    ).rejects.toThrow();
  });

  it.each([
    [
      'a price that is not sound',
      [{ component: 'seats', price: { model: { volume: { tiers: [{ upTo: '1', unitAmount: '1' }] } } } }],
      'components.0.price.model.volume.tiers.0.upTo',
    ],
    [
      'events of a component billed in advance',
      [{ component: 'seats', price: { model: { dynamic: {} } } }],
      'components.0.price.model',
    ],
    [
      'ten of a flat price',
      [{ component: 'seats', quantity: '10', price: { model: { flat: { amount: '1' } } } }],
      'components.0.quantity',
    ],
  ])('refuses %s', async (_, bad, path) => {
    const { plan } = await makePlan({ prices: [base, seats] });
    const { id } = await organization.account();
    const { subscription, userErrors } = await subscribeTo(id, [{ plan: { id: plan!.id }, components: bad }]);
    expect(subscription).toBeNull();
    expect(userErrors).toEqual([
      { code: 'INVALID_INPUT', path: ['input', 'items', '0', ...path.split('.')], message: expect.any(String) },
    ]);
  });
});

describe('an add-on', () => {
  const extra = { component: 'extra', name: 'Extra', currency: 'EUR', model: { flat: { amount: '100' } } };
  const once = {
    component: 'training',
    name: 'Training',
    currency: 'EUR',
    charge: 'ONCE',
    model: { perUnit: { unitAmount: '7000' } },
  };

  it('is sold beside a base plan, and not without one', async () => {
    const addOn = await makePlan({ prices: [extra] }, { kind: 'ADD_ON' });
    const base = await makePlan({ prices: [extra] });
    expect(addOn.plan).toMatchObject({ kind: 'ADD_ON' });
    const { id } = await organization.account();
    const alone = await subscribeTo(id, [{ plan: { id: addOn.plan!.id } }]);
    expect(alone.userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'items'] }]);
    const beside = await subscribeTo(id, [{ plan: { id: addOn.plan!.id } }, { plan: { id: base.plan!.id } }]);
    expect(beside.userErrors).toEqual([]);
    expect((await linesOf(beside.subscription!.id)).map((line) => line.amount.amountMinor)).toEqual(['100', '100']);
  });

  it('of one time is charged from its price, and its line knows the version it comes from', async () => {
    const { plan } = await makePlan({ prices: [once, extra] }, { kind: 'ADD_ON', name: 'Services' });
    const { id } = await organization.account();
    const charge = (component: string, more: Record<string, unknown> = {}) =>
      ask<{ createPriceCharge: Payload<'charge', { id: string }> }>(
        `mutation ($input: CreatePriceChargeInput!) { createPriceCharge(input: $input) {
           charge { id description amount { amountMinor } } userErrors { code path } } }`,
        {
          input: {
            accountId: toGlobalId('acc', id),
            priceId: plan!.currentVersion.prices.find((price) => price.component === component)!.id,
            ...more,
          },
        },
      ).then((data) => data.createPriceCharge);
    expect(await charge('training', { quantity: '1.5' })).toMatchObject({
      charge: { description: 'Services – Training', amount: { amountMinor: '10500' } },
      userErrors: [],
    });
    expect((await charge('extra')).userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'priceId'] }]);
    expect((await charge('training', { quantity: '-1' })).userErrors).toEqual([
      { code: 'INVALID_INPUT', path: ['input', 'quantity'] },
    ]);
    const { createInvoice } = await ask<{ createInvoice: Payload<'invoice', { lines: ShownLine[] }> }>(
      `mutation ($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { lines {
         amount { amountMinor } derivation { ${derivationFields} } } } userErrors { code } } }`,
      { input: { accountId: toGlobalId('acc', id), lines: [], includeWaitingCharges: true, finalize: true } },
    );
    const [line] = createInvoice.invoice!.lines;
    expect(line).toMatchObject({
      amount: { amountMinor: '10500' },
      derivation: { planVersion: { plan: { name: 'Services' } } },
    });
    expectExplained(line!);
  });
});

describe('a change within a period', () => {
  const base = { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '3100' } } };
  const seats = { component: 'seats', name: 'Seats', currency: 'EUR', model: { perSeat: { unitAmount: '1000' } } };
  const fee = { component: 'fee', name: 'Fee', currency: 'EUR', charge: 'ONCE', model: { flat: { amount: '70' } } };
  const change = (id: string, changes: unknown[]) =>
    ask<{ changeSubscription: Payload<'subscription', { id: string }> }>(
      `mutation ($input: ChangeSubscriptionInput!) { changeSubscription(input: $input) {
         subscription { id } userErrors { code path message } } }`,
      { input: { id, changes } },
    ).then((data) => data.changeSubscription);

  it('keeps what was agreed, takes it back at that price, and adds an add-on with its fee and its own', async () => {
    const { plan } = await makePlan({ prices: [base, seats] });
    const addOn = await makePlan({ prices: [{ ...base, component: 'extra' }, fee] }, { kind: 'ADD_ON' });
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const agreed = [{ component: 'seats', quantity: '2', price: { model: { perSeat: { unitAmount: '310' } } } }];
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id }, components: agreed }]);
    await walk(world.app, organization, clockId, '2026-01-11T00:00:00Z');
    const own = [{ component: 'extra', price: { model: { flat: { amount: '31' } } } }];
    const changed = await change(subscription!.id, [
      { setQuantity: { component: 'seats', quantity: '4' } },
      { addPlan: { plan: { id: addOn.plan!.id }, components: own } },
    ]);
    expect(changed.userErrors).toEqual([]);
    const removed = await change(subscription!.id, [{ removePlan: { planId: plan!.id } }]);
    expect(removed.userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'changes'] }]);
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    const lines = await linesOf(subscription!.id);
    expect(lines.map((line) => [line.kind, line.component, line.amount.amountMinor])).toEqual([
      ['RECURRING', 'base', '3100'],
      ['RECURRING', 'seats', '620'],
      ['RECURRING', 'seats', '-420'],
      ['SETUP_FEE', 'fee', '70'],
      ['RECURRING', 'seats', '840'],
      ['RECURRING', 'extra', '21'],
      ['RECURRING', 'base', '3100'],
      ['RECURRING', 'seats', '1240'],
      ['RECURRING', 'extra', '31'],
    ]);
    for (const line of lines) expectExplained(line);
  });
});

describe('a setup fee', () => {
  const fee = {
    component: 'setup',
    name: 'Setup',
    currency: 'EUR',
    charge: 'ONCE',
    model: { flat: { amount: '9900' } },
  };
  const base = { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '1000' } } };

  it('is billed once, with the first paid period, after the trial', async () => {
    const { plan } = await makePlan({ prices: [base, fee], trialDays: 14 });
    expect(plan!.currentVersion.prices[1]).toMatchObject({ charge: 'ONCE', billing: 'ADVANCE' });
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id } }]);
    expect(await linesOf(subscription!.id)).toEqual([]);
    await walk(world.app, organization, clockId, '2026-03-20T00:00:00Z');
    const lines = await linesOf(subscription!.id);
    expect(lines.map((line) => [line.kind, line.component, line.amount.amountMinor])).toEqual([
      ['SETUP_FEE', 'setup', '9900'],
      ['RECURRING', 'base', '1000'],
      ['RECURRING', 'base', '1000'],
      ['RECURRING', 'base', '1000'],
    ]);
    const rows = await query<{ billed: Date }>(
      world.database.superuserUrl,
      `select billed_once_at as billed from subscription_items where component = 'setup' and billing_mode = 'once'`,
    );
    expect(rows).toEqual([{ billed: new Date('2026-01-15T00:00:00Z') }]);
    for (const line of lines) expectExplained(line);
  });

  it('comes at once without a trial, at the price that was agreed, and whole where the period is not', async () => {
    const { plan } = await makePlan({ prices: [base, fee] });
    const { clockId, accountId } = await clockAccount(organization, '2026-01-17T00:00:00Z');
    const components = [{ component: 'setup', price: { model: { flat: { amount: '500' } } } }];
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id }, components }], {
      anchor: 'CALENDAR',
    });
    expect((await linesOf(subscription!.id)).map((line) => [line.kind, line.amount.amountMinor])).toEqual([
      ['SETUP_FEE', '500'],
      ['RECURRING', '484'],
    ]);
    await walk(world.app, organization, clockId, '2026-03-02T00:00:00Z');
    const kinds = (await linesOf(subscription!.id)).map((line) => line.kind);
    expect(kinds).toEqual(['SETUP_FEE', 'RECURRING', 'RECURRING', 'RECURRING']);
  });
});

describe('a minimum commitment', () => {
  const base = { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '1000' } } };
  const late = {
    component: 'late',
    name: 'Late',
    currency: 'EUR',
    billing: 'ARREARS',
    model: { perUnit: { unitAmount: '10' } },
  };
  const minimumCommitment = [{ currency: 'EUR', amountMinor: '5000' }];

  it('is trued up at the end of each period, for a part by its share, and never in a trial', async () => {
    const { plan } = await makePlan({ prices: [base, late], minimumCommitment, trialDays: 7 });
    const { clockId, accountId } = await clockAccount(organization, '2026-01-10T00:00:00Z');
    const { subscription } = await subscribeTo(
      accountId,
      [{ plan: { id: plan!.id }, components: [{ component: 'late', quantity: '50' }] }],
      { anchor: 'CALENDAR' },
    );
    await walk(world.app, organization, clockId, '2026-03-01T00:00:00Z');
    const lines = await linesOf(subscription!.id);
    const trueUps = lines.filter((line) => line.kind === 'TRUE_UP');
    // 15 of January's 31 days: 24.19 committed, 4.84 and 2.42 billed.
    expect(trueUps.map((line) => line.amount.amountMinor)).toEqual(['1693', '3500']);
    expect(trueUps[0]!.derivation).toMatchObject({
      planVersion: { version: 1 },
      steps: [{ __typename: 'CommitmentStep', commitment: '50.00', share: '15/31', billed: '7.26', amount: '16.93' }],
    });
    for (const line of lines) expectExplained(line);
  });

  it('asks for nothing where the components cost as much', async () => {
    const { plan } = await makePlan({ prices: [base, late], minimumCommitment });
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const components = [{ component: 'late', quantity: '400' }];
    const { subscription } = await subscribeTo(accountId, [{ plan: { id: plan!.id }, components }]);
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    expect((await linesOf(subscription!.id)).map((line) => line.kind)).toEqual(['RECURRING', 'RECURRING', 'RECURRING']);
  });

  it.each([
    ['a currency without prices', [{ currency: 'USD', amountMinor: '1' }], '0.currency'],
    ['a second one in a currency', [...minimumCommitment, ...minimumCommitment], '1.currency'],
    ['nothing at all', [{ currency: 'EUR', amountMinor: '0' }], '0.amountMinor'],
  ])('refuses %s', async (_, bad, path) => {
    const { plan, userErrors } = await makePlan({ prices: [base], minimumCommitment: bad });
    expect(plan).toBeNull();
    expect(userErrors.map((error) => error.path.join('.'))).toEqual([`input.version.minimumCommitment.${path}`]);
  });
});
