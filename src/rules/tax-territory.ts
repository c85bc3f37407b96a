import { canonicalRegion } from './subdivisions.ts';

/** The member states of the European Union, as ISO 3166 has them. */
export const euCountries: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** Where an address lies for value added tax. */
export interface TaxTerritory {
  /** ISO 3166-1: of the state whose tax is charged there, or of the territory itself where it has a code of its own. */
  readonly country: string;
  /** In canonical form; null where none is told. */
  readonly region: string | null;
  /** A part of the country where its tax does not hold: only what names the region is of it. */
  readonly apart: boolean;
  /** Whether it belongs to the territory of the common system of value added tax. */
  readonly inUnion: boolean;
  /** The state whose law, though not whose rate, holds in this territory of its own; null where that is none. */
  readonly lawOf: string | null;
}

/** Treated as the state that is named (Article 7 of Directive 2006/112/EC; the Isle of Man by the law of the United Kingdom). */
const TREATED_AS: Readonly<Record<string, string>> = { MC: 'FR', IM: 'GB' };

/**
 * Outside of the common system (Article 6), but inside of the state's own tax, at rates of its own: Åland (act 1266/1996), and
 * Guadeloupe, Martinique and Réunion (articles 294 and 296 of the French tax code).
 */
const LAW_OF: Readonly<Record<string, string>> = { AX: 'FI', GP: 'FR', MQ: 'FR', RE: 'FR' };

/** Territories that have a code of ISO 3166-1, found by region or by the first digits of the postal code. */
const OWN_CODES: Readonly<Record<string, { regions: Record<string, string>; postal: readonly [string, string][] }>> = {
  FI: { regions: { '01': 'AX', AX: 'AX', ÅLAND: 'AX', AHVENANMAA: 'AX' }, postal: [['22', 'AX']] },
  FR: {
    regions: Object.fromEntries([
      ...['GP', 'MQ', 'GF', 'RE', 'YT', 'BL', 'MF', 'PM', 'WF', 'PF', 'NC'].map((code) => [code, code]),
      ...[
        ['971', 'GP'],
        ['972', 'MQ'],
        ['973', 'GF'],
        ['974', 'RE'],
        ['976', 'YT'],
      ],
      ...['GUADELOUPE', 'LA GUADELOUPE'].map((name) => [name, 'GP']),
      ...['MARTINIQUE', 'LA MARTINIQUE'].map((name) => [name, 'MQ']),
      ...['GUYANE', 'LA GUYANE', 'GUYANE FRANÇAISE', 'FRENCH GUIANA'].map((name) => [name, 'GF']),
      ...['RÉUNION', 'REUNION', 'LA RÉUNION', 'LA REUNION'].map((name) => [name, 'RE']),
      ...['MAYOTTE'].map((name) => [name, 'YT']),
    ]),
    postal: [
      ['97133', 'BL'],
      ['97150', 'MF'],
      ['971', 'GP'],
      ['972', 'MQ'],
      ['973', 'GF'],
      ['974', 'RE'],
      ['975', 'PM'],
      ['976', 'YT'],
      ['980', 'FR'],
      ['986', 'WF'],
      ['987', 'PF'],
      ['988', 'NC'],
    ],
  },
};

/**
 * Parts of member states outside of the common system (Article 6 of Directive 2006/112/EC), and of the state's tax: the Canary
 * Islands, Ceuta and Melilla, Heligoland and Büsingen, Livigno and Campione d'Italia, Mount Athos.
 */
const APART: Readonly<Record<string, { regions: Record<string, string>; postal: readonly [string, string][] }>> = {
  ES: {
    regions: {
      ...Object.fromEntries(
        [
          'CN',
          'GC',
          'TF',
          'IC',
          'CANARIAS',
          'ISLAS CANARIAS',
          'CANARY ISLANDS',
          'LAS PALMAS',
          'SANTA CRUZ DE TENERIFE',
        ].map((one) => [one, 'CN']),
      ),
      ...{ CE: 'CE', CEUTA: 'CE', ML: 'ML', MELILLA: 'ML' },
    },
    postal: [
      ['35', 'CN'],
      ['38', 'CN'],
      ['51', 'CE'],
      ['52', 'ML'],
    ],
  },
  DE: {
    regions: {},
    postal: [
      ['27498', 'HELGOLAND'],
      ['78266', 'BÜSINGEN'],
    ],
  },
  IT: {
    regions: {},
    postal: [
      ['23041', 'LIVIGNO'],
      ['22061', 'CAMPIONE'],
    ],
  },
  GR: { regions: { '69': '69' }, postal: [['63086', '69']] },
};

/**
 * The territory of an address for value added tax: what lies in a member state by post, but not by tax, is told apart by region
 * or postal code; without either it is taken for the mainland. Countries are ISO 3166-1. Never throws.
 * Source: Articles 5 to 7 of Council Directive 2006/112/EC.
 */
export function taxTerritory(address: {
  country: string;
  region: string | null;
  postalCode?: string | null;
}): TaxTerritory {
  const region = canonicalRegion(address.country, address.region);
  const found = (of: (typeof APART)[string] | undefined): string | undefined => {
    if (!of) return undefined;
    const digits = (address.postalCode ?? '').replace(/\D/g, '');
    const byPost = digits.length === 5 ? of.postal.find(([start]) => digits.startsWith(start))?.[1] : undefined;
    return (region !== null && Object.hasOwn(of.regions, region) ? of.regions[region] : undefined) ?? byPost;
  };
  const own = found(OWN_CODES[address.country]) ?? address.country;
  const country = TREATED_AS[own] ?? own;
  const apart = found(APART[country]);
  return {
    country,
    region: apart ?? (country === address.country ? region : null),
    apart: apart !== undefined,
    inUnion: euCountries.has(country) && apart === undefined,
    lawOf: LAW_OF[country] ?? null,
  };
}

/** Whether a region in canonical form is a part of the country where the country's own tax does not hold. */
export function isApart(country: string, region: string): boolean {
  const { regions, postal } = APART[country] ?? { regions: {}, postal: [] };
  return Object.values(regions).includes(region) || postal.some(([, name]) => name === region);
}
