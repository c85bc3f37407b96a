import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Adapter, JsonObject } from './adapter.ts';
import { ADAPTERS } from './adapters/index.ts';
import { type Case, differs, formatReport, hasFailures, InvalidCases, readCases, runCases } from './core.ts';
import { isOptionalPolicy } from './policies.ts';
import { RIGHT_DOCUMENTS } from './right-documents.ts';
import { RIGHT_PRICES } from './right-prices.ts';

const one = (op: string, inputs: JsonObject, expected: JsonObject, policy: string | null = null): Case => ({
  id: `${op}.here`,
  op,
  policy,
  inputs,
  expected,
});
const run = (...cases: Case[]) => runCases(cases, ADAPTERS, isOptionalPolicy);
const clamped = 'anchor_day_clamped_to_month_end';

/** One right case for each op, made up here. */
const RIGHT: readonly Case[] = [
  one(
    'calendar.period_at',
    {
      interval: 'month',
      interval_count: 1,
      alignment: 'anniversary',
      anchor: '2026-01-31T03:00:00Z',
      timezone: 'America/New_York',
      at: '2026-03-02T00:00:00Z',
      which: 'current',
    },
    { start: '2026-02-28T05:00:00Z', end: '2026-03-30T04:00:00Z', days: 30 },
    clamped,
  ),
  one(
    'calendar.next_boundary',
    {
      interval: 'month',
      interval_count: 6,
      base_interval_count: 3,
      alignment: 'calendar',
      subscription_start: '2026-05-05T10:00:00Z',
      current_start: '2026-05-05T10:00:00Z',
      timezone: 'UTC',
    },
    { next: '2026-10-01T00:00:00Z' },
    'series_from_anchor_by_instant',
  ),
  one(
    'calendar.next_boundary',
    {
      interval: 'week',
      interval_count: 1,
      alignment: 'anniversary',
      anchor: '2026-05-05T10:00:00Z',
      current_start: '2026-05-05T10:00:00Z',
      subscription_end: '2026-05-09T00:00:00Z',
      timezone: 'UTC',
    },
    { next: '2026-05-09T00:00:00Z' },
    'series_from_anchor_by_instant',
  ),
  one(
    'calendar.calendar_anchor',
    {
      interval: 'week',
      interval_count: 1,
      timezone: 'Asia/Tokyo',
      start: '2026-05-10T15:00:00Z',
      week_start: 'monday',
    },
    { next_calendar_boundary: '2026-05-17T15:00:00Z' },
  ),
  one(
    'calendar.whole_periods_between',
    { from: '2026-01-31', to: '2026-03-30', interval: 'month', interval_count: 1 },
    { count: 1 },
  ),
  one(
    'calendar.add_periods',
    { date: '2028-02-29', interval: 'year', interval_count: 1, n: -1 },
    { date: '2027-02-28' },
  ),
  one(
    'calendar.days_between',
    { from_wall_clock: '2026-03-07T23:00:00', to_wall_clock: '2026-03-09T01:00:00', timezone: 'America/New_York' },
    { days: 2 },
    'calendar_days_in_local_zone',
  ),
  one(
    'calendar.days_between',
    { from: '2026-01-31', to: '2026-02-28', fixed_days_in_month: 30 },
    { days: 28 },
    'fixed_month_length',
  ),
  one(
    'calendar.boundaries',
    {
      interval: 'day',
      interval_count: 1,
      alignment: 'anniversary',
      anchor: '2026-03-07T14:00:00Z',
      timezone: 'America/New_York',
      start: '2026-03-07T14:00:00Z',
      until: '2026-03-09T13:00:00Z',
    },
    { boundaries: ['2026-03-08T13:00:00Z', '2026-03-09T13:00:00Z'] },
    'anchor_local_wall_clock',
  ),
  one(
    'calendar.boundaries',
    {
      interval: 'day',
      interval_count: 1,
      alignment: 'anniversary',
      anchor: '2026-03-07T14:00:00Z',
      timezone: 'America/New_York',
      start: '2026-03-07T14:00:00Z',
      until: '2026-03-08T14:00:00Z',
    },
    { boundaries: ['2026-03-08T14:00:00Z'] },
    'anchor_utc_wall_clock',
  ),
  one(
    'calendar.sequence',
    { anchor_date: '2027-08-31', interval: 'month', interval_count: 6, count: 3 },
    { dates: ['2027-08-31', '2028-02-29', '2028-08-31'] },
    clamped,
  ),
  one('currency.minor_units', { code: 'TND' }, { digits: 3 }),
  one('currency.minor_units', { code: 'XTS' }, { digits: null }),
  one('currency.is_active', { code: 'LVL', on: '2014-01-01' }, { active: false }),
  one(
    'currency.round',
    { currency: 'OMR', amount: '-1.0005', mode: 'half_up' },
    { amount: '-1.001' },
    'half_away_from_zero',
  ),
  one('currency.round', { currency: 'EUR', amount: '2.675', mode: 'half_even' }, { amount: '2.68' }, 'half_even'),
  one('currency.minor_to_major', { currency: 'JPY', minor: 12 }, { major: '12' }),
  one(
    'currency.allocate',
    {
      currency: 'EUR',
      amount: '0.02',
      parts: [
        { key: 'b', weight: '1' },
        { key: 'a', weight: '1' },
        { key: 'c', weight: '1' },
      ],
    },
    { amounts: { b: '0.01', a: '0.01', c: '0' } },
    'largest_remainder_ties_by_position',
  ),
  one(
    'currency.allocate',
    {
      currency: 'EUR',
      amount: '0.01',
      parts: [
        { key: 'b', weight: '1' },
        { key: 'a', weight: '1' },
      ],
    },
    { amounts: { b: '0', a: '0.01' } },
    'largest_remainder_ties_by_key',
  ),
  one(
    'instalment.split',
    { currency: 'USD', total: '0.05', count: 3 },
    { amounts: ['0.02', '0.02', '0.01'] },
    'remainder_one_unit_each_from_first',
  ),
  one('price.standard', { unit_amount: '0.000001', quantity: '0.000001' }, { amount: '0.000000000001' }),
  one(
    'proration.partial',
    {
      currency: 'KWD',
      amount: '9.999',
      quantity: '2',
      period_start: '2026-06-01T00:00:00Z',
      period_end: '2026-07-01T00:00:00Z',
      from: '2026-06-21T00:00:00Z',
      to: '2026-07-01T00:00:00Z',
      rounding: 'half_up',
    },
    { amount: '6.666' },
    'by_day',
  ),
  one(
    'proration.partial',
    {
      currency: 'EUR',
      amount: '10',
      quantity: '1',
      period_start: '2026-06-01T00:00:00Z',
      period_end: '2026-06-02T00:00:00Z',
      from: '2026-06-01T08:00:00Z',
      to: '2026-06-02T00:00:00Z',
      rounding: 'ceiling',
    },
    { amount: '6.67' },
    'by_second',
  ),
  one(
    'proration.fraction',
    {
      from: '2026-02-10',
      to: '2026-02-28',
      interval: 'month',
      interval_count: 1,
      period_of_reference: 'starting_at_from',
    },
    { fraction: '0.642857143' },
    'by_calendar_day',
  ),
  one(
    'invoice.tax_exclusive',
    { currency: 'EUR', taxable: '0.25', rates_percent: ['10', '10'], rounding: 'half_up' },
    { tax: '0.06', per_rate: ['0.03', '0.03'] },
    'round_each_rate',
  ),
  one('invoice.tax_inclusive', { currency: 'EUR', gross: '1.00', rates_percent: ['7'] }, { net: '0.93', tax: '0.07' }),
  one(
    'dunning.retry_schedule',
    { first_failure_at: '2026-01-01T00:00:00Z', offsets_days: [1, 3, 7] },
    {
      retries_at: ['2026-01-02T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-08T00:00:00Z'],
      gives_up_after_attempts: 4,
    },
  ),
  one(
    'dunning.next_retry',
    { failures_so_far: 3, last_failure_at: '2026-01-04T00:00:00Z', gaps_days: [1, 3] },
    { next_retry_at: null },
  ),
  ...RIGHT_PRICES,
  ...RIGHT_DOCUMENTS,
];

