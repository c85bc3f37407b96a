import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { OrganizationEntity, type OrganizationRow } from './accounts.entities.ts';
import { type CreateOrganizationInput, createOrganizationInput } from './accounts.inputs.ts';

/**
 * Makes an organization. Its id is made by the caller, since the work must be of that organization. What else a new
 * organization needs (an issuer, a number series) is made by whoever owns it, as a consequence of organization.created.
 */
export async function createOrganization(work: Work, given: CreateOrganizationInput): Promise<OrganizationRow> {
  const input = readInput(createOrganizationInput, given);
  const row: OrganizationRow = {
    id: input.id,
    name: input.name,
    mode: input.mode,
    timezone: input.timezone ?? 'UTC',
    defaultCurrency: input.defaultCurrency,
    netDays: 0,
    invoiceGraceDays: 0,
    invoiceGrouping: 'account',
    dunningFinalAction: 'none',
    trialReminderDays: 3,
    metadata: input.metadata ?? {},
    createdAt: work.recordedAt,
    updatedAt: work.recordedAt,
  };
  work.insert(OrganizationEntity, [row]);
  work.announce({
    type: 'organization.created',
    organizationId: row.id,
    objectType: 'organization',
    objectId: row.id,
    accountId: null,
    at: work.recordedAt,
    data: { organizationId: row.id, mode: row.mode, defaultCurrency: row.defaultCurrency },
    change: { name: { old: null, new: row.name } },
  });
  return row;
}
