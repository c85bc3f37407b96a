import type { Reader } from '../../platform/database.ts';
import type { Work } from '../../platform/work.ts';
import { DocumentLinkRevocationEntity } from './documents.entities.ts';
import { type DocumentGrant, longestLink } from './signed-links.ts';

/**
 * Takes back all links to documents of the organization that were given out up to now, by the wall clock; new ones can be
 * asked for at once. Answers until when links are void.
 */
export async function revokeLinks(work: Work): Promise<Date> {
  const { organizationId, recordedAt } = work;
  const [row] = await work.rowsOf<{ revoked_at: Date }>(
    [DocumentLinkRevocationEntity],
    `insert into document_link_revocations as r (organization_id, revoked_at) values ($1, $2::timestamptz)
     on conflict (organization_id) do update set revoked_at = greatest(r.revoked_at, excluded.revoked_at)
     returning revoked_at`,
    [organizationId, recordedAt.toISOString()],
  );
  const at = row?.revoked_at ?? recordedAt;
  work.announce({
    type: 'organization.document_links_revoked',
    organizationId,
    objectType: 'organization',
    objectId: organizationId,
    accountId: null,
    at: recordedAt,
    data: { revokedAt: at.toISOString() },
  });
  return at;
}

/** Whether a link has been taken back. */
export async function isRevoked(reader: Reader, { issuedAt, expiresAt }: DocumentGrant): Promise<boolean> {
  const since = issuedAt ?? new Date(expiresAt.getTime() - longestLink * 1000);
  const [row] = await reader.rows<{ revoked_at: Date }>(
    'select revoked_at from document_link_revocations where organization_id = $1',
    [reader.organizationId],
  );
  return row !== undefined && since <= row.revoked_at;
}
