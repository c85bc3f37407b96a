import { conflict, DomainError, invalidInput, invalidState, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { checkTaxId } from '../../rules/tax-id.ts';
import { euCountries, taxTerritory } from '../../rules/tax-territory.ts';
import { regionOf } from './region.ts';
import { TaxRegistrationEntity, type TaxRegistrationRow } from './tax.entities.ts';
import { type CreateTaxRegistrationInput, createTaxRegistrationInput } from './tax.inputs.ts';

/** Every batch of invoices reads them all, so there is a bound. */
const mostRegistrations = 500;

/**
 * Says where an issuer is registered for tax, and from when to when. From its first registration on, and for good, it charges
 * tax only where it is registered on the tax date. It never changes: archive it and make another one. NOT_FOUND, CONFLICT where it
 * is registered there in the same way at that time already, LIMIT_EXCEEDED, INVALID_INPUT.
 */
export async function createTaxRegistration(
  work: Work,
  given: CreateTaxRegistrationInput,
): Promise<TaxRegistrationRow> {
  const input = readInput(createTaxRegistrationInput, given);
  if (input.scheme === 'oss' && !euCountries.has(input.country)) {
    throw invalidInput(
      ['input', 'country'],
      'The one-stop shop is registered for in a member state of the European Union.',
    );
  }
  const { country: taxedAs } = taxTerritory({ country: input.country, region: null });
  if (taxedAs !== input.country) {
    throw invalidInput(['input', 'country'], `For tax this is ${taxedAs}: a registration there holds here, too.`);
  }
  const { organizationId, recordedAt: at } = work;
  const [issuer] = await work.rows(
    `select 1 from legal_entities where organization_id = $1 and id = $2 for no key update`,
    [organizationId, input.legalEntityId],
  );
  if (!issuer) throw notFound(['input', 'legalEntityId']);
  const [known] = await work.rows<{ count: bigint }>(
    'select count(*) as count from tax_registrations where organization_id = $1 and archived_at is null',
    [organizationId],
  );
  if ((known?.count ?? 0n) >= mostRegistrations) {
    const message = `An organization may have at most ${mostRegistrations} registrations in use.`;
    throw new DomainError('LIMIT_EXCEEDED', message);
  }
  const row: TaxRegistrationRow = {
    organizationId,
    id: newId(),
    legalEntityId: input.legalEntityId,
    country: input.country,
    region: regionOf(input.country, input.region),
    scheme: input.scheme ?? 'standard',
    taxId: normalTaxId(input.taxId ?? null, input.country),
    validFrom: input.validFrom ?? null,
    validTo: input.validTo ?? null,
    archivedAt: null,
    metadata: input.metadata ?? {},
    createdAt: at,
    updatedAt: at,
  };
  await refuseOverlap(work, row);
  work.insert(TaxRegistrationEntity, [row]);
  work.announce(registrationFact('tax_registration.created', row, at));
  return row;
}

/** As it is written on documents, where its kind is known. */
function normalTaxId(text: string | null, country: string): string | null {
  if (text === null) return null;
  const checked = checkTaxId(text, country);
  return checked.valid ? checked.value : text;
}

/** The database refuses it too; here is said which field is to be changed. */
async function refuseOverlap(work: Work, row: TaxRegistrationRow): Promise<void> {
  const [other] = await work.rows(
    `select 1 from tax_registrations where organization_id = $1 and archived_at is null and legal_entity_id = $2 and country = $3
       and coalesce(region, '') = coalesce($4, '') and scheme = $5
       and daterange(valid_from, valid_to) && daterange($6::date, $7::date) limit 1`,
    [row.organizationId, row.legalEntityId, row.country, row.region, row.scheme, row.validFrom, row.validTo],
  );
  if (!other) return;
  throw conflict('It is registered there in that time already; archive that registration first.', ['input', 'country']);
}

/**
 * Ends a registration for all invoices to come; an issuer whose last one it was charges no tax until it has another one.
 * NOT_FOUND, INVALID_STATE if it is archived already.
 */
export async function archiveTaxRegistration(work: Work, input: { id: string }): Promise<TaxRegistrationRow> {
  const { organizationId, recordedAt: at } = work;
  const path = ['input', 'id'];
  await work.rows('select 1 from tax_registrations where organization_id = $1 and id = $2 for no key update', [
    organizationId,
    input.id,
  ]);
  const row = await work.findOne(TaxRegistrationEntity, { organizationId, id: input.id });
  if (!row) throw notFound(path);
  if (row.archivedAt) throw invalidState('The registration is archived already.', path);
  work.update(TaxRegistrationEntity, { organizationId, id: row.id, archivedAt: at, updatedAt: at });
  work.announce(registrationFact('tax_registration.archived', row, at));
  return { ...row, archivedAt: at, updatedAt: at };
}

function registrationFact(type: string, row: TaxRegistrationRow, at: Date): Fact {
  const { organizationId, id, legalEntityId, country, region, scheme } = row;
  const data = { taxRegistrationId: id, legalEntityId, country, region, scheme };
  return { type, organizationId, objectType: 'tax_registration', objectId: id, accountId: null, at, data };
}
