import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MOST_TIERS, type PriceModel, priceComponent, priceProblems } from '../../src/rules/pricing.ts';
import { anyInput, anyModel } from './prices.ts';
import { LONG, runs } from './runs.ts';

const last = { upTo: null, unitAmount: '1' };
const block = { blockSize: '1', maxBlocks: null, blockAmount: '1' };

/** A model, and the problems it has: path and code. */
const rows: [string, PriceModel, string[]][] = [
  ['a negative flat price', { kind: 'flat', amountMinor: -1n }, ['amountMinor NEGATIVE']],
  ['a price that is no decimal', { kind: 'per_unit', unitAmount: '1e3' }, ['unitAmount NOT_A_DECIMAL']],
  ['a negative price', { kind: 'per_unit', unitAmount: '-1' }, ['unitAmount NEGATIVE']],
  ['no tiers', { kind: 'graduated', tiers: [] }, ['tiers NO_TIERS']],
  [
    'too many tiers',
    {
      kind: 'volume',
      tiers: [
        ...Array.from({ length: MOST_TIERS }, (_, index) => ({ upTo: String(index + 1), unitAmount: '1' })),
        last,
      ],
    },
    ['tiers TOO_MANY_TIERS'],
  ],
  [
    'tiers that do not ascend',
    { kind: 'graduated', tiers: [{ upTo: '5', unitAmount: '1' }, { upTo: '5.0', unitAmount: '1' }, last] },
    ['tiers.1.upTo TIERS_DO_NOT_ASCEND'],
  ],
  [
    'a tier of nothing',
    { kind: 'graduated', tiers: [{ upTo: '0', unitAmount: '1' }, last] },
    ['tiers.0.upTo TIERS_DO_NOT_ASCEND'],
  ],
  [
    'a last tier with a limit, and one before it without',
    { kind: 'volume', tiers: [last, { upTo: '5', unitAmount: '1' }] },
    ['tiers.0.upTo TIER_WITHOUT_LIMIT', 'tiers.1.upTo LAST_TIER_HAS_LIMIT'],
  ],
  [
    'a flat amount finer than the currency',
    { kind: 'graduated', tiers: [{ ...last, flatAmount: '0.005' }] },
    ['tiers.0.flatAmount FINER_THAN_CURRENCY'],
  ],
  [
    'a bad rate',
    { kind: 'graduated_percentage', tiers: [{ upTo: null, ratePercent: 'x' }] },
    ['tiers.0.ratePercent NOT_A_DECIMAL'],
  ],
  [
    'packages of nothing',
    { kind: 'package', packageSize: '0', packageAmount: '1', freeUnits: '-2' },
    ['packageSize NOT_POSITIVE', 'freeUnits NEGATIVE'],
  ],
  [
    'blocks',
    {
      kind: 'tiered_blocks',
      mode: 'volume',
      tiers: [
        { ...block, blockSize: '0' },
        { ...block, maxBlocks: '1.5' },
      ],
    },
    [
      'tiers.0.blockSize NOT_POSITIVE',
      'tiers.0.maxBlocks TIER_WITHOUT_LIMIT',
      'tiers.1.maxBlocks NOT_AN_INTEGER',
      'tiers.1.maxBlocks LAST_TIER_HAS_LIMIT',
    ],
  ],
  [
    'a minimum above the maximum, of each event and of the period',
    {
      kind: 'percentage',
      ratePercent: '1',
      freeEvents: 1.5,
      perTransactionMinimum: '2',
      perTransactionMaximum: '1',
      minimumMinor: 2n,
      maximumMinor: 1n,
    },
    ['freeEvents NOT_AN_INTEGER', 'perTransactionMinimum MINIMUM_ABOVE_MAXIMUM', 'minimumMinor MINIMUM_ABOVE_MAXIMUM'],
  ],
  [
    'a negative number of free events, a negative minimum',
    { kind: 'percentage', ratePercent: '1', freeEvents: -1, minimumMinor: -1n },
    ['freeEvents NEGATIVE', 'minimumMinor NEGATIVE'],
  ],
  ['a bad multiplier', { kind: 'dynamic', multiplier: '' }, ['multiplier NOT_A_DECIMAL']],
  ['a bad bucket price', { kind: 'bucketed', model: { kind: 'graduated', tiers: [] } }, ['model.tiers NO_TIERS']],
  [
    'a conversion by nothing, to too many decimals',
    {
      kind: 'per_unit',
      unitAmount: '1',
      conversion: { operation: 'divide', factor: '0', rounding: 'up', decimals: 13 },
    },
    ['conversion.factor NOT_POSITIVE', 'conversion.decimals TOO_MANY_DECIMALS'],
  ],
  [
    'free units of a price without a quantity',
    {
      kind: 'flat',
      amountMinor: 1n,
      freeUsage: '1',
      conversion: { operation: 'divide', factor: '2', rounding: 'none' },
    },
    ['conversion NOT_FOR_THIS_MODEL', 'freeUsage NOT_FOR_THIS_MODEL'],
  ],
];

describe('problems of a price', () => {
  test.each(rows)('%s', (_name, model, problems) => {
    const found = priceProblems(model, 'EUR');
    expect(found.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual(problems);
    for (const { message } of found) expect(message).toMatch(/^[A-Z].*\.$/);
  });

  test('how fine an amount may be depends on its currency', () => {
    const model: PriceModel = { kind: 'volume', tiers: [{ ...last, flatAmount: '0.5' }] };
    expect(priceProblems(model, 'EUR')).toEqual([]);
    expect(priceProblems(model, 'JPY').map((problem) => problem.code)).toEqual(['FINER_THAN_CURRENCY']);
    expect(() => priceProblems(model, 'XAU')).toThrow(RangeError);
  });

  test(
    'a sound price has none, and an answer for any quantity',
    () => {
      fc.assert(
        fc.property(anyModel, anyInput, (model, input) => {
          expect(priceProblems(model, 'EUR')).toEqual([]);
          expect(typeof priceComponent(model, input).amountMinor).toBe('bigint');
        }),
        runs(),
      );
    },
    LONG,
  );
});
