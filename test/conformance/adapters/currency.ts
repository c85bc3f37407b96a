import { allocate, type RemainderRule, type SplitRule, splitEqually } from '../../../src/rules/allocation.ts';
import * as currency from '../../../src/rules/currency.ts';
import { parseDecimal } from '../../../src/rules/money.ts';
import { type Adapter, number, objects, optionalText, rounding, text } from '../adapter.ts';

const REMAINDER: Readonly<Record<string, RemainderRule>> = {
  largest_remainder_ties_by_position: 'largest_remainder_ties_by_position',
  largest_remainder_ties_by_key: 'largest_remainder_ties_by_key',
  remainder_all_to_largest_weight: 'remainder_all_to_largest_weight',
};

const SPLIT: Readonly<Record<string, SplitRule>> = {
  remainder_one_unit_each_from_first: 'remainder_one_unit_each_from_first',
  remainder_one_unit_each_from_last: 'remainder_one_unit_each_from_last',
  remainder_all_to_first: 'remainder_all_to_first',
  remainder_all_to_last: 'remainder_all_to_last',
};

const minorUnits: Adapter = {
  op: 'currency.minor_units',
  policies: [],
  run: (inputs) => ({ digits: currency.minorUnitDigits(text(inputs, 'code')) }),
};

const isActive: Adapter = {
  op: 'currency.is_active',
  policies: [],
  run: (inputs) => ({ active: currency.isActiveCurrency(text(inputs, 'code'), text(inputs, 'on')) }),
};

const round: Adapter = {
  op: 'currency.round',
  policies: ['half_away_from_zero', 'half_even'],
  run(inputs, policy) {
    const mode = rounding(optionalText(inputs, 'mode') ?? policy ?? undefined);
    return { amount: currency.roundDecimal(text(inputs, 'amount'), text(inputs, 'currency'), mode) };
  },
};

const minorToMajor: Adapter = {
  op: 'currency.minor_to_major',
  policies: [],
  run: (inputs) => ({ major: currency.minorToMajor(BigInt(text(inputs, 'minor')), text(inputs, 'currency')) }),
};

const allocateByWeight: Adapter = {
  op: 'currency.allocate',
  policies: Object.keys(REMAINDER),
  run(inputs, policy) {
    const code = text(inputs, 'currency');
    const parts = objects(inputs, 'parts').map((part) => ({
      key: text(part, 'key'),
      weight: parseDecimal(text(part, 'weight')),
    }));
    const shares = allocate(currency.majorToMinor(text(inputs, 'amount'), code), parts, REMAINDER[policy ?? '']);
    return {
      amounts: Object.fromEntries(parts.map((part, index) => [part.key, currency.minorToMajor(shares[index]!, code)])),
    };
  },
};

const split: Adapter = {
  op: 'instalment.split',
  policies: Object.keys(SPLIT),
  run(inputs, policy) {
    const code = text(inputs, 'currency');
    const parts = splitEqually(
      currency.majorToMinor(text(inputs, 'total'), code),
      number(inputs, 'count'),
      SPLIT[policy ?? ''],
    );
    return { amounts: parts.map((part) => currency.minorToMajor(part, code)) };
  },
};

export const currencyAdapters: readonly Adapter[] = [
  minorUnits,
  isActive,
  round,
  minorToMajor,
  allocateByWeight,
  split,
];
