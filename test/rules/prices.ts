import fc from 'fast-check';
import { parseDecimal, type Rational } from '../../src/rules/money.ts';
import type { PriceInput, PriceModel, QuantityModel } from '../../src/rules/pricing.ts';

/** Decimal text of an integer count of thousandths. */
export const thousandths = (value: number): string => (value / 1_000).toFixed(3);

export const exact = (text: string): Rational => parseDecimal(text);

/** Prices finer than any currency, amounts that no currency is too coarse for, and quantities with decimals. */
export const anyPrice = fc.integer({ min: 0, max: 100_000_000 }).map((units) => (units / 10_000).toFixed(4));
export const anyAmount = fc.integer({ min: 0, max: 10_000 }).map(String);
export const anyQuantity = fc.integer({ min: 0, max: 500_000 }).map(thousandths);

/** One to six ascending bounds, the last being none. */
const anyBounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 400_000 }), { maxLength: 5 })
  .map((bounds): (string | null)[] => [...bounds.sort((left, right) => left - right).map(thousandths), null]);

const zeroUsage = fc.constantFrom('bills_first_flat' as const, 'bills_nothing' as const, undefined);

const flatAmounts = fc.option(anyAmount, { nil: undefined });

export const anyUnitTiers = anyBounds.chain((bounds) =>
  fc.tuple(
    ...bounds.map((upTo) => fc.record({ upTo: fc.constant(upTo), unitAmount: anyPrice, flatAmount: flatAmounts })),
  ),
);

export const anyTiered = (kind: 'graduated' | 'volume') =>
  fc.record({ kind: fc.constant(kind), tiers: anyUnitTiers, zeroUsage });

export const anyPackage = fc.record({
  kind: fc.constant('package' as const),
  packageSize: fc.integer({ min: 1, max: 50_000 }).map(thousandths),
  packageAmount: anyPrice,
  freeUnits: fc.option(anyQuantity, { nil: undefined }),
  rounding: fc.constantFrom('up' as const, 'down' as const, undefined),
});

export const anyGraduatedPercentage = anyBounds.chain((bounds) =>
  fc.record({
    kind: fc.constant('graduated_percentage' as const),
    tiers: fc.tuple(
      ...bounds.map((upTo) => fc.record({ upTo: fc.constant(upTo), ratePercent: anyPrice, flatAmount: flatAmounts })),
    ),
    zeroUsage,
  }),
);

const anyBlock = (maxBlocks: fc.Arbitrary<string | null>) =>
  fc.record({ blockSize: fc.integer({ min: 1, max: 40_000 }).map(thousandths), maxBlocks, blockAmount: anyPrice });

export const anyBlocks = (mode: 'graduated' | 'volume') =>
  fc.record({
    kind: fc.constant('tiered_blocks' as const),
    mode: fc.constant(mode),
    tiers: fc
      .tuple(
        fc.array(anyBlock(fc.integer({ min: 1, max: 20 }).map(String)), { maxLength: 4 }),
        anyBlock(fc.constant(null)),
      )
      .map(([tiers, last]) => [...tiers, last]),
  });

export const anyPerUnit = fc.record({ kind: fc.constant('per_unit' as const), unitAmount: anyPrice });

export const anyQuantityModel: fc.Arbitrary<QuantityModel> = fc.oneof(
  anyPerUnit,
  anyTiered('graduated'),
  anyTiered('volume'),
  anyPackage,
  anyGraduatedPercentage,
  anyBlocks('graduated'),
  anyBlocks('volume'),
);

/** A percentage price; where both bounds are given the minimum is the lower. */
export const anyPercentage = fc
  .record({
    kind: fc.constant('percentage' as const),
    ratePercent: fc.integer({ min: 0, max: 100_000 }).map(thousandths),
    fixedAmount: flatAmounts,
    freeEvents: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    freeAmount: fc.option(anyQuantity, { nil: undefined }),
    least: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
    above: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
  })
  .map(({ least, above, ...model }) => ({
    ...model,
    perTransactionMinimum: least === undefined ? undefined : thousandths(least),
    perTransactionMaximum: above === undefined ? undefined : thousandths((least ?? 0) + above),
  }));

const anyTerms = fc.record({
  minimumMinor: fc.option(fc.bigInt({ min: 0n, max: 100_000n }), { nil: undefined }),
  aboveMinimum: fc.option(fc.bigInt({ min: 0n, max: 1_000_000n }), { nil: undefined }),
});

const anyConversion = fc.option(
  fc.record({
    operation: fc.constantFrom('multiply' as const, 'divide' as const),
    factor: fc.integer({ min: 1, max: 2_000_000 }).map(thousandths),
    rounding: fc.constantFrom('none' as const, 'ceiling' as const, 'floor' as const, 'half_away_from_zero' as const),
    decimals: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  { nil: undefined },
);

const anyChargeModel: fc.Arbitrary<PriceModel> = fc.oneof(
  fc.record({ kind: fc.constant('flat' as const), amountMinor: fc.bigInt({ min: 0n, max: 10n ** 9n }) }),
  fc
    .tuple(anyQuantityModel, anyConversion, fc.option(anyQuantity, { nil: undefined }))
    .map(([model, conversion, freeUsage]) => ({ ...model, conversion, freeUsage })),
  anyPercentage,
  fc.record({ kind: fc.constant('dynamic' as const), multiplier: fc.option(anyPrice, { nil: undefined }) }),
  fc.record({ kind: fc.constant('bucketed' as const), model: anyQuantityModel }),
);

/** Any sound price of any model, with any terms that suit it. */
export const anyModel: fc.Arbitrary<PriceModel> = fc
  .tuple(anyChargeModel, anyTerms)
  .map(([model, { minimumMinor, aboveMinimum }]) => ({
    ...model,
    minimumMinor,
    maximumMinor: aboveMinimum === undefined ? undefined : (minimumMinor ?? 0n) + aboveMinimum,
  }));

const quantities = fc.array(anyQuantity, { maxLength: 8 });

/** Any input: every model finds in it what it prices. */
export const anyInput: fc.Arbitrary<PriceInput> = fc.record({
  currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  quantity: anyQuantity,
  events: quantities,
  suppliedMinor: quantities,
  buckets: quantities,
  usedBefore: fc.option(anyQuantity, { nil: undefined }),
  previouslyBilledMinor: fc.option(fc.bigInt({ min: 0n, max: 10n ** 6n }), { nil: undefined }),
  isLastLineOfPeriod: fc.boolean(),
  rounding: fc.constantFrom('half_away_from_zero' as const, 'half_even' as const, 'ceiling' as const, 'down' as const),
  share: fc.option(
    fc
      .tuple(fc.bigInt({ min: 0n, max: 2_678_400_000n }), fc.bigInt({ min: 1n, max: 2_678_400_000n }))
      .map(([part, rest]) => ({ fraction: { numerator: part, denominator: part + rest }, mode: 'by_second' })),
    { nil: undefined },
  ),
});
