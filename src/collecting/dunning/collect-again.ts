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

/**
 * Consequence of `invoice.payment_applied`: what a payment left open that had been reduced by a note which is void by now. It had begun
 * before that; what is recorded by hand, or where somebody stopped the collection, leaves the rest as it is.
 */
export async function collectRest(work: Work, facts: readonly Fact[]): Promise<void> {
  const noted = await work.rows<{ invoice_id: string }>(
    `select distinct c.invoice_id from unnest($2::uuid[], $3::uuid[]) as f(invoice_id, payment_id)
     join payments p on p.organization_id = any($1::uuid[]) and p.id = f.payment_id and p.provider <> 'manual'
     join credit_notes c on c.organization_id = p.organization_id and c.invoice_id = f.invoice_id
       and c.status = 'void' and c.to_invoice > 0 and c.voided_at >= p.created_at
     where not exists (select from dunning_runs d
       where d.organization_id = c.organization_id and d.invoice_id = c.invoice_id and d.status = 'stopped')`,
    [
      `{${work.organizations.join(',')}}`,
      `{${facts.map((fact) => fact.objectId).join(',')}}`,
      `{${facts.map((fact) => fact.data.paymentId).join(',')}}`,
    ],
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
