import { defaultTaxCode, reducedCodes, type TaxRule, taxRules } from '../data/tax-rules.ts';
import { addressHash, expandParameter, listParameters } from '../engine/common-parameters.ts';
import { invalidRequest, missing, refusedByState } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  arrayOf,
  hash,
  identifier,
  integer,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  type Parsed,
  required,
  text,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { newId, type State } from '../engine/state.ts';

/** A line of a calculation or transaction; `breakdown` is shown where it is asked for. */
export interface TaxLine {
  id: string;
  shown: Record<string, unknown> & { id: string; amount: number; amount_tax: number; reference: string };
  breakdown: readonly TaxPart[];
}

interface TaxPart {
  amount: number;
  taxable_amount: number;
  [more: string]: unknown;
}

export interface TaxRecord {
  object: Record<string, unknown> & { id: string };
  lines: TaxLine[];
}

const day = 86_400;
const farthestDays = 31;
const keptDays = 90;

const lineParameters = hash({
  amount: required(integer({ minimum: 0 })),
  metadata,
  performance_location: notSimulated,
  product: notSimulated,
  quantity: integer({ minimum: 1 }),
  reference: identifier(500),
  tax_behavior: oneOf('exclusive', 'inclusive'),
  tax_code: identifier(),
});

const calculationParameters = {
  ...expandParameter,
  currency: required(identifier(3)),
  customer: notSimulated,
  customer_details: required(
    hash({
      address: required(addressHash),
      address_source: required(oneOf('billing', 'shipping')),
      ip_address: notSimulated,
      tax_ids: arrayOf(hash({ type: required(identifier()), value: required(identifier()) })),
      taxability_override: oneOf('customer_exempt', 'none', 'reverse_charge'),
    }),
  ),
  line_items: required(arrayOf(lineParameters)),
  ship_from_details: notSimulated,
  shipping_cost: notSimulated,
  tax_date: integer({ minimum: 0 }),
};

type Calculation = Parsed<typeof calculationParameters>;
type Line = Calculation['line_items'][number];

function checkCalculation(
  state: State,
  { line_items: lines, tax_date: taxDate, customer_details: customer }: Calculation,
) {
  if (lines.length > 100) throw invalidRequest('You can pass up to 100 line items.', { param: 'line_items' });
  const references = lines.map((line, index) => line.reference ?? `L${index + 1}`);
  if (new Set(references).size < references.length) {
    throw invalidRequest('Line item references must be unique.', { param: 'line_items' });
  }
  if (taxDate !== undefined && Math.abs(taxDate - state.clock.seconds()) > farthestDays * day) {
    throw invalidRequest('The tax date can be at most 31 days in the past or in the future.', { param: 'tax_date' });
  }
  const { country, postal_code: postalCode } = customer.address;
  if (!country || (country === 'US' && !postalCode)) {
    throw invalidRequest("We could not determine the customer's tax location based on the provided customer address.", {
      code: 'customer_tax_location_invalid',
      param: 'customer_details[address]',
    });
  }
}

function rulesFor(
  { customer_details: customer }: Calculation,
  code: string,
): { rules: readonly TaxRule[]; reason: string } {
  const { country, state } = customer.address;
  const rules = taxRules[`${country}/${state}`] ?? taxRules[country ?? ''] ?? [];
  if (customer.taxability_override === 'customer_exempt') return { rules, reason: 'customer_exempt' };
  const business = (customer.tax_ids ?? []).some((id) => id.type === 'eu_vat' && id.value.startsWith(country ?? '-'));
  if (business && country !== 'AT') return { rules, reason: 'reverse_charge' };
  const reduced = reducedCodes[code];
  if (reduced?.exemptIn === country) return { rules, reason: 'product_exempt' };
  const percent = reduced?.percents[country ?? ''];
  if (percent) return { rules: rules.map((rule) => ({ ...rule, percent })), reason: 'reduced_rated' };
  return { rules, reason: rules.length === 0 ? 'not_collecting' : 'standard_rated' };
}

const untaxed = new Set(['customer_exempt', 'reverse_charge', 'product_exempt', 'not_collecting']);

