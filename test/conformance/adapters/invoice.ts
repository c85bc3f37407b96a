import { nextDiscount, useCoupon } from '../../../src/rules/coupon.ts';
import { digitsOf, exactMajor, exactMinor, majorToMinor } from '../../../src/rules/currency.ts';
import { applyDiscounts, type Discount } from '../../../src/rules/discount.ts';
import { formatDecimal, rational, toFixedDecimal } from '../../../src/rules/money.ts';
import { effectiveTaxPercent, exclusiveTax, inclusiveTax, type TaxRounding } from '../../../src/rules/tax.ts';
import { invoiceTotals, type TotalsLine, taxableLines } from '../../../src/rules/totals.ts';
import { commitmentTrueUp, minimumTrueUp } from '../../../src/rules/true-up.ts';
import {
  type Adapter,
  type Json,
  type JsonObject,
  list,
  number,
  objects,
  optionalNumber,
  optionalText,
  rounding,
  text,
} from '../adapter.ts';

const PERCENT_DECIMALS = 5;

const percents = (inputs: JsonObject): string[] => list(inputs, 'rates_percent').map((rate) => String(rate));
const minors = (inputs: JsonObject, key: string): bigint[] =>
  list(inputs, key).map((amount) => majorToMinor(String(amount), text(inputs, 'currency')));
const minor = (inputs: JsonObject, key: string): bigint => majorToMinor(text(inputs, key), text(inputs, 'currency'));

/** A discount or coupon of the corpus. */
export function discountOf(input: JsonObject, currency: string): Discount {
  const limit = Array.isArray(input.lines) ? { lines: input.lines.map(Number) } : {};
  switch (text(input, 'type')) {
    case 'fixed':
      return { kind: 'fixed', amountMinor: majorToMinor(text(input, 'amount'), currency), ...limit };
    case 'percentage':
      return { kind: 'percentage', percent: text(input, 'percent'), ...limit };
    default:
      throw new TypeError('the type of a discount is unknown');
  }
}

/** Rates are told apart by their percentage: the corpus gives them no ids. */
export function ratesOf(percentages: readonly Json[]) {
  return percentages.map((percent, index) => ({
    id: `${percent} ${percentages.slice(0, index).filter((other) => other === percent).length}`,
    percent: String(percent),
    inclusive: false,
  }));
}

const taxExclusive: Adapter = {
  op: 'invoice.tax_exclusive',
  policies: ['round_each_rate'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const mode = rounding(optionalText(inputs, 'rounding'));
    const taxes = exclusiveTax(exactMinor(text(inputs, 'taxable'), currency), percents(inputs), mode);
    return {
      tax: formatDecimal(taxes.taxMinor, currency),
      per_rate: taxes.perRate.map((amount) => formatDecimal(amount, currency)),
    };
  },
};

const taxInclusive: Adapter = {
  op: 'invoice.tax_inclusive',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const mode = rounding(optionalText(inputs, 'rounding'));
    const taxes = inclusiveTax(majorToMinor(text(inputs, 'gross'), currency), percents(inputs), mode);
    return {
      net: formatDecimal(taxes.netMinor, currency),
      tax: formatDecimal(taxes.taxMinor, currency),
      per_rate: taxes.perRate.map((amount) => formatDecimal(amount, currency)),
    };
  },
};

const TAX_ROUNDING: Readonly<Record<string, TaxRounding>> = {
  discount_before_tax: 'on_total',
  round_tax_on_total: 'on_total',
  round_tax_per_line: 'per_line',
};

const totals: Adapter = {
  op: 'invoice.totals',
  policies: Object.keys(TAX_ROUNDING),
  run(inputs, policy) {
    const currency = text(inputs, 'currency');
    const given = objects(inputs, 'lines');
    const amounts = given.map((line) => majorToMinor(text(line, 'amount'), currency));
    const discounts = inputs.discounts ? objects(inputs, 'discounts') : [];
    const discounted = applyDiscounts(
      amounts,
      discounts.map((discount) => discountOf(discount, currency)),
    );
    const lines: TotalsLine[] = given.map((line, index) => ({
      amountMinor: amounts[index]!,
      discountMinor: discounted.lines[index]!.discountMinor,
      exactDiscount: discounted.lines[index]!.exact,
      taxRates: line.tax_rates_percent ? ratesOf(list(line, 'tax_rates_percent')) : [],
    }));
    const invoice = invoiceTotals(lines, 0n, TAX_ROUNDING[policy ?? 'round_tax_on_total']);
    const shown = invoiceTotals(lines, 0n, 'per_line');
    const decimals = optionalNumber(inputs, 'line_discount_decimals') ?? digitsOf(currency);
    return {
      subtotal: formatDecimal(invoice.subtotalMinor, currency),
      discount: formatDecimal(invoice.discountTotalMinor, currency),
      tax: formatDecimal(invoice.taxTotalMinor, currency),
      total: formatDecimal(invoice.totalMinor, currency),
      line_discounts: discounted.lines.map((line) => exactMajor(line.exact, currency, decimals)),
      line_taxes: shown.lines.map((line) => formatDecimal(line.taxMinor, currency)),
      effective_tax_rate_percent: toFixedDecimal(effectiveTaxPercent(taxableLines(lines)), PERCENT_DECIMALS),
    };
  },
};