/** Another value of the same kind, so that the expectation is wrong. */
function spoil(value: unknown): unknown {
  if (Array.isArray(value)) return [...value.slice(0, -1), spoil(value.at(-1))];
  if (value === null) return 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'object') {
    const [[key, first] = ['', null]] = Object.entries(value);
    return { ...value, [key]: spoil(first) };
  }
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return `1${text.replace('-', '')}`;
  return /^\d/.test(text) ? text.replace(/^\d/, '3') : `${text}?`;
}

describe('cases', () => {
  test('every op that is offered has a case here, and all pass', () => {
    expect([...new Set(RIGHT.map((right) => right.op))].sort()).toEqual([...ADAPTERS.keys()].sort());
    expect(run(...RIGHT).failures).toEqual([]);
  });

  test.each(RIGHT.map((right, index): [string, number] => [right.op, index]))(
    'a wrong expectation of %s fails (%i)',
    (_op, index) => {
      const right = RIGHT[index]!;
      for (const key of Object.keys(right.expected)) {
        const wrong = { ...right, expected: { ...right.expected, [key]: spoil(right.expected[key]) } as JsonObject };
        const report = run(wrong);
        expect(report.failures.map((failure) => failure.id)).toEqual([right.id]);
        expect(hasFailures(report)).toBe(true);
      }
    },
  );

  test('an input that cannot be computed fails, and says why', () => {
    const [failure] = run(one('price.standard', { unit_amount: 'ten', quantity: '1' }, { amount: '10' })).failures;
    expect(failure?.reason).toContain('threw');
  });
});

