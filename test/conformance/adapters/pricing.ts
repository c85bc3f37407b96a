import { exactMinor, majorToMinor } from '../../../src/rules/currency.ts';
import { formatDecimal, formatExact, parseDecimal, type Rational, toFixedDecimal } from '../../../src/rules/money.ts';
import { consumeFreeUsage, convertQuantity } from '../../../src/rules/pricing/quantity.ts';
import {
  countPackages,
  exactAmount,
  type PriceInput,
  type PriceModel,
  priceComponent,
  standardAmount,
} from '../../../src/rules/pricing.ts';
import {
  type Adapter,
  type Json,
  type JsonObject,
  list,
  optionalNumber,
  optionalText,
  rounding,
  text,
} from '../adapter.ts';
import { packageModel, percentageTiers, priceModel, unitTiers } from './price-models.ts';

/** More decimals than any product of bounded decimals has, so that nothing is rounded. */
const ALL_DECIMALS = 60;
/** The contract gives amounts in major units without naming a currency: two digits, as its minor units imply. */
const TWO_DIGITS = 'USD';

const show = (amount: Rational): string => toFixedDecimal(amount, ALL_DECIMALS);

const texts = (inputs: JsonObject, key: string): string[] => list(inputs, key).map((value) => String(value));

/** What is not rounded is priced exactly, before any rounding to a currency. */
function exact(model: PriceModel, inputs: JsonObject, more: Partial<PriceInput> = {}): { amount: Json } {
  const amount = exactAmount(model, {
    currency: TWO_DIGITS,
    quantity: optionalText(inputs, 'quantity') ?? '0',
    alreadyBilled: optionalText(inputs, 'quantity_already_billed'),
    ...more,
  });
  return { amount: show(amount) };
}

const ZERO_USAGE = {
  zero_usage_bills_first_flat: 'bills_first_flat',
  zero_usage_bills_nothing: 'bills_nothing',
} as const;

const zeroUsage = (policy: string | null) => ZERO_USAGE[policy as keyof typeof ZERO_USAGE];

const standard: Adapter = {
  op: 'price.standard',
  policies: [],
  run: (inputs) => ({ amount: show(standardAmount(text(inputs, 'unit_amount'), text(inputs, 'quantity'))) }),
};

const graduated: Adapter = {
  op: 'price.graduated',
  policies: Object.keys(ZERO_USAGE),
  run: (inputs, policy) => exact({ kind: 'graduated', tiers: unitTiers(inputs), zeroUsage: zeroUsage(policy) }, inputs),
};

const volume: Adapter = {
  op: 'price.volume',
  policies: Object.keys(ZERO_USAGE),
  run: (inputs, policy) =>
    exact({ kind: 'volume', tiers: unitTiers(inputs), zeroUsage: zeroUsage(policy) }, inputs, {
      tierQuantity: optionalText(inputs, 'tier_quantity'),
    }),
};

const graduatedPercentage: Adapter = {
  op: 'price.graduated_percentage',
  policies: Object.keys(ZERO_USAGE),
  run: (inputs, policy) =>
    exact({ kind: 'graduated_percentage', tiers: percentageTiers(inputs), zeroUsage: zeroUsage(policy) }, inputs),
};

const packages: Adapter = {
  op: 'price.package',
  policies: [],
  run(inputs) {
    const model = packageModel(inputs);
    const counted = countPackages({
      ...model,
      quantity: text(inputs, 'quantity'),
      alreadyBilled: optionalText(inputs, 'quantity_already_billed') ?? '0',
    });
    return { ...exact(model, inputs), packages: counted.toString() };
  },
};

const percentage: Adapter = {
  op: 'price.percentage',
  policies: ['no_minimum_on_event_already_partly_free_total'],
  run: (inputs) =>
    exact(
      {
        kind: 'percentage',
        ratePercent: text(inputs, 'rate_percent'),
        fixedAmount: optionalText(inputs, 'fixed_amount'),
        freeEvents: optionalNumber(inputs, 'free_events'),
        freeAmount: optionalText(inputs, 'free_amount'),
        perTransactionMinimum: optionalText(inputs, 'per_transaction_min'),
        perTransactionMaximum: optionalText(inputs, 'per_transaction_max'),
      },
      inputs,
      { events: texts(inputs, 'events') },
    ),
};

