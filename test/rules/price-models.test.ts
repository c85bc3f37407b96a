import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  add,
  compare,
  formatDecimal,
  formatExact,
  multiply,
  parseDecimal,
  type Rational,
  rational,
  reduce,
} from '../../src/rules/money.ts';
import type { PercentageModel } from '../../src/rules/pricing/model.ts';
import { consumeFreeUsage, convertQuantity } from '../../src/rules/pricing/quantity.ts';
import { cutByTiers } from '../../src/rules/pricing/tiers.ts';
import {
  contradictions,
  countPackages,
  type Derivation,
  type DerivationStep,
  evaluateDerivation,
  exactAmount,
  type PriceInput,
  type PriceModel,
  priceComponent,
} from '../../src/rules/pricing.ts';
import {
  anyBlocks,
  anyGraduatedPercentage,
  anyInput,
  anyModel,
  anyPackage,
  anyPercentage,
  anyPrice,
  anyQuantity,
  anyQuantityModel,
  anyTiered,
  anyUnitTiers,
  exact,
  thousandths,
} from './prices.ts';
import { LONG, runs } from './runs.ts';

const priced = (model: PriceModel, quantity: string, more: Partial<PriceInput> = {}): Rational =>
  exactAmount(model, { currency: 'EUR', quantity, ...more });

const text = (model: PriceModel, quantity: string, more: Partial<PriceInput> = {}): string =>
  formatExact(priced(model, quantity, more));

/** A sum of two decimals as text. */
const plus = (left: string, right: string): string => formatExact(add(exact(left), exact(right)));

