import { formatScaled, parseDecimal } from '../../../rules/decimal.ts';

const alreadyPlain = /^(0|-?[1-9][0-9]*|-?[1-9][0-9]*\.[0-9]+|0\.[0-9]+|-0\.[0-9]*[1-9][0-9]*)$/;
const anyDecimal = /^(-?)0*([0-9]+)(\.[0-9]+)?$/;

/**
 * A decimal as PostgreSQL prints it once it is stored as `numeric`: no leading zeros, no negative zero, its decimals kept.
 * What is hashed must read the same afterwards. RangeError for what is no plain decimal.
 */
export function plainDecimal(text: string): string {
  if (alreadyPlain.test(text)) return text;
  const match = anyDecimal.exec(text);
  if (!match) throw new RangeError('not a plain decimal');
  const [, sign = '', whole = '', fraction = ''] = match;
  const isZero = /^0*$/.test(whole) && /^\.?0*$/.test(fraction);
  return `${isZero ? '' : sign}${whole}${fraction}`;
}

/** A decimal moved by so many places (to the left where negative), with no zeros at its end: `45.50` by −2 is `0.455`. */
export function movedPoint(text: string, places: number): string {
  const { numerator, denominator } = parseDecimal(text);
  const moved = formatScaled((numerator * 10n ** BigInt(scale + places)) / denominator, scale);
  return moved.includes('.') ? moved.replace(/\.?0+$/, '') : moved;
}

const scale = 14;
