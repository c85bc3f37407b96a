import type Stripe from 'stripe';
import {
  addressHash,
  createdListParameters,
  email,
  expandParameter,
  shippingHash,
} from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { invalidRequest, missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  arrayOf,
  boolean,
  emptyable,
  hash,
  identifier,
  integer,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  type Parsed,
  text,
  unchecked,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { newId, type State } from '../engine/state.ts';
import { requireCustomer } from './customer-lookup.ts';
import { attach } from './payment-method-use.ts';

const writable = {
  ...expandParameter,
  address: emptyable(addressHash),
  balance: integer(),
  business_name: emptyable(text(150)),
  cash_balance: notSimulated,
  description: text(),
  email,
  individual_name: emptyable(text(150)),
  invoice_prefix: text(12),
  invoice_settings: hash({
    custom_fields: emptyable(arrayOf(hash({ name: text(), value: text() }))),
    default_payment_method: text(),
    footer: text(),
    rendering_options: emptyable(unchecked),
  }),
  metadata,
  name: text(256),
  next_invoice_sequence: integer({ minimum: 1 }),
  phone: text(20),
  preferred_locales: arrayOf(identifier()),
  shipping: emptyable(shippingHash),
  source: notSimulated,
  tax: notSimulated,
  tax_exempt: emptyable(oneOf('exempt', 'none', 'reverse')),
  validate: boolean,
};

const createParameters = {
  ...writable,
  payment_method: identifier(),
  tax_id_data: notSimulated,
  test_clock: notSimulated,
};
const updateParameters = { ...writable, default_source: notSimulated };

function blankCustomer(state: State): Stripe.Customer {
  const invoicePrefix = state.random.text(8).toUpperCase();
  return {
    id: newId(state, 'cus').slice(0, 18),
    object: 'customer',
    address: null,
    balance: 0,
    created: state.clock.seconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: invoicePrefix,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

function apply(state: State, customer: Stripe.Customer, given: Partial<Parsed<typeof writable>>): void {
  const {
    expand: _expand,
    validate: _validate,
    metadata: change,
    invoice_settings: settings,
    tax_exempt: exempt,
    ...plain
  } = given;
  checkDefaultMethod(state, customer, settings?.default_payment_method);
  Object.assign(customer, plain);
  customer.metadata = mergeMetadata(customer.metadata, change);
  Object.assign(customer.invoice_settings, settings ?? {});
  if (exempt !== undefined) {
    customer.tax_exempt = exempt ?? 'none';
  }
}

function checkDefaultMethod(state: State, customer: Stripe.Customer, id: string | null | undefined): void {
  if (id && state.paymentMethods.get(id)?.customer !== customer.id) {
    throw invalidRequest(
      `No such PaymentMethod: '${id}'; The customer does not have a payment method with the ID ${id}. The payment method must ` +
        'be attached to the customer.',
      { code: 'resource_missing', param: 'invoice_settings[default_payment_method]' },
    );
  }
}

/** The operations on customers. */
export const customerRoutes: Route[] = [
  route('POST', '/v1/customers', createParameters, (state, given) => {
    const customer = blankCustomer(state);
    const { payment_method: paymentMethod, ...rest } = given;
    // Attaching comes first: the new customer may name the method as its default, and a refused card leaves no customer.
    const attached = paymentMethod === undefined ? undefined : attach(state, paymentMethod, customer.id);
    if (attached && rest.invoice_settings?.default_payment_method === paymentMethod) {
      rest.invoice_settings!.default_payment_method = attached.id;
    }
    apply(state, customer, rest);
    state.customers.set(customer.id, customer);
    emit(state, 'customer.created', customer);
    return customer;
  }),
  route(
    'GET',
    '/v1/customers',
    { ...createdListParameters, email: identifier(), test_clock: notSimulated },
    (state, given) => {
      const living = [...state.customers.values()].filter((customer): customer is Stripe.Customer => !customer.deleted);
      const matching = living.filter((customer) => given.email === undefined || customer.email === given.email);
      return pageOf(matching, given, '/v1/customers', 'customer');
    },
  ),
  route('GET', '/v1/customers/:id', expandParameter, (state, _given, ids) => {
    // A deleted customer still reads 200, as { id, object, deleted } (observed).
    const customer = state.customers.get(ids.id!);
    if (!customer) {
      throw missing('customer', ids.id!);
    }
    return customer;
  }),
  route('POST', '/v1/customers/:id', updateParameters, (state, given, ids) => {
    const customer = requireCustomer(state, ids.id!);
    const before = structuredClone(customer);
    apply(state, customer, given);
    emit(state, 'customer.updated', customer, before);
    return customer;
  }),
  route('DELETE', '/v1/customers/:id', {}, (state, _given, ids) => {
    const customer = requireCustomer(state, ids.id!);
    const deleted: Stripe.DeletedCustomer = { id: customer.id, object: 'customer', deleted: true };
    state.customers.set(customer.id, deleted);
    emit(state, 'customer.deleted', customer);
    // Its PaymentMethods still read with the customer's id (observed), and can no longer be charged.
    for (const method of state.paymentMethods.values()) {
      if (method.customer === customer.id) {
        state.behaviors.get(method.id)!.spent = true;
      }
    }
    return deleted;
  }),
];
