import { invalidInput } from '../../platform/errors.ts';
import { canonicalRegion, isRegionCode } from '../../rules/subdivisions.ts';
import { taxTerritory } from '../../rules/tax-territory.ts';

/**
 * The region that a rate or registration of a country (ISO 3166-1) is of, in the form in which regions are compared; null for the
 * whole country. INVALID_INPUT where the United States or Canada have no such region: it would never be any buyer's.
 */
export function regionOf(country: string, region: string | null | undefined): string | null {
  const known = canonicalRegion(country, region);
  if (known === null) return null;
  if (['US', 'CA'].includes(country) && !isRegionCode(country, known)) {
    throw invalidInput(['input', 'region'], 'The country has no such region: use its code of ISO 3166-2, such as NY.');
  }
  // A province of the Canary Islands stands for them all, as it does in addresses.
  const territory = taxTerritory({ country, region: known });
  if (territory.country !== country) {
    throw invalidInput(
      ['input', 'region'],
      `For tax this is a territory of its own: use its country code, ${territory.country}.`,
    );
  }
  return territory.apart ? territory.region : known;
}