const dynamic: Adapter = {
  op: 'price.dynamic',
  policies: [],
  run(inputs) {
    const suppliedMinor = texts(inputs, 'event_amounts_minor');
    const model: PriceModel = { kind: 'dynamic' };
    const priced = priceComponent(model, { currency: TWO_DIGITS, quantity: text(inputs, 'quantity'), suppliedMinor });
    return { ...exact(model, inputs, { suppliedMinor }), unit_amount: priced.unitAmount };
  },
};

const dynamicMultiplier: Adapter = {
  op: 'price.dynamic_multiplier',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const suppliedMinor = [formatExact(exactMinor(text(inputs, 'base_amount'), currency))];
    const model: PriceModel = { kind: 'dynamic', multiplier: text(inputs, 'multiplier') };
    return {
      amount: formatDecimal(priceComponent(model, { currency, quantity: '1', suppliedMinor }).amountMinor, currency),
    };
  },
};

const commitment: Adapter = {
  op: 'price.commitment',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const limit = (key: string): bigint | undefined => {
      const value = optionalText(inputs, key);
      return value === undefined ? undefined : majorToMinor(value, currency);
    };
    const priced = priceComponent(
      {
        kind: 'per_unit',
        unitAmount: text(inputs, 'amount'),
        minimumMinor: limit('minimum'),
        maximumMinor: limit('maximum'),
      },
      {
        currency,
        quantity: '1',
        previouslyBilledMinor: limit('previously_billed'),
        isLastLineOfPeriod: inputs.is_last_line_of_period === true,
      },
    );
    return {
      minimum_top_up: formatDecimal(priced.minimumTopUpMinor, currency),
      maximum_discount: formatDecimal(priced.maximumDiscountMinor, currency),
      total: formatDecimal(priced.amountMinor, currency),
    };
  },
};

const unitConversion: Adapter = {
  op: 'price.unit_conversion',
  policies: [],
  run(inputs) {
    const operation = text(inputs, 'operation');
    if (operation !== 'multiply' && operation !== 'divide') throw new TypeError('operation is unknown');
    const name = optionalText(inputs, 'rounding');
    const quantity = convertQuantity(parseDecimal(text(inputs, 'quantity')), {
      operation,
      factor: text(inputs, 'factor'),
      rounding: name === undefined || name === 'none' ? 'none' : rounding(name),
      decimals: optionalNumber(inputs, 'decimals'),
    });
    return { quantity: show(quantity) };
  },
};

const freeUsage: Adapter = {
  op: 'price.free_usage',
  policies: [],
  run(inputs) {
    const [units, before, now] = ['free_units', 'used_before', 'used_now'].map((key) =>
      parseDecimal(text(inputs, key)),
    );
    const { billable, free } = consumeFreeUsage(units!, before!, now!);
    return { billable_now: show(billable), discounted_now: show(free) };
  },
};

const bucketed: Adapter = {
  op: 'price.bucketed',
  policies: ['price_each_bucket_then_sum'],
  run: (inputs) =>
    exact({ kind: 'bucketed', model: priceModel(inputs.model as JsonObject) }, inputs, {
      buckets: texts(inputs, 'bucket_quantities'),
    }),
};

const tieredBlocks: Adapter = {
  op: 'price.tiered_blocks',
  policies: ['block_rounded_up_per_tier'],
  run(inputs) {
    const model = priceModel({ ...inputs, type: 'tiered_blocks' });
    const { derivation } = priceComponent(model, { currency: TWO_DIGITS, quantity: text(inputs, 'quantity') });
    const tierAmounts = derivation.steps.filter((step) => step.step === 'blocks').map((step) => step.amount);
    return { ...exact(model, inputs), tier_amounts: tierAmounts };
  },
};

export const pricingAdapters: readonly Adapter[] = [
  standard,
  graduated,
  volume,
  graduatedPercentage,
  packages,
  percentage,
  dynamic,
  dynamicMultiplier,
  commitment,
  unitConversion,
  freeUsage,
  bucketed,
  tieredBlocks,
];
