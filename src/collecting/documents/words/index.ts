import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { he } from './he.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { nl } from './nl.ts';
import { pl } from './pl.ts';
import { pt } from './pt.ts';
import { th } from './th.ts';
import type { Words } from './words.ts';
import { zh } from './zh.ts';
import { zhHant } from './zh-hant.ts';

export type { Words } from './words.ts';

const languages: Readonly<Record<string, Words>> = { ar, de, en, es, fr, he, it, ja, ko, nl, pl, pt, th, zh };

/**
 * Where a country writes figures or dates otherwise than its language does elsewhere. Tables of our own, not `Intl`:
 * a newer Node brings newer data, and the bytes of a document must not change by it. A test holds them to CLDR.
 */
const regions: Readonly<Record<string, Partial<Words>>> = {
  'de-AT': { group: '\u00a0', months: ['Jänner', ...de.months.slice(1)] },
  'de-CH': { decimal: '.', group: "'", money: '{code}\u00a0{number}' },
  'de-LI': { decimal: '.', group: "'", money: '{code}\u00a0{number}' },
  'en-GB': { date: '{day} {month} {year}' },
  'en-IE': { date: '{day} {month} {year}' },
  'en-AU': { date: '{day} {month} {year}' },
  'en-NZ': { date: '{day} {month} {year}' },
  'en-IN': { date: '{day} {month} {year}' },
  'es-MX': { decimal: '.', group: ',', groupFrom: 4 },
  'es-US': { decimal: '.', group: ',', groupFrom: 4 },
  'fr-CH': { group: "'" },
  'it-CH': { decimal: '.', group: "'", money: '{code}\u00a0{number}' },
  'pt-PT': { group: '\u00a0', groupFrom: 5 },
  'zh-Hant': zhHant,
};

/** The languages documents are printed in. */
export const printedLanguages: readonly string[] = Object.keys(languages).sort();

/** Where Chinese is written in traditional characters if nothing else is said. */
const traditional = ['TW', 'HK', 'MO'];

/** What of a locale decides between writings of its language: its script where that has words of its own, else its region. */
function writingOf(language: string, subtags: readonly string[]): string | undefined {
  const region = subtags.find((part) => /^([A-Z]{2}|\d{3})$/.test(part));
  if (language !== 'zh') return region;
  const script = subtags.find((part) => /^[A-Z][a-z]{3}$/.test(part));
  return script ?? (traditional.includes(region ?? '') ? 'Hant' : region);
}

/** The words of a locale (BCP 47): its language's, with its region's figures; English for a language that has none here. */
export function wordsOf(locale: string): Words & { language: string } {
  const [language = 'en', ...rest] = locale.split('-');
  const known = languages[language] ? language : 'en';
  return { ...languages[known]!, ...regions[`${known}-${writingOf(known, rest)}`], language: known };
}
