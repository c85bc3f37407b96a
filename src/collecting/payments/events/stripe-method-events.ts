import { lockAccounts } from '../../../accounts/index.ts';
import type { App } from '../../../platform/app-types.ts';
import type { Work } from '../../../platform/work.ts';
import { eraseEventsOf } from '../erasure/erase-payments.ts';
import { addPaymentMethod, makeDefault, methodFact } from '../methods/add-payment-method.ts';
import { PaymentMethodEntity, type ProviderEventRow } from '../payments.entities.ts';
import type { MethodDescription } from '../providers/gateway.ts';
import type { Stripe } from '../providers/stripe-client.ts';
import { describeStripeMethod, idOf } from '../providers/stripe-objects.ts';
import { type Effect, fetchObject, Ignored, objectOf, ourAccount } from './stripe-event-objects.ts';

/** The customer completed what was begun in the browser: the method is theirs, and the first one is charged from now on. */
export async function readSetupEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const id = event.objectId ?? '';
  const setup = await fetchObject(() => stripe.setupIntents.retrieve(id));
  const methodId = idOf(setup.payment_method);
  if (setup.status !== 'succeeded' || !methodId) throw new Ignored('the set-up has not succeeded');
  const method = await fetchObject(() => stripe.paymentMethods.retrieve(methodId));
  return keepMethod(app, event.organizationId, method);
}

/** A method as it is now: attached to one of our customers, changed, or taken away. */
export async function readMethodEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const id = event.objectId ?? '';
  const method = await fetchObject(() => stripe.paymentMethods.retrieve(id));
  if (method.customer) return keepMethod(app, event.organizationId, method);
  return (work) => dropMethods(work, { providerRef: method.id });
}

async function keepMethod(app: App, organizationId: string, method: Stripe.PaymentMethod): Promise<Effect> {
  const accountId = await ourAccount(app, organizationId, idOf(method.customer));
  const described = describeStripeMethod(method);
  return async (work) => {
    const account = (await lockAccounts(work, [accountId])).get(accountId);
    if (!account || account.deletedAt) return false;
    const known = await work.findOne(PaymentMethodEntity, {
      organizationId,
      provider: 'stripe',
      providerRef: described.providerRef,
    });
    if (!known) {
      await addPaymentMethod(work, account, { provider: 'stripe', described });
      return true;
    }
    if (known.detachedAt || known.accountId !== accountId || isSame(known, described)) return false;
    const { providerRef: _same, ...changes } = described;
    work.update(PaymentMethodEntity, { organizationId, id: known.id, ...changes, updatedAt: account.now });
    work.announce(methodFact('payment_method.updated', account, known));
    return true;
  };
}

function isSame(known: object, described: MethodDescription): boolean {
  const row = known as Record<string, unknown>;
  return Object.entries(described).every(([key, value]) => (row[key] ?? null) === value);
}

/** Takes methods out of use that Stripe has let go. */
async function dropMethods(work: Work, which: { providerRef: string } | { accountId: string }): Promise<boolean> {
  const organizationId = work.organizationId;
  const where = { organizationId, provider: 'stripe', detachedAt: null, ...which };
  const [first] = await work.find(PaymentMethodEntity, where);
  if (!first) return false;
  const account = (await lockAccounts(work, [first.accountId])).get(first.accountId);
  if (!account) return false;
  for (const method of await work.find(PaymentMethodEntity, where)) {
    const changes = { detachedAt: account.now, isDefault: false, updatedAt: account.now };
    work.update(PaymentMethodEntity, { organizationId, id: method.id, ...changes });
    work.announce(methodFact('payment_method.detached', account, { ...method, ...changes }));
  }
  return true;
}

/** A customer as it is now: another default method, or gone with all its methods. */
export async function readCustomerEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const id = event.objectId ?? '';
  const { organizationId } = event;
  const accountId = await ourAccount(app, organizationId, id);
  const customer = await fetchObject(() => stripe.customers.retrieve(id)).catch((error) => {
    if (error instanceof Ignored && event.type === 'customer.deleted') return { id, deleted: true as const };
    throw error;
  });
  if (customer.deleted) return (work) => forgetCustomer(work, accountId, id);
  const chosen = idOf(customer.invoice_settings?.default_payment_method) ?? chosenIn(objectOf(event));
  return (work) => (chosen ? chooseDefault(work, accountId, chosen) : Promise.resolve(false));
}

function chosenIn(object: Record<string, unknown>): string | null {
  const settings = object.invoice_settings as { default_payment_method?: string | null } | undefined;
  return settings?.default_payment_method ?? null;
}

async function chooseDefault(work: Work, accountId: string, providerRef: string): Promise<boolean> {
  const organizationId = work.organizationId;
  const account = (await lockAccounts(work, [accountId])).get(accountId);
  const own = await work.find(PaymentMethodEntity, { organizationId, accountId, detachedAt: null });
  const method = own.find((one) => one.provider === 'stripe' && one.providerRef === providerRef);
  if (!account || !method || method.isDefault) return false;
  await makeDefault(work, account, method, own);
  return true;
}

/** The next charge makes a new customer. */
async function forgetCustomer(work: Work, accountId: string, customerRef: string): Promise<boolean> {
  await lockAccounts(work, [accountId]);
  const gone = await work.rows(
    `delete from provider_customers where organization_id = $1 and provider = 'stripe' and provider_ref = $2
       and erase_at is null returning 1`,
    [work.organizationId, customerRef],
  );
  // It was deleted because the account was erased: this very event names the person.
  if (gone.length === 0) await eraseEventsOf(work, accountId);
  const dropped = await dropMethods(work, { accountId });
  return gone.length > 0 || dropped;
}
