import { isDeepStrictEqual } from 'node:util';
import { compare, isDecimal, parseDecimal } from '../../src/rules/money.ts';
import type { Adapter, Json, JsonObject } from './adapter.ts';

/** A case of the corpus, as far as the command reads it. */
export interface Case {
  readonly id: string;
  readonly op: string;
  readonly policy: string | null;
  readonly inputs: JsonObject;
  readonly expected: JsonObject;
}

export interface Failure {
  readonly id: string;
  readonly op: string;
  readonly reason: string;
  readonly expected: JsonObject;
  readonly actual: unknown;
}

export interface OpCount {
  passed: number;
  failed: number;
  skipped: number;
  readonly offered: boolean;
}

export interface Report {
  readonly failures: readonly Failure[];
  readonly byOp: ReadonlyMap<string, OpCount>;
}

/** A file that is not a case file; the command exits 2. */
export class InvalidCases extends Error {}

const WIDE = { maxIntegerDigits: 60, maxFractionDigits: 60 };
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
/** Maps in which a key that is absent means zero, by the corpus' own convention. */
const ABSENT_IS_ZERO: ReadonlySet<string> = new Set(['balances', 'applied']);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The cases of one file's text. InvalidCases says what is wrong with it. */
export function readCases(text: string): Case[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new InvalidCases('not JSON');
  }
  if (!isObject(file)) throw new InvalidCases('not a case file: an object is expected');
  const { cases, count, schema_version: version } = file;
  if (version !== '1.0') throw new InvalidCases('schema_version is not 1.0');
  if (!Array.isArray(cases)) throw new InvalidCases('cases is not a list');
  if (count !== cases.length) throw new InvalidCases(`count says ${String(count)}, there are ${cases.length} cases`);
  const seen = new Set<string>();
  return cases.map((value, index) => {
    const read = readCase(value, index);
    if (seen.has(read.id)) throw new InvalidCases(`cases[${index}].id repeats ${read.id}`);
    seen.add(read.id);
    return read;
  });
}

function readCase(value: unknown, index: number): Case {
  if (!isObject(value)) throw new InvalidCases(`cases[${index}] is not an object`);
  const { id, op, policy, inputs, expected } = value;
  if (typeof id !== 'string' || id === '') throw new InvalidCases(`cases[${index}].id is missing`);
  if (typeof op !== 'string' || op === '') throw new InvalidCases(`cases[${index}].op is missing`);
  if (policy !== null && typeof policy !== 'string')
    throw new InvalidCases(`cases[${index}].policy is not text or null`);
  if (!isObject(inputs)) throw new InvalidCases(`cases[${index}].inputs is not an object`);
  if (!isObject(expected) || Object.keys(expected).length === 0) {
    throw new InvalidCases(`cases[${index}].expected is empty`);
  }
  return { id, op, policy, inputs, expected };
}

/** Runs cases on their adapters. An op without an adapter is skipped; a policy may be skipped only if it is optional. */
export function runCases(
  cases: readonly Case[],
  adapters: ReadonlyMap<string, Adapter>,
  isOptional: (op: string, policy: string) => boolean,
): Report {
  const byOp = new Map<string, OpCount>();
  const failures: Failure[] = [];
  for (const one of cases) {
    const adapter = adapters.get(one.op);
    let counted = byOp.get(one.op);
    if (counted === undefined) {
      counted = { passed: 0, failed: 0, skipped: 0, offered: adapter !== undefined };
      byOp.set(one.op, counted);
    }
    const offersPolicy = one.policy === null || adapter?.policies.includes(one.policy) === true;
    if (adapter === undefined || (!offersPolicy && isOptional(one.op, one.policy ?? ''))) {
      counted.skipped += 1;
      continue;
    }
    const failure = offersPolicy ? runCase(one, adapter) : { reason: 'a due policy is not offered', actual: null };
    if (failure === undefined) counted.passed += 1;
    else {
      counted.failed += 1;
      failures.push({ id: one.id, op: one.op, expected: one.expected, ...failure });
    }
  }
  return { failures, byOp };
}

function runCase(one: Case, adapter: Adapter): { reason: string; actual: unknown } | undefined {
  let actual: Json;
  try {
    actual = adapter.run(one.inputs, one.policy);
  } catch (error) {
    return { reason: `threw ${error instanceof Error ? error.message : String(error)}`, actual: null };
  }
  const difference = differs(one.expected, actual, 'expected');
  return difference === undefined ? undefined : { reason: `differs at ${difference}`, actual };
}

/** Path of the first difference between the keys of `expected` and the same keys of `actual`; undefined if there is none. */
export function differs(expected: Json, actual: Json | undefined, path: string): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return path;
    for (const [index, item] of expected.entries()) {
      const difference = differs(item, actual[index], `${path}[${index}]`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return path;
    const absent = ABSENT_IS_ZERO.has(path.slice(path.lastIndexOf('.') + 1)) ? '0' : undefined;
    for (const [key, item] of Object.entries(expected)) {
      const difference = differs(item, Object.hasOwn(actual, key) ? actual[key] : absent, `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return sameLeaf(expected, actual) ? undefined : path;
}

/** Numbers and decimal texts are equal by value, instants by the moment they name, everything else exactly. */
function sameLeaf(expected: Json, actual: Json | undefined): boolean {
  const [left, right] = [decimalText(expected), decimalText(actual)];
  if (left !== undefined && right !== undefined)
    return compare(parseDecimal(left, WIDE), parseDecimal(right, WIDE)) === 0;
  if (typeof expected === 'string' && typeof actual === 'string' && INSTANT.test(expected) && INSTANT.test(actual)) {
    return Date.parse(expected) === Date.parse(actual);
  }
  return isDeepStrictEqual(expected, actual);
}

function decimalText(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  return isDecimal(text, WIDE) ? text : undefined;
}

/** The command's output: failures, then a line per op, then the closing line. */
export function formatReport(report: Report): string[] {
  const lines = report.failures.flatMap((failure) => [
    `FAILED ${failure.id} (${failure.op}): ${failure.reason}`,
    `  expected ${JSON.stringify(failure.expected)}`,
    `  actual   ${JSON.stringify(failure.actual)}`,
  ]);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const ops = [...report.byOp].sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [op, counted] of ops) {
    total.passed += counted.passed;
    total.failed += counted.failed;
    total.skipped += counted.skipped;
    lines.push(
      counted.offered
        ? `${op}: ${counted.passed} passed, ${counted.failed} failed, ${counted.skipped} skipped by policy`
        : `${op}: not yet offered, ${counted.skipped} skipped`,
    );
  }
  lines.push(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return lines;
}

/** Whether any case failed: the command then exits 1. */
export function hasFailures(report: Report): boolean {
  return report.failures.length > 0;
}
