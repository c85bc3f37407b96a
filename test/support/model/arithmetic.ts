import { Temporal } from 'temporal-polyfill';

/** Everything here is computed anew, by Temporal and integers: the model owes nothing to the rules that it is to check. */

export type Unit = 'day' | 'week' | 'month' | 'year';

export interface Rhythm {
  /** Milliseconds since the epoch. */
  anchorAt: number;
  timezone: string;
  unit: Unit;
  count: number;
}

/** A half-open stretch of time in milliseconds. */
export type Span = readonly [from: number, to: number];

const clockOf = (timezone: string, at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone).toPlainDateTime();

/** Skipped times come after the gap, doubled ones the second time. */
const instantOf = (timezone: string, clock: Temporal.PlainDateTime): number =>
  clock.toZonedDateTime(timezone, { disambiguation: 'later' }).epochMilliseconds;

/** Boundary k: the anchor's clock, k intervals on. */
export function boundary(rhythm: Rhythm, k: number): number {
  if (k === 0) return rhythm.anchorAt;
  const clock = clockOf(rhythm.timezone, rhythm.anchorAt);
  return instantOf(rhythm.timezone, clock.add({ [`${rhythm.unit}s`]: rhythm.count * k }));
}

/** The period that holds an instant at or after the anchor; found by walking, never by dividing. */
export function periodAround(rhythm: Rhythm, at: number): Span {
  if (at < rhythm.anchorAt) throw new RangeError('before the anchor');
  let k = 0;
  while (boundary(rhythm, k + 1) <= at) k += 1;
  return [boundary(rhythm, k), boundary(rhythm, k + 1)];
}

/** The same time of day a number of local days later. */
export function daysAfter(timezone: string, at: number, days: number): number {
  return days === 0 ? at : instantOf(timezone, clockOf(timezone, at).add({ days }));
}

/** Midnight of the first of the month that holds an instant. */
export function monthStart(timezone: string, at: number): number {
  return instantOf(timezone, clockOf(timezone, at).with({ day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 }));
}

/** numerator ÷ denominator, rounded half away from zero. */
export function rounded(numerator: bigint, denominator: bigint): bigint {
  if (denominator < 0n) return rounded(-numerator, -denominator);
  const size = numerator < 0n ? -numerator : numerator;
  const whole = (2n * size + denominator) / (2n * denominator);
  return numerator < 0n ? -whole : whole;
}

/** Stretches of time that lie side by side or over one another, as one. */
export function merged(spans: readonly Span[]): Span[] {
  const found: [number, number][] = [];
  for (const [from, to] of [...spans].sort((left, right) => left[0] - right[0])) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

/** Local dates from one instant to another. */
export function localDays(timezone: string, from: number, to: number): number {
  const [first, last] = [from, to].map((at) => clockOf(timezone, at).toPlainDate());
  return first!.until(last!).days;
}
