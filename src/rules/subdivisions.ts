/** Codes and English names of ISO 3166-2; of Canada the French ones, too. States, the district, territories, and the mail of the forces. */
const NAMES: Readonly<Record<string, string>> = {
  US: `AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|FL Florida|GA Georgia
    |HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts
    |MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey
    |NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
    |SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia
    |WI Wisconsin|WY Wyoming|DC District of Columbia|DC Washington DC|AS American Samoa|GU Guam|MP Northern Mariana Islands
    |PR Puerto Rico|UM US Minor Outlying Islands|VI Virgin Islands|VI US Virgin Islands|AA Armed Forces Americas
    |AE Armed Forces Europe|AP Armed Forces Pacific`,
  CA: `AB Alberta|BC British Columbia|BC Colombie-Britannique|MB Manitoba|NB New Brunswick|NB Nouveau-Brunswick
    |NL Newfoundland and Labrador|NL Newfoundland|NL Terre-Neuve-et-Labrador|NS Nova Scotia|NS Nouvelle-Écosse
    |NT Northwest Territories|NT Territoires du Nord-Ouest|NU Nunavut|ON Ontario|PE Prince Edward Island
    |PE Île-du-Prince-Édouard|QC Quebec|QC Québec|SK Saskatchewan|YT Yukon|YT Yukon Territory|YT Territoire du Yukon`,
};

/** Letters only: `N.Y.`, `new-york` and `New York` are compared as `NY`, `NEWYORK`. */
const lettersOf = (text: string): string =>
  text
    .normalize('NFD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '');

const byLetters = new Map<string, ReadonlyMap<string, string>>(
  Object.entries(NAMES).map(([country, names]) => [
    country,
    new Map(
      names.split('|').flatMap((entry) => {
        const [code = '', ...name] = entry.trim().split(' ');
        return [
          [code, code],
          [lettersOf(name.join(' ')), code],
        ] as const;
      }),
    ),
  ]),
);

/**
 * A region of a country (ISO 3166-1) in the one form in which regions are compared: its code of ISO 3166-2 in capitals, without
 * the country in front. `ny`, ` NY`, `US-NY`, `N.Y.` and `New York` are `NY`; of other countries than the United States and
 * Canada names stay names, in capitals. Null for none.
 */
export function canonicalRegion(country: string | null, region: string | null | undefined): string | null {
  const text = region?.trim().toUpperCase() ?? '';
  if (text === '') return null;
  const prefix = `${country}-`;
  const bare = country && text.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : text;
  const known = country === null ? undefined : byLetters.get(country);
  if (!known) return bare;
  const letters = lettersOf(bare);
  return known.get(letters) ?? known.get(letters.replace(/^STATEOF|STATE$/, '')) ?? bare;
}

/**
 * Whether a region in canonical form says for sure which one it is: a code of the United States or Canada that exists, and
 * elsewhere whatever has the form of a code of ISO 3166-2.
 */
export function isRegionCode(country: string, region: string): boolean {
  const known = byLetters.get(country);
  return known ? known.get(region) === region : /^[A-Z0-9]{1,3}$/.test(region);
}
