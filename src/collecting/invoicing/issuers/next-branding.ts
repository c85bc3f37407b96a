import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { LegalEntityEntity } from '../invoicing.entities.ts';

/**
 * Lets the documents a legal entity will issue wear a new branding; those that are out keep theirs. Locks its row, and
 * answers which version was worn so far and which comes next. NOT_FOUND.
 */
export async function nextBranding(
  work: Work,
  legalEntityId: string,
  path: string[],
): Promise<{ worn: number; next: number }> {
  const { organizationId, recordedAt: updatedAt } = work;
  const [entity] = await work.rows<{ branding_version: number }>(
    'select branding_version from legal_entities where organization_id = $1 and id = $2::uuid for no key update',
    [organizationId, legalEntityId],
  );
  if (!entity) throw notFound(path);
  const worn = entity.branding_version;
  work.update(LegalEntityEntity, { organizationId, id: legalEntityId, brandingVersion: worn + 1, updatedAt });
  return { worn, next: worn + 1 };
}
