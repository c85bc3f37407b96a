import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

/** What is wrong with an input where its schema does not say so itself: in plain words, what is allowed. */
export function plainWords(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return bound(issue.origin, issue.minimum, 'least', issue.exact, issue.inclusive);
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'most', issue.exact, issue.inclusive);
    case 'invalid_type':
      return isMissing(issue.input) ? 'A value is needed here.' : expectation(issue.expected);
    case 'invalid_value':
      return choice(issue.values);
    case 'invalid_format':
      return formats[issue.format] ?? 'The text does not have the form that is expected here.';
    case 'not_multiple_of':
      return `The number must be a multiple of ${issue.divisor}.`;
    case 'unrecognized_keys':
      return 'There is a field that does not belong here.';
    case 'invalid_union':
      return 'None of the forms that are allowed here fits.';
    case 'invalid_key':
      return 'A key is not allowed.';
    case 'invalid_element':
      return 'An entry is not allowed.';
    default:
      return 'This is not allowed here.';
  }
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'This is not an id.',
  email: 'This is not an e-mail address.',
  url: 'This is not an address of the web.',
  datetime: 'An instant such as 2026-01-31T09:00:00Z is expected.',
  date: 'A day such as 2026-01-31 is expected.',
};

const types: Readonly<Record<string, string>> = {
  string: 'A text is expected.',
  number: 'A number is expected.',
  int: 'A whole number is expected.',
  bigint: 'A whole number is expected.',
  boolean: 'true or false is expected.',
  date: 'An instant such as 2026-01-31T09:00:00Z is expected.',
  array: 'A list is expected.',
  object: 'An object is expected.',
  record: 'An object is expected.',
};

function expectation(expected: string): string {
  return types[expected] ?? 'Another kind of value is expected here.';
}

function isMissing(input: unknown): boolean {
  return input === undefined || input === null;
}

/** Bounds of texts and lists count characters and entries; bounds of all else are of the value. */
function bound(
  origin: string,
  limit: number | bigint | Date,
  side: 'least' | 'most',
  exact: boolean | undefined,
  inclusive: boolean | undefined,
): string {
  const unit = units[origin];
  if (unit && exact) return `Exactly ${counted(limit, unit)} expected here.`;
  if (unit && side === 'least' && String(limit) === '1') return unit.none;
  const words = origin === 'date' ? new Date(Number(limit)).toISOString() : String(limit);
  if (unit && side === 'least') return `At least ${words} ${unit.many} are needed.`;
  if (unit) return `At most ${counted(limit, unit)} allowed.`;
  if (inclusive === false) return `The value must be ${side === 'least' ? 'more' : 'less'} than ${words}.`;
  return `The value must be at ${side} ${words}.`;
}

interface Unit {
  one: string;
  many: string;
  none: string;
}

const units: Readonly<Record<string, Unit>> = {
  string: { one: 'character', many: 'characters', none: 'The text may not be empty.' },
  array: { one: 'entry', many: 'entries', none: 'At least one entry is needed.' },
  set: { one: 'entry', many: 'entries', none: 'At least one entry is needed.' },
  map: { one: 'entry', many: 'entries', none: 'At least one entry is needed.' },
};

function counted(limit: number | bigint | Date, unit: Unit): string {
  return String(limit) === '1' ? `one ${unit.one} is` : `${String(limit)} ${unit.many} are`;
}

const mostChoices = 20;

/** Values as the API writes them: enums in capitals. */
function choice(values: readonly unknown[]): string {
  const names = values.map((value) => (typeof value === 'string' ? value.toUpperCase() : String(value)));
  if (names.length === 1) return `Only ${names[0]} is allowed here.`;
  if (names.length > mostChoices) return 'This value is not one of those that are allowed here.';
  return `One of ${names.join(', ')} is expected.`;
}
