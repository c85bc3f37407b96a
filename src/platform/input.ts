import type { ZodType, z } from 'zod';
import { DomainError } from './errors.ts';
import { plainWords } from './plain-words.ts';

/**
 * Checks an input with a zod schema and returns what the schema makes of it. INVALID_INPUT with one issue for each
 * fault (at most 20), each with its path from the argument on. Where the schema has no message of its own,
 * plain words say what is allowed; no message may repeat the value.
 */
export function readInput<T>(schema: ZodType<T>, input: unknown, argument = 'input'): T {
  const result = schema.safeParse(input, { error: plainWords });
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 20).map((issue) => ({
    message: ruleOf(issue),
    path: [argument, ...issue.path.map(pathPart)],
  }));
  const [first] = issues;
  throw new DomainError('INVALID_INPUT', first?.message ?? 'The input is invalid.', {
    path: first?.path ?? [],
    issues,
  });
}

/** A key that is not allowed is refused for what is wrong with it, which zod keeps within. */
function ruleOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

const longestPathPart = 64;

/** Keys are the caller's own and may be of any length: in a path the beginning tells which one is meant. */
function pathPart(part: PropertyKey): string {
  const characters = [...String(part)];
  return characters.length > longestPathPart ? `${characters.slice(0, longestPathPart).join('')}…` : String(part);
}

/** INVALID_INPUT where null is given for a field of a change that cannot be empty: it would neither change nor empty it. */
export function refuseNulls(input: object, fields: readonly string[]): void {
  const message = 'This cannot be empty; leave it out to keep it as it is.';
  const issues = fields
    .filter((field) => (input as Record<string, unknown>)[field] === null)
    .map((field) => ({ message, path: ['input', field] }));
  if (issues[0]) throw new DomainError('INVALID_INPUT', message, { path: issues[0].path, issues });
}

/** Values without those that are null: to the verbs null and absent are one, but for what null empties. */
export function withoutNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as T;
}
