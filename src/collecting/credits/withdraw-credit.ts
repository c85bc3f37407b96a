import { z } from 'zod';
import { lockAccount, uuidInput } from '../../accounts/index.ts';
import { invalidState, notFound } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { CreditGrantEntity } from './credits.entities.ts';
import { endLot } from './end-lot.ts';
import { loadBalances } from './load-balances.ts';

const withdrawCreditInput = z.object({ id: uuidInput });

/**
 * Takes back what is left of a grant; what was spent of it stays spent. NOT_FOUND; INVALID_STATE where nothing is left, or
 * a hold keeps some of it back: release that first.
 */
export async function withdrawCredit(work: Work, given: { id: string }): Promise<{ id: string }> {
  const { id } = readInput(withdrawCreditInput, given);
  const path = ['input', 'id'];
  const found = await work.findOne(CreditGrantEntity, { id });
  if (!found) throw notFound(path);
  const account = await lockAccount(work, found.accountId, path);
  const balances = await loadBalances(work, [found], [id]);
  const lot = balances.lotsOf(found).find(({ row }) => row.id === id);
  if (!lot || lot.row.remaining === 0n) throw invalidState('Nothing is left of this credit.', path);
  if (lot.row.held > 0n) throw invalidState('A hold keeps some of this credit back; release it first.', path);
  endLot(work, balances, lot, 'withdrawal', account.now);
  balances.save(work);
  return { id };
}
