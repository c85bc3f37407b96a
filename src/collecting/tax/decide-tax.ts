import { canonicalRegion } from '../../rules/subdivisions.ts';
import { checkTaxId } from '../../rules/tax-id.ts';
import { euCountries, type TaxTerritory, taxTerritory } from '../../rules/tax-territory.ts';
import {
  holdsOn,
  rateById,
  ratesOfCountry,
  ratesOfPlace,
  type TaxPlace,
  type TaxRates,
  type UsableRegistration,
  type UsableTaxRate,
} from './rates-for.ts';
import { covers, dependsOnRegion } from './registered-places.ts';

/** What is on an invoice whose tax the buyer owes (Article 226 (11a) of Directive 2006/112/EC). */
const reverseChargeNote = 'Reverse charge: VAT is owed by the recipient';

/** Who sells to whom. The buyer's country is null where the address names none: then it is the issuer's. */
export interface TaxParties {
  organizationId: string;
  legalEntityId: string;
  issuerCountry: string | null;
  country: string | null;
  region: string | null;
  postalCode: string | null;
  taxIds: readonly { type: string; value: string }[];
  /** What is known of a VAT id that is right by form and check digits: whether the buyer may owe the tax under it. */
  standingOf(value: string): 'valid' | 'invalid' | 'unknown';
  /** Whether the buyer is exempt on a day. */
  exemptOn(day: string): boolean;
}

/**
 * Why a supply is taxed as it is, in the order in which it is decided: the buyer's place is not known (`no_place`), the buyer is
 * `exempt`, owes the tax itself (`reverse_charge`), the issuer is `not_registered` there, or the rates of the place hold: one for
 * the `category`, those for all (`rates`), or none (`no_rate`); `home_rates` are those of the issuer's country for consumers of
 * other member states below the threshold. What takes a line back is taxed `as_billed`; credit that is bought (`prepaid`) is not
 * taxed, what it will pay for is. `tax_id_pending`: nobody knows yet whether the buyer owes the tax itself; `region_pending`: its
 * address does not say the region that the tax depends on; `rate_pending`: the issuer is registered there, and no rate holds;
 * `provider_pending`: a service has not answered yet; `told`: it has.
 */
export type TaxRule =
  | 'no_place'
  | 'tax_id_pending'
  | 'region_pending'
  | 'rate_pending'
  | 'provider_pending'
  | 'told'
  | 'exempt'
  | 'reverse_charge'
  | 'not_registered'
  | 'home_rates'
  | 'category'
  | 'rates'
  | 'no_rate'
  | 'as_billed'
  | 'prepaid';

/** How the rates of a supply were found; safe to keep as JSON. */
export interface TaxReason {
  rule: TaxRule;
  /** The tax date, `YYYY-MM-DD`; null where none was asked for. */
  on: string | null;
  /** The place whose rates were looked for. */
  country: string | null;
  region: string | null;
  category: string | null;
  /** The issuer's registration that it goes by; null where it has none at all, or none counts. */
  registration: { country: string; region: string | null; scheme: string } | null;
}

/** The rates of a supply, and why these. */
export interface SupplyTax {
  rates: readonly UsableTaxRate[];
  reason: TaxReason;
}

/**
 * The rates of a supply of a tax category (null: none in particular) on a day (`YYYY-MM-DD`), and the rule they come of. In this
 * order: none for an exempt buyer; of an issuer with registrations, the reverse charge where the buyer is a business of another
 * member state than the issuer, its home rates for other buyers of such states while it is registered at home only, and none
 * where the issuer is not registered on that day; else the rates of the place (its territory for tax: `taxTerritory`).
 *
 * A rate for the category goes before one for all, country, region and each jurisdiction by themselves. A buyer is a business if it has a
 * VAT id of its own member state, right by form and check digits and, where the issuer wants that, confirmed by a register
 * (`standingOf`): while no answer is known, neither the reverse charge nor a rate is guessed (`tax_id_pending`). Nor is one where
 * the issuer is registered and no rate holds (`rate_pending`; 0 % is a rate), or the region cannot be told (`region_pending`).
 * An issuer that never had a registration charges what rates say, by the country and region as written (`placeAsWritten`).
 */
