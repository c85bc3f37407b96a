import type { Breaks } from './breaks.ts';

const subscription = (id: string, changes: string) => `update subscriptions set ${changes} where id = '${id}'`;
const line = (id: string, changes: string) => `update invoice_lines set ${changes} where id = '${id}'`;
const period = (line: string, changes: string) => `update billed_periods set ${changes} where id = 'p-${line}'`;

/** Time that is billed, usage that is billed, and where subscriptions stand. */
export const sellingBreaks: Breaks = {
  I18: {
    'a day billed twice': line('l-feb', `period_start = '2026-01-31'`),
    'a period billed again on another invoice': `insert into invoice_lines
      select (jsonb_populate_record(l, '{"id": "again", "invoice_id": "open"}')).* from invoice_lines l where id = 'l-jan'`,
    'more taken back than was billed': line('l-back', `period_end = '2026-04-02'`),
    'freed what was never billed': `update credit_note_lines set period_start = '2025-12-01', period_end = '2026-01-01' where id = 'nl'`,
    'a period that ends as it begins': line('l-week', 'period_end = period_start'),
    'no period': line('l-calls', 'period_start = null, period_end = null'),
  },
  I18b: {
    'billed periods that overlap': `${period('l-jan', `period_end = '2026-02-02'`)}; ${period('l-feb', `period_end = '2026-02-28'`)}`,
    'a billed line without its period': `delete from billed_periods where id = 'p-l-feb'`,
    'a billed period without its line': `delete from invoice_lines where id = 'l-week'`,
    'a period still billed after its void': `update invoices set status = 'void' where id = 'open'`,
    'a period still billed after it was freed': `update credit_note_lines set period_start = '2026-01-01', period_end = '2026-02-01' where id = 'nl'`,
  },
  I19: {
    'the running period of one who pays in advance': `delete from billed_periods where id = 'p-l-mar'`,
    'the last period of one who pays afterwards': `delete from billed_periods where id = 'p-l-week'`,
    'a hole in the middle': period('l-feb', `period_start = '2026-02-02'`),
    'the day after the trial': period('l-ended', `period_start = '2026-01-16'`),
    'the last day before the end': period('l-ended', `period_end = '2026-02-14'`),
    'the last day of a pause that was none': `update subscription_pauses set resumed_at = '2026-02-28'`,
    'what one item is not billed as a void gives up another': `delete from billed_periods where id = 'p-l-feb'`,
    'what was given up and never voided': `update invoices set status = 'open' where id = 'void'; delete from subscription_pauses where id = 'void'`,
    'usage is not the recurring charge': period('l-mar', `kind = 'usage'`),
  },
  I19b: {
    'a clock beyond the period': subscription('monthly', `clock_now = '2026-04-01'`),
    'a trial that is over': subscription('trial', `clock_now = '2026-03-20'`),
    'five minutes late by the wall clock': subscription(
      'monthly',
      `clock_now = '2026-04-01T00:05:00Z', on_test_clock = false`,
    ),
  },
  I20: {
    'before the item': line('l-jan', `period_start = '2025-12-31'`),
    'after the end of the item': line('l-ended', `period_start = '2026-02-15', period_end = '2026-03-15'`),
    'in the trial': line('l-ended', `period_start = '2026-01-14'`),
  },
  I21: {
    'an empty period': subscription('monthly', `current_period_start = '2026-04-01'`),
    'a boundary at an odd multiple': subscription('monthly', 'interval_count = 2'),
    'a boundary on another day': subscription('monthly', `current_period_end = '2026-04-02'`),
    'a month computed from the month before': subscription(
      'monthly',
      `anchor_at = '2026-01-31', current_period_start = '2026-02-28', current_period_end = '2026-03-28'`,
    ),
    'a boundary in mid-week': subscription('weekly', `current_period_end = '2026-03-12T23:00:00Z'`),
    'a week of 168 hours over a change of the clocks': subscription(
      'weekly',
      `current_period_start = '2026-03-22T23:00:00Z', current_period_end = '2026-03-29T23:00:00Z'`,
    ),
    'half a year that is a quarter': subscription('monthly', `interval_unit = 'half_year'`),
    'a quarter that is two months': subscription(
      'monthly',
      `interval_unit = 'quarter', current_period_end = '2026-03-01', current_period_start = '2026-01-01'`,
    ),
    'a year that is a quarter': subscription('monthly', `interval_unit = 'year'`),
    'days that do not divide': subscription('monthly', `interval_unit = 'day', interval_count = 4`),
  },
  I27: { 'an event twice': `update usage_events set event_key = 'k1' where id = 'u2'` },
  I28: {
    'another quantity than the events add up to': `update usage_events set quantity = 2 where id = 'u1'`,
    'another quantity than there are events': `update usage_events set billed_line_id = null where id = 'u3'`,
    'an adjustment without events': `insert into invoice_lines
      select (jsonb_populate_record(l, '{"id": "adjusted", "kind": "usage_adjustment", "quantity": 1}')).* from invoice_lines l where id = 'l-api'`,
  },
  I29: {
    'an event left behind': `update usage_events set recorded_at = '2026-02-28' where id = 'u4'`,
    'an event taken off its line': `update usage_events set billed_line_id = null where id = 'u1'`,
  },
  I40: {
    'a period after the end': line('l-ended', `period_start = '2026-02-15', period_end = '2026-03-15'`),
  },
  I42: {
    'more held than there is': `update capacity set held = 5`,
    'less than nothing taken': `update capacity set taken = -1`,
    'less than nothing held': `update capacity set held = -1`,
  },
  I44: {
    'a day that was changed afterwards': `update mrr_snapshots set mrr = mrr + 1 where on_date = '2026-02-09'`,
    'a movement moved over midnight': `update mrr_movements set at = '2026-02-11T05:00:00Z' where id = 'm2'`,
  },
  I45: {
    'a movement without a cause': `update mrr_movements set fact_id = null where id = 'm1'`,
    'a movement of nothing': `update mrr_movements set amount = 0 where id = 'm1'`,
  },
};
