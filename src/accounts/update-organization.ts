import { notFound } from '../platform/errors.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { OrganizationEntity, type OrganizationRow } from './accounts.entities.ts';
import { type UpdateOrganizationInput, updateOrganizationInput } from './accounts.inputs.ts';
import { changedValues, changeOf } from './changes.ts';

/**
 * Changes settings of the organization of this work; what is billed from now on follows them, what exists does not
 * change. INVALID_INPUT with the paths of what is malformed.
 */
export async function updateOrganization(work: Work, given: UpdateOrganizationInput): Promise<void> {
  const input = readInput(updateOrganizationInput, given);
  const id = work.organizationId;
  await work.rows('select 1 from organizations where id = $1 for no key update', [id]);
  const row = await work.findOne(OrganizationEntity, { id });
  if (!row) throw notFound(['input']);
  const change = changeOf<OrganizationRow>(row, input);
  if (!change) return;
  work.update(OrganizationEntity, { id, ...changedValues<OrganizationRow>(change), updatedAt: work.recordedAt });
  work.announce({
    type: 'organization.updated',
    organizationId: id,
    objectType: 'organization',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { organizationId: id, changed: Object.keys(change).sort() },
    change,
  });
}
