import type { Work } from '../../platform/work.ts';

/** A manual rate as invoices use it; `percent` is plain text without trailing zeros (`20`, `8.875`). */
export interface UsableTaxRate {
  id: string;
  name: string;
  country: string;
  region: string | null;
  /** Whose tax it is where several of one place add up; '' where there is one. */
  jurisdiction: string;
  percent: string;
  inclusive: boolean;
  /** First day it holds, and the first day it holds no longer; null is unbounded. */
  validFrom: string | null;
  validTo: string | null;
  /** What it is limited to; null is for whatever has no rate of its own. */
  category: string | null;
}

/** Where an issuer is registered, as invoices need it. */
export interface UsableRegistration {
  country: string;
  region: string | null;
  scheme: string;
  validFrom: string | null;
  validTo: string | null;
}

/**
 * The usable rates of some organizations, by organization and country, and their issuers' registrations, by issuer: an issuer
 * that ever had one is there, if with none.
 */
export interface TaxRates {
  places: ReadonlyMap<string, readonly UsableTaxRate[]>;
  registrations: ReadonlyMap<string, readonly UsableRegistration[]>;
}

/** Whom and when a tax is asked for. */
export interface TaxPlace {
  organizationId: string;
  /** The buyer's country, or the issuer's where the buyer's is not known. */
  country: string;
  region: string | null;
}

interface RateRecord {
  organization_id: string;
  id: string;
  name: string;
  country: string;
  region: string | null;
  jurisdiction: string;
  percent: string;
  inclusive: boolean;
  valid_from: string | null;
  valid_to: string | null;
  tax_category: string | null;
}

interface RegistrationRecord {
  organization_id: string;
  legal_entity_id: string;
  /** Null with the rest: of those it has no more. */
  country: string | null;
  region: string | null;
  scheme: string | null;
  valid_from: string | null;
  valid_to: string | null;
}

/** All rates and registrations of these organizations that are not archived, in one round trip, in the order they were made. */
export async function loadTaxRates(work: Work, organizationIds: readonly string[]): Promise<TaxRates> {
  const [records, registered] = await Promise.all([
    work.rows<RateRecord>(
      `select organization_id, id, name, country, region, jurisdiction, trim_scale(percent)::text as percent, inclusive, valid_from, valid_to, tax_category
     from tax_rates where organization_id = any($1::uuid[]) and archived_at is null order by organization_id, created_at, id`,
      [`{${organizationIds.join(',')}}`],
    ),
    work.rows<RegistrationRecord>(
      `select organization_id, legal_entity_id, country, region, scheme, valid_from, valid_to, created_at, id
       from tax_registrations where organization_id = any($1::uuid[]) and archived_at is null
       union all
       select distinct organization_id, legal_entity_id, null, null, null, null::date, null::date, null::timestamptz, null::uuid
       from tax_registrations where organization_id = any($1::uuid[]) and archived_at is not null
       order by created_at nulls last, id`,
      [`{${organizationIds.join(',')}}`],
    ),
  ]);
  const rates = new Map<string, UsableTaxRate[]>();
  for (const record of records) {
    const key = `${record.organization_id} ${record.country}`;
    const rate: UsableTaxRate = {
      id: record.id,
      name: record.name,
      country: record.country,
      region: record.region,
      // Kept as they were written before all were in small letters.
      jurisdiction: record.jurisdiction.trim().toLowerCase(),
      percent: record.percent,
      inclusive: record.inclusive,
      validFrom: record.valid_from,
      validTo: record.valid_to,
      category: record.tax_category,
    };
    const known = rates.get(key);
    if (known) known.push(rate);
    else rates.set(key, [rate]);
  }
  return { places: rates, registrations: byIssuer(registered) };
}

function byIssuer(records: readonly RegistrationRecord[]): Map<string, UsableRegistration[]> {
  const registrations = new Map<string, UsableRegistration[]>();
  for (const { organization_id, legal_entity_id, country, region, scheme, valid_from, valid_to } of records) {
    const key = `${organization_id} ${legal_entity_id}`;
    const known = registrations.get(key) ?? [];
    registrations.set(key, known);
    if (country === null || scheme === null) continue;
    known.push({ country, region, scheme, validFrom: valid_from, validTo: valid_to });
  }
  return registrations;
}

const none: readonly UsableTaxRate[] = [];

/** The rates of a country and of its regions whatever the day. */
export function ratesOfCountry(rates: TaxRates, organizationId: string, country: string): readonly UsableTaxRate[] {
  return rates.places.get(`${organizationId} ${country}`) ?? none;
}

/** The rates of a place whatever the day: of its country, and of its region where a rate names one. */
export function ratesOfPlace(rates: TaxRates, place: TaxPlace): readonly UsableTaxRate[] {
  const ofCountry = ratesOfCountry(rates, place.organizationId, place.country);
  if (ofCountry.every((rate) => rate.region === null)) return ofCountry;
  return ofCountry.filter((rate) => rate.region === null || rate.region === place.region);
}

/** Whether a rate or registration holds on a day (`YYYY-MM-DD`): from its first day up to, not including, its last. */
export function holdsOn(rate: Pick<UsableTaxRate, 'validFrom' | 'validTo'>, on: string): boolean {
  return (rate.validFrom === null || rate.validFrom <= on) && (rate.validTo === null || on < rate.validTo);
}

/** A usable rate of an organization by its id; undefined where it is archived, or no rate at all. */
export function rateById(rates: TaxRates, organizationId: string, id: string): UsableTaxRate | undefined {
  for (const [place, known] of rates.places) {
    if (!place.startsWith(organizationId)) continue;
    const rate = known.find((one) => one.id === id);
    if (rate) return rate;
  }
  return undefined;
}
