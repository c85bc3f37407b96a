import { type LockedAccount, lockAccount } from '../../accounts/index.ts';
import { invalidState, notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import type { CreditBalances } from './balances.ts';
import { CreditHoldEntity, CreditHoldPartEntity, type CreditHoldRow } from './credits.entities.ts';
import { loadBalances } from './load-balances.ts';

/** A hold under way, with its account locked and the balance it keeps from. */
export interface KeptHold {
  hold: CreditHoldRow;
  account: LockedAccount;
  balances: CreditBalances;
}

/** Lets credit go that was kept back. NOT_FOUND; INVALID_STATE once the hold has ended. */
export async function releaseHold(work: Work, input: { id: string }): Promise<{ id: string }> {
  const { hold, account, balances } = await keepHold(work, input.id);
  await endHold(work, balances, hold, { status: 'released', at: account.now });
  balances.save(work);
  return { id: hold.id };
}

/** Locks a hold that is under way, after its account. NOT_FOUND, INVALID_STATE at `input.id`. */
export async function keepHold(work: Work, id: string): Promise<KeptHold> {
  const path = ['input', 'id'];
  const found = await work.findOne(CreditHoldEntity, { id });
  if (!found) throw notFound(path);
  const account = await lockAccount(work, found.accountId, path);
  const hold = await work.findOne(CreditHoldEntity, { organizationId: found.organizationId, id });
  if (!hold) throw notFound(path);
  // Time ends a hold, not the job that notes it.
  const status = hold.status === 'held' && hold.expiresAt <= account.now ? 'expired' : hold.status;
  if (status !== 'held') throw invalidState(`A hold that is ${status} can no longer be used.`, path);
  return { hold, account, balances: await loadBalances(work, [hold], await lotsOfHold(work, [hold])) };
}

/** The lots that holds keep back from. */
export async function lotsOfHold(work: Work, holds: readonly CreditHoldRow[]): Promise<string[]> {
  if (holds.length === 0) return [];
  const parts = await work.find(CreditHoldPartEntity, { holdId: { $in: holds.map((hold) => hold.id) } });
  return parts.map((part) => part.grantId);
}

/** Ends a hold: its lots are free again. */
export async function endHold(
  work: Work,
  balances: CreditBalances,
  hold: CreditHoldRow,
  how: { status: 'released' | 'captured' | 'expired'; at: Date; invoiceId?: string },
): Promise<void> {
  const { organizationId, id } = hold;
  const { status, at, invoiceId = null } = how;
  const parts = await work.find(CreditHoldPartEntity, { organizationId, holdId: id });
  for (const part of parts) {
    const lot = balances.lotsOf(hold).find(({ row }) => row.id === part.grantId);
    if (!lot) throw new Error('the lots of the hold were not loaded');
    balances.hold(lot, -part.amount, at);
  }
  work.update(CreditHoldEntity, { organizationId, id, status, endedAt: at, invoiceId, updatedAt: at });
  const type = status === 'captured' ? 'credit.captured' : 'credit.released';
  balances.tell(type, hold, hold.amount, at, { holdId: id, ...(invoiceId ? { invoiceId } : {}) });
}
