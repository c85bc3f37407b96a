import type { Work } from '../../../platform/work.ts';
import { LegalEntityEntity } from '../invoicing.entities.ts';

export interface LegalEntityState {
  id: string;
  isDefault: boolean;
  /** How many invoices it has numbered. */
  numbered: bigint;
}

/** Locks the legal entities of the organization, so that one is always the default and just one. */
export async function lockLegalEntities(work: Work): Promise<LegalEntityState[]> {
  const rows = await work.rows<{ id: string; is_default: boolean; numbered: bigint }>(
    `select l.id, l.is_default, s.last_number as numbered from legal_entities l
     join number_series s on s.organization_id = l.organization_id and s.legal_entity_id = l.id and s.kind = 'invoice'
     where l.organization_id = $1 order by l.id for update of l`,
    [work.organizationId],
  );
  return rows.map((row) => ({ id: row.id, isDefault: row.is_default, numbered: row.numbered }));
}

/** Ends the default before another one begins: the database allows one at any moment. */
export async function makeOthersOrdinary(work: Work, others: readonly LegalEntityState[]): Promise<void> {
  const { organizationId, recordedAt } = work;
  for (const other of others) {
    if (!other.isDefault) continue;
    work.update(LegalEntityEntity, { organizationId, id: other.id, isDefault: false, updatedAt: recordedAt });
  }
  await work.flush();
}
