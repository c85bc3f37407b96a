import { expect, test } from '@jest/globals';
import { type LineRecord, toLine } from '../../../src/collecting/documents/frozen-parts.ts';

const record: LineRecord = {
  ...{
    kind: 'recurring',
    reverses_line_id: null,
    description: 'Crew',
    quantity: '1',
    unit_amount: '100',
    amount: 100n,
  },
  ...{ discount_amount: 0n, tax_amount: 0n, taxes: [], supplied_to: null, period_start: null, period_end: null },
};
const buyer = { name: 'Somebody', taxIds: [], email: null, billingAddress: null, taxExempt: false };

function daysOf(timezone: string, start: string, end: string): string {
  const line = { ...record, period_start: new Date(start), period_end: new Date(end) };
  const at = new Date(end);
  const { period } = toLine(line, { locale: 'en', reason: 'subscription_cycle', timezone, buyer, at });
  return `${period?.firstOn} ${period?.lastOn}`;
}

test('days of periods in a row neither overlap nor leave one out', () => {
  const noon = ['2026-11-04T11:00:00Z', '2026-12-04T11:00:00Z', '2027-01-04T11:00:00Z'] as const;
  expect(daysOf('Europe/Berlin', noon[0], noon[1])).toBe('2026-11-04 2026-12-03');
  expect(daysOf('Europe/Berlin', noon[1], noon[2])).toBe('2026-12-04 2027-01-03');
  expect(daysOf('Europe/Berlin', '2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z')).toBe('2026-11-01 2026-11-30');
  // The same instants are other days elsewhere, and the clock is put back in between.
  expect(daysOf('America/Los_Angeles', '2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z')).toBe('2026-10-31 2026-11-29');
  expect(daysOf('Asia/Tokyo', noon[0], '2026-11-04T14:59:59.999Z')).toBe('2026-11-04 2026-11-04');
  expect(daysOf('Asia/Tokyo', noon[0], '2026-11-04T15:00:00Z')).toBe('2026-11-04 2026-11-04');
  const line = { ...record, description: 'A day' };
  expect(
    toLine(line, { locale: 'en', reason: 'manual', timezone: 'UTC', buyer, at: new Date(noon[0]) }).period,
  ).toBeNull();
});
