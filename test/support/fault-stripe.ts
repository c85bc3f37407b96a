import { lockAccount } from '../../src/accounts/index.ts';
import { addPaymentMethod, ProviderCustomerEntity } from '../../src/collecting/payments/index.ts';
import type { TestOrganization } from './makers.ts';
import type { StripeSimulator } from './stripe-simulator/index.ts';

/** Gives an account a customer and a card at the simulator; answers the customer. */
export async function stripeMethod(
  organization: TestOrganization,
  accountId: string,
  simulator: StripeSimulator,
  card = 'pm_card_visa',
): Promise<string> {
  const customer = await post<{ id: string }>(simulator, '/v1/customers', { name: 'Somebody' });
  const method = await post<{
    id: string;
    card: { brand: string; last4: string; exp_month: number; exp_year: number };
  }>(simulator, `/v1/payment_methods/${card}/attach`, { customer: customer.id });
  await organization.transact(async (work) => {
    const account = await lockAccount(work, accountId, []);
    work.insert(ProviderCustomerEntity, [
      {
        organizationId: organization.id,
        accountId,
        provider: 'stripe',
        providerRef: customer.id,
        createdAt: account.now,
      },
    ]);
    const { brand, last4, exp_month: expMonth, exp_year: expYear } = method.card;
    const described = { providerRef: method.id, type: 'card', brand, last4, expMonth, expYear };
    await addPaymentMethod(work, account, { provider: 'stripe', described });
  });
  return customer.id;
}

async function post<T>(simulator: StripeSimulator, path: string, form: Record<string, string>): Promise<T> {
  const response = await fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulator.apiKey}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return body as T;
}
