import { z } from 'zod';
import { isStorableText } from './scalars.ts';

/**
 * True if a text holds what may be a card number: 13 to 19 digits, perhaps in groups, whose check digit fits. Card
 * numbers are refused wherever text is free, so that none ever lies in this database.
 */
export function holdsCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(/[0-9](?:[ -]?[0-9]){12,18}(?![0-9])/g)) {
    const digits = run.replace(/[ -]/g, '');
    if (fitsCheckDigit(digits)) return true;
  }
  return false;
}

/** The check of ISO/IEC 7812 ("Luhn"). */
function fitsCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const counted = place % 2 === 1 ? digit * 2 : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}

const storable = 'The text holds characters that cannot be stored.';
const noCards = 'Card numbers may not be written here.';

const unseen = 'The text holds a character that is not seen, such as a control character or a change of direction.';

/**
 * Control characters (C0, C1) and those that turn the direction of what stands behind them (Unicode, UAX #9: embeddings,
 * overrides, isolates): in a list they make one text pass for another.
 */
const unseenCharacters = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** What is wrong with a text of one line that holds a character which is not seen; null if it holds none. */
export function faultOfUnseen(text: string): string | null {
  return unseenCharacters.test(text) ? unseen : null;
}

/**
 * One line of people's text, as lists show it: trimmed, with at least one and at most `longest` characters, all of them to be
 * seen, and no card number in it.
 */
export function freeText(longest: number) {
  return longText(longest).refine((text) => !/[\t\n\r]/.test(text), unseen);
}

/** The same with line breaks and tabs, for what is read by itself. */
export function longText(longest: number) {
  return z
    .string('A text is expected.')
    .trim()
    .min(1, 'The text may not be empty.')
    .max(longest, `At most ${longest} characters are allowed.`)
    .refine(isStorableText, storable)
    .refine((text) => !unseenCharacters.test(text.replace(/[\t\n\r]/g, ' ')), unseen)
    .refine((text) => !holdsCardNumber(text), noCards);
}

/**
 * Pairs of text as every object may carry them: at most 50, keys to 40 and values to 500 characters, each in one line of
 * characters that are seen. What is wrong with a pair is told by the path to its key.
 */
export const metadataInput = z
  .record(
    z
      .string()
      .min(1, 'Keys may not be empty.')
      .max(40, 'Keys may have at most 40 characters.')
      .refine(isStorableText, storable)
      .refine((text) => !unseenCharacters.test(text), unseen)
      .refine((text) => !holdsCardNumber(text), noCards),
    z
      .string('Values are texts.')
      .max(500, 'Values may have at most 500 characters.')
      .refine(isStorableText, storable)
      .refine((text) => !unseenCharacters.test(text), unseen)
      .refine((text) => !holdsCardNumber(text), noCards),
  )
  .refine((pairs) => Object.keys(pairs).length <= 50, 'At most 50 pairs are allowed.')
  .refine(
    (pairs) => !['__proto__', 'constructor', 'prototype'].some((key) => Object.hasOwn(pairs, key)),
    'The keys __proto__, constructor and prototype are not allowed.',
  );
