import type { Actor } from '../platform/actor.ts';
import type { App } from '../platform/app-types.ts';
import type { Mode } from '../platform/context.ts';
import { newId } from '../platform/id.ts';
import { createApiKey } from './create-api-key.ts';
import { createMember } from './create-member.ts';
import { createOrganization } from './create-organization.ts';
import { allPermissions } from './permissions.ts';

export interface OpenOrganizationInput {
  name: string;
  mode: Mode;
  defaultCurrency: string;
  timezone?: string;
  /** The first administrator; without one there is only the key. */
  admin?: { email: string; name: string; password: string };
}

/**
 * A process: makes an organization with all that it needs to be used, in one transaction. Answers the text of its first
 * key, which may do everything and is never shown again.
 */
export async function openOrganization(
  app: App,
  input: OpenOrganizationInput,
  actor: Actor,
): Promise<{ organizationId: string; apiKeyId: string; secret: string; memberId: string | null }> {
  const { admin, ...given } = input;
  const organizationId = newId();
  return app.transact({ organizations: [organizationId], actor, requestId: null }, async (work) => {
    await createOrganization(work, { id: organizationId, ...given });
    const member = admin ? await createMember(work, { ...admin, role: 'admin' }) : null;
    const permissions = [...allPermissions];
    const { key, secret } = await createApiKey(work, { name: 'First key', permissions }, new Set(permissions));
    return { organizationId, apiKeyId: key.id, secret, memberId: member?.id ?? null };
  });
}
