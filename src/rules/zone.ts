import { Temporal } from 'temporal-polyfill';

// Held here because looking a global up on every step costs more than the step.
const { floor } = Math;

export const DAY_MS = 86_400_000;

/** A span of three days has one offset, or one transition with an offset on each side (milliseconds east of UTC). */
interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

type Span = number | Transition;

/** No zone has ever changed its offset twice within three days (Freetown came nearest, in four, in 1939). */
const SPAN_MS = 3 * DAY_MS;

/** Before it every zone has the mean time of its place: no clock was changed by law before 1845. */
const FIRST_MS = -62_000 * DAY_MS;

/** Rules for times as far as this name days of a calendar that repeats itself every 400 years. */
const CYCLE_MS = 146_097 * DAY_MS;
const CYCLES_FROM_MS = 50_000 * DAY_MS;

/** Temporal, as `Date`, ends here on both sides of the epoch. */
const LAST_MS = 100_000_000 * DAY_MS;

/**
 * What Temporal said about a zone, by spans of time. Temporal is the authority but costs tens of microseconds a question,
 * and a billing run asks about the same few days a hundred thousand times. A memo of a pure function is pure.
 */
const knownSpans = new Map<string, Map<number, Span>>();

/** Offset by Temporal, uncached: the reference that the memo must equal (a property test compares them). */
export function referenceOffset(timezone: string, epochMs: number): number {
  return offsetOf(Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timezone));
}

const offsetOf = (moment: Temporal.ZonedDateTime): number => moment.offsetNanoseconds / 1_000_000;

/** Offset of a zone at an instant, in milliseconds east of UTC. RangeError for an unknown zone. */
export function offsetAt(timezone: string, epochMs: number): number {
  if (timezone === 'UTC') return 0;
  const at = epochMs >= FIRST_MS && epochMs < CYCLES_FROM_MS + CYCLE_MS ? epochMs : sameWithin(epochMs);
  const number = floor(at / SPAN_MS);
  const span = knownSpans.get(timezone)?.get(number) ?? learnSpan(timezone, number);
  if (typeof span === 'number') return span;
  return at < span.at ? span.before : span.after;
}

/** An instant of the years 1800 to 2506 at which every zone has the offset that it has at the one given. */
function sameWithin(epochMs: number): number {
  if (!(epochMs >= -LAST_MS && epochMs <= LAST_MS)) throw new RangeError('not an instant');
  if (epochMs < FIRST_MS) return FIRST_MS;
  return epochMs - floor((epochMs - CYCLES_FROM_MS) / CYCLE_MS) * CYCLE_MS;
}

function learnSpan(timezone: string, number: number): Span {
  const spans = knownSpans.get(timezone) ?? new Map<number, Span>();
  const span = lookUpSpan(timezone, number, spans);
  spans.set(number, span);
  // Only now: a zone that Temporal does not know has thrown above, and stays unknown.
  knownSpans.set(timezone, spans);
  return span;
}

/** Equal ends mean a constant span. */
function lookUpSpan(timezone: string, number: number, spans: ReadonlyMap<number, Span>): Span {
  const before = startOffset(timezone, number, spans);
  const after = startOffset(timezone, number + 1, spans);
  if (before === after) return before;
  let [low, high] = [number * SPAN_MS, (number + 1) * SPAN_MS];
  while (high - low > 1) {
    const middle = floor((low + high) / 2);
    if (referenceOffset(timezone, middle) === before) low = middle;
    else high = middle;
  }
  return { at: high, before, after };
}

/** Offset at the first instant of a span, from the spans around it where they are known. */
function startOffset(timezone: string, number: number, spans: ReadonlyMap<number, Span>): number {
  const itself = spans.get(number);
  if (itself !== undefined) return typeof itself === 'number' ? itself : itself.before;
  const eve = spans.get(number - 1);
  if (eve !== undefined) return typeof eve === 'number' ? eve : eve.after;
  return referenceOffset(timezone, number * SPAN_MS);
}

/**
 * The instant at which a zone's wall clock shows a local time (milliseconds, as if the local time were UTC).
 *
 * A time that the clock skips is read with the offset before the gap, so it moves forward; a time that it shows twice is the
 * later one. That is Temporal's disambiguation `later`, and it is what PostgreSQL's `timestamp AT TIME ZONE` does
 * (DetermineTimeZoneOffset: "in a spring-forward transition, prefer before; in a fall-back transition, prefer after"),
 * which the books' check I21 recomputes. Compared with PostgreSQL 15 on 2.2 million local times around every transition of
 * every zone from 1971 to 2040: they differ only where the two carry different editions of the time zone database.
 */
export function instantOfLocal(timezone: string, localMs: number): number {
  if (timezone === 'UTC') return localMs;
  const before = offsetAt(timezone, localMs - DAY_MS);
  const after = offsetAt(timezone, localMs + DAY_MS);
  if (before === after) return localMs - before;
  const early = localMs - before;
  const late = localMs - after;
  const earlyIsShown = offsetAt(timezone, early) === before;
  const lateIsShown = offsetAt(timezone, late) === after;
  if (earlyIsShown && lateIsShown) return Math.max(early, late);
  return lateIsShown ? late : early;
}

/** The same, but of a time that the clock shows twice the earlier one. */
export function firstInstantOfLocal(timezone: string, localMs: number): number {
  const late = instantOfLocal(timezone, localMs);
  const early = localMs - offsetAt(timezone, localMs - DAY_MS);
  return early < late && localOfInstant(timezone, early) === localMs ? early : late;
}

/** What the zone's wall clock shows at an instant, in milliseconds as if it were UTC. */
export function localOfInstant(timezone: string, epochMs: number): number {
  return epochMs + offsetAt(timezone, epochMs);
}

/**
 * Whether a text is an IANA time zone name. Bare offsets such as `+05:30` are refused: PostgreSQL reads them as POSIX
 * zones with the sign turned.
 */
export function isTimeZone(timezone: string): boolean {
  if (timezone.length > 64 || !/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(timezone)) return false;
  if (knownSpans.has(timezone)) return true;
  try {
    referenceOffset(timezone, 0);
    return true;
  } catch {
    return false;
  }
}
