import { conflict, DomainError, invalidState, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { regionOf } from './region.ts';
import { TaxRateEntity, type TaxRateRow } from './tax.entities.ts';
import { type CreateTaxRateInput, createTaxRateInput } from './tax.inputs.ts';

/** Every batch of invoices reads them all, so there is a bound. */
const mostRates = 1_000;

/**
 * A tax rate for a country, or a region of it, and for a time. It never changes: a new percentage is a new rate, and the old
 * one ends or is archived. One rate holds for a place and category at a time, unless each says by a `jurisdiction` whose it is:
 * those of a state, county and city add up. CONFLICT for a second one, LIMIT_EXCEEDED beyond 1,000 usable rates, INVALID_INPUT.
 */
export async function createTaxRate(work: Work, given: CreateTaxRateInput): Promise<TaxRateRow> {
  const input = readInput(createTaxRateInput, given);
  const { organizationId, recordedAt: at } = work;
  const [known] = await work.rows<{ count: bigint }>(
    'select count(*) as count from tax_rates where organization_id = $1 and archived_at is null',
    [organizationId],
  );
  if ((known?.count ?? 0n) >= mostRates) {
    throw new DomainError('LIMIT_EXCEEDED', `An organization may have at most ${mostRates} usable tax rates.`);
  }
  const row: TaxRateRow = {
    organizationId,
    id: newId(),
    name: input.name,
    country: input.country,
    region: regionOf(input.country, input.region),
    jurisdiction: input.jurisdiction ?? '',
    percent: input.percent,
    inclusive: input.inclusive,
    taxCategory: input.taxCategory ?? null,
    validFrom: input.validFrom ?? null,
    validTo: input.validTo ?? null,
    archivedAt: null,
    metadata: input.metadata ?? {},
    createdAt: at,
    updatedAt: at,
  };
  await refuseOverlap(work, row);
  work.insert(TaxRateEntity, [row]);
  work.announce(taxRateFact('tax_rate.created', row, at));
  return row;
}

/** Ends a rate for all invoices to come; those that used it keep it. NOT_FOUND, INVALID_STATE if it is archived already. */
export async function archiveTaxRate(work: Work, input: { id: string }): Promise<TaxRateRow> {
  const { organizationId, recordedAt: at } = work;
  const row = await work.findOne(TaxRateEntity, { organizationId, id: input.id });
  if (!row) throw notFound(['input', 'id']);
  const [taken] = await work.rows<{ archived_at: Date | null }>(
    'select archived_at from tax_rates where organization_id = $1 and id = $2 for no key update',
    [organizationId, input.id],
  );
  if (taken?.archived_at) throw invalidState('The tax rate is archived already.', ['input', 'id']);
  work.update(TaxRateEntity, { organizationId, id: row.id, archivedAt: at, updatedAt: at });
  work.announce(taxRateFact('tax_rate.archived', row, at));
  return { ...row, archivedAt: at, updatedAt: at };
}

/** The database refuses it too; here is said which field is to be changed. */
async function refuseOverlap(work: Work, row: TaxRateRow): Promise<void> {
  const [other] = await work.rows<{ begun: boolean; jurisdiction: string }>(
    `select coalesce(valid_from < $7::date, $7::date is not null) as begun, lower(btrim(jurisdiction)) as jurisdiction from tax_rates
     where organization_id = $1 and archived_at is null and country = $2 and coalesce(region, '') = coalesce($3, '')
       and coalesce(tax_category, '') = coalesce($4, '') and (lower(btrim(jurisdiction)) in ($5, '') or $5 = '')
       and daterange(valid_from, valid_to) && daterange($7::date, $6::date) order by lower(btrim(jurisdiction)) <> $5, created_at, id limit 1`,
    [row.organizationId, row.country, row.region, row.taxCategory, row.jurisdiction, row.validTo, row.validFrom],
  );
  if (!other) return;
  if (other.jurisdiction !== row.jurisdiction) {
    const hint =
      other.jurisdiction === ''
        ? 'End or archive that one and make it anew with a jurisdiction.'
        : 'Give this one a jurisdiction, too.';
    const text =
      'Rates of one place and category add up only if each has a jurisdiction, and another one holds in that time.';
    throw conflict(`${text} ${hint}`, ['input', 'jurisdiction']);
  }
  const message =
    'Another rate holds for this place and category in that time. End or archive it, or give both a jurisdiction if they add up.';
  throw conflict(message, ['input', other.begun ? 'validFrom' : 'validTo']);
}

function taxRateFact(type: 'tax_rate.created' | 'tax_rate.archived', row: TaxRateRow, at: Date): Fact {
  const { organizationId, id, country, region, percent, inclusive } = row;
  return {
    type,
    organizationId,
    objectType: 'tax_rate',
    objectId: id,
    accountId: null,
    at,
    data: { taxRateId: id, country, region, percent, inclusive },
  };
}
