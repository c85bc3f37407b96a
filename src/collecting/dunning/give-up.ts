import type { LockedAccount } from '../../accounts/index.ts';
import type { Work } from '../../platform/work.ts';
import { type LockedInvoice, markUncollectible } from '../invoicing/index.ts';
import type { DunningRunRow } from './dunning.entities.ts';
import { changeRun, dunningFact, settleAccountStatus } from './dunning-runs.ts';

/**
 * Nothing more is tried by itself: the account is blocked, and the organization's final action is taken. Canceling is for
 * those who know the subscriptions: they hear it in the fact.
 */
export async function giveUp(
  work: Work,
  run: DunningRunRow,
  invoice: LockedInvoice,
  payer: LockedAccount,
): Promise<void> {
  const at = payer.now;
  const finalAction = payer.organization.dunningFinalAction;
  changeRun(work, run, { status: 'exhausted', nextRetryAt: null, givesUpAt: null }, at);
  await settleAccountStatus(work, payer, at);
  work.announce(dunningFact('dunning.exhausted', run, invoice, at, { finalAction }));
  if (finalAction === 'mark_uncollectible') await markUncollectible(work, { id: invoice.id });
}
