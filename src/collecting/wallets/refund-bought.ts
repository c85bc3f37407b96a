import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import { least, sum } from '../../rules/money.ts';
import { postBoughtCreditTaken, reversePosting } from '../../rules/posting.ts';
import { creditOfPrice, priceOfCredit } from '../../rules/wallet.ts';
import { type CreditBalances, type Lot, loadBalances, postEnded } from '../credits/index.ts';
import { post } from '../ledger/index.ts';
import {
  CreditTopUpEntity,
  CreditTopUpRefundEntity,
  type CreditTopUpRefundRow,
  type CreditTopUpRow,
} from './wallets.entities.ts';

/** How much of a payment covers an invoice that credit was bought with, minor units. */
export interface BoughtCover {
  invoice_id: string;
  amount: bigint;
}

interface RefundOfBought {
  paymentId: string;
  refundId: string;
  covers: readonly BoughtCover[];
  /** What the refund gives back, less what came out of other credit; minor units. */
  money: bigint;
  at: Date;
}

/**
 * Takes the credit that a payment bought out of its own lots, as far as a refund of the payment gives back what it cost and
 * credit is left that is neither spent nor held. Credit that was not given yet is taken when it is. Answers how much of the
 * money that is, minor units.
 */
export async function takeBoughtCredit(
  work: Work,
  { paymentId, refundId, covers, money, at }: RefundOfBought,
): Promise<bigint> {
  const topUps = await work.find(CreditTopUpEntity, { invoiceId: { $in: covers.map((cover) => cover.invoice_id) } });
  const earlier = await earlierRefunds(work, topUps);
  const balances = await loadBalances(
    work,
    topUps,
    topUps.flatMap((topUp) => topUp.grantId ?? []),
  );
  let left = money;
  for (const { invoice_id: invoiceId, amount: covered } of covers) {
    const topUp = topUps.find((one) => one.invoiceId === invoiceId);
    if (!topUp) continue;
    const lot = balances.lotsOf(topUp).find(({ row }) => row.id === topUp.grantId);
    const own = earlier.filter((one) => one.top_up_id === topUp.id);
    const ofPayment = sum(own.filter((one) => one.payment_id === paymentId).map((one) => one.money));
    const before = { money: sum(own.map((one) => one.money)), credit: sum(own.map((one) => one.credit)) };
    const backed = topUp.price > 0n ? least(left, covered - ofPayment, moneyBacked(topUp, lot, before)) : 0n;
    if (backed <= 0n) continue;
    left -= backed;
    const credit = creditOfPrice(purchaseOf(topUp), before.money + backed) - before.credit;
    const row: CreditTopUpRefundRow = {
      ...{ organizationId: topUp.organizationId, id: newId(), refundId, topUpId: topUp.id, money: backed, credit },
      ...{ status: lot ? 'taken' : 'waiting', createdAt: at, updatedAt: at },
    };
    work.insert(CreditTopUpRefundEntity, [row]);
    if (lot) take(work, balances, lot, row, at);
  }
  balances.save(work);
  return money - left;
}

interface EarlierRefund {
  top_up_id: string;
  payment_id: string;
  money: bigint;
  credit: bigint;
}

function earlierRefunds(work: Work, topUps: readonly CreditTopUpRow[]): Promise<EarlierRefund[]> {
  return work.rowsOf<EarlierRefund>(
    [CreditTopUpRefundEntity],
    `select t.top_up_id, r.payment_id, t.money, t.credit from credit_top_up_refunds t
     join refunds r on r.organization_id = t.organization_id and r.id = t.refund_id
     where t.organization_id = $1 and t.top_up_id = any($2::uuid[]) and t.status <> 'restored'`,
    [work.organizationId, `{${topUps.map(({ id }) => id).join(',')}}`],
  );
}

/** The largest part of the price that what is left of the credit, neither spent nor held, goes with. */
function moneyBacked(topUp: CreditTopUpRow, lot: Lot | undefined, before: { money: bigint; credit: bigint }): bigint {
  const left = lot ? lot.row.remaining - lot.row.held : topUp.amount - before.credit;
  return priceOfCredit(purchaseOf(topUp), before.credit + left) - before.money;
}

const purchaseOf = ({ amount, price }: CreditTopUpRow) => ({ creditMinor: amount, priceMinor: price });

function take(work: Work, balances: CreditBalances, lot: Lot, row: CreditTopUpRefundRow, at: Date): void {
  balances.takeBack(lot, row.credit, row.id, at);
  const { organizationId, id: sourceId } = row;
  const entries = postBoughtCreditTaken(lot.row.currency, row.credit, row.money);
  post(work, [{ organizationId, sourceType: 'refund', sourceId, effect: 'withdraw_bought_credit', at, entries }]);
}

/** Takes out of credit that is just given what refunds of its price wait for. */
export function takeWhatWaits(
  work: Work,
  balances: CreditBalances,
  lot: Lot,
  refunds: readonly CreditTopUpRefundRow[],
  at: Date,
): void {
  for (const row of refunds) {
    if (row.status !== 'waiting') continue;
    take(work, balances, lot, row, at);
    work.update(CreditTopUpRefundEntity, {
      organizationId: row.organizationId,
      id: row.id,
      status: 'taken',
      updatedAt: at,
    });
  }
}

/**
 * Gives back what a refund took that has failed or was canceled, once, into the lots it came from. What is over meanwhile,
 * expired or withdrawn, leaves again at once.
 */
export async function restoreBoughtCredit(work: Work, refundId: string, at: Date): Promise<void> {
  const { organizationId } = work;
  const rows = (await work.find(CreditTopUpRefundEntity, { organizationId, refundId })).filter(
    (row) => row.status !== 'restored',
  );
  if (rows.length === 0) return;
  const topUps = await work.find(CreditTopUpEntity, { organizationId, id: { $in: rows.map((row) => row.topUpId) } });
  const lotIds = topUps.flatMap((topUp) => topUp.grantId ?? []);
  const balances = await loadBalances(work, topUps, lotIds);
  for (const row of rows) {
    work.update(CreditTopUpRefundEntity, { organizationId, id: row.id, status: 'restored', updatedAt: at });
    const topUp = topUps.find((one) => one.id === row.topUpId)!;
    const lot = balances.lotsOf(topUp).find((one) => one.row.id === topUp.grantId);
    if (row.status !== 'taken' || !lot) continue;
    const left = balances.restore(lot, row.credit, { sourceType: 'refund_failed', sourceId: row.id, at });
    const entries = reversePosting(postBoughtCreditTaken(topUp.currency, row.credit, row.money));
    const source = { organizationId, sourceType: 'refund' as const, sourceId: row.id };
    post(work, [{ ...source, effect: 'restore_bought_credit', at, entries }]);
    if (left > 0n) postEnded(work, lot, left, `${lot.row.expiredAt ? 'expire' : 'withdraw'}:${row.id}`, at);
  }
  balances.save(work);
}
