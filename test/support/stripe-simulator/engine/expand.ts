import { invalidRequest } from './errors.ts';
import { pageOf } from './pagination.ts';
import type { State } from './state.ts';

type Node = Record<string, unknown>;
type Lookup = (state: State, id: string, owner: Node) => unknown;

const customer: Lookup = (state, id) => state.customers.get(id);
const paymentMethod: Lookup = (state, id) => state.paymentMethods.get(id);
const charge: Lookup = (state, id) => state.charges.get(id);
const paymentIntent: Lookup = (state, id) => state.paymentIntents.get(id);
const balanceTransaction: Lookup = (state, id) => state.balanceTransactions.get(id);

/** The fields of each object that can be expanded; a field with no id in it stays null. */
const EXPANDABLE: Record<string, Record<string, Lookup>> = {
  payment_intent: {
    customer,
    payment_method: paymentMethod,
    latest_charge: charge,
    'last_payment_error.payment_method': paymentMethod,
  },
  setup_intent: { customer, payment_method: paymentMethod },
  payment_method: { customer },
  charge: {
    customer,
    payment_intent: paymentIntent,
    payment_method: paymentMethod,
    balance_transaction: balanceTransaction,
    failure_balance_transaction: balanceTransaction,
  },
  refund: {
    charge,
    customer,
    payment_intent: paymentIntent,
    payment_method: paymentMethod,
    balance_transaction: balanceTransaction,
    failure_balance_transaction: balanceTransaction,
  },
  dispute: { charge, payment_intent: paymentIntent },
  customer: { 'invoice_settings.default_payment_method': paymentMethod },
  'tax.calculation_line_item': {
    tax_breakdown: (state, id) =>
      [...state.taxCalculations.values()].flatMap(({ lines }) => lines).find((line) => line.id === id)?.breakdown,
  },
  balance_transaction: {
    source: (state, id) => state.charges.get(id) ?? state.refunds.get(id) ?? state.disputes.get(id),
  },
};

const MAXIMUM_DEPTH = 4;

/**
 * A copy of the answer with the asked references replaced by their objects.
 *
 * @throws ApiError 400 for a property that cannot be expanded.
 */
export function expand(state: State, answer: object, paths: readonly string[] | undefined): object {
  const copy = structuredClone(answer) as Node;
  for (const path of paths ?? []) {
    const segments = path.split('.');
    if (segments.length > MAXIMUM_DEPTH) {
      throw invalidRequest(`You cannot expand more than ${MAXIMUM_DEPTH} levels of a property. Property: ${path}`);
    }
    expandPath(state, copy, segments, path);
  }
  return copy;
}

function expandPath(state: State, node: Node, segments: string[], path: string): void {
  if (segments.length === 0) {
    return;
  }
  const [head, ...rest] = segments as [string, ...string[]];
  if (node.object === 'list') {
    if (head !== 'data') {
      throw cannotExpand(path);
    }
    for (const item of node.data as Node[]) {
      expandPath(state, item, rest, path);
    }
    return;
  }
  if (node.object === 'charge' && head === 'refunds') {
    node.refunds = refundsOf(state, String(node.id));
    expandPath(state, node.refunds as Node, rest, path);
    return;
  }
  expandField(state, node, segments, path);
}

function expandField(state: State, node: Node, segments: string[], path: string): void {
  const table = EXPANDABLE[String(node.object)] ?? {};
  const [head, second] = segments as [string, string | undefined];
  const nested = `${head}.${second}`;
  const [owner, field, lookup, rest] = table[nested]
    ? [node[head] as Node | null, second!, table[nested], segments.slice(2)]
    : [node, head, table[head], segments.slice(1)];
  if (!lookup) {
    throw cannotExpand(path);
  }
  if (!owner) {
    return;
  }
  const value = owner[field];
  if (typeof value === 'string') {
    owner[field] = structuredClone(lookup(state, value, owner) ?? value);
  }
  const inner = owner[field];
  if (inner !== null && typeof inner === 'object') {
    expandPath(state, inner as Node, rest, path);
  }
}

function refundsOf(state: State, chargeId: string): object {
  const refunds = [...state.refunds.values()].filter((refund) => refund.charge === chargeId);
  return structuredClone(pageOf(refunds, {}, `/v1/charges/${chargeId}/refunds`, 'refund'));
}

function cannotExpand(path: string): Error {
  return invalidRequest(`This property cannot be expanded (${path}).`);
}
