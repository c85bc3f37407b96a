import { OrganizationEntity } from '../../../accounts/index.ts';
import { invalidInput, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import { seal } from '../../../platform/secrets.ts';
import type { Work } from '../../../platform/work.ts';
import { StripeConnectionEntity } from '../payments.entities.ts';
import { connectStripeInput } from '../payments.inputs.ts';
import { beginAfresh } from './refusals.ts';
import { boundTo, isLiveKey } from './stripe-connections.ts';

/**
 * Connects the organization to its account at Stripe, or gives an existing connection new secrets (the address of its
 * webhooks stays). Both are sealed with the operator's key. INVALID_INPUT for what is no key, or a key of the other mode:
 * test keys for sandboxes, live keys for live organizations. What stood still for want of a connection, or of access, goes on.
 * One that was ended comes back under its address, so that Stripe's endpoint, and what it still tries to deliver, find it.
 */
export async function connectStripe(
  work: Work,
  given: { secretKey: string; webhookSecrets: string[] },
  encryptionKey: Buffer,
): Promise<string> {
  const input = readInput(connectStripeInput, given);
  const organizationId = work.organizationId;
  const organization = await work.findOne(OrganizationEntity, { id: organizationId });
  const livemode = isLiveKey(input.secretKey);
  if (livemode !== (organization?.mode === 'live')) {
    throw invalidInput(
      ['input', 'secretKey'],
      livemode ? 'A sandbox organization takes a test key.' : 'A live organization takes a live key.',
    );
  }
  const [known] = await work.find(StripeConnectionEntity, { organizationId }, { createdAt: 'desc', id: 'desc' });
  const id = known?.id ?? newId();
  const place = { organizationId, id };
  const at = work.recordedAt;
  const secrets = {
    secretKeySealed: seal(encryptionKey, input.secretKey, boundTo(place, 'key')),
    webhookSecretsSealed: seal(encryptionKey, JSON.stringify(input.webhookSecrets), boundTo(place, 'webhooks')),
    keyHint: `${input.secretKey.slice(0, 8)}…${input.secretKey.slice(-4)}`,
    livemode,
    updatedAt: at,
  };
  const now = { ...place, ...secrets, disconnectedAt: null };
  if (known) work.update(StripeConnectionEntity, now);
  else work.insert(StripeConnectionEntity, [{ ...now, createdAt: at }]);
  await beginAfresh(work, organizationId);
  announce(work, known && !known.disconnectedAt ? 'stripe.reconnected' : 'stripe.connected', id);
  return id;
}

/** Ends the connection and forgets its secrets. NOT_FOUND when there is none. */
export async function disconnectStripe(work: Work): Promise<string> {
  const organizationId = work.organizationId;
  const known = await work.findOne(StripeConnectionEntity, { organizationId, disconnectedAt: null });
  if (!known) throw notFound(['input'], 'Stripe is not connected.');
  const nothing = Buffer.alloc(0);
  work.update(StripeConnectionEntity, {
    organizationId,
    id: known.id,
    secretKeySealed: nothing,
    webhookSecretsSealed: nothing,
    disconnectedAt: work.recordedAt,
    updatedAt: work.recordedAt,
  });
  announce(work, 'stripe.disconnected', known.id);
  return known.id;
}

function announce(work: Work, type: string, id: string): void {
  work.announce({
    type,
    organizationId: work.organizationId,
    objectType: 'stripe_connection',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { stripeConnectionId: id },
  });
}
