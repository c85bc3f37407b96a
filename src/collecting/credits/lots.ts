import { newId } from '../../platform/id.ts';
import { type OrderedWallet, spendableInOrder } from '../../rules/wallet.ts';
import type { CreditMove } from './credit-moves.ts';
import type { CreditGrantRow } from './credits.entities.ts';

/** The order of credit that nobody gave one: behind what was given a smaller number, before what has a larger one. */
export const usualPriority = 100;

/** A lot as a transaction holds it: changed in memory, then written. */
export interface Lot {
  row: CreditGrantRow;
  /** The prices of the plans that it is limited to; null or left out where it is not. */
  priceIds?: readonly string[] | null;
  stored: boolean;
  moved: boolean;
}

/** What may be spent of a lot, minor units: what is left, less what holds keep back; nothing while it is frozen. */
export function freeOf(row: Pick<CreditGrantRow, 'remaining' | 'held' | 'frozenAt'>): bigint {
  return row.frozenAt ? 0n : row.remaining - row.held;
}

/** Whether the time of a lot is over at an instant. It stands still while the lot is frozen. */
export function isOver({ expiresAt, frozenAt }: Pick<CreditGrantRow, 'expiresAt' | 'frozenAt'>, at: Date): boolean {
  return expiresAt != null && expiresAt <= (frozenAt ?? at);
}

/** The lots that may be spent at an instant (null: also those that are over), in the order in which they are (rules/wallet). */
export function lotsInOrder(lots: readonly Lot[], at: Date | null): (OrderedWallet & { lot: Lot })[] {
  const wallets = lots.map((lot) => ({
    lot,
    id: lot.row.id,
    balanceMinor: freeOf(lot.row),
    lineKinds: lot.row.lineKinds ?? null,
    priceIds: lot.row.planIds ? (lot.priceIds ?? []) : null,
    priority: lot.row.priority,
    expiresAt: lot.row.expiresAt ?? null,
    grantedAt: lot.row.grantedAt,
  }));
  return spendableInOrder(wallets, at ?? new Date(-8.64e15));
}

/** A lot that is about to be given: its entry fills it. It is for all lines and without an end, unless its terms say otherwise. */
export function newLot(move: CreditMove, recordedAt: Date): Lot {
  const { organizationId, accountId, currency, amount, sourceType, sourceId, at, terms = {} } = move;
  const row: CreditGrantRow = {
    ...{ organizationId, id: terms.id ?? newId(), accountId, currency, sourceType, sourceId, amount },
    remaining: 0n,
    held: 0n,
    paidAmount: terms.paidAmount ?? 0n,
    priority: terms.priority ?? usualPriority,
    lineKinds: terms.lineKinds ?? null,
    planIds: terms.planIds ?? null,
    expiresAt: terms.expiresAt ?? null,
    ...{ frozenAt: null, expiredAt: null, withdrawnAt: null },
    reason: terms.reason ?? null,
    testClockId: terms.testClockId ?? null,
    metadata: terms.metadata ?? {},
    ...{ grantedAt: at, updatedAt: at, recordedAt },
  };
  return { row, stored: false, moved: true };
}
