import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { sum } from '../../../rules/money.ts';
import { postRefundToCredit, reversePosting } from '../../../rules/posting.ts';
import { loadBalances, postEnded } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { type PaymentRow, type RefundRow, RefundWithdrawalEntity } from '../payments.entities.ts';

/**
 * The part of a refund that comes out of credit: what the payment had left over, what refunds of credit notes that failed left as
 * credit, and what came of time taken back of the invoices it paid, less what earlier refunds took, as far as that credit is
 * still there and free. Without this the customer would have it twice. What each lot gave is kept, since it goes back there if
 * the refund fails. Minor units.
 */
export async function withdrawCredit(work: Work, payment: PaymentRow, refund: RefundRow, at: Date): Promise<bigint> {
  const { organizationId, accountId, currency } = payment;
  const sources = await work.rows<{ id: string }>(
    `select $2::uuid as id union all
     select id from refunds where organization_id = $1 and payment_id = $2::uuid and status in ('failed', 'canceled')
     union all
     select distinct r.invoice_id from payment_applications a
     join invoice_lines l on l.organization_id = a.organization_id and l.invoice_id = a.invoice_id
     join invoice_lines r on r.organization_id = l.organization_id and r.reverses_line_id = l.id
     where a.organization_id = $1 and a.payment_id = $2::uuid and a.status = 'applied'`,
    [organizationId, payment.id],
  );
  const ids = new Set(sources.map(({ id }) => id));
  const key = { organizationId, accountId, currency };
  const balances = await loadBalances(work, [key]);
  let left = refund.amount;
  for (const lot of balances.lotsOf(key)) {
    const { row } = lot;
    const free = row.frozenAt ? 0n : row.remaining - row.held;
    const amount = free < left ? free : left;
    if (!ids.has(row.sourceId) || amount <= 0n) continue;
    const taken = { organizationId, id: newId(), refundId: refund.id, grantId: row.id, amount, createdAt: at };
    balances.takeBack(lot, amount, taken.id, at);
    work.insert(RefundWithdrawalEntity, [{ ...taken, restoredAt: null }]);
    left -= amount;
  }
  balances.save(work);
  const amount = refund.amount - left;
  const entries = reversePosting(postRefundToCredit(currency, amount));
  if (amount > 0n) {
    post(work, [{ organizationId, sourceType: 'refund', sourceId: refund.id, effect: 'withdraw_credit', at, entries }]);
  }
  return amount;
}

/**
 * Gives the lots back what a refund took of them that has failed, once. What is over meanwhile, expired or withdrawn, leaves
 * again at once. Answers how much went back, minor units.
 */
export async function restoreWithdrawn(work: Work, payment: PaymentRow, refund: RefundRow, at: Date): Promise<bigint> {
  const { organizationId, id: refundId, currency } = refund;
  const rows = await work.find(RefundWithdrawalEntity, { organizationId, refundId, restoredAt: null }, { id: 'asc' });
  if (rows.length === 0) return 0n;
  const key = { organizationId, accountId: payment.accountId, currency };
  const balances = await loadBalances(
    work,
    [key],
    rows.map(({ grantId }) => grantId),
  );
  for (const { id, grantId, amount } of rows) {
    const lot = balances.lotsOf(key).find(({ row }) => row.id === grantId);
    if (!lot) throw new Error('the credit that a refund took is not there');
    const leaves = balances.restore(lot, amount, { sourceType: 'refund_failed', sourceId: id, at });
    if (leaves > 0n) postEnded(work, lot, leaves, `${lot.row.expiredAt ? 'expire' : 'withdraw'}:${id}`, at);
    work.update(RefundWithdrawalEntity, { organizationId, id, restoredAt: at });
  }
  balances.save(work);
  return sum(rows.map(({ amount }) => amount));
}
