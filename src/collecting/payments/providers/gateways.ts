import type { App } from '../../../platform/app-types.ts';
import type { Gateway, Provider } from './gateway.ts';
import { manualGateway } from './manual-gateway.ts';
import { paymentScope } from './payment-scope.ts';
import { sandboxGateway } from './sandbox-gateway.ts';
import { openStripe, type Stripe } from './stripe-client.ts';
import { readConnection, type StripeConnection } from './stripe-connections.ts';
import { stripeGateway } from './stripe-gateway.ts';

const sandbox = sandboxGateway();

/** The gateway of an organization for a provider; null while it is not connected. */
export async function gatewayOf(app: App, organizationId: string, provider: Provider): Promise<Gateway | null> {
  if (provider === 'sandbox') return sandbox;
  if (provider === 'manual') return manualGateway;
  const connection = await connectionOf(app, organizationId);
  return connection ? stripeGateway(clientOf(app, connection)) : null;
}

/** The organization's connection to Stripe: its own, or for the first organization the one of the environment. */
export async function connectionOf(app: App, organizationId: string): Promise<StripeConnection | null> {
  return readConnection(app, paymentScope(organizationId), organizationId);
}

/** One client for each key: it keeps its connections open. */
const clients = new WeakMap<App, Map<string, Stripe>>();
const mostClients = 200;

/** The SDK's client of a connection. */
export function clientOf(app: App, connection: StripeConnection): Stripe {
  const known = clients.get(app) ?? new Map<string, Stripe>();
  clients.set(app, known);
  const made = known.get(connection.secretKey);
  if (made) return made;
  if (known.size >= mostClients) known.delete(known.keys().next().value ?? '');
  const client = openStripe({ secretKey: connection.secretKey, apiBase: app.config.stripe.apiBase });
  known.set(connection.secretKey, client);
  return client;
}

/** Whether Stripe answers an organization: it is connected and its key is accepted. */
export async function knowsUs(app: App, organizationId: string): Promise<boolean> {
  const connection = await connectionOf(app, organizationId);
  if (!connection) return false;
  return clientOf(app, connection)
    .paymentIntents.list({ limit: 1 })
    .then(
      () => true,
      () => false,
    );
}
