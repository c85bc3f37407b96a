import * as calendar from '../../../src/rules/calendar.ts';
import * as period from '../../../src/rules/period.ts';
import {
  type Adapter,
  instant,
  type JsonObject,
  number,
  optionalInstant,
  optionalNumber,
  optionalText,
  text,
  unit,
} from '../adapter.ts';

const count = (inputs: JsonObject): number => optionalNumber(inputs, 'interval_count') ?? 1;

const timezoneOf = (inputs: JsonObject): string => optionalText(inputs, 'timezone') ?? 'UTC';

/** Local midnight of an anchor, unless the case keeps the anchor's time of day. */
function recurrence(
  inputs: JsonObject,
  input: { from: string; gridCount: number; timezone: string; timeOfDay: 'anchor' | 'midnight' },
): period.Recurrence {
  const calendarAligned = text(inputs, 'alignment') === 'calendar';
  const from = instant(inputs, input.from);
  return {
    anchorAt: calendarAligned ? period.calendarAnchor(unit(inputs), input.gridCount, input.timezone, from) : from,
    timezone: input.timezone,
    unit: unit(inputs),
    count: count(inputs),
    timeOfDay: calendarAligned ? 'midnight' : input.timeOfDay,
  };
}

const PERIOD_BY_WHICH: Readonly<Record<string, (row: period.Recurrence, at: Date) => period.Period>> = {
  current: period.periodContaining,
  previous: period.previousPeriod,
  last_completed: period.lastCompletedPeriod,
};

const periodAt: Adapter = {
  op: 'calendar.period_at',
  policies: ['anchor_day_clamped_to_month_end'],
  run(inputs) {
    const timezone = timezoneOf(inputs);
    const row = recurrence(inputs, {
      from: 'anchor',
      gridCount: count(inputs),
      timezone,
      timeOfDay: inputs.time_of_day_from_anchor === true ? 'anchor' : 'midnight',
    });
    const find = PERIOD_BY_WHICH[text(inputs, 'which')];
    if (find === undefined) throw new TypeError('which is unknown');
    const found = find(row, instant(inputs, 'at'));
    return {
      start: found.start.toISOString(),
      end: found.end.toISOString(),
      days: period.daysInPeriod(found, timezone),
    };
  },
};

const nextBoundary: Adapter = {
  op: 'calendar.next_boundary',
  policies: ['series_from_anchor_by_instant'],
  run(inputs) {
    const row = recurrence(inputs, {
      from: text(inputs, 'alignment') === 'calendar' ? 'subscription_start' : 'anchor',
      gridCount: optionalNumber(inputs, 'base_interval_count') ?? count(inputs),
      timezone: timezoneOf(inputs),
      timeOfDay: 'anchor',
    });
    const cap = optionalInstant(inputs, 'subscription_end');
    return { next: period.nextBoundaryAfter(row, instant(inputs, 'current_start'), cap).toISOString() };
  },
};

const calendarAnchor: Adapter = {
  op: 'calendar.calendar_anchor',
  policies: [],
  run(inputs) {
    const weekStart = (optionalText(inputs, 'week_start') ?? 'monday') as calendar.Weekday;
    const start = instant(inputs, 'start');
    const next = period.nextCalendarBoundary(unit(inputs), count(inputs), timezoneOf(inputs), start, weekStart);
    return { next_calendar_boundary: next.toISOString() };
  },
};

const wholePeriodsBetween: Adapter = {
  op: 'calendar.whole_periods_between',
  policies: [],
  run: (inputs) => ({
    count: calendar.wholePeriodsBetween(text(inputs, 'from'), text(inputs, 'to'), unit(inputs), count(inputs)),
  }),
};

const addPeriods: Adapter = {
  op: 'calendar.add_periods',
  policies: [],
  run: (inputs) => ({
    date: calendar.addPeriods(text(inputs, 'date'), unit(inputs), count(inputs), number(inputs, 'n')),
  }),
};

const daysBetween: Adapter = {
  op: 'calendar.days_between',
  policies: ['calendar_days_in_local_zone', 'fixed_month_length'],
  run(inputs) {
    const fixed = optionalNumber(inputs, 'fixed_days_in_month');
    if (fixed !== undefined) {
      return { days: calendar.fixedMonthDaysBetween(text(inputs, 'from'), text(inputs, 'to'), fixed) };
    }
    // A wall clock in its own zone shows its date; the zone is not needed to read it.
    const dateOf = (key: string): string =>
      (optionalText(inputs, `${key}_wall_clock`) ?? text(inputs, key)).slice(0, 'YYYY-MM-DD'.length);
    return { days: calendar.daysBetween(dateOf('from'), dateOf('to')) };
  },
};

const boundaries: Adapter = {
  op: 'calendar.boundaries',
  policies: ['anchor_local_wall_clock', 'anchor_utc_wall_clock'],
  run(inputs, policy) {
    const row = recurrence(inputs, {
      from: 'anchor',
      gridCount: count(inputs),
      timezone: policy === 'anchor_utc_wall_clock' ? 'UTC' : timezoneOf(inputs),
      timeOfDay: 'anchor',
    });
    const found = period.boundariesBetween(row, instant(inputs, 'start'), instant(inputs, 'until'));
    return { boundaries: found.map((boundary) => boundary.toISOString()) };
  },
};

const sequence: Adapter = {
  op: 'calendar.sequence',
  policies: ['anchor_day_clamped_to_month_end'],
  run: (inputs) => ({
    dates: calendar.dateSequence(text(inputs, 'anchor_date'), unit(inputs), count(inputs), number(inputs, 'count')),
  }),
};

export const calendarAdapters: readonly Adapter[] = [
  periodAt,
  nextBoundary,
  calendarAnchor,
  wholePeriodsBetween,
  addPeriods,
  daysBetween,
  boundaries,
  sequence,
];
