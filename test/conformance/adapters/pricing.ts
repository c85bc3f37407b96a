import { formatDecimal, toFixedDecimal } from '../../../src/rules/money.ts';
import { priceComponent, standardAmount } from '../../../src/rules/pricing.ts';
import {
  calendarDayFraction,
  type ReferencePeriod,
  type ShareMode,
  shareOfPeriod,
} from '../../../src/rules/proration.ts';
import { type Adapter, instant, number, optionalNumber, optionalText, rounding, text, unit } from '../adapter.ts';

/** More decimals than any product of two bounded decimals has, so that nothing is rounded. */
const ALL_DECIMALS = 24;
/** The contract of `proration.fraction` shows nine decimals. */
const FRACTION_DECIMALS = 9;

const SHARE_MODE: Readonly<Record<string, ShareMode>> = { by_second: 'by_second', by_day: 'by_day' };

const standard: Adapter = {
  op: 'price.standard',
  policies: [],
  run: (inputs) => ({
    amount: toFixedDecimal(standardAmount(text(inputs, 'unit_amount'), text(inputs, 'quantity')), ALL_DECIMALS),
  }),
};

const partial: Adapter = {
  op: 'proration.partial',
  policies: Object.keys(SHARE_MODE),
  run(inputs, policy) {
    const mode = SHARE_MODE[policy ?? 'by_second'] ?? 'by_second';
    const currency = text(inputs, 'currency');
    const fraction = shareOfPeriod(
      { start: instant(inputs, 'period_start'), end: instant(inputs, 'period_end') },
      { start: instant(inputs, 'from'), end: instant(inputs, 'to') },
      mode,
      optionalText(inputs, 'timezone') ?? 'UTC',
    );
    const priced = priceComponent(
      { kind: 'per_unit', unitAmount: text(inputs, 'amount') },
      {
        currency,
        quantity: optionalText(inputs, 'quantity') ?? '1',
        share: { fraction, mode },
        rounding: rounding(optionalText(inputs, 'rounding')),
      },
    );
    return { amount: formatDecimal(priced.amountMinor, currency) };
  },
};

const fraction: Adapter = {
  op: 'proration.fraction',
  policies: ['by_calendar_day', 'fixed_month_length'],
  run(inputs) {
    const fixedDaysInMonth = optionalNumber(inputs, 'fixed_days_in_month');
    const exact = calendarDayFraction({
      from: text(inputs, 'from'),
      to: text(inputs, 'to'),
      unit: unit(inputs),
      count: number(inputs, 'interval_count'),
      reference: text(inputs, 'period_of_reference') as ReferencePeriod,
      ...(fixedDaysInMonth === undefined ? {} : { fixedDaysInMonth }),
    });
    return { fraction: toFixedDecimal(exact, FRACTION_DECIMALS) };
  },
};

export const pricingAdapters: readonly Adapter[] = [standard, partial, fraction];
