import type { LockedAccount } from '../../accounts/index.ts';
import { notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import { postCreditRecalled } from '../../rules/posting-reversals.ts';
import { post } from '../ledger/index.ts';
import type { CreditBalances } from './balances.ts';
import {
  CreditHoldEntity,
  CreditHoldPartEntity,
  type CreditHoldPartRow,
  type CreditHoldRow,
} from './credits.entities.ts';
import { type HoldEvent, nextOfHold } from './credits.lifecycle.ts';
import { lockWithDebtsBehind } from './debts-behind.ts';
import { loadBalances } from './load-balances.ts';

/** A hold under way, with its account locked and the balance it keeps from. */
export interface KeptHold {
  hold: CreditHoldRow;
  account: LockedAccount;
  balances: CreditBalances;
  parts: readonly HoldPart[];
}

/** What a hold keeps back of a lot. */
export type HoldPart = CreditHoldPartRow;

/** The hold of an order that was captured names the order's invoice; it has let its credit go before (`endHold`). */
export function nameOrder(work: Work, { organizationId, id, status }: CreditHoldRow, invoiceId: string): void {
  work.update(CreditHoldEntity, { organizationId, id, status: nextOfHold(status, 'capture'), invoiceId });
}

/** Lets credit go that was kept back. NOT_FOUND; INVALID_STATE once the hold has ended. */
export async function releaseHold(work: Work, input: { id: string }): Promise<{ id: string }> {
  const { hold, account, balances, parts } = await keepHold(work, input.id);
  endHold(work, balances, hold, parts, { event: 'release', at: account.now });
  balances.save(work);
  return { id: hold.id };
}

/** Locks a hold that is under way, after its account. NOT_FOUND, INVALID_STATE at `input.id`. */
export async function keepHold(work: Work, id: string): Promise<KeptHold> {
  const path = ['input', 'id'];
  const found = await work.findOne(CreditHoldEntity, { id });
  if (!found) throw notFound(path);
  const account = await lockWithDebtsBehind(work, found.accountId, { holdId: id });
  if (!account || account.deletedAt) throw notFound(path);
  const hold = await work.findOne(CreditHoldEntity, { organizationId: found.organizationId, id });
  if (!hold) throw notFound(path);
  // Time ends a hold, not the job that notes it.
  const over = hold.status === 'held' && hold.expiresAt <= account.now;
  nextOfHold(over ? nextOfHold(hold.status, 'expire') : hold.status, 'release', path);
  const parts = await partsOfHolds(work, [hold]);
  const lots = parts.map((part) => part.grantId);
  return { hold, account, parts, balances: await loadBalances(work, [hold], lots) };
}

/** What holds keep back, lot by lot. */
export async function partsOfHolds(work: Work, holds: readonly CreditHoldRow[]): Promise<HoldPart[]> {
  if (holds.length === 0) return [];
  return work.find(CreditHoldPartEntity, { holdId: { $in: holds.map((hold) => hold.id) } });
}

/**
 * Lets go what holds keep back of lots that come to an end: a hold that loses a part of its credit is over as a whole. The
 * lots of the balances with something left must be loaded; `balances.save` follows.
 */
export async function releaseHoldsOn(
  work: Work,
  balances: CreditBalances,
  grantIds: readonly string[],
  at: Date,
): Promise<void> {
  const { holds, parts } = await holdsOn(work, grantIds);
  for (const hold of holds) endHold(work, balances, hold, parts, { event: 'release', at });
}

/** What is held of lots, with all parts of these holds. */
export async function holdsOn(
  work: Work,
  grantIds: readonly string[],
): Promise<{ holds: readonly CreditHoldRow[]; parts: readonly HoldPart[] }> {
  if (grantIds.length === 0) return { holds: [], parts: [] };
  const some = await work.find(CreditHoldPartEntity, { grantId: { $in: [...grantIds] } });
  const ids = [...new Set(some.map((part) => part.holdId))];
  if (ids.length === 0) return { holds: [], parts: [] };
  const holds = await work.find(CreditHoldEntity, { id: { $in: ids }, status: 'held' }, { id: 'asc' });
  return { holds, parts: await partsOfHolds(work, holds) };
}

/**
 * Ends a hold: its lots are free again. What came from money that is gone by now leaves with it (effect `recall` of the hold):
 * it was written off when it could not be taken. Gathers the hold's row; the lots go with `balances.save`, before anything is read.
 */
export function endHold(
  work: Work,
  balances: CreditBalances,
  hold: CreditHoldRow,
  parts: readonly HoldPart[],
  { event, at }: { event: HoldEvent; at: Date },
): void {
  const { organizationId, id, currency } = hold;
  let recalled = 0n;
  for (const part of parts) {
    if (part.holdId !== id) continue;
    const lot = balances.lotsOf(hold).find(({ row }) => row.id === part.grantId);
    if (!lot) throw new Error('the lots of the hold were not loaded');
    balances.hold(lot, -part.amount, at);
    if (lot.row.withdrawnAt) recalled += balances.leaveAgain(lot, part.amount, { sourceId: newId(), at });
  }
  const entries = postCreditRecalled(currency, recalled);
  post(work, [{ organizationId, sourceType: 'credit_hold', sourceId: id, effect: 'recall', at, entries }]);
  // The invoice that captures it is made afterwards and names itself then.
  const status = nextOfHold(hold.status, event === 'capture' ? 'release' : event);
  work.update(CreditHoldEntity, { organizationId, id, status, endedAt: at, updatedAt: at });
  const type = event === 'capture' ? 'credit.captured' : 'credit.released';
  balances.tell(type, hold, hold.amount, at, { holdId: id });
}
