import type { Work } from '../../../platform/work.ts';
import { minorToMajor } from '../../../rules/currency.ts';
import { postGivenBackOfReversed } from '../../../rules/posting-reversals.ts';
import { freeOf, loadBalances } from '../../credits/index.ts';
import { chargeOf, issueInvoices, type LockedInvoice, termsOfAccount } from '../../invoicing/index.ts';
import { post } from '../../ledger/index.ts';
import type { HeldPayment } from '../hold-payment.ts';
import type { PaymentRow } from '../payments.entities.ts';

/**
 * What credit notes say is given back of a payment, by invoice, minor units. That much of what it covered stays covered when
 * its money goes: the note took it off the invoice, so what is missing is asked for by itself (`reclaimGivenBack`).
 */
export async function noted(work: Work, { organizationId, id }: PaymentRow): Promise<Map<string, bigint>> {
  const rows = await work.rows<{ invoice_id: string; amount: bigint }>(
    `select s.invoice_id, sum(s.amount)::bigint as amount from refunds r
     join refund_shares s on s.organization_id = r.organization_id and s.refund_id = r.id and s.credit_note_id is not null
     where r.organization_id = $1 and r.payment_id = $2 and r.status <> 'rejected' group by s.invoice_id`,
    [organizationId, id],
  );
  return new Map(rows.map((row) => [row.invoice_id, row.amount]));
}

/** What stayed covered although the money is gone, minor units, and how to ask for it. */
interface Missing {
  kept: bigint;
  collection: 'automatic' | 'manual';
  /** Who issued what stays covered; null where nothing does. */
  legalEntityId: string | null;
}

/**
 * What was given back of a payment whose money is gone by now. What bank and refunds took together beyond what had come stands on
 * the account `overdrawn` (effect `given_back` of the payment). For what notes had given back, credit that came of it because the
 * refund failed is taken first, as far as it is free; the rest is an invoice of its own, without tax, for who was given it.
 */
export async function reclaimGivenBack(
  work: Work,
  { payment, account }: HeldPayment,
  { kept, collection, legalEntityId }: Missing,
): Promise<LockedInvoice | null> {
  const { organizationId, id: sourceId, currency, amountRefunded } = payment;
  const at = account.now;
  const recovered = kept > 0n ? await takeFailedRefunds(work, payment, kept, at) : 0n;
  const claim = kept - recovered;
  const entries = postGivenBackOfReversed(currency, { refunded: amountRefunded, kept, recovered });
  post(work, [{ organizationId, sourceType: 'payment', sourceId, effect: 'given_back', at, entries }]);
  if (claim === 0n) return null;
  const line = {
    description: 'Money given back of a payment that was returned',
    quantity: '1',
    unitPrice: minorToMajor(claim, currency),
  };
  const [invoice] = await issueInvoices(work, [
    {
      ...{ account, billTo: account, currency, at, collection, finalize: true, reason: 'payment_reversed' },
      ...{ ...termsOfAccount(account), legalEntityId },
      charges: [chargeOf(account.id, currency, line, ['input'])],
      netDays: 0,
    },
  ]);
  return invoice ? { ...invoice, subscriptionIds: [] } : null;
}

/** Takes credit back that came of notes' refunds of the payment that failed, as far as it is free. Answers how much, minor units. */
async function takeFailedRefunds(work: Work, payment: PaymentRow, most: bigint, at: Date): Promise<bigint> {
  const { organizationId, id, accountId, currency } = payment;
  const refunds = await work.rows<{ id: string }>(
    'select id from refunds where organization_id = $1 and payment_id = $2',
    [organizationId, id],
  );
  const key = { organizationId, accountId, currency };
  const balances = await loadBalances(work, [key]);
  let taken = 0n;
  for (const lot of balances.lotsOf(key)) {
    const { sourceId, sourceType } = lot.row;
    if (sourceType !== 'refund_failed' || !refunds.some((refund) => refund.id === sourceId)) continue;
    const free = freeOf(lot.row);
    const amount = free < most - taken ? free : most - taken;
    if (amount <= 0n) continue;
    balances.takeBack(lot, amount, sourceId, at);
    taken += amount;
  }
  balances.save(work);
  return taken;
}
