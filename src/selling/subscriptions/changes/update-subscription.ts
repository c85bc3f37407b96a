import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { freeText, metadataInput } from '../../../platform/free-text.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { checkPaymentMethod } from '../creation/payment-method.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { SubscriptionEntity, type SubscriptionRow } from '../subscriptions.entities.ts';

const schema = z.object({
  id: z.uuid(),
  externalId: freeText(255).nullish(),
  collection: z.enum(['automatic', 'manual']).optional(),
  paymentMethodId: z.uuid().nullish(),
  netDays: z.int().min(0).max(365).nullish(),
  legalEntityId: z.uuid().nullish(),
  purchaseOrderNumber: freeText(100).nullish(),
  metadata: metadataInput.optional(),
});

export type UpdateSubscriptionInput = z.input<typeof schema>;

/**
 * Changes how a subscription is collected and what it is called, from the next invoice on; null empties a field, one left
 * out stays. NOT_FOUND, ALREADY_EXISTS, INVALID_STATE for terms of one that has ended.
 */
export async function updateSubscription(work: Work, given: UpdateSubscriptionInput): Promise<{ id: string }> {
  const { id, ...wanted } = readInput(schema, given);
  const { account } = await lockSubscriber(work, id, ['input', 'id']);
  const [row] = await work.rows<Pick<SubscriptionRow, 'status' | keyof typeof wanted>>(
    `select s.status, s.external_id as "externalId", s.collection, s.payment_method_id as "paymentMethodId",
       s.net_days as "netDays", s.legal_entity_id as "legalEntityId", s.purchase_order_number as "purchaseOrderNumber", s.metadata
     from subscriptions s where s.organization_id = $1 and s.id = $2 for update`,
    [work.organizationId, id],
  );
  const change: Record<string, { old: unknown; new: unknown }> = {};
  for (const field of Object.keys(wanted) as (keyof typeof wanted)[]) {
    const value = wanted[field];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(row![field])) continue;
    change[field] = { old: row![field], new: value };
  }
  const fields = Object.keys(change);
  if (fields.length === 0) return { id };
  if (row!.status === 'canceled' && fields.some((field) => field !== 'metadata' && field !== 'externalId')) {
    throw invalidState('The subscription has ended.', ['input', 'id']);
  }
  if (change.paymentMethodId && wanted.paymentMethodId) {
    const payer = account.billToAccountId ?? account.id;
    await checkPaymentMethod(work, wanted.paymentMethodId, payer, ['input', 'paymentMethodId']);
  }
  const at = account.now;
  const { organizationId } = account;
  const values = Object.fromEntries(fields.map((field) => [field, change[field]!.new]));
  work.update(SubscriptionEntity, { organizationId, id, ...values, updatedAt: at });
  const subject = { organizationId, id, accountId: account.id };
  recordChange(work, subject, change, at);
  announceSubscription(work, 'subscription.updated', subject, at, { status: row!.status, fields }, change);
  return { id };
}
