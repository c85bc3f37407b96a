import type { App } from '../../../platform/app-types.ts';
import { unseal } from '../../../platform/secrets.ts';
import type { Scope } from '../../../platform/work.ts';
import { StripeConnectionEntity, type StripeConnectionRow } from '../payments.entities.ts';

/** A usable connection to Stripe, with its secrets open. Never logged, never answered. */
export interface StripeConnection {
  organizationId: string;
  /** Null for the one that the environment names. */
  id: string | null;
  secretKey: string;
  webhookSecrets: readonly string[];
  livemode: boolean;
}

/** What seals of a connection's secrets are bound to. */
export function boundTo(connection: { organizationId: string; id: string }, field: 'key' | 'webhooks'): string[] {
  return ['stripe_connections', connection.organizationId, connection.id, field];
}

/** The organization's own connection, or the environment's for the organization that was there first; null for none. */
export async function readConnection(app: App, scope: Scope, organizationId: string): Promise<StripeConnection | null> {
  const row = await app.transact(scope, (work) =>
    work.findOne(StripeConnectionEntity, { organizationId, disconnectedAt: null }),
  );
  if (row) return openConnection(app, row);
  const first = await environmentConnection(app);
  return first?.organizationId === organizationId ? first : null;
}

/** Opens the sealed secrets of a row. */
function openConnection(app: App, row: StripeConnectionRow): StripeConnection {
  const key = app.config.encryptionKey;
  const { organizationId, id, livemode } = row;
  return {
    organizationId,
    id,
    livemode,
    secretKey: unseal(key, Buffer.from(row.secretKeySealed), boundTo(row, 'key')),
    webhookSecrets: JSON.parse(unseal(key, Buffer.from(row.webhookSecretsSealed), boundTo(row, 'webhooks'))),
  };
}

/**
 * The connection of the environment, with the organization it belongs to: the first one. A live key does not serve a
 * sandbox organization, nor a test key a live one.
 */
export async function environmentConnection(app: App): Promise<StripeConnection | null> {
  const { secretKey, webhookSecrets } = app.config.stripe;
  if (!secretKey) return null;
  const [first] = await app.sweep<{ id: string; mode: string }>('select * from first_organization()');
  const livemode = isLiveKey(secretKey);
  if (!first || livemode !== (first.mode === 'live')) return null;
  return { organizationId: first.id, id: null, secretKey, webhookSecrets, livemode };
}

/** Whether a secret key moves real money. */
export function isLiveKey(secretKey: string): boolean {
  return /^(sk|rk)_live_/.test(secretKey);
}
