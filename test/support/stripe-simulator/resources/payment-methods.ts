import type Stripe from 'stripe';
import { bankAccountByNumber } from '../data/test-bank-accounts.ts';
import { findTestCard } from '../data/test-cards.ts';
import { addressHash, email, expandParameter, listParameters } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, invalidRequest, missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  emptyable,
  hash,
  identifier,
  integer,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  required,
  text,
  unchecked,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';
import { requireCustomer } from './customer-lookup.ts';
import { createBankMethod, createCardMethod, createFromTestId } from './payment-method-factory.ts';
import { attach, detach } from './payment-method-use.ts';

const billingDetails = hash({
  address: emptyable(addressHash),
  email,
  name: emptyable(text()),
  phone: emptyable(text()),
  tax_id: text(),
});

const allowRedisplay = oneOf('always', 'limited', 'unspecified');

export const createParameters = {
  ...expandParameter,
  type: required(oneOf('card', 'us_bank_account')),
  allow_redisplay: allowRedisplay,
  billing_details: billingDetails,
  card: hash({
    cvc: text(),
    exp_month: integer(),
    exp_year: integer(),
    networks: unchecked,
    number: identifier(),
    token: identifier(),
  }),
  us_bank_account: hash({
    account_holder_type: oneOf('individual', 'company'),
    account_number: identifier(),
    account_type: oneOf('checking', 'savings'),
    routing_number: identifier(),
    financial_connections_account: notSimulated,
  }),
  metadata,
  customer: notSimulated,
  payment_method: notSimulated,
  radar_options: unchecked,
};

const listMethods = { ...listParameters, type: oneOf('card', 'us_bank_account'), allow_redisplay: allowRedisplay };

/** A PaymentMethod by id; a test id gives a new one. @throws ApiError 404 */
export function requirePaymentMethod(state: State, id: string): Stripe.PaymentMethod {
  const method = state.paymentMethods.get(id) ?? createFromTestId(state, id);
  if (!method) {
    throw missing('PaymentMethod', id);
  }
  return method;
}

/** The PaymentMethods of one customer, in the order of their creation. */
export function methodsOf(state: State, customer: string, type: string | undefined): Stripe.PaymentMethod[] {
  return [...state.paymentMethods.values()].filter(
    (method) => method.customer === customer && (type === undefined || method.type === type),
  );
}

function createMethod(
  state: State,
  type: 'card' | 'us_bank_account',
  card: { number?: string; token?: string } | undefined,
  bank: { account_number?: string; routing_number?: string } | undefined,
): Stripe.PaymentMethod {
  if (type === 'us_bank_account') {
    if (!bank?.account_number || !bank.routing_number) {
      throw invalidRequest('Missing required param: us_bank_account[account_number].', {
        code: 'parameter_missing',
        param: 'us_bank_account[account_number]',
      });
    }
    return createBankMethod(state, bankAccountByNumber(bank.account_number), false);
  }
  if (card?.number !== undefined) {
    throw new ApiError(402, {
      type: 'invalid_request_error',
      message:
        'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map ' +
        'to the test card you are using, see https://stripe.com/docs/testing.',
    });
  }
  if (card?.token === undefined) {
    throw invalidRequest('Missing required param: card.', { code: 'parameter_missing', param: 'card' });
  }
  const testCard = card.token.startsWith('tok_') ? findTestCard(card.token) : undefined;
  if (!testCard) {
    throw missing('token', card.token, 'card[token]');
  }
  return createCardMethod(state, testCard);
}

function applyBilling(
  method: Stripe.PaymentMethod,
  details: { address?: object | null } & Record<string, unknown>,
): void {
  const { address, ...rest } = details;
  Object.assign(method.billing_details, rest);
  if (address !== undefined) {
    method.billing_details.address = Object.assign(method.billing_details.address ?? {}, address) as Stripe.Address;
  }
}

/** The operations on PaymentMethods. */
export const paymentMethodRoutes: Route[] = [
  route('POST', '/v1/payment_methods', createParameters, (state, given) => {
    const method = createMethod(state, given.type, given.card, given.us_bank_account);
    method.metadata = mergeMetadata({}, given.metadata);
    applyBilling(method, given.billing_details ?? {});
    method.allow_redisplay = given.allow_redisplay ?? 'unspecified';
    return method;
  }),
  route(
    'GET',
    '/v1/payment_methods',
    { ...listMethods, customer: identifier(), customer_account: notSimulated },
    (state, given) => {
      // Without a customer the list is empty (observed).
      const owned =
        given.customer === undefined
          ? []
          : methodsOf(state, requireCustomer(state, given.customer, 'customer').id, given.type);
      return pageOf(owned, given, '/v1/payment_methods', 'PaymentMethod');
    },
  ),
  route('GET', '/v1/payment_methods/:id', expandParameter, (state, _given, ids) =>
    requirePaymentMethod(state, ids.id!),
  ),
  route(
    'POST',
    '/v1/payment_methods/:id',
    {
      ...expandParameter,
      allow_redisplay: allowRedisplay,
      billing_details: billingDetails,
      card: hash({
        exp_month: integer({ minimum: 1, maximum: 12 }),
        exp_year: integer({ minimum: 2000 }),
        networks: unchecked,
      }),
      metadata,
      us_bank_account: unchecked,
    },
    (state, given, ids) => {
      const method = requirePaymentMethod(state, ids.id!);
      if (method.customer === null) {
        throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.');
      }
      const before = structuredClone(method);
      method.metadata = mergeMetadata(method.metadata, given.metadata);
      applyBilling(method, given.billing_details ?? {});
      method.allow_redisplay = given.allow_redisplay ?? method.allow_redisplay;
      if (method.card && given.card) {
        method.card.exp_month = given.card.exp_month ?? method.card.exp_month;
        method.card.exp_year = given.card.exp_year ?? method.card.exp_year;
      }
      emit(state, 'payment_method.updated', method, before);
      return method;
    },
  ),
  route(
    'POST',
    '/v1/payment_methods/:id/attach',
    { ...expandParameter, customer: required(identifier()), customer_account: notSimulated },
    (state, given, ids) => attach(state, ids.id!, requireCustomer(state, given.customer, 'customer').id),
  ),
  route('POST', '/v1/payment_methods/:id/detach', expandParameter, (state, _given, ids) => {
    const method = requirePaymentMethod(state, ids.id!);
    detach(state, method);
    return method;
  }),
  route('GET', '/v1/customers/:customer/payment_methods', listMethods, (state, given, ids) => {
    const customer = requireCustomer(state, ids.customer!, 'customer');
    return pageOf(
      methodsOf(state, customer.id, given.type),
      given,
      `/v1/customers/${customer.id}/payment_methods`,
      'PaymentMethod',
    );
  }),
  route('GET', '/v1/customers/:customer/payment_methods/:id', expandParameter, (state, _given, ids) => {
    const customer = requireCustomer(state, ids.customer!, 'customer');
    const method = state.paymentMethods.get(ids.id!);
    if (method?.customer !== customer.id) {
      throw new ApiError(404, {
        type: 'invalid_request_error',
        param: 'customer',
        message: `The customer does not have a payment method with the ID ${ids.id}.`,
      });
    }
    return method;
  }),
];
