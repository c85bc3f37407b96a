import { lockAccounts } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import { postRefund, postRefundToCredit, reversePosting } from '../../../rules/posting.ts';
import { postRefundFailedOfReversed, postRefundOfLost } from '../../../rules/posting-reversals.ts';
import { loadBalances } from '../../credits/index.ts';
import { lockInvoices } from '../../invoicing/index.ts';
import { post } from '../../ledger/index.ts';
import { restoreBoughtCredit } from '../../wallets/index.ts';
import { lookAgainAfter } from '../next-step.ts';
import { refundFact } from '../payment-facts.ts';
import { PaymentEntity, type PaymentRow, RefundEntity, type RefundRow } from '../payments.entities.ts';
import { type RefundEvent, refundMove } from '../payments.lifecycle.ts';
import type { RefundOutcome } from '../providers/gateway.ts';
import { forgetRefusal, noteRefusal } from '../providers/refusals.ts';
import { codeOf, endOfPatience, isStalled, type Shutting, since } from '../providers/stall.ts';
import { notedOf } from './refund-shares.ts';
import { restoreWithdrawn } from './withdrawn-credit.ts';

/** A refund, its payment, and the instant of the account that paid; all locked. */
export interface HeldRefund {
  refund: RefundRow;
  payment: PaymentRow;
  at: Date;
}

/**
 * Locks accounts → the invoices of which credit notes tell that it gives money back, since what fails may lower their debt →
 * payment → refund.
 * Null for a missing or foreign refund.
 */
export async function holdRefund(work: Work, id: string): Promise<HeldRefund | null> {
  const organizationId = work.organizationId;
  const [found] = await work.rows<{
    account_id: string;
    payment_id: string;
    account_ids: string[];
    invoice_ids: string[];
  }>(
    `with noted as (
       select distinct i.id, i.account_id from refund_shares s
       join invoices i on i.organization_id = s.organization_id and i.id = s.invoice_id
       where s.organization_id = $1 and s.refund_id = $2::uuid and s.credit_note_id is not null)
     select p.account_id, r.payment_id, array(select n.account_id from noted n) || p.account_id as account_ids,
       array(select n.id from noted n) as invoice_ids
     from refunds r
     join payments p on p.organization_id = r.organization_id and p.id = r.payment_id
     where r.organization_id = $1 and r.id = $2::uuid`,
    [organizationId, id],
  );
  if (!found) return null;
  const account = (await lockAccounts(work, [...new Set(found.account_ids)])).get(found.account_id);
  await lockInvoices(work, found.invoice_ids);
  await work.rows(`select 1 from payments where organization_id = $1 and id = $2::uuid for update`, [
    organizationId,
    found.payment_id,
  ]);
  await work.rows(`select 1 from refunds where organization_id = $1 and id = $2::uuid for update`, [
    organizationId,
    id,
  ]);
  const refund = await work.findOne(RefundEntity, { organizationId, id });
  const payment = await work.findOne(PaymentEntity, { organizationId, id: found.payment_id });
  return refund && payment && account ? { refund, payment, at: account.now } : null;
}

const eventOf: Readonly<Record<RefundOutcome['status'], RefundEvent | null>> = {
  succeeded: 'succeed',
  pending: 'wait',
  requires_action: 'ask',
  failed: 'fail',
  canceled: 'cancel',
  unknown: 'doubt',
  deferred: null,
  absent: null,
};

/**
 * The only place where a refund moves by what a provider says. Success takes the money out of cash; a later failure puts
 * it back, and gives back the credit that was taken for it. Older or repeated news changes nothing; answers true if
 * anything moved.
 */
export function recordHeldRefund(work: Work, held: HeldRefund, outcome: RefundOutcome): boolean {
  const { refund } = held;
  const event = eventOf[outcome.status];
  const to = event ? refundMove(refund.status, event) : undefined;
  if (!event || !to) {
    if (refund.nextAttemptAt) postpone(work, held, 'service');
    return false;
  }
  const before = refund.status;
  const providerRef = outcome.providerRef ?? refund.providerRef ?? null;
  if (to === before) {
    change(work, held, { providerRef, failureCode: null });
    postpone(work, held, event === 'wait' ? 'bank' : 'answer');
    return false;
  }
  change(work, held, {
    status: to,
    providerRef,
    failureCode: outcome.status === 'failed' ? outcome.failure.code : null,
  });
  if (to === 'succeeded') succeed(work, held);
  else if (to === 'failed' || to === 'canceled') takeBack(work, held, before);
  else postpone(work, held, to === 'unknown' ? 'answer' : 'bank');
  work.announce(refundFact(`refund.${to}`, refund, held.payment, held.at));
  return true;
}

function change(work: Work, held: HeldRefund, changes: Partial<RefundRow>): void {
  const { organizationId, id } = held.refund;
  const changed = { ...changes, updatedAt: held.at };
  Object.assign(held.refund, changed);
  work.update(RefundEntity, { organizationId, id, ...changed });
}

function postpone(work: Work, held: HeldRefund, waitingFor: 'answer' | 'service' | 'bank'): void {
  const { lookups } = held.refund;
  const after = lookAgainAfter(waitingFor, lookups) ?? 0;
  change(work, held, {
    lookups: lookups + 1,
    claimedUntil: null,
    nextAttemptAt: new Date(work.recordedAt.getTime() + after),
  });
}

