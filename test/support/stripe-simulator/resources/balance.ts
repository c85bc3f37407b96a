import type Stripe from 'stripe';
import { createdListParameters, expandParameter } from '../engine/common-parameters.ts';
import { missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import { identifier } from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { newId, type State } from '../engine/state.ts';

const TWO_DAYS = 2 * 24 * 3600;

/**
 * Writes a movement of the account's money.
 *
 * @param movement amount in minor units, negative when money leaves; `immediate` skips the two days of pending.
 */
export function recordBalance(
  state: State,
  movement: {
    type: Stripe.BalanceTransaction.Type;
    amount: number;
    currency: string;
    source: string;
    fee?: number;
    immediate?: boolean;
  },
): Stripe.BalanceTransaction {
  const fee = movement.fee ?? 0;
  const created = state.clock.seconds();
  const transaction: Stripe.BalanceTransaction = {
    id: newId(state, 'txn'),
    object: 'balance_transaction',
    amount: movement.amount,
    available_on: movement.immediate ? created : created + TWO_DAYS,
    balance_type: 'payments',
    created,
    currency: movement.currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency: movement.currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: movement.amount - fee,
    reporting_category: movement.type === 'adjustment' ? 'dispute' : movement.type,
    source: movement.source,
    status: movement.immediate ? 'available' : 'pending',
    type: movement.type,
  };
  state.balanceTransactions.set(transaction.id, transaction);
  return transaction;
}

/** Stripe's fee for a card charge in minor units: 2.9 % and 30. */
export function cardFee(amount: number): number {
  return Math.round(amount * 0.029) + 30;
}

function shown(state: State, transaction: Stripe.BalanceTransaction): Stripe.BalanceTransaction {
  const available = transaction.available_on <= state.clock.seconds();
  return { ...transaction, status: available ? 'available' : 'pending' };
}

function totals(state: State, status: string): Stripe.Balance.Available[] {
  const sums = new Map<string, number>([['usd', 0]]);
  for (const transaction of state.balanceTransactions.values()) {
    if (shown(state, transaction).status === status) {
      sums.set(transaction.currency, (sums.get(transaction.currency) ?? 0) + transaction.net);
    }
  }
  return [...sums].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
}

/** The operations on the balance. */
export const balanceRoutes: Route[] = [
  route(
    'GET',
    '/v1/balance',
    expandParameter,
    (state): Stripe.Balance => ({
      object: 'balance',
      available: totals(state, 'available'),
      livemode: false,
      pending: totals(state, 'pending'),
    }),
  ),
  route(
    'GET',
    '/v1/balance_transactions',
    { ...createdListParameters, currency: identifier(), source: identifier(), type: identifier() },
    (state, given) => {
      const matching = [...state.balanceTransactions.values()].filter(
        (item) =>
          (given.currency === undefined || item.currency === given.currency) &&
          (given.source === undefined || item.source === given.source) &&
          (given.type === undefined || item.type === given.type),
      );
      const page = pageOf(matching, given, '/v1/balance_transactions', 'balance transaction');
      return { ...page, data: page.data.map((item) => shown(state, item)) };
    },
  ),
  route('GET', '/v1/balance_transactions/:id', expandParameter, (state, _given, ids) => {
    const transaction = state.balanceTransactions.get(ids.id!);
    if (!transaction) {
      throw missing('balance transaction', ids.id!);
    }
    return shown(state, transaction);
  }),
];
