import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { type CreditNoteFactData, holdInvoices } from '../invoicing/index.ts';
import { collectInvoice, type PaymentFactData } from '../payments/index.ts';
import { DunningRunEntity } from './dunning.entities.ts';
import { recordFailure } from './record-failure.ts';

const isOver = (status: string) => status === 'recovered' || status === 'stopped';

/**
 * Consequence of `credit_note.voided`: an invoice that asks for money again, and is collected by itself, is collected again at
 * once; without a method it awaits one. What is being retried goes on as it is, with what is due by then.
 */
export async function collectAgain(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const { invoiceId, toInvoice } = fact.data as CreditNoteFactData;
    if (BigInt(toInvoice) === 0n) continue;
    const [held] = await holdInvoices(work, [invoiceId]);
    if (held?.invoice.status !== 'open' || held.invoice.collection !== 'automatic') continue;
    const { organizationId } = held.invoice;
    const run = await work.findOne(DunningRunEntity, { organizationId, invoiceId });
    if (run && !isOver(run.status)) continue;
    const collected = await collectInvoice(work, { invoice: held.invoice, payer: held.billTo });
    if (collected.status !== 'no_method') continue;
    const about = { accountId: held.billTo.id, invoiceIds: [invoiceId] } as unknown as PaymentFactData;
    await recordFailure(work, fact, about, 'new_card');
  }
}