/** Each tax of a line is rounded by itself. */
function breakDown(given: Calculation, line: Line): TaxPart[] {
  const { country = null, state = null } = given.customer_details.address;
  const { rules, reason } = rulesFor(given, line.tax_code ?? defaultTaxCode);
  const inclusive = line.tax_behavior === 'inclusive';
  const all = rules.reduce((sum, rule) => sum + Number(rule.percent), 0);
  const taxable = inclusive ? Math.round((line.amount * 100) / (100 + all)) : line.amount;
  const parts: TaxPart[] = rules.map((rule) => {
    const free = untaxed.has(reason);
    const part = Math.round((taxable * (rule.taxedPart ?? 100)) / 100);
    return {
      amount: free ? 0 : Math.round((part * Number(rule.percent)) / 100),
      jurisdiction: { country, display_name: rule.jurisdiction, level: rule.level, state },
      sourcing: 'destination',
      tax_rate_details:
        free && reason !== 'reverse_charge'
          ? null
          : { display_name: rule.name, percentage_decimal: free ? '0.0' : rule.percent, tax_type: rule.type },
      taxability_reason: rule.taxedPart && !free ? 'portion_product_exempt' : reason,
      taxable_amount: free ? 0 : part,
    };
  });
  // What is contained adds up to the price: the first takes the unit that rounding leaves.
  if (inclusive && parts[0] && !untaxed.has(reason)) {
    parts[0].amount += line.amount - taxable - parts.reduce((sum, part) => sum + part.amount, 0);
  }
  if (parts.length > 0) return parts;
  const nowhere = { country, display_name: country, level: 'country', state };
  return [
    {
      amount: 0,
      jurisdiction: nowhere,
      sourcing: 'destination',
      tax_rate_details: null,
      taxability_reason: reason,
      taxable_amount: 0,
    },
  ];
}

function calculate(state: State, given: Calculation): object {
  checkCalculation(state, given);
  const lines = given.line_items.map((line, index): TaxLine => {
    const breakdown = breakDown(given, line);
    const id = newId(state, 'tax_li');
    return {
      id,
      breakdown,
      shown: {
        ...{ id, object: 'tax.calculation_line_item', amount: line.amount },
        amount_tax: breakdown.reduce((sum, part) => sum + part.amount, 0),
        ...{ livemode: false, metadata: mergeMetadata({}, line.metadata), performance_location: null, product: null },
        ...{ quantity: line.quantity ?? 1, reference: line.reference ?? `L${index + 1}` },
        ...{ tax_behavior: line.tax_behavior ?? 'exclusive', tax_code: line.tax_code ?? defaultTaxCode },
      },
    };
  });
  const taxOf = (behavior: string) =>
    lines.filter(({ shown }) => shown.tax_behavior === behavior).reduce((sum, { shown }) => sum + shown.amount_tax, 0);
  const exclusive = taxOf('exclusive');
  const now = state.clock.seconds();
  const object = {
    ...{ id: newId(state, 'taxcalc'), object: 'tax.calculation' },
    amount_total: lines.reduce((sum, { shown }) => sum + shown.amount, 0) + exclusive,
    ...{ currency: given.currency.toLowerCase(), customer: null, customer_details: customerOf(given) },
    ...{ expires_at: now + keptDays * day, livemode: false, ship_from_details: null, shipping_cost: null },
    ...{ tax_amount_exclusive: exclusive, tax_amount_inclusive: taxOf('inclusive'), tax_breakdown: [] },
    tax_date: given.tax_date ?? now,
  };
  state.taxCalculations.set(object.id, { object, lines });
  return object;
}

const customerOf = ({ customer_details: customer }: Calculation) => ({
  ...{ address: customer.address, address_source: customer.address_source, ip_address: null },
  ...{ tax_ids: customer.tax_ids ?? [], taxability_override: customer.taxability_override ?? 'none' },
});

function found(records: ReadonlyMap<string, TaxRecord>, kind: string, id: string, param?: string): TaxRecord {
  const record = records.get(id);
  if (!record) throw missing(kind, id, param);
  return record;
}

function refuseUsed(state: State, reference: string): void {
  const used = [...state.taxTransactions.values()].some(({ object }) => object.reference === reference);
  if (used) throw refusedByState(`A transaction with reference ${reference} already exists.`, { param: 'reference' });
}

function keepTransaction(state: State, of: TaxRecord, about: Record<string, unknown>, lines: TaxLine[]): object {
  const { currency, customer_details, tax_date } = of.object;
  const now = state.clock.seconds();
  const object = {
    ...{ id: newId(state, 'tax'), object: 'tax.transaction', created: now, currency, customer: null, customer_details },
    ...{ livemode: false, posted_at: now, ship_from_details: null, shipping_cost: null, tax_date, ...about },
  };
  state.taxTransactions.set(object.id, { object, lines });
  return object;
}

const transactionParameters = {
  ...expandParameter,
  calculation: required(identifier()),
  metadata,
  posted_at: notSimulated,
  reference: required(identifier(500)),
};

function recordSale(state: State, given: Parsed<typeof transactionParameters>): object {
  const calculation = found(state.taxCalculations, 'tax calculation', given.calculation, 'calculation');
  if (Number(calculation.object.expires_at) < state.clock.seconds()) {
    throw refusedByState('The calculation has expired.', { code: 'resource_missing', param: 'calculation' });
  }
  refuseUsed(state, given.reference);
  const lines = calculation.lines.map((line): TaxLine => {
    const id = newId(state, 'tax_li');
    const shown = { ...line.shown, id, object: 'tax.transaction_line_item', type: 'transaction', reversal: null };
    return { id, shown, breakdown: [] };
  });
  const about = {
    reference: given.reference,
    type: 'transaction',
    reversal: null,
    metadata: mergeMetadata({}, given.metadata),
  };
  return keepTransaction(state, calculation, about, lines);
}

