import { CHECKSUMS } from './tax-id-checksums.ts';

/** Which register a number is of. Northern Ireland (XI) counts as EU: its traders are in VIES for goods. */
export type TaxIdScheme = 'eu_vat' | 'gb_vat' | 'ch_vat' | 'no_vat' | 'au_abn';

export type TaxIdFault = 'unknown_country' | 'wrong_format' | 'wrong_checksum';

export type TaxIdCheck =
  | {
      readonly valid: true;
      readonly scheme: TaxIdScheme;
      /** ISO 3166 country of the register, or XI; Greece is GR although its numbers begin with EL. */
      readonly country: string;
      /** As it is written on documents and asked for at registers: upper case, prefix, no separators. */
      readonly value: string;
    }
  | { readonly valid: false; readonly fault: TaxIdFault };

/** Form of what follows the prefix. */
const EU_FORMS: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^[1-9]\d{8}$/,
  DK: /^[1-9]\d{7}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^(?:\d{8}[A-Z]|[KLMXYZ]\d{7}[A-Z]|[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J])$/,
  FI: /^\d{8}$/,
  FR: /^[0-9A-HJ-NP-Z]{2}\d{9}$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^(?:\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W])$/,
  IT: /^\d{11}$/,
  LT: /^(?:\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^[1-9]\d{7}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
  PT: /^[1-9]\d{8}$/,
  RO: /^[1-9]\d{1,9}$|^[1-9]\d{12}$/,
  SE: /^\d{12}$/,
  SI: /^[1-9]\d{7}$/,
  SK: /^[1-9]\d[2-4789]\d{7}$/,
  XI: /^(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
};
const OTHER_FORMS: Readonly<Record<string, { readonly scheme: TaxIdScheme; readonly form: RegExp }>> = {
  AU: { scheme: 'au_abn', form: /^[1-9]\d{10}$/ },
  CH: { scheme: 'ch_vat', form: /^\d{9}$/ },
  GB: { scheme: 'gb_vat', form: /^(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/ },
  NO: { scheme: 'no_vat', form: /^[89]\d{8}$/ },
};

const LONGEST = 40;
const SEPARATORS = /[\s.\-/:,_()]/g;
/** Old forms that lack a leading zero: digits that a number has at full length. */
const FULL_LENGTH: Readonly<Record<string, number>> = { BE: 10, EL: 9 };

/**
 * Checks the VAT id of a member state of the EU (Greece as EL or GR, Northern Ireland as XI), of the United Kingdom, Switzerland
 * or Norway, or an Australian ABN, offline: form and check digits. That a number is right does not mean that it is registered
 * or whose it is; only a register knows. `country` (ISO 3166, or EL, XI) is where it is said to be from and is needed for
 * numbers without a prefix; a prefix that contradicts it is a wrong form. Never throws.
 * Sources: VIES "VAT identification number structure"; ISO/IEC 7064 and 7812-1; HMRC, ESTV/eCH-0097, Brønnøysund and ABR for
 * the last four; the national rules as collected by python-stdnum.
 */
export function checkTaxId(text: string, country?: string): TaxIdCheck {
  if (text.length > LONGEST) return { valid: false, fault: 'wrong_format' };
  const compact = text.toUpperCase().replace(SEPARATORS, '');
  const prefix = prefixOf(country?.toUpperCase() ?? compact.slice(0, 2));
  const form = formOf(prefix);
  if (form === undefined) return { valid: false, fault: 'unknown_country' };
  const body = bodiesOf(compact, prefix).find((candidate) => form.form.test(candidate));
  if (body === undefined || !/[1-9]/.test(body)) return { valid: false, fault: 'wrong_format' };
  if (CHECKSUMS[prefix]?.(body) !== true) return { valid: false, fault: 'wrong_checksum' };
  return { valid: true, scheme: form.scheme, country: prefix === 'EL' ? 'GR' : prefix, value: written(prefix, body) };
}

/** Whether numbers of a country (ISO 3166, or EL, XI) can be checked here. */
export function hasTaxIdCheck(country: string): boolean {
  return formOf(prefixOf(country.toUpperCase())) !== undefined;
}

const prefixOf = (country: string): string => (country === 'GR' ? 'EL' : country);

function formOf(prefix: string): { readonly scheme: TaxIdScheme; readonly form: RegExp } | undefined {
  const other = Object.hasOwn(OTHER_FORMS, prefix) ? OTHER_FORMS[prefix] : undefined;
  if (other !== undefined) return other;
  const form = Object.hasOwn(EU_FORMS, prefix) ? EU_FORMS[prefix] : undefined;
  return form === undefined ? undefined : { scheme: 'eu_vat', form };
}

/** What may be meant: without prefix and suffix, then as it stands (a French key may read FR). */
function bodiesOf(compact: string, prefix: string): string[] {
  if (prefix === 'CH') return [compact.replace(/^CHE?/, '').replace(/(?:MWST|TVA|IVA|VAT)$/, '')];
  const start = prefix === 'EL' && compact.startsWith('GR') ? 'GR' : prefix;
  const bare = compact.startsWith(start) ? compact.slice(start.length) : compact;
  if (prefix === 'NO') return [bare.replace(/MVA$/, '')];
  const length = FULL_LENGTH[prefix];
  const padded = length !== undefined && bare.length === length - 1 ? `0${bare}` : bare;
  if (prefix === 'NL') return [bare.padStart(12, '0')];
  return [padded, compact];
}

function written(prefix: string, body: string): string {
  if (prefix === 'AU') return body;
  if (prefix === 'CH') return `CHE${body}`;
  if (prefix === 'NO') return `NO${body}MVA`;
  return `${prefix}${body}`;
}
