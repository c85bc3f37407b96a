import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { holdInvoice } from '../settlement/hold-invoices.ts';
import { lockInvoices } from '../settlement/lock-invoices.ts';

/**
 * Deletes a draft with its lines; waiting charges on it wait again. NOT_FOUND; INVALID_STATE unless it is a draft, or if it
 * bills periods of a subscription: that one is finalized and voided, so that the books say why there is a gap.
 */
export async function deleteDraftInvoice(work: Work, input: { id: string }): Promise<void> {
  const path = ['input', 'id'];
  const { invoice, account } = await holdInvoice(work, input.id, path);
  const { organizationId, id, status, subscriptionIds } = invoice;
  if (status !== 'draft') throw invalidState(`An invoice that is ${status} cannot be deleted.`, path);
  if (subscriptionIds.length > 0) {
    throw invalidState(
      'A draft that bills a subscription cannot be deleted; finalize it, and void or credit it instead.',
      path,
    );
  }
  await work.rows(`delete from invoices where organization_id = $1 and id = $2`, [organizationId, id]);
  work.announce(invoiceFact('invoice.deleted', { ...invoice, status: 'deleted' }, [], account.now));
}

/**
 * Deletes drafts whose tax never became known and that were to begin these subscription items, with the periods they billed:
 * nothing was used, so nothing is owed. INVALID_STATE never: others are left alone.
 */
export async function dropUntaxedDrafts(work: Work, itemIds: readonly string[], at: Date): Promise<void> {
  const found = await work.rows<{ id: string }>(
    `select distinct i.id from invoices i
     join invoice_taxations t on t.organization_id = i.organization_id and t.invoice_id = i.id and t.finalize_at is not null
     join invoice_lines l on l.organization_id = i.organization_id and l.invoice_id = i.id
     where i.organization_id = $1 and i.status = 'draft' and l.subscription_item_id = any($2::uuid[]) order by i.id`,
    [work.organizationId, `{${itemIds.join(',')}}`],
  );
  for (const { id, invoice } of await lockedDrafts(work, found)) {
    const { organizationId } = invoice;
    await work.rows(
      `delete from billed_periods b using invoice_lines l
       where l.organization_id = $1 and l.invoice_id = $2 and b.organization_id = $1 and b.invoice_line_id = l.id`,
      [organizationId, id],
    );
    await work.rows(`delete from invoices where organization_id = $1 and id = $2`, [organizationId, id]);
    work.announce(invoiceFact('invoice.deleted', { ...invoice, status: 'deleted' }, [], at));
  }
}

async function lockedDrafts(work: Work, found: readonly { id: string }[]) {
  const locked = await lockInvoices(
    work,
    found.map(({ id }) => id),
  );
  return [...locked].flatMap(([id, invoice]) => (invoice.status === 'draft' ? [{ id, invoice }] : []));
}

/** Whether the draft that a subscription waits for has no tax yet. */
export async function awaitsTax(work: Work, subscriptionId: string): Promise<boolean> {
  const [waiting] = await work.rows(
    `select 1 from invoice_lines l
     join invoice_taxations t on t.organization_id = l.organization_id and t.invoice_id = l.invoice_id and t.finalize_at is not null
     where l.organization_id = $1 and l.subscription_id = $2 limit 1`,
    [work.organizationId, subscriptionId],
  );
  return waiting !== undefined;
}
