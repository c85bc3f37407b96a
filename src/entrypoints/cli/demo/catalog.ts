import { regions } from './cast.ts';
import type { Client } from './client.ts';

/** Prices in the main unit of each currency; the demo's world is not converted, it is priced. */
type PriceList = Record<string, string>;

interface DemoPlan {
  externalId: string;
  name: string;
  tierLabel: string;
  intervalUnit: string;
  intervalCount?: number;
  trialDays?: number;
  kind?: 'ADD_ON';
  components: DemoComponent[];
}

/** `prices`: of the whole, of a unit, of a unit in the first tier, or of a package, as the model has it. */
interface DemoComponent {
  component: string;
  name: string;
  model: keyof typeof models;
  billing?: 'ARREARS';
  once?: true;
  prices: PriceList;
}

/** The prices of tiers are parts of the first one's. */
const less = (price: string, percent: bigint) => String((BigInt(price) * percent) / 100n);
const models = {
  flat: (amount: string) => ({ flat: { amount } }),
  perSeat: (unitAmount: string) => ({ perSeat: { unitAmount } }),
  graduated: (price: string) => ({
    graduated: {
      tiers: [
        { upTo: '5', unitAmount: price },
        { upTo: '20', unitAmount: less(price, 80n) },
        { unitAmount: less(price, 60n) },
      ],
    },
  }),
  volume: (price: string) => ({
    volume: {
      tiers: [
        { upTo: '100', unitAmount: price },
        { upTo: '500', unitAmount: less(price, 75n) },
        { unitAmount: less(price, 50n) },
      ],
    },
  }),
  package: (packageAmount: string) => ({ package: { packageSize: '100', packageAmount, rounding: 'UP' } }),
};

const plans: readonly DemoPlan[] = [
  {
    externalId: 'starter',
    name: 'Starter',
    tierLabel: 'Starter',
    intervalUnit: 'MONTH',
    trialDays: 14,
    components: [
      {
        component: 'base',
        name: 'Starter',
        model: 'flat',
        prices: { EUR: '1900', USD: '2100', JPY: '2800', KWD: '6500' },
      },
    ],
  },
  {
    externalId: 'team',
    name: 'Team',
    tierLabel: 'Team',
    intervalUnit: 'MONTH',
    components: [
      {
        component: 'base',
        name: 'Team',
        model: 'flat',
        prices: { EUR: '4900', USD: '5200', JPY: '7200', KWD: '16750' },
      },
      {
        component: 'seats',
        name: 'Seats',
        model: 'perSeat',
        prices: { EUR: '900', USD: '1000', JPY: '1400', KWD: '3125' },
      },
    ],
  },
  {
    externalId: 'studio',
    name: 'Studio',
    tierLabel: 'Team',
    intervalUnit: 'QUARTER',
    components: [
      {
        component: 'base',
        name: 'Studio',
        model: 'flat',
        prices: { EUR: '24900', USD: '26900', JPY: '38000', KWD: '84500' },
      },
    ],
  },
  {
    externalId: 'annual',
    name: 'Business, yearly',
    tierLabel: 'Business',
    intervalUnit: 'YEAR',
    components: [
      {
        component: 'base',
        name: 'Business',
        model: 'flat',
        prices: { EUR: '99000', USD: '109000', JPY: '158000', KWD: '338000' },
      },
    ],
  },
  {
    externalId: 'metro',
    name: 'Metro, in arrears',
    tierLabel: 'Business',
    intervalUnit: 'MONTH',
    components: [
      {
        component: 'seats',
        name: 'Seats',
        model: 'perSeat',
        billing: 'ARREARS',
        prices: { EUR: '1450', USD: '1600', JPY: '2300', KWD: '4900' },
      },
    ],
  },
  {
    externalId: 'agency',
    name: 'Agency',
    tierLabel: 'Business',
    intervalUnit: 'MONTH',
    components: [
      {
        component: 'base',
        name: 'Agency',
        model: 'flat',
        prices: { EUR: '9900', USD: '10500', JPY: '15800', KWD: '33500' },
      },
      {
        component: 'seats',
        name: 'Seats',
        model: 'graduated',
        prices: { EUR: '1500', USD: '1600', JPY: '2500', KWD: '5000' },
      },
      {
        component: 'setup',
        name: 'Setup',
        model: 'flat',
        once: true,
        prices: { EUR: '25000', USD: '27500', JPY: '40000', KWD: '85000' },
      },
    ],
  },
  {
    externalId: 'archive',
    name: 'Archive',
    tierLabel: 'Team',
    intervalUnit: 'MONTH',
    components: [
      {
        component: 'storage',
        name: 'Gigabytes',
        model: 'volume',
        prices: { EUR: '20', USD: '24', JPY: '36', KWD: '80' },
      },
    ],
  },
  {
    externalId: 'letters',
    name: 'Letters',
    tierLabel: 'Add-on',
    intervalUnit: 'MONTH',
    kind: 'ADD_ON',
    components: [
      {
        component: 'letters',
        name: 'Letters, by the hundred',
        model: 'package',
        prices: { EUR: '8500', USD: '9000', JPY: '14000', KWD: '29000' },
      },
    ],
  },
];

/** Whether a plan of the demo has a price by quantity. */
export function hasQuantity(externalId: string): boolean {
  const plan = plans.find((one) => one.externalId === externalId);
  return plan?.components.some(({ model }) => model !== 'flat') ?? false;
}

const taxRates = [
  { name: 'USt', country: 'DE', percent: '19', inclusive: false },
  { name: '消費税', country: 'JP', percent: '10', inclusive: true },
] as const;

/** What the demo's organization sells, in every currency of its regions, and the taxes it knows. */
export async function makeCatalog(client: Client): Promise<void> {
  for (const input of taxRates) {
    await client.ask(
      'mutation ($input: CreateTaxRateInput!) { createTaxRate(input: $input) { userErrors { code message } } }',
      { input },
    );
  }
  for (const plan of plans) {
    await client.ask(
      'mutation ($input: CreatePlanInput!) { createPlan(input: $input) { userErrors { code message } } }',
      {
        input: inputOf(plan),
      },
    );
  }
}

function inputOf(plan: DemoPlan) {
  const { externalId, name, tierLabel, kind = 'BASE', intervalUnit, intervalCount = 1, trialDays = 0 } = plan;
  const prices = plan.components.flatMap((part) =>
    regions.map(({ currency }) => ({
      component: part.component,
      name: part.name,
      currency,
      billing: part.billing ?? 'ADVANCE',
      charge: part.once ? 'ONCE' : 'RECURRING',
      model: models[part.model](part.prices[currency]!),
    })),
  );
  return {
    externalId,
    name,
    tierLabel,
    kind,
    version: { intervalUnit, intervalCount, trialDays, prices, publish: true },
  };
}
