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
