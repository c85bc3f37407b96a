import { newId } from '../../platform/id.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { LegalEntityEntity, type LegalEntityRow, NumberSeriesEntity } from './invoicing.entities.ts';

/** Gathers a legal entity with the series its invoices are numbered in, beginning at 1. */
export function insertLegalEntity(
  work: Work,
  legalEntity: Omit<LegalEntityRow, 'id' | 'createdAt' | 'updatedAt'>,
): LegalEntityRow {
  const row = { ...legalEntity, id: newId(), createdAt: work.recordedAt, updatedAt: work.recordedAt };
  const { organizationId, id } = row;
  work.insert(LegalEntityEntity, [row]);
  work.insert(NumberSeriesEntity, [{ organizationId, legalEntityId: id, kind: 'invoice', lastNumber: 0n }]);
  return row;
}

/** A new organization gets its first issuer under its own name, so that it can bill at once. */
export async function makeFirstLegalEntity(work: Work, facts: readonly Fact[]): Promise<void> {
  const organizations = facts.map((fact) => fact.organizationId);
  const rows = await work.rows<{ id: string; name: string }>(
    `select o.id, o.name from organizations o
     where o.id = any($1::uuid[]) and not exists (select from legal_entities l where l.organization_id = o.id) order by o.id`,
    [`{${organizations.join(',')}}`],
  );
  for (const { id, name } of rows) {
    insertLegalEntity(work, {
      organizationId: id,
      name,
      address: {},
      country: null,
      taxIds: [],
      email: null,
      invoicePrefix: 'INV',
      isDefault: true,
      metadata: {},
    });
  }
}
