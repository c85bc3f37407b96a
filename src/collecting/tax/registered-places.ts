import { isRegionCode } from '../../rules/subdivisions.ts';
import { isApart, type TaxTerritory } from '../../rules/tax-territory.ts';
import type { UsableRegistration, UsableTaxRate } from './rates-for.ts';

/**
 * Whether a registration holds for a place: the one-stop shop in all of the Union, one of a country where its law is charged, one
 * of a region there.
 */
export function covers({ country, region, scheme }: UsableRegistration, place: TaxTerritory): boolean {
  if (scheme === 'oss') return place.inUnion;
  if (region !== null) return country === place.country && region === place.region;
  return country === place.lawOf || (country === place.country && !place.apart);
}

/**
 * Whether the tax of a place depends on its region and that cannot be told: none in the address, or a name that nobody knows
 * here. It depends on it where the issuer is registered by region only, or where rates of the country are of regions.
 */
export function dependsOnRegion(
  place: TaxTerritory,
  holding: readonly UsableRegistration[],
  rates: readonly UsableTaxRate[],
): boolean {
  const { country, region, apart } = place;
  if (apart) return false;
  const registered = holding.some((one) => one.region === null && covers(one, place));
  const regions = (registered ? rates : holding.filter((one) => one.country === country)).flatMap(
    (one) => one.region ?? [],
  );
  const deciding = regions.filter((one) => !isApart(country, one));
  if (deciding.length === 0) return false;
  return region === null || !(deciding.includes(region) || isRegionCode(country, region));
}
