import type { Work } from '../../platform/work.ts';
import { CreditHoldEntity } from './credits.entities.ts';
import { lockWithDebtsBehind } from './debts-behind.ts';
import { endHold, partsOfHolds } from './end-hold.ts';
import { endLot } from './end-lot.ts';
import { loadBalances } from './load-balances.ts';
import { isOver } from './lots.ts';

/**
 * Ends the holds and the credit of an account whose time is over, each at its own instant, however late this runs. Whoever
 * spends looks at the instants too, so a late run changes nothing but when the books say so. Twice changes nothing.
 */
export async function expireCredit(work: Work, organizationId: string, accountId: string): Promise<void> {
  const account = await lockWithDebtsBehind(work, accountId);
  if (!account) return;
  const over = { organizationId, accountId, expiresAt: { $lte: account.now } };
  const holds = await work.find(CreditHoldEntity, { ...over, status: 'held' }, { expiresAt: 'asc', id: 'asc' });
  const currencies = await work.rows<{ currency: string }>(
    `select distinct currency from credit_grants where organization_id = $1 and account_id = $2 and remaining > 0 and expires_at <= coalesce(frozen_at, $3)`,
    [organizationId, accountId, account.now],
  );
  const names = new Set([...holds, ...currencies].map(({ currency }) => currency));
  const keys = [...names].map((currency) => ({ organizationId, accountId, currency }));
  const parts = await partsOfHolds(work, holds);
  const balances = await loadBalances(
    work,
    keys,
    parts.map((part) => part.grantId),
  );
  // Credit lasts as long as the holds on it, so these go first.
  for (const hold of holds) endHold(work, balances, hold, parts, { event: 'expire', at: hold.expiresAt });
  for (const key of keys) {
    for (const lot of balances.lotsOf(key)) {
      const { expiresAt, remaining } = lot.row;
      if (isOver(lot.row, account.now) && remaining > 0n) endLot(work, balances, lot, 'expiry', expiresAt!);
    }
  }
  balances.save(work);
}
