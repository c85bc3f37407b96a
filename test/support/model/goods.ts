import type { Unit } from './arithmetic.ts';

/** A price of the model: an exact amount of minor units for a quantity, as a fraction. */
export interface Good {
  component: string;
  billing: 'advance' | 'arrears';
  /** The price as `createPlan` takes it. */
  model: Record<string, unknown>;
  /** What a whole period costs: [numerator, denominator] of minor units. */
  cost(quantity: bigint): [bigint, bigint];
  /** Flat prices have the quantity 1. */
  flat: boolean;
}

export interface Offer {
  name: string;
  unit: Unit;
  count: number;
  trialDays: number;
  goods: Good[];
}

const flat = (component: string, amount: bigint, billing: Good['billing'] = 'advance'): Good => ({
  component,
  billing,
  model: { flat: { amount: amount.toString() } },
  cost: () => [amount, 1n],
  flat: true,
});

/** `unitAmount` in hundredths of a minor unit. */
const seats = (component: string, hundredths: bigint, billing: Good['billing'] = 'advance'): Good => ({
  component,
  billing,
  model: { perSeat: { unitAmount: `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}` } },
  cost: (quantity) => [hundredths * quantity, 100n],
  flat: false,
});

/** What is sold in every history: amounts that do not divide evenly, both ends of the period, four rhythms. */
export const offers: readonly Offer[] = [
  { name: 'Basic', unit: 'month', count: 1, trialDays: 0, goods: [flat('base', 1_000n)] },
  { name: 'Team', unit: 'month', count: 1, trialDays: 0, goods: [flat('base', 4_999n), seats('seats', 33_333n)] },
  {
    name: 'Metered',
    unit: 'month',
    count: 1,
    trialDays: 0,
    goods: [flat('base', 700n), seats('after', 12_345n, 'arrears')],
  },
  { name: 'Tried', unit: 'month', count: 1, trialDays: 10, goods: [seats('seats', 90_001n)] },
  { name: 'Weekly', unit: 'week', count: 1, trialDays: 0, goods: [flat('base', 333n)] },
  { name: 'Yearly', unit: 'year', count: 1, trialDays: 0, goods: [flat('base', 12_000n), seats('seats', 100_001n)] },
];
