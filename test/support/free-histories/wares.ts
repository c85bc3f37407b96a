/** A plan with its first version, as `createPlan` takes it. */
export interface Ware {
  name: string;
  kind?: 'BASE' | 'ADD_ON';
  intervalUnit: string;
  intervalCount: number;
  trialDays: number;
  prices: readonly object[];
  minimumCommitment?: readonly object[];
}

const price = (component: string, model: object, more: object = {}) => ({
  ...{ component, name: component, currency: 'EUR', billing: 'ADVANCE', model },
  ...more,
});
const flat = (component: string, amount: number, more: object = {}) =>
  price(component, { flat: { amount: amount.toString() } }, more);
const seats = (unitAmount: string, more: object = {}) => price('seats', { perSeat: { unitAmount } }, more);
const monthly = { intervalUnit: 'MONTH', intervalCount: 1, trialDays: 0 };

const tiers = [
  { upTo: '10', unitAmount: '333.33', flatAmount: '100' },
  { upTo: '20', unitAmount: '250' },
  { unitAmount: '99.999' },
];

/** What is sold in free histories: each way of pricing, both ends of the period, amounts that do not divide evenly. */
export const wares: readonly Ware[] = [
  { name: 'Basic', ...monthly, prices: [flat('base', 1_000)] },
  { name: 'Team', ...monthly, prices: [flat('base', 4_999), seats('333.33')] },
  {
    name: 'Afterwards',
    ...monthly,
    prices: [flat('base', 700), price('units', { perUnit: { unitAmount: '123.45' } }, { billing: 'ARREARS' })],
  },
  { name: 'Tried', ...monthly, trialDays: 10, prices: [seats('900.01')] },
  { name: 'Tiers', ...monthly, prices: [price('seats', { graduated: { tiers } }, { minimumSpend: '1777' })] },
  {
    name: 'Committed',
    ...monthly,
    prices: [flat('start', 5_555, { charge: 'ONCE' }), price('seats', { volume: { tiers } })],
    minimumCommitment: [{ amountMinor: '6000', currency: 'EUR' }],
  },
  { name: 'Weekly', intervalUnit: 'WEEK', intervalCount: 1, trialDays: 0, prices: [flat('base', 333)] },
  {
    name: 'Yearly',
    ...{ intervalUnit: 'YEAR', intervalCount: 1, trialDays: 0 },
    prices: [flat('base', 12_000), seats('1000.01')],
  },
  {
    name: 'Extra',
    ...{ kind: 'ADD_ON', ...monthly },
    prices: [price('packs', { package: { packageSize: '7', packageAmount: '511' } }, { maximumSpend: '1500' })],
  },
];
