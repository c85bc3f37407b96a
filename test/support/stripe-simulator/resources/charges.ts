import type Stripe from 'stripe';
import { createdListParameters, email, expandParameter, shippingHash } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import { hash, identifier, mergeMetadata, metadata, notSimulated, oneOf, text } from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';

/** A charge by id. @throws ApiError 404 for an id in the path, 400 for one in a parameter */
export function requireCharge(state: State, id: string, param = 'id'): Stripe.Charge {
  const charge = state.charges.get(id);
  if (!charge) {
    throw missing('charge', id, param);
  }
  return charge;
}

const updateParameters = {
  ...expandParameter,
  customer: notSimulated,
  description: text(1000),
  fraud_details: hash({ user_report: oneOf('fraudulent', 'safe') }),
  metadata,
  receipt_email: email,
  shipping: shippingHash,
  transfer_group: notSimulated,
};

/** The operations on charges. They are made by PaymentIntents only. */
export const chargeRoutes: Route[] = [
  route(
    'GET',
    '/v1/charges',
    { ...createdListParameters, customer: identifier(), payment_intent: identifier(), transfer_group: notSimulated },
    (state, given) => {
      const matching = [...state.charges.values()].filter(
        (charge) =>
          (given.customer === undefined || charge.customer === given.customer) &&
          (given.payment_intent === undefined || charge.payment_intent === given.payment_intent),
      );
      return pageOf(matching, given, '/v1/charges', 'charge');
    },
  ),
  route('GET', '/v1/charges/:id', expandParameter, (state, _given, ids) => requireCharge(state, ids.id!)),
  route('POST', '/v1/charges/:id', updateParameters, (state, given, ids) => {
    const charge = requireCharge(state, ids.id!);
    const before = structuredClone(charge);
    charge.metadata = mergeMetadata(charge.metadata, given.metadata);
    charge.description = given.description === undefined ? charge.description : given.description;
    charge.receipt_email = given.receipt_email === undefined ? charge.receipt_email : given.receipt_email;
    if (given.fraud_details) {
      charge.fraud_details = given.fraud_details;
    }
    emit(state, 'charge.updated', charge, before);
    return charge;
  }),
];
