import { actorText } from '../../../platform/actor.ts';
import type { Work } from '../../../platform/work.ts';
import { least, sum } from '../../../rules/money.ts';
import {
  type CreateCreditNoteInput,
  type CreditNoteRow,
  createCreditNote,
  type InvoiceRow,
  type IssuedCreditNote,
} from '../../invoicing/index.ts';
import { refundFact } from '../payment-facts.ts';
import {
  PaymentEntity,
  type PaymentRow,
  RefundEntity,
  RefundShareEntity,
  type RefundShareRow,
} from '../payments.entities.ts';
import { refundRow } from './create-refund.ts';
import { loadUnnoted, noteShares, shareOf } from './refund-shares.ts';

/** A payment that covered a part of an invoice, and how much of that can still be given back, in minor units. */
interface Source {
  payment: PaymentRow;
  room: bigint;
}

/**
 * Issues a credit note and begins to give back what it wants to give back, in the same transaction: a note that is refused
 * leaves no refund, and a refund that fails later leaves its amount as credit. First it tells of what refunds without a note have
 * given back; then the latest payments give. Errors as `createCreditNote`.
 */
export async function issueCreditNote(work: Work, input: CreateCreditNoteInput): Promise<CreditNoteRow> {
  return (await issuePlanned(work, input)).note;
}

/** The same, with what the note was made of. */
export async function issuePlanned(work: Work, input: CreateCreditNoteInput): Promise<IssuedCreditNote> {
  let sources: Source[] = [];
  let unnoted: RefundShareRow[] = [];
  const issued = await createCreditNote(work, input, async ({ invoice }) => {
    sources = await lockSources(work, invoice);
    unnoted = await loadUnnoted(work, invoice);
    return {
      refundedMinor: sum(unnoted.map(({ amount }) => amount)),
      refundableMinor: sum(sources.map(({ room }) => room)),
    };
  });
  const { note } = issued;
  noteShares(work, unnoted, note.id, note.refundedBefore);
  let left = note.toRefund - note.refundedBefore;
  for (const { payment, room } of sources) {
    const amount = least(room, left);
    if (amount <= 0n) continue;
    left -= amount;
    const refund = refundRow(work, payment, {
      amount,
      reason: note.reason,
      metadata: {},
      at: note.issuedAt,
      requestedBy: actorText(work.actor),
      creditNoteId: note.id,
    });
    work.insert(RefundEntity, [refund]);
    work.insert(RefundShareEntity, [shareOf(refund, note.invoiceId, amount, note.id)]);
    work.announce(refundFact('refund.created', refund, payment, note.issuedAt));
  }
  if (left !== 0n) throw new Error('a credit note gives back more than its payments have');
  return issued;
}

/**
 * Payments that cover an invoice, the latest first, locked. Of each there is at most what it covered, less what refunds gave back
 * of that, and what all its refunds have left.
 */
async function lockSources(work: Work, invoice: InvoiceRow): Promise<Source[]> {
  const { organizationId } = invoice;
  const rows = await work.rows<{ id: string; of_cover: bigint; of_payment: bigint }>(
    `select p.id,
       (a.amount - coalesce((select sum(s.amount) from refunds r
          join refund_shares s on s.organization_id = r.organization_id and s.refund_id = r.id and s.invoice_id = a.invoice_id
          where r.organization_id = p.organization_id and r.payment_id = p.id
            and r.status not in ('rejected', 'failed', 'canceled')), 0))::bigint as of_cover,
       (p.amount - coalesce((select sum(r.amount) from refunds r
          where r.organization_id = p.organization_id and r.payment_id = p.id
            and r.status not in ('rejected', 'failed', 'canceled')), 0))::bigint as of_payment
     from payment_applications a join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
     where a.organization_id = $1 and a.invoice_id = $2 and a.status = 'applied' and p.status = 'succeeded'
     order by p.id for update of p`,
    [organizationId, invoice.id],
  );
  const sources: Source[] = [];
  for (const { id, of_cover, of_payment } of rows.reverse()) {
    const room = least(of_cover, of_payment);
    const payment = room > 0n ? await work.findOne(PaymentEntity, { organizationId, id }) : null;
    if (payment) sources.push({ payment, room });
  }
  return sources;
}
