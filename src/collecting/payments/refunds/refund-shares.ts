import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { least, sum } from '../../../rules/money.ts';
import { leftToGiveBack } from '../../invoicing/index.ts';
import { type PaymentRow, type RefundRow, RefundShareEntity, type RefundShareRow } from '../payments.entities.ts';

/** Refunds that give money back, or are about to. */
const counts = `not in ('requested', 'rejected', 'failed', 'canceled')`;

/** What a payment paid of an invoice and nobody has given back yet, minor units. */
interface Returnable {
  invoiceId: string;
  left: bigint;
}

/**
 * What of a payment can go back without a credit note: of each invoice that it covers what neither refunds nor notes, as money or as
 * credit, nor later invoices, as time or to pay for what they bill, took of it; the latest first. Invoices that sold credit are
 * `takeBoughtCredit`'s. Accounts and payment are locked.
 */
async function returnableOf(work: Work, payment: PaymentRow): Promise<Returnable[]> {
  const rows = await work.rows<{ invoice_id: string; of_cover: bigint; of_invoice: bigint; unnoted: bigint }>(
    `select a.invoice_id,
       (a.amount - coalesce((select sum(s.amount) from refund_shares s
          join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
          where s.organization_id = a.organization_id and s.invoice_id = a.invoice_id and r.payment_id = a.payment_id
            and r.status ${counts}), 0))::bigint as of_cover,
       (i.amount_paid - given_back_by_notes(i.organization_id, i.id) - u.amount)::bigint as of_invoice, u.amount as unnoted
     from payment_applications a
     join invoices i on i.organization_id = a.organization_id and i.id = a.invoice_id and i.reason <> 'top_up'
     cross join lateral (
       select coalesce(sum(s.amount), 0)::bigint as amount from refund_shares s
       join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
       join payments p on p.organization_id = r.organization_id and p.id = r.payment_id and p.status = 'succeeded'
       where s.organization_id = i.organization_id and s.invoice_id = i.id and s.credit_note_id is null and r.status ${counts}) u
     where a.organization_id = $1 and a.payment_id = $2 and a.status = 'applied'
     order by a.created_at desc, a.id desc`,
    [payment.organizationId, payment.id],
  );
  const returnable: Returnable[] = [];
  for (const { invoice_id: invoiceId, of_cover, of_invoice, unnoted } of rows) {
    const paid = least(of_cover, of_invoice);
    if (paid <= 0n) continue;
    const standing = (await leftToGiveBack(work, payment.organizationId, invoiceId)) - unnoted;
    returnable.push({ invoiceId, left: least(paid, standing) });
  }
  return returnable;
}

/**
 * Shares a new refund without a credit note out over the invoices whose money it gives back, as far as there is some that was not
 * given back. Answers how much could be given back so, minor units.
 */
export async function shareOutRefund(
  work: Work,
  payment: PaymentRow,
  refund: RefundRow,
  money: bigint,
): Promise<bigint> {
  const covered = (await returnableOf(work, payment)).filter(({ left }) => left > 0n);
  let open = money;
  for (const { invoiceId, left } of covered) {
    const amount = least(open, left);
    if (amount <= 0n) break;
    open -= amount;
    work.insert(RefundShareEntity, [shareOf(refund, invoiceId, amount)]);
  }
  return sum(covered.map(({ left }) => left));
}

/** The part of a refund that gives back what was paid for an invoice; `creditNoteId` where a note says so. */
export function shareOf(refund: RefundRow, invoiceId: string, amount: bigint, creditNoteId?: string): RefundShareRow {
  const { organizationId, id: refundId, createdAt } = refund;
  return { organizationId, id: newId(), refundId, invoiceId, creditNoteId: creditNoteId ?? null, amount, createdAt };
}

/** What refunds without a note have given back of an invoice, and no note says yet, the oldest first. */
export function loadUnnoted(work: Work, invoice: { organizationId: string; id: string }): Promise<RefundShareRow[]> {
  return work.rows<RefundShareRow>(
    `select s.organization_id as "organizationId", s.id, s.refund_id as "refundId", s.invoice_id as "invoiceId",
       s.credit_note_id as "creditNoteId", s.amount, s.created_at as "createdAt" from refund_shares s
     join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
     join payments p on p.organization_id = r.organization_id and p.id = r.payment_id and p.status = 'succeeded'
     where s.organization_id = $1 and s.invoice_id = $2 and s.credit_note_id is null and r.status ${counts}
     order by s.created_at, s.id`,
    [invoice.organizationId, invoice.id],
  );
}

/** A credit note says of so much of these shares, the oldest first, that it was given back. RangeError for more than there is. */
export function noteShares(work: Work, shares: readonly RefundShareRow[], creditNoteId: string, amount: bigint): void {
  let open = amount;
  for (const share of shares) {
    const { organizationId, id } = share;
    const part = least(open, share.amount);
    if (part <= 0n) break;
    open -= part;
    if (part === share.amount) work.update(RefundShareEntity, { organizationId, id, creditNoteId });
    else {
      work.update(RefundShareEntity, { organizationId, id, amount: share.amount - part });
      work.insert(RefundShareEntity, [{ ...share, id: newId(), creditNoteId, amount: part }]);
    }
  }
  if (open !== 0n) throw new RangeError('a credit note says more of refunds than they gave back');
}

/** How much of a refund credit notes have told of, minor units: that much becomes credit if it fails. */
export async function notedOf(work: Work, { organizationId, id }: RefundRow): Promise<bigint> {
  const shares = await work.find(RefundShareEntity, { organizationId, refundId: id });
  return sum(shares.filter(({ creditNoteId }) => creditNoteId).map(({ amount }) => amount));
}
