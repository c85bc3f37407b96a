import { least } from './money.ts';

/** What an invoice spent of a lot of credit and has not been given back yet, minor units, more than 0. */
export interface SpentLot {
  readonly id: string;
  readonly leftMinor: bigint;
}

/** Where credit goes that takes a paid invoice back: anew, as credit without limits, or into the lots that it came from. */
export interface CreditReturn {
  readonly anewMinor: bigint;
  readonly lots: readonly { readonly id: string; readonly amountMinor: bigint }[];
}

/**
 * Shares out what is given back of an invoice in the reverse order in which it was paid: first what money had paid (which
 * comes after credit), then the lots of credit from the last spent to the first. `lots` are in the order of spending;
 * `moneyMinor` is what money paid and was not given back before, less than 0 counting as nothing. The parts add up to the
 * amount; what none of them explains is given anew. Minor units; RangeError for a negative amount.
 */
export function shareOutReturn(amountMinor: bigint, moneyMinor: bigint, lots: readonly SpentLot[]): CreditReturn {
  if (amountMinor < 0n) throw new RangeError('what is given back is not negative');
  const money = moneyMinor > 0n ? least(amountMinor, moneyMinor) : 0n;
  let left = amountMinor - money;
  const back: { id: string; amountMinor: bigint }[] = [];
  for (const { id, leftMinor } of [...lots].reverse()) {
    const amount = least(left, leftMinor);
    if (amount <= 0n) continue;
    back.push({ id, amountMinor: amount });
    left -= amount;
  }
  return { anewMinor: money + left, lots: back };
}
