import { billingCycles, type LeadingReference } from '../../../src/rules/billing-cycles.ts';
import {
  allowedCredit,
  type ChangeInput,
  type ChangeResult,
  type ChangeSide,
  prorateChange,
  prorateIntervalChange,
} from '../../../src/rules/change-proration.ts';
import { majorToMinor } from '../../../src/rules/currency.ts';
import { formatDecimal, formatScaled, parseDecimal, parseScaled, toFixedDecimal } from '../../../src/rules/money.ts';
import type { Period } from '../../../src/rules/period.ts';
import { priceComponent } from '../../../src/rules/pricing.ts';
import {
  calendarDayFraction,
  creditsForRest,
  type ReferencePeriod,
  type ShareMode,
  type SumRule,
  shareOfPeriod,
  sumOfShares,
} from '../../../src/rules/proration.ts';
import {
  type Adapter,
  instant,
  type JsonObject,
  list,
  number,
  optionalNumber,
  optionalText,
  rounding,
  text,
  unit,
} from '../adapter.ts';

/** The contract of `proration.fraction` shows nine decimals. */
const FRACTION_DECIMALS = 9;
/** Amounts without a currency are compared as they are: all of a decimal's digits count as its units. */
const ALL_DIGITS = 12;

const SHARE_MODE: Readonly<Record<string, ShareMode>> = { by_second: 'by_second', by_day: 'by_day' };
const SUM_RULE: Readonly<Record<string, SumRule>> = {
  round_each_line: 'round_each_line',
  round_total_once: 'round_total_once',
};
const REFERENCE: Readonly<Record<string, LeadingReference>> = {
  by_calendar_day: 'stepped_back',
  by_calendar_day_reclamped_reference: 'reclamped',
};

const shareMode = (policy: string | null): ShareMode => SHARE_MODE[policy ?? 'by_second'] ?? 'by_second';

const timezoneOf = (inputs: JsonObject): string => optionalText(inputs, 'timezone') ?? 'UTC';

const period = (inputs: JsonObject): Period => ({
  start: instant(inputs, 'period_start'),
  end: instant(inputs, 'period_end'),
});

const share = (inputs: JsonObject, mode: ShareMode) =>
  shareOfPeriod(
    period(inputs),
    { start: instant(inputs, 'from'), end: instant(inputs, 'to') },
    mode,
    timezoneOf(inputs),
  );

const partial: Adapter = {
  op: 'proration.partial',
  policies: Object.keys(SHARE_MODE),
  run(inputs, policy) {
    const mode = shareMode(policy);
    const currency = text(inputs, 'currency');
    const priced = priceComponent(
      { kind: 'per_unit', unitAmount: text(inputs, 'amount') },
      {
        currency,
        quantity: optionalText(inputs, 'quantity') ?? '1',
        share: { fraction: share(inputs, mode), mode },
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

function side(value: unknown): ChangeSide | undefined {
  if (value === null || value === undefined) return undefined;
  const inputs = value as JsonObject;
  return {
    model: { kind: 'per_unit', unitAmount: text(inputs, 'unit_amount') },
    quantity: optionalText(inputs, 'quantity') ?? '1',
  };
}

function changeInput(inputs: JsonObject, policy: string | null): ChangeInput {
  if ((optionalText(inputs, 'rounding') ?? 'half_up_each_line') !== 'half_up_each_line') {
    throw new TypeError('rounding is unknown');
  }
  const currency = text(inputs, 'currency');
  const cap = optionalText(inputs, 'credit_cap');
  return {
    currency,
    period: period(inputs),
    at: instant(inputs, 'at'),
    old: side(inputs.old),
    new: side(inputs.new),
    creditCapMinor: cap === undefined ? undefined : majorToMinor(cap, currency),
    mode: shareMode(policy),
    timezone: timezoneOf(inputs),
  };
}

const shown = (result: ChangeResult, currency: string) => ({
  credit: formatDecimal(result.creditMinor, currency),
  charge: formatDecimal(result.chargeMinor, currency),
  net: formatDecimal(result.netMinor, currency),
});

const change: Adapter = {
  op: 'proration.change',
  policies: Object.keys(SHARE_MODE),
  run: (inputs, policy) => shown(prorateChange(changeInput(inputs, policy)), text(inputs, 'currency')),
};

const changeInterval: Adapter = {
  op: 'proration.change_interval',
  policies: Object.keys(SHARE_MODE),
  run(inputs, policy) {
    const to = inputs.new as JsonObject;
    const interval = { unit: unit(to), count: optionalNumber(to, 'interval_count') ?? 1 };
    const result = prorateIntervalChange(changeInput(inputs, policy), interval);
    return { ...shown(result, text(inputs, 'currency')), new_period_end: result.newPeriod.end.toISOString() };
  },
};

const creditCap: Adapter = {
  op: 'proration.credit_cap',
  policies: ['credit_never_exceeds_amount_paid'],
  run(inputs) {
    const amount = (key: string): bigint => parseScaled(text(inputs, key), ALL_DIGITS);
    const credit = allowedCredit(
      amount('potential_credit'),
      amount('original_amount_paid'),
      amount('credits_already_issued'),
    );
    return { credit: formatScaled(credit, ALL_DIGITS) };
  },
};

const cycles: Adapter = {
  op: 'proration.billing_cycles',
  policies: Object.keys(REFERENCE),
  run(inputs, policy) {
    if (text(inputs, 'timing') !== 'in_advance') throw new TypeError('timing is unknown');
    return {
      cycles: billingCycles({
        startOn: text(inputs, 'start'),
        endOn: optionalText(inputs, 'end'),
        targetOn: text(inputs, 'target'),
        billingDay: number(inputs, 'billing_day'),
        unit: unit(inputs),
        count: number(inputs, 'interval_count'),
        reference: REFERENCE[policy ?? ''],
      }),
    };
  },
};

const creditsGrant: Adapter = {
  op: 'proration.credits_grant',
  policies: Object.keys(SHARE_MODE),
  run: (inputs, policy) => ({
    credits: creditsForRest(
      text(inputs, 'credits'),
      period(inputs),
      instant(inputs, 'at'),
      number(inputs, 'scale'),
      shareMode(policy),
    ),
  }),
};

const sumOfLines: Adapter = {
  op: 'proration.sum_of_lines',
  policies: Object.keys(SUM_RULE),
  run(inputs, policy) {
    const currency = text(inputs, 'currency');
    const lines = list(inputs, 'lines').map((line) => parseDecimal(String(line)));
    const total = sumOfShares(lines, share(inputs, 'by_second'), currency, {
      rule: SUM_RULE[policy ?? ''],
      rounding: rounding(optionalText(inputs, 'rounding')),
    });
    return { total: formatDecimal(total, currency) };
  },
};

export const prorationAdapters: readonly Adapter[] = [
  partial,
  fraction,
  change,
  changeInterval,
  creditCap,
  cycles,
  creditsGrant,
  sumOfLines,
];
