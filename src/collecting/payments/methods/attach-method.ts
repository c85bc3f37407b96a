import { lockAccount } from '../../../accounts/index.ts';
import type { App } from '../../../platform/app-types.ts';
import { DomainError } from '../../../platform/errors.ts';
import type { Scope } from '../../../platform/work.ts';
import { PaymentMethodEntity } from '../payments.entities.ts';
import type { Gateway, MethodDescription, Provider } from '../providers/gateway.ts';
import { gatewayOf } from '../providers/gateways.ts';
import { ensureCustomer } from './ensure-customer.ts';

/** The provider a browser collects a method with: Stripe where it is connected, or else the sandbox of a sandbox. */
export async function browserProvider(app: App, organizationId: string, mode: string): Promise<Provider | null> {
  if (await gatewayOf(app, organizationId, 'stripe')) return 'stripe';
  return mode === 'sandbox' ? 'sandbox' : null;
}

interface AtProvider {
  gateway: Gateway;
  customerRef: string | null;
}

/** Process: the account's customer at a provider, ready to be given methods. PAYMENT_REFUSED where it cannot be. */
async function atProvider(app: App, scope: Scope, accountId: string, provider: Provider): Promise<AtProvider> {
  const organizationId = scope.organizations[0] ?? '';
  const account = await app.transact(scope, (work) => lockAccount(work, accountId, ['input', 'accountId']));
  const gateway = await gatewayOf(app, organizationId, provider);
  if (!gateway) throw new DomainError('PAYMENT_REFUSED', 'Stripe is not connected.');
  const { name, email } = account;
  const customer = await ensureCustomer(app, gateway, {
    organizationId,
    account: { id: accountId, name, email: email ?? null },
  });
  if (!customer.ok) {
    throw new DomainError(
      'PAYMENT_REFUSED',
      'The payment provider could not be reached. Nothing was changed; try again.',
    );
  }
  return { gateway, customerRef: customer.customerRef };
}

/**
 * Process: gives a method to the account's customer at the provider and answers what may be known of it. One that is
 * attached already is only described, so that a repetition is harmless.
 */
export async function attachAtProvider(
  app: App,
  scope: Scope,
  input: { accountId: string; provider: 'stripe' | 'sandbox'; reference: string },
): Promise<MethodDescription> {
  const { accountId, provider, reference } = input;
  const known = await app.transact(scope, (work) =>
    work.findOne(PaymentMethodEntity, {
      organizationId: work.organizationId,
      accountId,
      provider,
      providerRef: reference,
    }),
  );
  if (known && provider === 'stripe') {
    const { providerRef, type, brand = null, last4 = null, expMonth = null, expYear = null } = known;
    return { providerRef, type, brand, last4, expMonth, expYear };
  }
  const { gateway, customerRef } = await atProvider(app, scope, accountId, provider);
  return gateway.attachMethod(reference, customerRef);
}

/** Process: begins to collect a method in the browser; answers the secret that the browser needs. */
export async function setUpMethod(
  app: App,
  scope: Scope,
  input: { accountId: string; provider: Provider; key: string },
): Promise<string> {
  const { accountId } = input;
  const { gateway, customerRef } = await atProvider(app, scope, accountId, input.provider);
  const organizationId = scope.organizations[0] ?? '';
  return gateway.setUpMethod(customerRef, { organizationId, accountId }, input.key);
}
