import { DomainError } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Fact } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import { watchOrganization } from '../../tax/index.ts';
import { LegalEntityEntity, type LegalEntityRow, NumberSeriesEntity } from '../invoicing.entities.ts';
import { type CreateLegalEntityInput, createLegalEntityInput } from '../invoicing.inputs.ts';
import { lockLegalEntities, makeOthersOrdinary } from './legal-entities.ts';

const mostLegalEntities = 100;

/**
 * A company that issues invoices, with a number series of its own that begins at 1. ALREADY_EXISTS for a prefix in use,
 * LIMIT_EXCEEDED beyond 100 of an organization, INVALID_INPUT.
 */
export async function createLegalEntity(work: Work, given: CreateLegalEntityInput): Promise<LegalEntityRow> {
  const input = readInput(createLegalEntityInput, given);
  const others = await lockLegalEntities(work);
  if (others.length >= mostLegalEntities) {
    throw new DomainError('LIMIT_EXCEEDED', `An organization may have at most ${mostLegalEntities} legal entities.`);
  }
  const isDefault = input.isDefault ?? others.length === 0;
  if (isDefault) await makeOthersOrdinary(work, others);
  const row = insertLegalEntity(work, {
    organizationId: work.organizationId,
    name: input.name,
    address: input.address,
    country: input.address.country,
    taxIds: input.taxIds ?? [],
    email: input.email ?? null,
    invoicePrefix: input.invoicePrefix,
    isDefault,
    brandingVersion: 0,
    ...taxTerms(input),
    metadata: input.metadata ?? {},
  });
  if (row.taxIdCheck === 'register') await watchOrganization(work);
  return row;
}

type TaxTerms = 'taxProvider' | 'taxIdCheck' | 'taxIdMaxAgeDays' | 'pricesIncludeTax' | 'taxCodes';

/** How its taxes are decided: by the merchant's rates and by check digits unless said otherwise. */
function taxTerms(input: Pick<CreateLegalEntityInput, TaxTerms>) {
  return {
    taxProvider: input.taxProvider ?? 'manual',
    taxIdCheck: input.taxIdCheck ?? 'checksum',
    taxIdMaxAgeDays: input.taxIdMaxAgeDays ?? 90,
    pricesIncludeTax: input.pricesIncludeTax ?? false,
    taxCodes: input.taxCodes ?? [],
  };
}

function insertLegalEntity(work: Work, made: Omit<LegalEntityRow, 'id' | 'createdAt' | 'updatedAt'>): LegalEntityRow {
  const at = work.recordedAt;
  const row: LegalEntityRow = { ...made, id: newId(), createdAt: at, updatedAt: at };
  const { organizationId, id, name, invoicePrefix, isDefault } = row;
  work.insert(LegalEntityEntity, [row]);
  work.insert(
    NumberSeriesEntity,
    ['invoice', 'credit_note'].map((kind) => ({ organizationId, legalEntityId: id, kind, lastNumber: 0n })),
  );
  work.announce({
    type: 'legal_entity.created',
    organizationId,
    objectType: 'legal_entity',
    objectId: id,
    accountId: null,
    at,
    data: { legalEntityId: id, invoicePrefix, isDefault },
    change: { name: { old: null, new: name } },
  });
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
    const nothingKnown = {
      address: {},
      country: null,
      taxIds: [],
      email: null,
      brandingVersion: 0,
      metadata: {},
      ...taxTerms({}),
    };
    insertLegalEntity(work, { organizationId: id, name, invoicePrefix: 'INV', isDefault: true, ...nothingKnown });
  }
}
