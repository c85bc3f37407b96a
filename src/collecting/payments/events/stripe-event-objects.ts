import type { App } from '../../../platform/app-types.ts';
import type { Work } from '../../../platform/work.ts';
import {
  PaymentAttemptEntity,
  PaymentEntity,
  ProviderCustomerEntity,
  type ProviderEventRow,
} from '../payments.entities.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { readFault } from '../providers/stripe-client.ts';
import { marks } from '../providers/stripe-objects.ts';

/** What an event does, inside the transaction that marks it; answers whether anything moved. */
export type Effect = (work: Work) => Promise<boolean>;

/** An event that is of no concern here, and why. */
export class Ignored extends Error {}

/** The object of an event as it came; only ids are believed of it. */
export function objectOf(event: ProviderEventRow): Record<string, unknown> {
  const payload = event.payload as { data?: { object?: Record<string, unknown> } } | null;
  return payload?.data?.object ?? {};
}

/** An object by its id; Ignored once Stripe does not know it any more. */
export async function fetchObject<T>(fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    const fault = readFault(error);
    if (fault.kind === 'refused' && fault.missing) throw new Ignored('Stripe does not know the object any more');
    throw error;
  }
}

/** Our payment behind a PaymentIntent: by its id, or by our mark where its id is not known yet. */
export async function ourPayment(
  app: App,
  organizationId: string,
  intent: { id: string; metadata?: Record<string, string> | null },
): Promise<string | null> {
  return app.transact(paymentScope(organizationId), async (work) => {
    const known = await work.findOne(PaymentEntity, { organizationId, provider: 'stripe', providerRef: intent.id });
    if (known) return known.id;
    const marked = intent.metadata?.[marks.payment];
    if (intent.metadata?.[marks.organization] !== organizationId || !marked || !isUuidText(marked)) return null;
    const payment = await work.findOne(PaymentEntity, { organizationId, id: marked, provider: 'stripe' });
    if (!payment || payment.providerRef) return null;
    // Only an attempt that was sent can have made it.
    const sent = await work.findOne(PaymentAttemptEntity, { organizationId, paymentId: payment.id });
    return sent ? payment.id : null;
  });
}

function isUuidText(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Our account behind a customer of Stripe; Ignored for customers of others. */
export async function ourAccount(app: App, organizationId: string, customerRef: string | null): Promise<string> {
  const known = customerRef
    ? await app.transact(paymentScope(organizationId), (work) =>
        work.findOne(ProviderCustomerEntity, { organizationId, provider: 'stripe', providerRef: customerRef }),
      )
    : null;
  if (!known) throw new Ignored('the customer is not one of ours');
  return known.accountId;
}
