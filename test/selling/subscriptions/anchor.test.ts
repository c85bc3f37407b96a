import { describe, expect, it } from '@jest/globals';
import { localDate, localOfInstant } from '../../../src/rules/calendar.ts';
import { boundaryAt, periodContaining } from '../../../src/rules/period.ts';
import {
  type AnchorWish,
  chooseAnchor,
  daysLater,
  recurrenceOf,
} from '../../../src/selling/subscriptions/items/anchor.ts';

const units = ['day', 'week', 'month', 'quarter', 'half_year', 'year'] as const;
const zones = ['UTC', 'Europe/Vienna', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Africa/Cairo', 'Pacific/Apia'];
const bases = ['2026-01-31T10:00:00Z', '2024-02-29T23:30:00Z', '2026-03-29T01:15:00Z', '2018-11-04T05:00:00Z'];

describe('an anchor', () => {
  const wishes: AnchorWish[] = [
    { kind: 'anniversary', timeOfDay: 'anchor' },
    { kind: 'anniversary', timeOfDay: 'midnight' },
    { kind: 'calendar', timeOfDay: 'midnight' },
    { kind: 'calendar', timeOfDay: 'anchor' },
  ];

  it.each(wishes)('of kind $kind at $timeOfDay lies at or before the base, at the wanted local time', (wish) => {
    for (const intervalUnit of units) {
      for (const intervalCount of [1, 2, 5]) {
        for (const timezone of zones) {
          for (const text of bases) {
            const base = new Date(text);
            const rhythm = { intervalUnit, intervalCount, timezone };
            const anchorAt = chooseAnchor(base, rhythm, wish);
            expect(anchorAt.getTime()).toBeLessThanOrEqual(base.getTime());
            if (wish.timeOfDay === 'midnight')
              expect(localOfInstant(timezone, anchorAt.getTime()) % 86_400_000).toBe(0);
            const recurrence = recurrenceOf({ ...rhythm, anchorAt });
            const { start, end } = periodContaining(recurrence, base);
            expect(start.getTime()).toBeLessThanOrEqual(base.getTime());
            expect(end.getTime()).toBeGreaterThan(base.getTime());
          }
        }
      }
    }
  });

  it.each([
    [31, '2026-04-15T12:00:00Z', ['2026-04-30', '2026-05-31', '2026-06-30']],
    [30, '2026-02-10T12:00:00Z', ['2026-02-28', '2026-03-30', '2026-04-30']],
    [1, '2026-04-15T12:00:00Z', ['2026-05-01', '2026-06-01', '2026-07-01']],
    [15, '2026-04-15T00:00:00Z', ['2026-05-15', '2026-06-15', '2026-07-15']],
  ])('on day %d of the month, from %s', (dayOfMonth, text, days) => {
    const base = new Date(text);
    const rhythm = { intervalUnit: 'month', intervalCount: 1, timezone: 'UTC' };
    const anchorAt = chooseAnchor(base, rhythm, { kind: 'calendar', dayOfMonth, timeOfDay: 'midnight' });
    const recurrence = recurrenceOf({ ...rhythm, anchorAt });
    const found: string[] = [];
    for (let at = base; found.length < 3; ) {
      at = periodContaining(recurrence, at).end;
      found.push(at.toISOString().slice(0, 10));
    }
    expect(found).toEqual(days);
  });

  it('stands on a midnight that exists where daylight saving swallows one', () => {
    // Cairo: the clocks went forward at midnight of 28 April 2023.
    const base = new Date('2023-04-28T10:00:00Z');
    const rhythm = { intervalUnit: 'month', intervalCount: 1, timezone: 'Africa/Cairo' };
    const anchorAt = chooseAnchor(base, rhythm, { kind: 'anniversary', timeOfDay: 'midnight' });
    expect(anchorAt.toISOString()).toBe('2023-03-27T22:00:00.000Z');
    expect(boundaryAt(recurrenceOf({ ...rhythm, anchorAt }), 2).toISOString()).toBe('2023-05-27T21:00:00.000Z');
  });

  it.each([
    ['Europe/Vienna', '2026-10-25T00:30:00Z', 'anchor', '2026-10-25T00:30:00.000Z', '2026-11-25T01:30:00.000Z'],
    ['Europe/Vienna', '2026-10-25T01:30:00Z', 'anchor', '2026-10-25T01:30:00.000Z', '2026-11-25T01:30:00.000Z'],
    ['America/Havana', '2026-11-01T04:30:00Z', 'midnight', '2026-11-01T04:00:00.000Z', '2026-12-01T05:00:00.000Z'],
    ['America/Havana', '2026-11-01T05:30:00Z', 'midnight', '2026-11-01T05:00:00.000Z', '2026-12-01T05:00:00.000Z'],
  ] as const)(
    'in an hour that the clock shows twice leaves no period of an hour (%s, %s)',
    (timezone, text, timeOfDay, anchor, end) => {
      const base = new Date(text);
      const dayOfMonth = Number(localDate(timezone, base).slice(-2));
      for (const wish of [{ kind: 'anniversary' }, { kind: 'calendar', dayOfMonth }] as const) {
        const rhythm = { intervalUnit: 'month', intervalCount: 1, timezone };
        const anchorAt = chooseAnchor(base, rhythm, { ...wish, timeOfDay });
        expect(anchorAt.toISOString()).toBe(anchor);
        expect(periodContaining(recurrenceOf({ ...rhythm, anchorAt }), base).end.toISOString()).toBe(end);
      }
    },
  );

  it('counts days of a trial by the local clock', () => {
    const start = new Date('2026-03-28T11:00:00Z');
    expect(daysLater(start, 2, 'Europe/Vienna').toISOString()).toBe('2026-03-30T10:00:00.000Z');
  });
});