export function taxOfSupply(
  rates: TaxRates,
  parties: TaxParties,
  supply: { on: string; category: string | null },
): SupplyTax {
  const registrations = rates.registrations.get(`${parties.organizationId} ${parties.legalEntityId}`);
  const asWritten = parties.country ?? parties.issuerCountry;
  if (asWritten === null && !registrations) return because('no_place', supply, parties);
  if (parties.exemptOn(supply.on)) return because('exempt', supply, { ...parties, country: asWritten });
  if (asWritten === null) return because('region_pending', supply, parties);
  const { region, postalCode } = parties.country === null ? { region: null, postalCode: null } : parties;
  if (registrations) {
    const place = taxTerritory({ country: asWritten, region, postalCode });
    const holding = registrations.filter((one) => holdsOn(one, supply.on));
    return taxOfRegistered(rates, { ...parties, place, holding }, supply);
  }
  const { organizationId } = parties;
  const place = placeAsWritten(rates, organizationId, { country: asWritten, region });
  return ratesAt(rates, { organizationId, ...place, apart: false }, supply, null);
}

/**
 * Where an address lies by its words alone: in its country, and in the region that rates know it by. A territory with a code of
 * its own counts by that once there are rates of it.
 */
function placeAsWritten(
  rates: TaxRates,
  organizationId: string,
  { country, region }: { country: string; region: string | null },
): { country: string; region: string | null } {
  const territory = taxTerritory({ country, region });
  if (territory.apart) return territory;
  const isOwn = territory.country !== country && taxTerritory({ country, region: null }).country === country;
  if (isOwn && ratesOfCountry(rates, organizationId, territory.country).length > 0) return territory;
  return { country, region: canonicalRegion(country, region) };
}

interface RegisteredParties extends TaxParties {
  place: TaxTerritory;
  holding: readonly UsableRegistration[];
}

function taxOfRegistered(
  rates: TaxRates,
  parties: RegisteredParties,
  supply: { on: string; category: string | null },
): SupplyTax {
  const { place, holding, organizationId } = parties;
  const owing = owesItself(parties);
  if (owing === 'unknown') return because('tax_id_pending', supply, place);
  if (owing === 'valid') return because('reverse_charge', supply, place, [reverseChargeRate]);
  const ofCountry = ratesOfCountry(rates, organizationId, place.country).filter((rate) => holdsOn(rate, supply.on));
  if (dependsOnRegion(place, holding, ofCountry)) return because('region_pending', supply, place);
  const registered = holding.find((one) => covers(one, place));
  if (registered) return ratesAt(rates, { organizationId, ...place }, supply, registered);
  const home = homeRegistration(parties);
  if (!home) return because('not_registered', supply, place);
  const taxed = ratesAt(rates, { organizationId, country: home.country, region: null, apart: false }, supply, home);
  return taxed.rates.length === 0 ? taxed : { ...taxed, reason: { ...taxed.reason, rule: 'home_rates' } };
}

function because(
  rule: TaxRule,
  { on, category }: { on: string; category: string | null },
  { country, region }: { country: string | null; region: string | null },
  rates: readonly UsableTaxRate[] = [],
): SupplyTax {
  return {
    rates,
    reason: { rule, on, country, region: canonicalRegion(country, region), category, registration: null },
  };
}

/**
 * The registration by which a supply to a consumer of another member state is taxed where the issuer is: up to 10,000
 * EUR a year of such sales (Article 59c of Directive 2006/112/EC), which an issuer says by being registered at home,
 * and neither there nor in the one-stop shop. Above it, or by choice, it registers for the one-stop shop.
 */
function homeRegistration({ issuerCountry, place, holding }: RegisteredParties): UsableRegistration | undefined {
  const home = homeOf(issuerCountry);
  if (!home || !place.inUnion) return undefined;
  return holding.find((one) => one.scheme === 'standard' && one.country === home && one.region === null);
}

