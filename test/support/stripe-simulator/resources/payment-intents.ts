import type Stripe from 'stripe';
import { idOf } from '../engine/api-object.ts';
import { expandParameter } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { missing, refusedByState } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import { mergeMetadata, type Parsed } from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';
import { startDebit } from './bank-debit.ts';
import { checkMicrodeposits, microdepositParameters, waitsForMicrodeposits } from './microdeposits.ts';
import { unexpectedState } from './payment-intent-confirm.ts';
import { bookCapture, cancelNow, consequences, release, succeed } from './payment-intent-outcome.ts';
import {
  cancelParameters,
  captureParameters,
  confirmParameters,
  createParameters,
  listParameters,
  retrieveParameters,
  updateParameters,
} from './payment-intent-parameters.ts';
import { confirmIntent, createIntent, updateIntent } from './payment-intent-writes.ts';

/** A PaymentIntent by id. @throws ApiError 404 */
export function requireIntent(state: State, id: string): Stripe.PaymentIntent {
  const intent = state.paymentIntents.get(id);
  if (!intent) {
    throw missing('payment_intent', id);
  }
  return intent;
}

const CANCELABLE: readonly string[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

function capture(
  state: State,
  intent: Stripe.PaymentIntent,
  given: Parsed<typeof captureParameters>,
): Stripe.PaymentIntent {
  if (intent.status !== 'requires_capture') {
    throw unexpectedState(
      intent,
      intent.status === 'succeeded'
        ? 'This PaymentIntent could not be captured because it has already been captured.'
        : `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the ` +
            'following statuses may be captured: requires_capture.',
    );
  }
  const amount = given.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw refusedByState(
      `The amount to capture (${amount}) is greater than the amount capturable (${intent.amount_capturable}).`,
      {
        code: 'amount_too_large',
        param: 'amount_to_capture',
      },
    );
  }
  intent.metadata = mergeMetadata(intent.metadata, given.metadata);
  const charge = state.charges.get(idOf(intent.latest_charge)!)!;
  charge.captured = true;
  charge.amount_captured = amount;
  // The part that is not captured goes back to the card and is shown as refunded, without a Refund object.
  charge.amount_refunded = charge.amount - amount;
  bookCapture(state, charge);
  succeed(intent, amount);
  emit(state, 'charge.captured', charge);
  emit(state, 'payment_intent.succeeded', intent);
  state.afterRequest.push(() => consequences(state, charge));
  return intent;
}

function cancel(
  state: State,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  if (!CANCELABLE.includes(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the ` +
        `following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
    );
  }
  const held = intent.status === 'requires_capture' ? state.charges.get(idOf(intent.latest_charge)!) : undefined;
  cancelNow(state, intent, reason);
  if (held) {
    release(held);
    emit(state, 'charge.refunded', held);
  }
  emit(state, 'payment_intent.canceled', intent);
  return intent;
}

function verify(
  state: State,
  intent: Stripe.PaymentIntent,
  given: { amounts?: number[]; descriptor_code?: string },
): Stripe.PaymentIntent {
  if (!waitsForMicrodeposits(intent)) {
    throw unexpectedState(
      intent,
      `This PaymentIntent does not wait for microdeposits: its status is ${intent.status}.`,
    );
  }
  checkMicrodeposits(state.intentMemory.get(intent.id)!, given);
  const method = state.paymentMethods.get(idOf(intent.payment_method)!)!;
  state.behaviors.get(method.id)!.verified = true;
  startDebit(state, intent, method);
  return intent;
}

/** The operations on PaymentIntents. */
export const paymentIntentRoutes: Route[] = [
  route('POST', '/v1/payment_intents', createParameters, createIntent),
  route('GET', '/v1/payment_intents', listParameters, (state, given) => {
    const matching = [...state.paymentIntents.values()].filter(
      (item) => given.customer === undefined || item.customer === given.customer,
    );
    return pageOf(matching, given, '/v1/payment_intents', 'payment_intent');
  }),
  route('GET', '/v1/payment_intents/:id', retrieveParameters, (state, _given, ids) => requireIntent(state, ids.id!)),
  route('POST', '/v1/payment_intents/:id', updateParameters, (state, given, ids) =>
    updateIntent(state, requireIntent(state, ids.id!), given),
  ),
  route('POST', '/v1/payment_intents/:id/confirm', confirmParameters, (state, given, ids) =>
    confirmIntent(state, requireIntent(state, ids.id!), given),
  ),
  route('POST', '/v1/payment_intents/:id/capture', captureParameters, (state, given, ids) =>
    capture(state, requireIntent(state, ids.id!), given),
  ),
  route('POST', '/v1/payment_intents/:id/cancel', cancelParameters, (state, given, ids) =>
    cancel(state, requireIntent(state, ids.id!), given.cancellation_reason ?? null),
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/verify_microdeposits',
    { ...expandParameter, ...microdepositParameters },
    (state, given, ids) => verify(state, requireIntent(state, ids.id!), given),
  ),
];
