import { digitsOf } from '../currency.ts';
import { formatExact, formatScaled } from '../decimal.ts';
import { type Rational, rational } from '../rational.ts';
import type { Derivation } from './derivation.ts';
import { DerivationWriter, evaluateDerivation } from './evaluate.ts';

/**
 * What is missing to a minimum commitment for a share of its period, with its derivation: the commitment is prorated and
 * rounded by itself, then what the period cost is taken off, not below 0. Minor units. RangeError for a currency without minor
 * units. Source: policy `prorate_and_round_each_then_subtract`.
 */
export function priceCommitment(input: {
  readonly currency: string;
  readonly commitmentMinor: bigint;
  readonly billedMinor: bigint;
  readonly share?: { readonly fraction: Rational; readonly mode: string } | undefined;
}): { readonly amountMinor: bigint; readonly derivation: Derivation } {
  const { currency, share } = input;
  const digits = digitsOf(currency);
  const writer = new DerivationWriter();
  writer.take({
    step: 'commitment',
    commitment: formatScaled(input.commitmentMinor, digits),
    mode: share?.mode ?? 'whole_period',
    share: formatExact(share?.fraction ?? rational(1n)),
    digits,
    billed: formatScaled(input.billedMinor, digits),
  });
  const derivation: Derivation = { version: 1, currency, steps: writer.steps };
  return { amountMinor: evaluateDerivation(derivation), derivation };
}