describe('a derivation', () => {
  test(
    'recomputes its line from its facts alone, after a round trip through JSON, and contradicts itself nowhere',
    () => {
      fc.assert(
        fc.property(anyModel, anyInput, (model, input) => {
          const { amountMinor, derivation } = priceComponent(model, input);
          const stored = JSON.parse(JSON.stringify(derivation)) as Derivation;
          expect(evaluateDerivation(stored)).toBe(amountMinor);
          expect(contradictions(stored)).toEqual([]);
          expect(stored.steps.at(-1)?.amount).toBe(formatDecimal(amountMinor, input.currency));
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'does not read the amounts it states, and says where one of them is wrong',
    () => {
      fc.assert(
        fc.property(anyModel, anyInput, fc.nat(), (model, input, choice) => {
          const { amountMinor, derivation } = priceComponent(model, input);
          const index = choice % derivation.steps.length;
          const chosen = derivation.steps[index]!;
          if (chosen.step === 'flat') return;
          const wrong: DerivationStep = { ...chosen, amount: '-123456.789' };
          const steps = derivation.steps.map((step, at) => (at === index ? wrong : step));
          expect(evaluateDerivation({ ...derivation, steps })).toBe(amountMinor);
          expect(contradictions({ ...derivation, steps })).toEqual([`steps.${index}`]);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('says where a number of packages, a bucket or a quantity is wrong', () => {
    const packages = { kind: 'package', packageSize: '10', packageAmount: '2' } as const;
    const { derivation } = priceComponent(
      { kind: 'bucketed', model: packages },
      { currency: 'EUR', quantity: '0', buckets: ['15'] },
    );
    expect(JSON.stringify(derivation)).toContain('"packages":"2"');
    const miscounted = JSON.parse(JSON.stringify(derivation).replace('"packages":"2"', '"packages":"3"'));
    expect(contradictions(miscounted)).toEqual(['steps.0.steps.0']);
    const converted = priceComponent(
      { ...packages, conversion: { operation: 'divide', factor: '3', rounding: 'none' }, freeUsage: '1' },
      { currency: 'EUR', quantity: '100' },
    ).derivation;
    expect(converted.quantitySteps?.map((step) => step.result)).toEqual(['100/3', '97/3']);
    const misconverted = JSON.parse(JSON.stringify(converted).replace('"result":"100/3"', '"result":"33"'));
    expect(contradictions(misconverted)).toEqual(['quantitySteps.0']);
  });

  test('explains tier by tier', () => {
    const tiers = [
      { upTo: '10', unitAmount: '10', flatAmount: '2' },
      { upTo: null, unitAmount: '0.333' },
    ];
    const { derivation, unitAmount } = priceComponent(
      { kind: 'graduated', tiers },
      { currency: 'EUR', quantity: '11.5' },
    );
    expect(derivation.steps).toEqual([
      {
        step: 'tier',
        tier: 1,
        from: '0',
        upTo: '10',
        quantity: '10',
        unitAmount: '10',
        flatAmount: '2',
        amount: '102',
      },
      {
        step: 'tier',
        tier: 2,
        from: '10',
        upTo: null,
        quantity: '1.5',
        unitAmount: '0.333',
        flatAmount: '0',
        amount: '0.4995',
      },
      { step: 'round', mode: 'half_away_from_zero', currency: 'EUR', digits: 2, amount: '102.50' },
    ]);
    expect(unitAmount).toBe('8.913');
  });

  test('stays short over many events, and refuses what can not be read', () => {
    const events = Array.from({ length: 5_000 }, (_, index) => thousandths(index + 1));
    const { derivation } = priceComponent(
      { kind: 'percentage', ratePercent: '1.7', freeEvents: 10, perTransactionMinimum: '0.01' },
      { currency: 'EUR', quantity: '5000', events },
    );
    expect(derivation.steps.map((step) => step.step)).toEqual(['events', 'events', 'events', 'round']);
    const open: Derivation = { version: 1, currency: 'EUR', steps: [{ step: 'flat', amount: '0.001' }] };
    expect(() => evaluateDerivation(open)).toThrow(RangeError);
    const bad: Derivation = { version: 1, currency: 'EUR', steps: [{ step: 'flat', amount: 'ten' }] };
    expect(() => evaluateDerivation(bad)).toThrow(RangeError);
  });
});

describe('tiers', () => {
  test(
    'tile the quantity, in order and without a gap',
    () => {
      fc.assert(
        fc.property(anyUnitTiers, anyQuantity, anyQuantity, (tiers, quantity, already) => {
          const parts = cutByTiers(tiers, exact(quantity), exact(already));
          const total = parts.reduce((sum, part) => add(sum, part.quantity), rational(0n));
          expect(compare(total, exact(quantity))).toBe(0);
          parts.forEach((part, index) => {
            if (index > 0) expect(part.index).toBe(parts[index - 1]!.index + 1);
            const { upTo } = tiers[part.index]!;
            const end = add(
              exact(already),
              parts.slice(0, index + 1).reduce((sum, one) => add(sum, one.quantity), rational(0n)),
            );
            if (upTo !== null) expect(compare(end, exact(upTo)) <= 0).toBe(true);
            expect(compare(end, part.from) >= 0).toBe(true);
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'graduated is what every whole unit costs in its tier, one by one',
    () => {
      const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
      const prices = fc.array(fc.tuple(fc.integer({ max: 9_999, min: 0 }), fc.nat(500)), {
        minLength: 5,
        maxLength: 5,
      });
      fc.assert(
        fc.property(bounds, prices, fc.integer({ min: 1, max: 60 }), (unsorted, costs, quantity) => {
          const limits = [...unsorted.sort((left, right) => left - right), Number.POSITIVE_INFINITY];
          let thousandthsDue = 0;
          for (let unit = 1; unit <= quantity; unit += 1) {
            const tier = limits.findIndex((limit) => unit <= limit);
            thousandthsDue += costs[tier]![0];
            if (unit === 1 || unit === limits[tier - 1]! + 1) thousandthsDue += costs[tier]![1] * 1_000;
          }
          const tiers = limits.map((limit, index) => ({
            upTo: limit === Number.POSITIVE_INFINITY ? null : String(limit),
            unitAmount: thousandths(costs[index]![0]),
            flatAmount: String(costs[index]![1]),
          }));
          expect(
            compare(priced({ kind: 'graduated', tiers }, String(quantity)), exact(thousandths(thousandthsDue))),
          ).toBe(0);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'one tier is a price per unit, graduated and by volume',
    () => {
      fc.assert(
        fc.property(anyPrice, anyQuantity, (unitAmount, quantity) => {
          const tiers = [{ upTo: null, unitAmount }];
          const perUnit = text({ kind: 'per_unit', unitAmount }, quantity);
          expect(text({ kind: 'graduated', tiers }, quantity)).toBe(perUnit);
          expect(text({ kind: 'volume', tiers }, quantity)).toBe(perUnit);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'by volume the bound belongs to its tier, and the next thousandth to the next',
    () => {
      fc.assert(
        fc.property(anyTiered('volume'), (model) => {
          model.tiers.forEach((tier, index) => {
            if (tier.upTo === null) return;
            const cost = (quantity: string, position: number): Rational => {
              const { unitAmount, flatAmount } = model.tiers[position]!;
              return add(multiply(exact(quantity), exact(unitAmount)), exact(flatAmount ?? '0'));
            };
            expect(compare(priced(model, tier.upTo), cost(tier.upTo, index))).toBe(0);
            const above = plus(tier.upTo, '0.001');
            expect(compare(priced(model, above), cost(above, index + 1))).toBe(0);
            expect(compare(priced(model, '1', { tierQuantity: above }), cost('1', index + 1))).toBe(0);
          });
        }),
        runs(300),
      );
    },
    LONG,
  );

  const flatFirst = [
    { upTo: '5', unitAmount: '0', flatAmount: '100' },
    { upTo: null, unitAmount: '1', flatAmount: '50' },
  ];
  test.each([
    ['graduated', 'bills_first_flat', '0', '100'],
    ['graduated', 'bills_nothing', '0', '0'],
    ['graduated', 'bills_nothing', '0.001', '100'],
    ['volume', 'bills_first_flat', '0', '100'],
    ['volume', 'bills_nothing', '0', '0'],
    ['volume', 'bills_nothing', '6', '56'],
  ] as const)('%s, zero usage %s: %s units cost %s', (kind, zeroUsage, quantity, amount) => {
    expect(text({ kind, tiers: flatFirst, zeroUsage }, quantity)).toBe(amount);
  });

  test('a flat amount is billed once over the lines of a period', () => {
    const model = { kind: 'graduated', tiers: flatFirst } as const;
    expect(text(model, '5', { alreadyBilled: '0' })).toBe('100');
    expect(text(model, '1', { alreadyBilled: '5' })).toBe('51');
    expect(text(model, '1', { alreadyBilled: '6' })).toBe('1');
    expect(text(model, '0', { alreadyBilled: '6' })).toBe('0');
  });
});

describe('a line after a line', () => {
  test(
    'costs what the whole costs more: graduated, graduated percentage, package',
    () => {
      const models = fc.oneof(anyTiered('graduated'), anyGraduatedPercentage, anyPackage);
      const positive = fc.integer({ min: 1, max: 500_000 }).map(thousandths);
      fc.assert(
        fc.property(models, positive, anyQuantity, (model, first, second) => {
          const parts = add(priced(model, first), priced(model, second, { alreadyBilled: first }));
          expect(compare(parts, priced(model, plus(first, second)))).toBe(0);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'more costs no less, but for prices by volume',
    () => {
      const models = fc.oneof(anyTiered('graduated'), anyGraduatedPercentage, anyPackage, anyBlocks('graduated'));
      fc.assert(
        fc.property(models, anyQuantity, anyQuantity, (model, quantity, more) => {
          expect(compare(priced(model, plus(quantity, more)), priced(model, quantity)) >= 0).toBe(true);
        }),
        runs(),
      );
    },
    LONG,
  );

  test.each([
    { kind: 'volume', tiers: [{ upTo: null, unitAmount: '1' }] },
    { kind: 'per_unit', unitAmount: '1' },
    { kind: 'tiered_blocks', mode: 'volume', tiers: [{ blockSize: '1', maxBlocks: null, blockAmount: '1' }] },
  ] as const)('a $kind price is not billed in part', (model) => {
    expect(() => priced(model, '1', { alreadyBilled: '1' })).toThrow(RangeError);
    expect(text(model, '1', { alreadyBilled: '0' })).toBe('1');
  });
});

describe('packages and blocks', () => {
  test(
    'as many packages as hold the paid units, or as they fill',
    () => {
      fc.assert(
        fc.property(anyPackage, anyQuantity, (model, quantity) => {
          const { packageSize, freeUnits = '0', rounding = 'up' } = model;
          const facts = { quantity, alreadyBilled: '0', freeUnits, packageSize, rounding };
          const packages = countPackages(facts);
          const until = (count: bigint) => add(exact(freeUnits), multiply(rational(count), exact(packageSize)));
          if (compare(exact(quantity), exact(freeUnits)) <= 0) expect(packages).toBe(0n);
          else if (rounding === 'up') {
            expect(compare(until(packages), exact(quantity)) >= 0).toBe(true);
            expect(compare(until(packages - 1n), exact(quantity)) < 0).toBe(true);
          } else {
            expect(compare(until(packages), exact(quantity)) <= 0).toBe(true);
            expect(compare(until(packages + 1n), exact(quantity)) > 0).toBe(true);
          }
        }),
        runs(),
      );
    },
    LONG,
  );

  const blocks = [
    { blockSize: '100', maxBlocks: '10', blockAmount: '1' },
    { blockSize: '1000', maxBlocks: '2', blockAmount: '3' },
  ];
  test.each([
    ['graduated', '0', '0'],
    ['graduated', '1000', '10'],
    ['graduated', '1000.001', '13'],
    ['graduated', '3000', '16'],
    ['graduated', '3001', '19'],
    ['volume', '1000', '10'],
    ['volume', '1001', '6'],
    ['volume', '9000', '27'],
  ] as const)('%s blocks: %s units cost %s', (mode, quantity, amount) => {
    expect(text({ kind: 'tiered_blocks', mode, tiers: blocks }, quantity)).toBe(amount);
  });
});

describe('percentages', () => {
  /** The rule event by event in plain fractions. */
  function reference(model: PercentageModel, events: readonly string[]): Rational {
    let [total, due] = [rational(0n), rational(0n)];
    const { freeEvents = null, freeAmount = null } = model;
    events.forEach((event, index) => {
      const before = total;
      total = add(total, exact(event));
      const hasLimits = freeEvents !== null || freeAmount !== null;
      const withinEvents = freeEvents === null || index + 1 <= freeEvents;
      const withinAmount = freeAmount === null || compare(total, exact(freeAmount)) <= 0;
      if (hasLimits && withinEvents && withinAmount) return;
      const isPartly = withinEvents && freeAmount !== null && compare(before, exact(freeAmount)) < 0;
      const excess = isPartly ? add(total, multiply(exact(freeAmount), rational(-1n))) : exact(event);
      let cost = add(
        multiply(excess, multiply(exact(model.ratePercent), rational(1n, 100n))),
        exact(model.fixedAmount ?? '0'),
      );
      const { perTransactionMinimum: least, perTransactionMaximum: most } = model;
      if (least !== undefined && !isPartly && compare(cost, exact(least)) < 0) cost = exact(least);
      if (most !== undefined && compare(cost, exact(most)) > 0) cost = exact(most);
      due = reduce(add(due, cost));
    });
    return due;
  }

  test(
    'agree with the rule applied event by event; another event costs no less',
    () => {
      fc.assert(
        fc.property(anyPercentage, fc.array(anyQuantity, { maxLength: 12 }), anyQuantity, (model, events, another) => {
          const amount = priced(model, '0', { events });
          expect(compare(amount, reference(model, events))).toBe(0);
          expect(compare(priced(model, '0', { events: [...events, another] }), amount) >= 0).toBe(true);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('need their events, none of them negative', () => {
    expect(() => priced({ kind: 'percentage', ratePercent: '1' }, '1')).toThrow(RangeError);
    expect(() => priced({ kind: 'percentage', ratePercent: '1' }, '1', { events: ['-1'] })).toThrow(RangeError);
    expect(text({ kind: 'percentage', ratePercent: '1' }, '1', { events: [] })).toBe('0');
  });
});

describe('buckets and supplied amounts', () => {
  test(
    'a bucketed price is the sum of its buckets, each priced alone',
    () => {
      fc.assert(
        fc.property(anyQuantityModel, fc.array(anyQuantity, { maxLength: 6 }), (model, buckets) => {
          const alone = buckets.reduce((sum, quantity) => reduce(add(sum, priced(model, quantity))), rational(0n));
          expect(compare(priced({ kind: 'bucketed', model }, '0', { buckets }), alone)).toBe(0);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('supplied amounts are minor units of the currency, times the multiplier', () => {
    expect(text({ kind: 'dynamic' }, '1', { suppliedMinor: ['40.2', '0.8'] })).toBe('0.41');
    expect(text({ kind: 'dynamic', multiplier: '1.5' }, '1', { currency: 'JPY', suppliedMinor: ['33'] })).toBe('49.5');
    expect(() => priced({ kind: 'dynamic' }, '1')).toThrow(RangeError);
    expect(() => priced({ kind: 'bucketed', model: { kind: 'per_unit', unitAmount: '1' } }, '1')).toThrow(RangeError);
  });
});

describe('terms', () => {
  test(
    'over the lines of a period the maximum is never exceeded and the minimum is reached on the last',
    () => {
      const amounts = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 6 });
      fc.assert(
        fc.property(amounts, fc.integer({ min: 0, max: 200_000 }), fc.nat(200_000), (lines, least, above) => {
          const [minimumMinor, maximumMinor] = [BigInt(least), BigInt(least + above)];
          let billed = 0n;
          lines.forEach((line, index) => {
            const usage = BigInt(line);
            const one = priceComponent(
              { kind: 'flat', amountMinor: usage, minimumMinor, maximumMinor },
              {
                currency: 'EUR',
                quantity: '1',
                previouslyBilledMinor: billed,
                isLastLineOfPeriod: index === lines.length - 1,
              },
            );
            expect(usage - one.maximumDiscountMinor + one.minimumTopUpMinor).toBe(one.amountMinor);
            if (index < lines.length - 1) expect(one.minimumTopUpMinor).toBe(0n);
            billed += one.amountMinor;
          });
          const usage = BigInt(lines.reduce((sum, line) => sum + line, 0));
          const expected = usage < minimumMinor ? minimumMinor : usage > maximumMinor ? maximumMinor : usage;
          expect(billed).toBe(expected);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'free units are used up in order, and no unit is lost',
    () => {
      fc.assert(
        fc.property(anyQuantity, fc.array(anyQuantity, { maxLength: 6 }), (free, lines) => {
          let [before, given, billed] = [rational(0n), rational(0n), rational(0n)];
          for (const line of lines) {
            const consumed = consumeFreeUsage(exact(free), before, exact(line));
            before = add(before, exact(line));
            given = add(given, consumed.free);
            billed = add(billed, consumed.billable);
          }
          expect(compare(add(given, billed), before)).toBe(0);
          const expected = compare(before, exact(free)) < 0 ? before : exact(free);
          expect(compare(given, expected)).toBe(0);
        }),
        runs(),
      );
    },
    LONG,
  );

  test.each([
    ['multiply', '1.5', 'none', undefined, '3', '4.5'],
    ['divide', '3', 'none', undefined, '1', '1/3'],
    ['divide', '1000', 'ceiling', undefined, '1001', '2'],
    ['divide', '1000', 'floor', undefined, '1999', '1'],
    ['divide', '1000', 'half_away_from_zero', undefined, '1500', '2'],
    ['divide', '1000', 'half_even', undefined, '2500', '2'],
    ['divide', '3', 'half_away_from_zero', 2, '2', '0.67'],
  ] as const)('%s by %s, rounding %s to %s decimals: %s is %s', (operation, factor, rounding, decimals, from, to) => {
    expect(formatExact(convertQuantity(parseDecimal(from), { operation, factor, rounding, decimals }))).toBe(to);
  });

  test('a price by other things than a quantity has nothing to convert', () => {
    const conversion = { operation: 'divide', factor: '10', rounding: 'none' } as const;
    expect(() => priced({ kind: 'flat', amountMinor: 1n, conversion }, '1')).toThrow(RangeError);
    expect(() => priced({ kind: 'percentage', ratePercent: '1', freeUsage: '1' }, '1', { events: [] })).toThrow(
      RangeError,
    );
    expect(text({ kind: 'per_unit', unitAmount: '2', conversion, freeUsage: '0.5' }, '10')).toBe('1');
    expect(() => convertQuantity(rational(1n), { ...conversion, factor: '0' })).toThrow(RangeError);
  });

  test.each([
    { kind: 'graduated', tiers: [{ upTo: null, unitAmount: '1' }] },
    { kind: 'volume', tiers: [{ upTo: null, unitAmount: '1' }] },
    { kind: 'graduated_percentage', tiers: [{ upTo: null, ratePercent: '1' }] },
    { kind: 'package', packageSize: '1', packageAmount: '1' },
    { kind: 'tiered_blocks', mode: 'graduated', tiers: [{ blockSize: '1', maxBlocks: null, blockAmount: '1' }] },
  ] as const)('a $kind price has none for a negative quantity', (model) => {
    expect(() => priced(model, '-1')).toThrow(RangeError);
  });
});
