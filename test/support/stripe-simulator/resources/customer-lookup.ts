import type Stripe from 'stripe';
import { missing } from '../engine/errors.ts';
import type { State } from '../engine/state.ts';

/** A living customer. @throws ApiError 404 for an id in the path, 400 for one in a parameter. */
export function requireCustomer(state: State, id: string, param = 'id'): Stripe.Customer {
  const customer = state.customers.get(id);
  if (!customer || customer.deleted) {
    throw missing('customer', id, param);
  }
  return customer;
}
