import type Stripe from 'stripe';
import { declineMessage } from '../data/declines.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, invalidRequest, missing, refusedByState } from '../engine/errors.ts';
import type { Behavior, State } from '../engine/state.ts';
import { createFromTestId, isTestId } from './payment-method-factory.ts';

const SPENT =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected ' +
  'account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod ' +
  'multiple times, you must attach it to a Customer first.';

/** The hidden half of a PaymentMethod. */
export function behaviorOf(state: State, id: string): Behavior {
  return state.behaviors.get(id)!;
}

/**
 * Refuses a PaymentMethod that an intent of this customer cannot use, and changes nothing.
 *
 * @throws ApiError 400: unknown (resource_missing), spent, or of another customer.
 */
export function checkUsable(state: State, id: string, customer: string | null, intentName: string): void {
  if (isTestId(id)) {
    return;
  }
  const method = state.paymentMethods.get(id);
  if (!method) {
    throw missing('PaymentMethod', id, 'payment_method');
  }
  if (behaviorOf(state, id).spent) {
    throw invalidRequest(SPENT);
  }
  if (method.customer !== null && customer === null) {
    throw invalidRequest(
      `The PaymentMethod ${id} belongs to a Customer. Please include the Customer in the \`customer\` parameter on the ${intentName}.`,
    );
  }
  if (method.customer !== null && method.customer !== customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      { code: 'resource_missing', param: 'payment_method' },
    );
  }
}

/** The PaymentMethod for an id that `checkUsable` let pass; a test id makes a new one. */
export function takeForUse(state: State, id: string): Stripe.PaymentMethod {
  return createFromTestId(state, id) ?? state.paymentMethods.get(id)!;
}

/**
 * Attaches a PaymentMethod to a customer.
 *
 * @throws ApiError 402 for a card whose bank refuses the check, 400 for one that was used or detached before.
 */
export function attach(state: State, id: string, customer: string): Stripe.PaymentMethod {
  const known = state.paymentMethods.get(id);
  if (!known && !isTestId(id)) {
    throw missing('PaymentMethod', id, 'payment_method');
  }
  if (known && behaviorOf(state, id).spent) {
    throw refusedByState(SPENT);
  }
  if (known?.customer && known.customer !== customer) {
    throw refusedByState('The payment method you provided has already been attached to a customer.');
  }
  const method = takeForUse(state, id);
  if (method.customer === customer) {
    return method;
  }
  refuseDeclinedCard(state, method);
  method.customer = customer;
  emit(state, 'payment_method.attached', method);
  return method;
}

function refuseDeclinedCard(state: State, method: Stripe.PaymentMethod): void {
  const { card } = behaviorOf(state, method.id);
  if (!card?.decline || card.attachable) {
    return;
  }
  state.paymentMethods.delete(method.id);
  const { code, declineCode, adviceCode, param } = card.decline;
  throw new ApiError(
    402,
    {
      type: 'card_error',
      code,
      decline_code: declineCode,
      message: declineMessage(declineCode),
      ...(adviceCode === undefined ? {} : { advice_code: adviceCode }),
      ...(param === undefined ? {} : { param }),
    },
    { began: true },
  );
}

/** Takes a PaymentMethod away from its customer, for good. */
export function detach(state: State, method: Stripe.PaymentMethod): void {
  if (method.customer === null) {
    throw refusedByState('The payment method you provided is not attached to a customer so detachment is impossible.');
  }
  const before = structuredClone(method);
  forgetDefault(state, method);
  method.customer = null;
  behaviorOf(state, method.id).spent = true;
  emit(state, 'payment_method.detached', method, before);
}

function forgetDefault(state: State, method: Stripe.PaymentMethod): void {
  const customer = state.customers.get(String(method.customer));
  if (customer && !customer.deleted && customer.invoice_settings.default_payment_method === method.id) {
    const before = structuredClone(customer);
    customer.invoice_settings.default_payment_method = null;
    emit(state, 'customer.updated', customer, before);
  }
}
