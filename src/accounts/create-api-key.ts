import { z } from 'zod';
import { DomainError, invalidInput } from '../platform/errors.ts';
import { freeText } from '../platform/free-text.ts';
import { newId } from '../platform/id.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { ApiKeyEntity, type ApiKeyRow, OrganizationEntity } from './accounts.entities.ts';
import { newApiKeyText } from './api-key-text.ts';
import { allPermissions, isPermission } from './permissions.ts';

const createApiKeyInput = z.object({
  name: freeText(200),
  permissions: z.array(z.string()).min(1, 'A key needs a permission.').max(100, 'At most 100 permissions are allowed.'),
  expiresAt: z.date().nullish(),
});

export type CreateApiKeyInput = z.input<typeof createApiKeyInput>;

const mostKeys = 200;

/**
 * Makes a key with some of its maker's permissions. The secret is answered here and never again. INVALID_INPUT for a
 * permission that does not exist or that the maker lacks and for an expiry that has passed, LIMIT_EXCEEDED beyond 200
 * keys in use.
 */
export async function createApiKey(
  work: Work,
  given: CreateApiKeyInput,
  granted: ReadonlySet<string>,
): Promise<{ key: ApiKeyRow; secret: string }> {
  const input = readInput(createApiKeyInput, given);
  checkPermissions(input.permissions, granted);
  if (input.expiresAt && input.expiresAt <= work.recordedAt) {
    throw invalidInput(['input', 'expiresAt'], 'The expiry must lie in the future.');
  }
  const organizationId = work.organizationId;
  const mode = await modeWithRoom(work, organizationId);
  const { secret, keyId, hash, last4 } = newApiKeyText(mode === 'live' ? 'live' : 'sandbox');
  const key: ApiKeyRow = {
    organizationId,
    id: newId(),
    name: input.name,
    keyId,
    secretHash: hash,
    last4,
    permissions: allPermissions.filter((permission) => input.permissions.includes(permission)),
    expiresAt: input.expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: work.recordedAt,
    updatedAt: work.recordedAt,
  };
  work.insert(ApiKeyEntity, [key]);
  work.announce({
    type: 'api_key.created',
    organizationId,
    objectType: 'api_key',
    objectId: key.id,
    accountId: null,
    at: work.recordedAt,
    data: { apiKeyId: key.id },
    change: {
      name: { old: null, new: key.name },
      permissions: { old: null, new: key.permissions },
      expiresAt: { old: null, new: key.expiresAt },
    },
  });
  return { key, secret };
}

function checkPermissions(wanted: readonly string[], granted: ReadonlySet<string>): void {
  for (const [index, permission] of wanted.entries()) {
    const path = ['input', 'permissions', String(index)];
    if (!isPermission(permission))
      throw invalidInput(
        path,
        'There is no such permission; `viewer { permissions }` lists those that you have and can grant.',
      );
    if (!granted.has(permission)) throw invalidInput(path, 'Nobody can grant a permission without having it.');
  }
}

/** The organization's mode; its row is locked, so that keys made at the same time are counted. */
async function modeWithRoom(work: Work, organizationId: string): Promise<string> {
  await work.rows('select 1 from organizations where id = $1 for no key update', [organizationId]);
  const organization = await work.findOne(OrganizationEntity, { id: organizationId });
  const [row] = await work.rows<{ count: bigint }>(
    'select count(*) as count from api_keys where organization_id = $1 and revoked_at is null',
    [organizationId],
  );
  if (!organization) throw new Error('an organization without a row');
  if ((row?.count ?? 0n) >= BigInt(mostKeys)) {
    throw new DomainError('LIMIT_EXCEEDED', `An organization can have ${mostKeys} keys in use.`);
  }
  return organization.mode;
}
