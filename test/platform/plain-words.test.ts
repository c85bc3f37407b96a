import { describe, expect, it } from '@jest/globals';
import { type ZodType, z } from 'zod';
import { DomainError } from '../../src/platform/errors.ts';
import { readInput } from '../../src/platform/input.ts';

type Case = [schema: ZodType, input: unknown, message: string];

const few = z.array(z.string());

/** For every code that zod knows (the type sees to that): what a caller reads, where the schema says nothing itself. */
const cases: Record<z.core.$ZodIssue['code'], Case[]> = {
  too_small: [
    [z.int().min(0), -4711, 'The value must be at least 0.'],
    [z.number().gt(2), 2, 'The value must be more than 2.'],
    [z.bigint().min(1n), 0n, 'The value must be at least 1.'],
    [
      z.date().min(new Date('2026-01-01T00:00:00Z')),
      new Date(0),
      'The value must be at least 2026-01-01T00:00:00.000Z.',
    ],
    [z.string().min(1), '', 'The text may not be empty.'],
    [z.string().min(3), 'xy', 'At least 3 characters are needed.'],
    [z.string().length(3), 'xy', 'Exactly 3 characters are expected here.'],
    [few.min(1), [], 'At least one entry is needed.'],
  ],
  too_big: [
    [z.int().max(365), 4711, 'The value must be at most 365.'],
    [z.number().lt(2), 2, 'The value must be less than 2.'],
    [z.int(), 2 ** 60, 'The value must be at most 9007199254740991.'],
    [z.string().max(1), 'xyz', 'At most one character is allowed.'],
    [z.string().max(3), 'wxyz', 'At most 3 characters are allowed.'],
    [few.max(2), ['a', 'b', 'c'], 'At most 2 entries are allowed.'],
    [few.length(1), ['a', 'b'], 'Exactly one entry is expected here.'],
  ],
  invalid_type: [
    [z.object({ name: z.string() }), {}, 'A value is needed here.'],
    [z.string(), 4711, 'A text is expected.'],
    [z.int(), 1.5, 'A whole number is expected.'],
    [z.bigint(), '4711', 'A whole number is expected.'],
    [z.boolean(), 'yes', 'true or false is expected.'],
    [z.date(), '4711', 'An instant such as 2026-01-31T09:00:00Z is expected.'],
    [few, '4711', 'A list is expected.'],
    [z.object({}), '4711', 'An object is expected.'],
    [z.symbol(), '4711', 'Another kind of value is expected here.'],
  ],
  invalid_format: [
    [z.uuid(), '4711', 'This is not an id.'],
    [z.email(), '4711', 'This is not an e-mail address.'],
    [z.string().regex(/^a/), '4711', 'The text does not have the form that is expected here.'],
  ],
  invalid_value: [
    [z.enum(['automatic', 'manual']), '4711', 'One of AUTOMATIC, MANUAL is expected.'],
    [z.literal('now'), '4711', 'Only NOW is allowed here.'],
  ],
  invalid_union: [
    [
      z.union([z.object({ flat: z.string() }), z.object({ seat: z.string() })]),
      { none: '4711' },
      'None of the forms that are allowed here fits.',
    ],
  ],
  not_multiple_of: [[z.int().multipleOf(5), 4711, 'The number must be a multiple of 5.']],
  unrecognized_keys: [[z.strictObject({}), { unknown4711: 1 }, 'There is a field that does not belong here.']],
  invalid_key: [[z.record(z.string().max(2), z.string()), { '4711': 'x' }, 'At most 2 characters are allowed.']],
  invalid_element: [[z.map(z.object({}), z.string()), new Map([[{}, 4711]]), 'An entry is not allowed.']],
  custom: [[z.string().refine(() => false), '4711', 'This is not allowed here.']],
};

function messageOf(schema: ZodType, input: unknown): string {
  try {
    readInput(schema, input);
  } catch (error) {
    if (error instanceof DomainError) return error.message;
  }
  return 'nothing is wrong';
}

describe('what is wrong with an input is said in plain words', () => {
  it.each(Object.entries(cases))('%s', (code, all) => {
    for (const [schema, input, message] of all) {
      expect(schema.safeParse(input).error?.issues[0]?.code).toBe(code);
      expect(messageOf(schema, input)).toBe(message);
      expect(message).not.toContain('4711');
    }
  });

  it('unless the schema has words of its own', () => {
    expect(messageOf(z.string().max(2, 'Two letters.'), 'abc')).toBe('Two letters.');
  });
});
