import type { Fact } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';

/**
 * Consequence of `account.erased`: what payments know of the person beyond the booking goes. Methods lose what was readable
 * of a card and are detached; notes, reasons and metadata are blanked; of events of the provider (names, e-mail addresses,
 * fingerprints) only the ids that say what they were about stay. Amounts, statuses, references and the provider's ids stay,
 * as do invoices with their frozen buyer: the law has them kept.
 */
export async function erasePayments(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const { organizationId, objectId: accountId, at } of facts) {
    const of = [organizationId, accountId];
    // The customer at the provider follows after commit (`eraseCustomer`).
    await work.rows(
      `update provider_customers set erase_at = $3 where organization_id = $1 and account_id = $2 and provider = 'stripe'`,
      [...of, work.recordedAt],
    );
    // Events first: they are found by the ids of what they were about.
    await work.rows(eraseEvents, of);
    await work.rows(
      `update payment_methods set brand = null, last4 = null, exp_month = null, exp_year = null, metadata = '{}', is_default = false,
         detached_at = coalesce(detached_at, $3), updated_at = $3
       where organization_id = $1 and account_id = $2`,
      [...of, at],
    );
    await work.rows(
      `update payments set notes = null, metadata = '{}' where organization_id = $1 and account_id = $2
         and (notes is not null or metadata <> '{}')`,
      of,
    );
    await work.rows(
      `update refunds r set reason = null, metadata = '{}' from payments p
       where p.organization_id = $1 and p.account_id = $2 and r.organization_id = p.organization_id and r.payment_id = p.id
         and (r.reason is not null or r.metadata <> '{}')`,
      of,
    );
  }
}

const eraseEvents = `
  with refs as (
    select provider_ref as ref from provider_customers where organization_id = $1 and account_id = $2
    union select provider_ref from payment_methods where organization_id = $1 and account_id = $2
    union select provider_ref from payments where organization_id = $1 and account_id = $2 and provider_ref is not null
  )
  update provider_events e set payload = jsonb_build_object('erased', true, 'data', jsonb_build_object('object', jsonb_build_object(
    'id', e.payload #>> '{data,object,id}', 'object', e.payload #>> '{data,object,object}',
    'payment_intent', e.payload #>> '{data,object,payment_intent}')))
  where e.organization_id = $1 and (e.object_id in (select ref from refs)
    or e.payload #>> '{data,object,customer}' in (select ref from refs)
    or e.payload #>> '{data,object,payment_intent}' in (select ref from refs))`;

/** Of events about the customer, methods and payments of an account that is being erased only the ids stay. */
export async function eraseEventsOf(work: Work, accountId: string): Promise<void> {
  const [erasing] = await work.rows(
    `select 1 from provider_customers where organization_id = $1 and account_id = $2::uuid and erase_at is not null`,
    [work.organizationId, accountId],
  );
  if (erasing) await work.rows(eraseEvents, [work.organizationId, accountId]);
}
