import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { type CreditNoteFactData, holdInvoices } from '../invoicing/index.ts';
import { collectInvoice } from '../payments/index.ts';
import { DunningRunEntity } from './dunning.entities.ts';
import { recordFailure } from './record-failure.ts';

const isOver = (status: string) => status === 'recovered' || status === 'stopped';

/**
 * Consequence of `credit_note.voided`: an invoice that asks for money again, and is collected by itself, is collected again at
 * once; without a method it awaits one. What is being retried goes on as it is, with what is due by then; a payment under way
 * goes on with what it claims, and the rest has its turn when that has come (`collectRest`).
 */
export async function collectAgain(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const { invoiceId, toInvoice } = fact.data as CreditNoteFactData;
    if (BigInt(toInvoice) > 0n) await collectDue(work, fact, invoiceId);
  }
}

/** Consequence of `invoice.payment_applied`: what a payment left open that had been reduced by a note which is void by now. */
export async function collectRest(work: Work, facts: readonly Fact[]): Promise<void> {
  const noted = await work.rows<{ invoice_id: string }>(
    `select distinct invoice_id from credit_notes
     where organization_id = any($1::uuid[]) and invoice_id = any($2::uuid[]) and status = 'void' and to_invoice > 0`,
    [`{${work.organizations.join(',')}}`, `{${facts.map((fact) => fact.objectId).join(',')}}`],
  );
  for (const { invoice_id: invoiceId } of noted) {
    await collectDue(work, facts.find((fact) => fact.objectId === invoiceId)!, invoiceId);
  }
}

async function collectDue(work: Work, fact: Fact, invoiceId: string): Promise<void> {
  const [held] = await holdInvoices(work, [invoiceId]);
  if (held?.invoice.status !== 'open' || held.invoice.collection !== 'automatic') return;
  const { organizationId } = held.invoice;
  const run = await work.findOne(DunningRunEntity, { organizationId, invoiceId });
  if (run && !isOver(run.status)) return;
  const collected = await collectInvoice(work, { invoice: held.invoice, payer: held.billTo });
  if (collected.status !== 'no_method') return;
  await recordFailure(work, fact, { accountId: held.billTo.id, invoiceIds: [invoiceId] }, 'new_card');
}
