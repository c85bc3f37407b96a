import { expect } from '@jest/globals';

// To make an expectation takes longer than most of what the rules compute. Where a property is tried a million times, it is
// made only for what is wrong, to say so as all others do.

/** As `expect(actual).toBe(expected)`. */
export function same<T>(actual: T, expected: T): void {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}

/** As `expect(actual).not.toBe(other)`. */
export function differ<T>(actual: T, other: T): void {
  if (Object.is(actual, other)) expect(actual).not.toBe(other);
}

/** As `expect(actual).toEqual(expected)` for lists of plain values. */
export function sameList<T>(actual: readonly T[], expected: readonly T[]): void {
  const alike = actual.length === expected.length && actual.every((one, index) => Object.is(one, expected[index]));
  if (!alike) expect(actual).toEqual(expected);
}