const couponApply: Adapter = {
  op: 'invoice.coupon_apply',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const used = optionalText(inputs, 'already_used');
    const periodsLeft = optionalNumber(inputs, 'periods_left');
    const frequency = text(inputs, 'frequency');
    if (frequency !== 'once' && frequency !== 'repeating' && frequency !== 'forever') {
      throw new TypeError('the frequency of a coupon is unknown');
    }
    const coupon = {
      discount: discountOf(inputs, currency),
      frequency,
      ...(used === undefined ? {} : { usedMinor: majorToMinor(used, currency) }),
      ...(periodsLeft === undefined ? {} : { periodsLeft }),
    } as const;
    const offered = nextDiscount(coupon);
    const given = applyDiscounts([minor(inputs, 'base')], offered === null ? [] : [offered]).totalMinor;
    const use = useCoupon(coupon, given);
    return {
      discount: formatDecimal(given, currency),
      ended: use.ended,
      periods_left: use.periodsLeft,
      remaining_amount: use.remainingMinor === null ? null : formatDecimal(use.remainingMinor, currency),
    };
  },
};

const couponSequence: Adapter = {
  op: 'invoice.coupon_sequence',
  policies: ['each_on_the_remainder'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const amountMinor = minor(inputs, 'base');
    const discounts = objects(inputs, 'discounts_in_order').map((discount) => discountOf(discount, currency));
    const { totalMinor } = applyDiscounts([amountMinor], discounts);
    const invoice = invoiceTotals([{ amountMinor, discountMinor: totalMinor }]);
    return { discount: formatDecimal(totalMinor, currency), net: formatDecimal(invoice.totalMinor, currency) };
  },
};

const discountAllocation: Adapter = {
  op: 'invoice.discount_allocation',
  policies: ['proportional_largest_remainder'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const discounted = applyDiscounts(minors(inputs, 'lines'), [
      { kind: 'fixed', amountMinor: minor(inputs, 'discount') },
    ]);
    return { line_discounts: discounted.lines.map((line) => formatDecimal(line.discountMinor, currency)) };
  },
};

const percentagePerLine: Adapter = {
  op: 'invoice.percentage_per_line',
  policies: ['round_each_line', 'round_total_once'],
  run(inputs, policy) {
    const currency = text(inputs, 'currency');
    const discounted = applyDiscounts(
      minors(inputs, 'lines'),
      [{ kind: 'percentage', percent: text(inputs, 'percent') }],
      policy === 'round_each_line' ? 'each_line' : 'total_once',
    );
    return {
      line_discounts: discounted.lines.map((line) => formatDecimal(line.discountMinor, currency)),
      discount: formatDecimal(discounted.totalMinor, currency),
    };
  },
};

/** The share of a period in whole days; a case without days is about a whole period. */
const shareOf = (inputs: JsonObject) =>
  inputs.days === undefined
    ? undefined
    : rational(BigInt(number(inputs, 'days')), BigInt(number(inputs, 'period_days')));

const minimum: Adapter = {
  op: 'invoice.minimum_true_up',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const exact = (key: string) => exactMinor(text(inputs, key), currency);
    return { true_up: formatDecimal(minimumTrueUp(exact('minimum'), exact('used'), shareOf(inputs)), currency) };
  },
};

const commitment: Adapter = {
  op: 'invoice.plan_commitment_true_up',
  policies: ['prorate_and_round_each_then_subtract'],
  run(inputs) {
    const missing = commitmentTrueUp(minor(inputs, 'commitment'), minor(inputs, 'plan_fee'), shareOf(inputs));
    return { true_up: formatDecimal(missing, text(inputs, 'currency')) };
  },
};

export const invoiceAdapters: readonly Adapter[] = [
  taxExclusive,
  taxInclusive,
  totals,
  couponApply,
  couponSequence,
  discountAllocation,
  percentagePerLine,
  minimum,
  commitment,
];
