import type { Work } from '../../platform/work.ts';
import { postCreditEnded, reversePosting } from '../../rules/posting.ts';
import { post } from '../ledger/index.ts';
import type { CreditBalances } from './balances.ts';
import type { Lot } from './lots.ts';

/** Ends a lot, in its balance and in the ledger (effect `expire` or `withdraw` of the grant): breakage, or the promotion taken back. */
export function endLot(work: Work, balances: CreditBalances, lot: Lot, why: 'expiry' | 'withdrawal', at: Date): bigint {
  const ended = balances.close(lot, why, at);
  postEnded(work, lot, ended, why === 'expiry' ? 'expire' : 'withdraw', at);
  return ended;
}

/** The ledger of credit that is over. `effect` is once for the grant. */
export function postEnded(work: Work, { row }: Lot, amount: bigint, effect: string, at: Date): void {
  const { organizationId, id, currency } = row;
  const entries = postCreditEnded(currency, amount, paidShare(row));
  post(work, [{ organizationId, sourceType: 'credit_grant', sourceId: id, effect, at, entries }]);
}

/** What of a lot was money: its price where it was granted or bought, all of it where money became credit. Pure. */
function paidShare({ sourceType, amount, paidAmount }: Lot['row']) {
  const wasGiven = sourceType === 'grant' || sourceType === 'top_up';
  return { amountMinor: amount, paidMinor: wasGiven ? paidAmount : amount };
}

/** The opposite, where what came back and left at once (`cause`) is taken back itself. */
export function postEndTakenBack(work: Work, { row }: Lot, amount: bigint, cause: string, at: Date): void {
  const { organizationId, id, currency } = row;
  const ended = postCreditEnded(currency, amount, paidShare(row));
  const source = { organizationId, sourceType: 'credit_grant', sourceId: id, effect: `unend:${cause}`, at };
  post(work, [{ ...source, entries: reversePosting(ended) }]);
}
