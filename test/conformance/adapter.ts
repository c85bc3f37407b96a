import type { IntervalUnit } from '../../src/rules/calendar.ts';
import { INTERVAL_UNITS } from '../../src/rules/calendar.ts';
import type { RoundingMode } from '../../src/rules/money.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** How one op of the corpus is called: names in, names out. It holds no arithmetic and no case's answer. */
export interface Adapter {
  readonly op: string;
  /** The policies that the product offers for this op; a case without a policy is always run. */
  readonly policies: readonly string[];
  run(inputs: JsonObject, policy: string | null): Json;
}

const ROUNDING: Readonly<Record<string, RoundingMode>> = {
  half_up: 'half_away_from_zero',
  half_away_from_zero: 'half_away_from_zero',
  half_even: 'half_even',
  down: 'down',
  floor: 'floor',
  up: 'up',
  ceiling: 'ceiling',
  ceil: 'ceiling',
};

/** A text input; numbers are taken as their text. */
export function text(inputs: JsonObject, key: string): string {
  const value = inputs[key];
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw new TypeError(`input ${key} is not text`);
  return value;
}

export function optionalText(inputs: JsonObject, key: string): string | undefined {
  return inputs[key] === undefined || inputs[key] === null ? undefined : text(inputs, key);
}

export function number(inputs: JsonObject, key: string): number {
  const value = inputs[key];
  if (typeof value !== 'number') throw new TypeError(`input ${key} is not a number`);
  return value;
}

export function optionalNumber(inputs: JsonObject, key: string): number | undefined {
  return inputs[key] === undefined || inputs[key] === null ? undefined : number(inputs, key);
}

export function list(inputs: JsonObject, key: string): readonly Json[] {
  const value = inputs[key];
  if (!Array.isArray(value)) throw new TypeError(`input ${key} is not a list`);
  return value;
}

export function objects(inputs: JsonObject, key: string): readonly JsonObject[] {
  return list(inputs, key).map((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(`input ${key} is not a list of objects`);
    }
    return value as JsonObject;
  });
}

export function instant(inputs: JsonObject, key: string): Date {
  return new Date(text(inputs, key));
}

export function optionalInstant(inputs: JsonObject, key: string): Date | undefined {
  const value = optionalText(inputs, key);
  return value === undefined ? undefined : new Date(value);
}

export function unit(inputs: JsonObject): IntervalUnit {
  const value = text(inputs, 'interval');
  if (!INTERVAL_UNITS.includes(value as IntervalUnit)) throw new TypeError(`interval ${value} is unknown`);
  return value as IntervalUnit;
}

export function rounding(name: string | undefined): RoundingMode {
  const mode = ROUNDING[name ?? 'half_away_from_zero'];
  if (mode === undefined) throw new TypeError(`rounding ${name} is unknown`);
  return mode;
}
