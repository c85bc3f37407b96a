import type { Work } from '../../platform/work.ts';
import type { CreditBalances } from './balances.ts';
import { type CreditKey, textOfKey } from './credit-moves.ts';
import type { CreditHoldRow } from './credits.entities.ts';
import { endHold, type HoldPart, holdsOn } from './end-hold.ts';
import { loadBalances } from './load-balances.ts';

/** Balances for who spends, with what is held of them. */
export interface SpendableCredit {
  balances: CreditBalances;
  holds: readonly CreditHoldRow[];
  parts: readonly HoldPart[];
}

/** Balances as `loadBalances`, with the holds on them: three statements more where something is held, else none. */
export async function loadSpendable(work: Work, keys: readonly CreditKey[]): Promise<SpendableCredit> {
  const balances = await loadBalances(work, keys);
  const held = new Set(keys.flatMap((key) => balances.lotsOf(key)).filter(({ row }) => row.held > 0n));
  const found = await holdsOn(
    work,
    [...held].map(({ row }) => row.id),
  );
  return { balances, ...found };
}

/**
 * Time ends a hold, not the job that notes it: what is over at the instant that spends keeps nothing back of a balance any more, and
 * what is not yet over then is kept back, however late this runs. Answers the holds that have ended. `balances.save` follows.
 */
export function endHoldsOver(
  work: Work,
  { balances, holds, parts }: SpendableCredit,
  key: CreditKey,
  at: Date,
): readonly CreditHoldRow[] {
  const over = holds.filter(
    (hold) => hold.status === 'held' && hold.expiresAt <= at && textOfKey(hold) === textOfKey(key),
  );
  for (const hold of over) {
    endHold(work, balances, hold, parts, { event: 'expire', at: hold.expiresAt });
    hold.status = 'expired';
  }
  return over;
}
