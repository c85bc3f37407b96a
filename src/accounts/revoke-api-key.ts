import { notFound } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import { ApiKeyEntity } from './accounts.entities.ts';

/** Ends a key; ending it twice changes nothing. Other processes may know it for two seconds more. NOT_FOUND. */
export async function revokeApiKey(work: Work, id: string, path: string[] = ['input', 'id']): Promise<void> {
  const organizationId = work.organizationId;
  const [row] = await work.rows<{ revoked_at: Date | null }>(
    'select revoked_at from api_keys where organization_id = $1 and id = $2 for update',
    [organizationId, id],
  );
  if (!row) throw notFound(path);
  if (row.revoked_at) return;
  const at = work.recordedAt;
  work.update(ApiKeyEntity, { organizationId, id, revokedAt: at, updatedAt: at });
  work.announce({
    type: 'api_key.revoked',
    organizationId,
    objectType: 'api_key',
    objectId: id,
    accountId: null,
    at,
    data: { apiKeyId: id },
    change: { revokedAt: { old: null, new: at } },
  });
}
