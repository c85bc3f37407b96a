import type { App } from '../../../platform/app-types.ts';
import type { Gateway, Shut } from '../providers/gateway.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { readFault } from '../providers/stripe-client.ts';

type Answer = { ok: true; customerRef: string | null } | { ok: false; reason: string; shut?: Shut };

/**
 * Process: the account's customer at the provider, made if there is none yet. Two at once may both ask for one: they use
 * the same key, so the provider makes one, and the row is written once.
 */
export async function ensureCustomer(
  app: App,
  gateway: Gateway,
  input: { organizationId: string; account: { id: string; name: string; email: string | null } },
): Promise<Answer> {
  if (gateway.provider !== 'stripe') return { ok: true, customerRef: null };
  const { organizationId, account } = input;
  const known = await readCustomer(app, organizationId, account.id);
  if (known) return { ok: true, customerRef: known };
  try {
    const customerRef = await gateway.createCustomer({
      organizationId,
      accountId: account.id,
      name: account.name,
      email: account.email,
    });
    if (!customerRef) return { ok: true, customerRef: null };
    await app.transact(paymentScope(organizationId), (work) =>
      work.rows(
        `insert into provider_customers (organization_id, account_id, provider, provider_ref, created_at)
         values ($1, $2, $3, $4, $5) on conflict (organization_id, account_id, provider) do nothing`,
        [organizationId, account.id, gateway.provider, customerRef, work.recordedAt],
      ),
    );
    return { ok: true, customerRef: (await readCustomer(app, organizationId, account.id)) ?? customerRef };
  } catch (error) {
    app.log.warn({ err: error, accountId: account.id }, 'no customer could be made at the payment provider');
    const fault = readFault(error);
    if (fault.kind === 'deferred' && fault.shut) return { ok: false, reason: fault.reason, shut: fault.shut };
    return { ok: false, reason: 'the customer could not be made' };
  }
}

async function readCustomer(app: App, organizationId: string, accountId: string): Promise<string | null> {
  const rows = await app.transact(paymentScope(organizationId), (work) =>
    work.rows<{ provider_ref: string }>(
      `select provider_ref from provider_customers where organization_id = $1 and account_id = $2 and provider = 'stripe'`,
      [organizationId, accountId],
    ),
  );
  return rows[0]?.provider_ref ?? null;
}
