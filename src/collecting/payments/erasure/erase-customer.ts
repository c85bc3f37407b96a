import type { App } from '../../../platform/app-types.ts';
import type { Job } from '../../../platform/module.ts';
import type { Work } from '../../../platform/work.ts';
import { forEach } from '../collection/payment-jobs.ts';
import { ProviderCustomerEntity, type ProviderCustomerRow } from '../payments.entities.ts';
import { gatewayOf } from '../providers/gateways.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { eraseEventsOf } from './erase-payments.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Stripe delivers events for three days; those of the deletion itself name the person. */
const eventsComeFor = 4 * 24 * hour;
const later = (at: Date, milliseconds: number) => new Date(at.getTime() + milliseconds);

/** Deletes customers of erased accounts at Stripe, and what its last events tell of them. */
export const eraseCustomersJob: Job = {
  name: 'erase-customers',
  everyMs: minute,
  concurrency: 1,
  run: async (app) => {
    const due = await app.sweep<{ organization_id: string; id: string }>('select * from customers_to_erase($1, $2)', [
      app.clock.now(),
      200,
    ]);
    await forEach(app, due, (one) => eraseCustomer(app, { organizationId: one.organization_id, accountId: one.id }));
  },
};

/**
 * Process: the customer of an erased account at Stripe. 1 claims it; 2 deletes it there, which is harmless if done twice;
 * 3 notes it. Then what events bring of the person is blanked, until none can come any more. Tried every hour until done.
 */
async function eraseCustomer(app: App, input: { organizationId: string; accountId: string }): Promise<void> {
  const scope = paymentScope(input.organizationId);
  const customer = await app.transact(scope, (work) => claim(work, input.accountId));
  if (!customer) return;
  if (!customer.erasedAt) {
    const gateway = await gatewayOf(app, input.organizationId, 'stripe');
    if (!gateway) return;
    await gateway.deleteCustomer(customer.providerRef);
  }
  await app.transact(scope, (work) => note(work, customer));
}

/** One whose payments are not decided is kept: what has become of them is looked up by the customer. */
async function claim(work: Work, accountId: string): Promise<ProviderCustomerRow | null> {
  const organizationId = work.organizationId;
  await work.rows(`select 1 from provider_customers where organization_id = $1 and account_id = $2::uuid for update`, [
    organizationId,
    accountId,
  ]);
  const customer = await work.findOne(ProviderCustomerEntity, { organizationId, accountId, provider: 'stripe' });
  if (!customer?.eraseAt || customer.eraseAt > work.recordedAt) return null;
  change(work, customer, { eraseAt: later(work.recordedAt, hour) });
  const [undecided] = await work.rows(
    `select 1 from payments where organization_id = $1 and account_id = $2::uuid and provider = 'stripe'
       and status in ('pending', 'unknown', 'requires_action', 'requires_capture') limit 1`,
    [organizationId, accountId],
  );
  return undecided ? null : customer;
}

async function note(work: Work, customer: ProviderCustomerRow): Promise<void> {
  const erasedAt = customer.erasedAt ?? work.recordedAt;
  await eraseEventsOf(work, customer.accountId);
  const over = later(erasedAt, eventsComeFor) <= work.recordedAt;
  const first = customer.erasedAt === null;
  const pause = first ? minute : hour;
  change(work, customer, { erasedAt, eraseAt: over ? null : later(work.recordedAt, pause) });
}

function change(work: Work, customer: ProviderCustomerRow, changes: Partial<ProviderCustomerRow>): void {
  const { organizationId, accountId, provider } = customer;
  work.update(ProviderCustomerEntity, { organizationId, accountId, provider, ...changes });
}
