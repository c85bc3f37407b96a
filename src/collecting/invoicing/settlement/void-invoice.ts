import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { postVoid } from '../../../rules/posting.ts';
import { returnCredit } from '../../credits/index.ts';
import { post, readPostings } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity, type InvoiceRow } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { releasePeriods, type UnbilledPeriod } from '../lines/release-periods.ts';
import { type HeldInvoice, holdInvoice } from './hold-invoices.ts';

/**
 * Takes an open invoice back as if it had never asked for anything: what it posted is reversed, credit spent on it is
 * given back to the lots it came from, and the periods it billed are released (not billed again by themselves; the
 * books keep why). Its number stays used. NOT_FOUND; INVALID_STATE if it is not open, money was applied to it, or its
 * lines and those of another invoice take each other back, or a credit note took a part of it back.
 */
export async function voidInvoice(work: Work, input: { id: string }, path = ['input', 'id']): Promise<InvoiceRow> {
  const held = await holdInvoice(work, input.id, path);
  releasePeriods(work, held.invoice, await takeBack(work, held, path, {}));
  return held.invoice;
}

/**
 * Voids a held invoice and takes the periods it billed out of what is billed; answers them. `about` goes into the fact.
 * Errors as `voidInvoice`.
 */
export async function takeBack(
  work: Work,
  { invoice, account }: HeldInvoice,
  path: string[],
  about: Record<string, unknown>,
): Promise<UnbilledPeriod[]> {
  const status = nextStatus(invoice.status, 'void', path);
  if (invoice.amountPaid > 0n)
    throw invalidState('An invoice on which money was paid cannot be voided; refund it instead.', path);
  await refuseEntangled(work, invoice, path);
  const { organizationId, id, currency, creditsApplied } = invoice;
  const at = account.now;
  const finalized = (await readPostings(work, [id], 'finalize')).get(id) ?? [];
  const source = { organizationId, sourceType: 'invoice', sourceId: id, at };
  if (creditsApplied > 0n) {
    const key = { organizationId, accountId: invoice.billToAccountId, currency };
    await returnCredit(work, key, { invoiceId: id, at });
  }
  const taken = await work.rows<UnbilledPeriod>(
    `delete from billed_periods b using invoice_lines l
     where l.organization_id = $1 and l.invoice_id = $2 and b.organization_id = l.organization_id and b.invoice_line_id = l.id
     returning l.subscription_id as "subscriptionId", b.subscription_item_id as "subscriptionItemId", b.component,
       b.period_start as "periodStart", b.period_end as "periodEnd"`,
    [organizationId, id],
  );
  post(work, [{ ...source, effect: 'void', entries: postVoid(currency, finalized, creditsApplied) }]);
  const change = { status: { old: invoice.status, new: status } };
  Object.assign(invoice, { status, voidedAt: at, updatedAt: at, amountDue: 0n });
  work.update(InvoiceEntity, { organizationId, id, status, voidedAt: at, updatedAt: at });
  const fact = invoiceFact('invoice.voided', invoice, invoice.subscriptionIds, at, change);
  work.announce({ ...fact, data: { ...fact.data, ...about } });
  return taken;
}

/** A void would put back what a reversing line took, or take what another line has given back already. */
async function refuseEntangled(work: Work, invoice: InvoiceRow, path: string[]): Promise<void> {
  const [entangled] = await work.rows(
    `select 1 from invoice_lines l
     where l.organization_id = $1 and l.invoice_id = $2 and (
       exists (select from credit_notes c where c.organization_id = l.organization_id and c.invoice_id = l.invoice_id and c.status = 'issued')
       or l.reverses_line_id is not null
       or exists (select from invoice_lines r join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id
                  where r.organization_id = l.organization_id and r.subscription_id = l.subscription_id and r.reverses_line_id = l.id and i.status <> 'void'))
     limit 1`,
    [invoice.organizationId, invoice.id],
  );
  if (entangled)
    throw invalidState(
      'This invoice takes lines of another one back, or a credit note or another invoice takes back part of it; credit the rest instead.',
      path,
    );
}