/** The member state that the issuer is in; null outside of the Union. */
function homeOf(issuerCountry: string | null): string | null {
  const home = issuerCountry === null ? null : taxTerritory({ country: issuerCountry, region: null });
  return home?.inUnion ? home.country : null;
}

/** The rates of a place, by a registration; none of them is no answer where there is one. */
function ratesAt(
  rates: TaxRates,
  place: TaxPlace & { apart: boolean },
  { on, category }: { on: string; category: string | null },
  by: UsableRegistration | null,
): SupplyTax {
  const { country, region, apart } = place;
  const found = ratesOfPlace(rates, place).filter((rate) => holdsOn(rate, on) && !(apart && rate.region === null));
  const usable = ofCategory(found, category);
  const isNamed = usable.some((rate) => rate.category !== null);
  const missing = by ? 'rate_pending' : 'no_rate';
  const rule = usable.length === 0 ? missing : isNamed ? 'category' : 'rates';
  const registration = by && { country: by.country, region: by.region, scheme: by.scheme };
  return { rates: usable, reason: { rule, on, country, region, category, registration } };
}

/** Stands for the rate where the buyer owes the tax itself. */
export const reverseChargeRate: UsableTaxRate = {
  id: 'reverse_charge',
  name: reverseChargeNote,
  country: '',
  region: null,
  jurisdiction: '',
  percent: '0',
  inclusive: false,
  validFrom: null,
  validTo: null,
  category: null,
};

/** A tax that a line was billed with, as the line keeps it. */
export interface BilledTax {
  taxRateId: string;
  percent: string;
  inclusive: boolean;
  rule?: string;
}

/**
 * The rates that a line was billed under, whatever rates, registrations and buyers are today: what takes it back is taxed
 * as it was.
 */
export function ratesAsBilled(
  rates: TaxRates,
  organizationId: string,
  taxes: readonly BilledTax[],
): readonly UsableTaxRate[] {
  return taxes.map(({ taxRateId: id, percent, inclusive, rule = '' }) => {
    if (id === reverseChargeRate.id) return reverseChargeRate;
    const archived = { ...reverseChargeRate, id, name: `Tax ${percent} %`, country: rule, percent, inclusive };
    return rateById(rates, organizationId, id) ?? archived;
  });
}

/** Whether a rate stands for the reverse charge. */
export const isReverseCharge = (rate: Pick<UsableTaxRate, 'id'>): boolean => rate.id === reverseChargeRate.id;

/** Whether the buyer owes the tax: `valid` yes, `invalid` no, `unknown` while that hangs on a tax id nobody answered for. */
function owesItself({
  issuerCountry,
  taxIds,
  standingOf,
  place,
  holding,
}: RegisteredParties): 'valid' | 'invalid' | 'unknown' {
  const home = homeOf(issuerCountry);
  if (!home || !place.inUnion || place.country === home) return 'invalid';
  if (!holding.some((one) => euCountries.has(one.country))) return 'invalid';
  const standings = taxIds.flatMap(({ type, value }) => {
    if (type !== 'EU_VAT') return [];
    const checked = checkTaxId(value);
    return checked.valid && checked.scheme === 'eu_vat' && checked.country === place.country
      ? [standingOf(checked.value)]
      : [];
  });
  if (standings.includes('valid')) return 'valid';
  return standings.includes('unknown') ? 'unknown' : 'invalid';
}

/** The most specific first: where a place has a rate for the category, that one stands for those for all. */
function ofCategory(rates: readonly UsableTaxRate[], category: string | null): readonly UsableTaxRate[] {
  if (rates.every((rate) => rate.category === null)) return rates;
  const named = rates.filter((rate) => category !== null && rate.category === category);
  return rates.filter((rate) => {
    if (rate.category !== null) return named.includes(rate);
    return !named.some((one) => one.region === rate.region && one.jurisdiction === rate.jurisdiction);
  });
}
