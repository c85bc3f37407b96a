import type { Work } from '../../platform/work.ts';
import type { CreditBalances } from './balances.ts';
import type { CreditKey } from './credit-moves.ts';
import { endHold, holdsOn } from './end-hold.ts';
import { loadBalances } from './load-balances.ts';

/**
 * Balances as `loadBalances`, for who spends: time ends a hold, not the job that notes it, so holds that are over keep nothing
 * back any more. Three statements more where something is held in real time (test clocks end holds at their instants), else none.
 */
export async function loadSpendable(work: Work, keys: readonly CreditKey[]): Promise<CreditBalances> {
  const balances = await loadBalances(work, keys);
  const held = [...new Set(keys.flatMap((key) => balances.lotsOf(key)))].filter(
    ({ row }) => row.held > 0n && !row.testClockId,
  );
  const { holds, parts } = await holdsOn(
    work,
    held.map(({ row }) => row.id),
  );
  for (const hold of holds) {
    if (hold.expiresAt <= work.recordedAt)
      endHold(work, balances, hold, parts, { event: 'expire', at: hold.expiresAt });
  }
  return balances;
}
