import { type CreditableLine, type CreditedPart, creditPart, type RatePart } from './credit-note.ts';
import { least, sum } from './money.ts';

/**
 * The part of what is left of a line that comes to as much of `mostMinor` as there is: where a unit of its amount brings one of tax with
 * it and only one of the two has room, the tax stays behind, for whatever takes the rest. Null for nothing. RangeError as for `creditLine`.
 */
export function creditUpTo(
  line: CreditableLine,
  credited: CreditableLine,
  leftMinor: bigint,
  mostMinor: bigint,
): CreditedPart | null {
  if (mostMinor <= 0n) return null;
  const amount = creditWithin(line, credited, leftMinor, mostMinor);
  const part = amount > 0n ? creditPart(line, credited, amount) : null;
  if (amount === leftMinor || part?.totalMinor === mostMinor) return part;
  const next = creditPart(line, credited, amount + 1n);
  let over = next.totalMinor - mostMinor;
  const taxes = next.taxes.map((one): RatePart => {
    const off = one.inclusive ? 0n : least(over, one.amountMinor);
    over -= off;
    return { ...one, amountMinor: one.amountMinor - off };
  });
  if (over > 0n) return part;
  return { ...next, taxes, taxMinor: sum(taxes.map(({ amountMinor: tax }) => tax)), totalMinor: mostMinor };
}

/**
 * The largest part of what is left of a line that comes to at most `mostMinor` for the customer: minor units before discount and
 * tax; 0 where even the smallest part is more. RangeError as for `creditLine`.
 */
function creditWithin(line: CreditableLine, credited: CreditableLine, leftMinor: bigint, mostMinor: bigint): bigint {
  const fits = (amount: bigint): boolean => creditPart(line, credited, amount).totalMinor <= mostMinor;
  if (fits(leftMinor)) return leftMinor;
  let [within, beyond] = [0n, leftMinor];
  while (beyond - within > 1n) {
    const middle = (within + beyond) / 2n;
    if (fits(middle)) within = middle;
    else beyond = middle;
  }
  return within;
}