const negative = integer({ maximum: 0 });
const reversalParameters = {
  ...expandParameter,
  flat_amount: notSimulated,
  line_items: arrayOf(
    hash({
      ...{ amount: required(negative), amount_tax: required(negative), metadata, quantity: integer({ minimum: 0 }) },
      ...{ original_line_item: required(identifier()), reference: required(text(500)) },
    }),
  ),
  metadata,
  mode: required(oneOf('full', 'partial')),
  original_transaction: required(identifier()),
  reference: required(identifier(500)),
  shipping_cost: notSimulated,
};

function recordReversal(state: State, given: Parsed<typeof reversalParameters>): object {
  const sale = found(state.taxTransactions, 'tax transaction', given.original_transaction, 'original_transaction');
  if (sale.object.type !== 'transaction') throw refusedByState('A reversal cannot be reversed.');
  refuseUsed(state, given.reference);
  const partial = given.mode === 'partial';
  if (partial && !given.line_items?.length) {
    throw invalidRequest('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' });
  }
  const lines = partial
    ? given.line_items!.map((line) =>
        takeBack(state, sale, line.original_line_item, line.amount, line.amount_tax, line.reference),
      )
    : sale.lines.map(({ id, shown }) =>
        takeBack(state, sale, id, -shown.amount, -shown.amount_tax, `${shown.reference}`),
      );
  const about = {
    ...{ reference: given.reference, type: 'reversal', metadata: mergeMetadata({}, given.metadata) },
    reversal: { original_transaction: sale.object.id },
  };
  return keepTransaction(state, sale, about, lines);
}

/** Never more than the line asked for. */
function takeBack(
  state: State,
  sale: TaxRecord,
  lineId: string,
  amount: number,
  tax: number,
  reference: string | null,
): TaxLine {
  const line = sale.lines.find(({ id }) => id === lineId);
  if (!line) throw missing('line item', lineId, 'line_items');
  const taken = [...state.taxTransactions.values()]
    .flatMap(({ lines }) => lines)
    .filter(({ shown }) => (shown.reversal as { original_line_item?: string } | null)?.original_line_item === lineId);
  const left = (field: 'amount' | 'amount_tax') =>
    taken.reduce((sum, { shown }) => sum + shown[field], line.shown[field]);
  if (-amount > left('amount') || -tax > left('amount_tax')) {
    throw refusedByState('The reversal is larger than what is left of the line item.', { param: 'line_items' });
  }
  const id = newId(state, 'tax_li');
  const reversal = { original_line_item: lineId };
  const shown = { ...line.shown, id, amount, amount_tax: tax, reference: reference ?? '', type: 'reversal', reversal };
  return { id, shown, breakdown: [] };
}

const linesParameters = listParameters;

/** A page of lines in their order; what is told of each tax only where it is asked for. */
function linesOf(record: TaxRecord, given: Parsed<typeof linesParameters>, url: string): object {
  const shows = given.expand?.includes('data.tax_breakdown') ?? false;
  const page = pageOf([...record.lines].reverse(), given, url, 'line item');
  return {
    ...page,
    data: page.data.map(({ shown, id }) => (shows ? { ...shown, tax_breakdown: id } : shown)),
  };
}

/** The operations of Stripe Tax: calculations, transactions, reversals. */
export const taxRoutes: Route[] = [
  route('POST', '/v1/tax/calculations', calculationParameters, calculate),
  route(
    'GET',
    '/v1/tax/calculations/:id',
    expandParameter,
    (state, _given, ids) => found(state.taxCalculations, 'tax calculation', ids.id!).object,
  ),
  route('GET', '/v1/tax/calculations/:id/line_items', linesParameters, (state, given, ids) =>
    linesOf(
      found(state.taxCalculations, 'tax calculation', ids.id!),
      given,
      `/v1/tax/calculations/${ids.id}/line_items`,
    ),
  ),
  route('POST', '/v1/tax/transactions/create_from_calculation', transactionParameters, recordSale),
  route('POST', '/v1/tax/transactions/create_reversal', reversalParameters, recordReversal),
  route(
    'GET',
    '/v1/tax/transactions/:id',
    expandParameter,
    (state, _given, ids) => found(state.taxTransactions, 'tax transaction', ids.id!).object,
  ),
  route('GET', '/v1/tax/transactions/:id/line_items', linesParameters, (state, given, ids) =>
    linesOf(
      found(state.taxTransactions, 'tax transaction', ids.id!),
      given,
      `/v1/tax/transactions/${ids.id}/line_items`,
    ),
  ),
];
