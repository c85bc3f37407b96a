import { changedValues, changeOf } from '../../../accounts/index.ts';
import { DomainError, notFound } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { watchOrganization } from '../../tax/index.ts';
import { LegalEntityEntity, type LegalEntityRow } from '../invoicing.entities.ts';
import { type UpdateLegalEntityInput, updateLegalEntityInput } from '../invoicing.inputs.ts';
import { lockLegalEntities, makeOthersOrdinary } from './legal-entities.ts';

/**
 * Changes an issuer for the invoices to come; what is final keeps what it froze. NOT_FOUND, ALREADY_EXISTS for a prefix in
 * use, IMMUTABLE for the prefix of a series that has begun (its numbers would lose their order).
 */
export async function updateLegalEntity(work: Work, given: UpdateLegalEntityInput): Promise<LegalEntityRow> {
  const { id, ...wanted } = readInput(updateLegalEntityInput, given);
  const { organizationId, recordedAt: at } = work;
  const states = await lockLegalEntities(work);
  const state = states.find((one) => one.id === id);
  const row = await work.findOne(LegalEntityEntity, { organizationId, id });
  if (!row || !state) throw notFound(['input', 'id']);
  const country = wanted.address?.country;
  const change = changeOf<LegalEntityRow>(row, { ...wanted, ...(country ? { country } : {}) });
  if (!change) return row;
  if (change.invoicePrefix && state.numbered > 0n) {
    throw new DomainError('IMMUTABLE', 'The prefix of a series that has begun cannot change.', {
      path: ['input', 'invoicePrefix'],
    });
  }
  if (change.isDefault) await makeOthersOrdinary(work, states);
  const values = changedValues<LegalEntityRow>(change);
  work.update(LegalEntityEntity, { organizationId, id, ...values, updatedAt: at });
  const confirms = (values.taxIdCheck ?? row.taxIdCheck) === 'register';
  if (confirms && (values.taxIdCheck || values.taxIdMaxAgeDays)) await watchOrganization(work);
  work.announce({
    type: 'legal_entity.updated',
    organizationId,
    objectType: 'legal_entity',
    objectId: id,
    accountId: null,
    at,
    data: { legalEntityId: id, changed: Object.keys(change).sort() },
    change,
  });
  return { ...row, ...values, updatedAt: at };
}