/**
 * It stands still until the provider lets us in again; see `resumeStalled`. One that may have been sent is looked up then,
 * before it is sent again.
 */
function stallRefund(work: Work, held: HeldRefund, shut: Shutting, unsent: boolean): void {
  const { refund } = held;
  if (!refund.nextAttemptAt) return;
  const told = isStalled(refund);
  change(work, held, {
    failureCode: codeOf(shut),
    refusedSince: since(refund, shut, work.recordedAt),
    lookups: refund.lookups + (unsent ? 0 : 1),
    claimedUntil: null,
    nextAttemptAt: null,
  });
  if (!told) work.announce(refundFact('refund.stalled', held.refund, held.payment, held.at));
}

const over = { nextAttemptAt: null, claimedUntil: null };

function succeed(work: Work, held: HeldRefund): void {
  const { refund, payment, at } = held;
  change(work, held, { ...over, settledAt: at });
  countRefunded(work, payment, refund.amount, at);
  const { organizationId, id, currency, amount } = refund;
  post(work, [
    { organizationId, sourceType: 'refund', sourceId: id, effect: 'refund', at, entries: postRefund(currency, amount) },
  ]);
}

/** Failed or canceled, perhaps after it had succeeded. */
function takeBack(work: Work, held: HeldRefund, before: string): void {
  const { refund, payment, at } = held;
  change(work, held, { ...over, settledAt: null });
  const { organizationId, id, currency, amount } = refund;
  if (before !== 'succeeded') return;
  countRefunded(work, payment, -amount, at);
  const entries =
    payment.status === 'reversed'
      ? postRefundFailedOfReversed(currency, amount)
      : reversePosting(postRefund(currency, amount));
  post(work, [{ organizationId, sourceType: 'refund', sourceId: id, effect: 'refund_failed', at, entries }]);
}

function countRefunded(work: Work, payment: PaymentRow, amount: bigint, at: Date): void {
  payment.amountRefunded += amount;
  const { organizationId, id, amountRefunded } = payment;
  work.update(PaymentEntity, { organizationId, id, amountRefunded, updatedAt: at });
}

/**
 * Once a refund has failed or was canceled, gives back the credit that it had taken; what credit notes said that it gives back
 * becomes credit of its own. To be called when the refund has just moved.
 */
export async function restoreCredit(work: Work, held: HeldRefund): Promise<void> {
  const { refund, payment, at } = held;
  const { organizationId, id: sourceId, currency, creditWithdrawn } = refund;
  if (!['failed', 'canceled'].includes(refund.status)) return;
  if (!refund.creditNoteId) await restoreBoughtCredit(work, sourceId, at);
  const source = { organizationId, sourceType: 'refund' as const, sourceId, at };
  const amount = await notedOf(work, refund);
  if (amount > 0n) {
    const key = { organizationId, accountId: payment.accountId, currency };
    const balances = await loadBalances(work, [key]);
    balances.move({ ...key, sourceType: 'refund_failed', sourceId, amount, at });
    balances.save(work);
    post(work, [{ ...source, effect: 'credit_noted', entries: postRefundToCredit(currency, amount) }]);
  }
  if (creditWithdrawn <= 0n) return;
  const effect = 'restore_credit';
  if (payment.status === 'reversed') {
    // The credit was taken back with its payment; what of it was not there was written off, and this is it.
    post(work, [{ ...source, effect, entries: postRefundOfLost(currency, creditWithdrawn) }]);
  } else {
    await restoreWithdrawn(work, payment, refund, at);
    post(work, [{ ...source, effect, entries: postRefundToCredit(currency, creditWithdrawn) }]);
  }
  change(work, held, { creditWithdrawn: 0n });
}

/**
 * Records what the provider says of a refund; see `recordHeldRefund`. `unsent`: nothing of it can have reached the provider
 * before this request.
 */
export async function recordRefundOutcome(
  work: Work,
  refundId: string,
  outcome: RefundOutcome,
  unsent = false,
): Promise<boolean> {
  const held = await holdRefund(work, refundId);
  if (!held) return false;
  const moved = await recordAnswer(work, held, outcome, unsent);
  if (moved) await restoreCredit(work, held);
  return moved;
}

async function recordAnswer(work: Work, held: HeldRefund, outcome: RefundOutcome, unsent: boolean): Promise<boolean> {
  const { refund } = held;
  if (outcome.status === 'deferred' && outcome.shut) {
    const shut = { ...outcome, shut: outcome.shut };
    await noteRefusal(work, refund.organizationId, shut);
    const failure = unsent ? endOfPatience(refund, shut, work.recordedAt) : null;
    if (failure) return recordHeldRefund(work, held, { status: 'failed', providerRef: null, failure });
    stallRefund(work, held, shut, unsent);
    return false;
  }
  const moved = recordHeldRefund(work, held, outcome);
  if (refund.refusedSince && outcome.providerRef) {
    change(work, held, { refusedSince: null });
    await forgetRefusal(work, refund.organizationId);
  }
  return moved;
}