describe('skipping', () => {
  test('an op that is not offered is skipped and named', () => {
    const report = run(one('analytics.arpa', { mrr: '1' }, { arpa: '1' }));
    expect(formatReport(report)).toEqual([
      'analytics.arpa: not yet offered, 1 skipped',
      '0 passed, 0 failed, 1 skipped',
    ]);
  });

  test('an optional policy is skipped, a due one that is not offered fails', () => {
    const optional = run(
      one('calendar.next_boundary', {}, { next: '2026-01-01T00:00:00Z' }, 'snap_to_anchor_then_step'),
    );
    expect(formatReport(optional)).toEqual([
      'calendar.next_boundary: 0 passed, 0 failed, 1 skipped by policy',
      '0 passed, 0 failed, 1 skipped',
    ]);
    const due = run(one('calendar.next_boundary', {}, { next: '2026-01-01T00:00:00Z' }, 'some_due_policy'));
    expect(due.failures[0]?.reason).toBe('a due policy is not offered');
  });
});

describe('comparison', () => {
  const rows: [unknown, unknown, boolean][] = [
    ['1.10', '1.1', true],
    ['1.10', 1.1, true],
    ['0.1', '0.10000000000000001', false],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', true],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', false],
    [null, null, true],
    [null, '0', false],
    [true, 'true', false],
    [['1', '2'], ['1.0', '2.0'], true],
    [['1'], ['1', '2'], false],
    [{ a: '1' }, { a: '1', b: '2' }, true],
    [{ a: '1' }, {}, false],
    [{ balances: { cash: '0' } }, { balances: {} }, true],
    [{ balances: { cash: '1' } }, { balances: {} }, false],
    [{ amounts: { a: '0' } }, { amounts: {} }, false],
  ];
  test.each(rows)('%j against %j: %s', (expected, actual, same) => {
    expect(differs(expected as never, actual as never, 'expected') === undefined).toBe(same);
  });
});

describe('case files', () => {
  const file = (cases: unknown[]) =>
    JSON.stringify({ schema_version: '1.0', area: 'calendar', count: cases.length, cases });

  test('good ones are read, bad ones refused', () => {
    expect(readCases(file([RIGHT[0]])).length).toBe(1);
    for (const bad of [
      '',
      '[]',
      '{}',
      file([RIGHT[0], RIGHT[0]]),
      file([{ ...RIGHT[0], expected: {} }]),
      file([{ ...RIGHT[0], inputs: null }]),
      file([{ ...RIGHT[0], op: 7 }]),
      file([null]),
      file([RIGHT[0]]).replace('"count":1', '"count":2'),
      file([RIGHT[0]]).replace('1.0', '2.0'),
    ]) {
      expect(() => readCases(bad)).toThrow(InvalidCases);
    }
  });

  describe('the command', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'perennial-conformance-'));
      writeFileSync(join(folder, 'right.json'), file([RIGHT[0]]));
      writeFileSync(join(folder, 'schema.json'), '{"title":"not cases"}');
      const wrong = { ...RIGHT[0], expected: { days: 29 } };
      mkdtempSync(join(folder, 'sub-'));
      writeFileSync(join(folder, 'wrong.txt'), file([wrong]));
      writeFileSync(join(folder, 'broken.txt'), '{');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const command = (...args: string[]) => {
      const done = spawnSync(process.execPath, ['dist/test/conformance/run.js', ...args], { encoding: 'utf8' });
      return { status: done.status, lines: done.stdout.trim().split('\n'), complaint: done.stderr };
    };

    test('passes a folder', () => {
      const { status, lines } = command(folder);
      expect([status, lines.at(-1)]).toEqual([0, '1 passed, 0 failed, 0 skipped']);
    });

    test('exits 1 on a failure and shows expected and actual', () => {
      const { status, lines } = command(join(folder, 'wrong.txt'));
      expect(status).toBe(1);
      expect(lines.some((line) => line.includes('expected {"days":29}'))).toBe(true);
      expect(lines.some((line) => line.includes('actual') && line.includes('"days":30'))).toBe(true);
      expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
    });

    test('exits 2 on what it cannot read', () => {
      for (const args of [
        [],
        [join(folder, 'broken.txt')],
        [join(folder, 'missing.json')],
        [tmpdir().concat('/none-here')],
      ]) {
        const { status, complaint } = command(...args);
        expect(status).toBe(2);
        expect(complaint).not.toBe('');
      }
    });
  });
});

test('an adapter without its op in the report cannot pass unseen', () => {
  const lazy: Adapter = { op: 'price.standard', policies: [], run: () => ({}) };
  const report = runCases(
    [one('price.standard', {}, { amount: '1' })],
    new Map([['price.standard', lazy]]),
    () => false,
  );
  expect(report.failures.length).toBe(1);
});
