import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  contradictions,
  evaluateDerivation,
  limitsForShare,
  type PriceModel,
  priceCommitment,
  priceComponent,
} from '../../src/rules/pricing.ts';
import { rational } from '../../src/rules/rational.ts';
import { commitmentTrueUp } from '../../src/rules/true-up.ts';

const minor = fc.bigInt({ min: 0n, max: 10n ** 12n });
const share = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.bigInt({ min: 1n, max: 10n ** 9n }))
  .map(([part, rest]) => rational(part, part + rest));

describe('limits of a share of a period', () => {
  it('are its share of both, each rounded by itself', () => {
    const price = { kind: 'flat', amountMinor: 100n, minimumMinor: 99n, maximumMinor: 301n } as const;
    expect(limitsForShare(price, rational(1n, 2n))).toEqual({ ...price, minimumMinor: 50n, maximumMinor: 151n });
    expect(limitsForShare<PriceModel>({ kind: 'flat', amountMinor: 1n }, rational(1n, 2n))).toEqual({
      kind: 'flat',
      amountMinor: 1n,
    });
  });

  it('hold whatever is billed, and never make a line negative', () => {
    fc.assert(
      fc.property(minor, minor, minor, share, (amountMinor, one, other, fraction) => {
        const [minimumMinor, maximumMinor] = one < other ? [one, other] : [other, one];
        const model = limitsForShare<PriceModel>({ kind: 'flat', amountMinor, minimumMinor, maximumMinor }, fraction);
        const priced = priceComponent(model, {
          currency: 'EUR',
          quantity: '1',
          share: { fraction, mode: 'by_second' },
        });
        expect(priced.amountMinor).toBeGreaterThanOrEqual(model.minimumMinor!);
        expect(priced.amountMinor).toBeLessThanOrEqual(model.maximumMinor!);
        expect(evaluateDerivation(priced.derivation)).toBe(priced.amountMinor);
      }),
    );
  });
});

describe('a minimum commitment', () => {
  it('asks for what is missing of its share, and explains it', () => {
    const { amountMinor, derivation } = priceCommitment({
      currency: 'EUR',
      commitmentMinor: 10_001n,
      billedMinor: 2_000n,
      share: { fraction: rational(1n, 2n), mode: 'by_second' },
    });
    expect(amountMinor).toBe(3_001n);
    expect(derivation.steps).toEqual([
      {
        step: 'commitment',
        commitment: '100.01',
        mode: 'by_second',
        share: '0.5',
        digits: 2,
        billed: '20.00',
        amount: '30.01',
      },
    ]);
  });

  it('is the rule of true-ups, whatever the figures, and re-evaluates to itself', () => {
    fc.assert(
      fc.property(
        minor,
        minor,
        share,
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (commitment, billed, fraction, currency) => {
          const { amountMinor, derivation } = priceCommitment({
            currency,
            commitmentMinor: commitment,
            billedMinor: billed,
            share: { fraction, mode: 'by_second' },
          });
          const committed = commitmentTrueUp(commitment, 0n, fraction);
          expect(amountMinor).toBe(committed > billed ? committed - billed : 0n);
          expect(evaluateDerivation(derivation)).toBe(amountMinor);
          expect(contradictions(derivation)).toEqual([]);
        },
      ),
    );
  });
});
