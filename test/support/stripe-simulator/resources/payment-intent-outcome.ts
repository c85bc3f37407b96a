import type Stripe from 'stripe';
import { type Decline, declineMessage } from '../data/declines.ts';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, type ErrorFields } from '../engine/errors.ts';
import type { State } from '../engine/state.ts';
import { cardFee, recordBalance } from './balance.ts';
import { approvedCharge, refusedCharge } from './charge-factory.ts';
import { openDisputes } from './dispute-factory.ts';
import { attach, behaviorOf } from './payment-method-use.ts';

const SEVEN_DAYS = 7 * 24 * 3600;

/** Carries out an approved card charge: captured at once, or held for a capture by hand. */
export function approve(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const manual = intent.capture_method === 'manual';
  const charge = approvedCharge(state, intent, method, !manual);
  intent.latest_charge = charge.id;
  intent.next_action = null;
  intent.last_payment_error = null;
  saveForLater(state, intent, method);
  if (manual) {
    intent.status = 'requires_capture';
    intent.amount_capturable = intent.amount;
    emit(state, 'charge.succeeded', charge);
    emit(state, 'payment_intent.amount_capturable_updated', intent);
    state.clock.schedule(SEVEN_DAYS, () => expireAuthorization(state, intent, charge));
    return;
  }
  const late = intent.capture_method === 'automatic_async';
  if (!late) {
    bookCapture(state, charge);
  }
  succeed(intent, charge.amount_captured);
  emit(state, 'charge.succeeded', charge);
  emit(state, 'payment_intent.succeeded', intent);
  state.afterRequest.push(() => {
    // With automatic_async, the API's default, the balance transaction comes only after the answer.
    if (late) {
      const before = structuredClone(charge);
      bookCapture(state, charge);
      emit(state, 'charge.updated', charge, before);
    }
    consequences(state, charge);
  });
}

/** The PaymentIntent has its money (minor units). */
export function succeed(intent: Stripe.PaymentIntent, received: number): void {
  intent.status = 'succeeded';
  intent.amount_received = received;
  intent.amount_capturable = 0;
  intent.next_action = null;
  intent.last_payment_error = null;
  intent.processing = null;
}

/** Books the captured money of a charge. */
export function bookCapture(state: State, charge: Stripe.Charge): void {
  const card = behaviorOf(state, String(charge.payment_method)).card;
  charge.balance_transaction = recordBalance(state, {
    type: charge.id.startsWith('py_') ? 'payment' : 'charge',
    amount: charge.amount_captured,
    currency: charge.currency,
    source: charge.id,
    fee: cardFee(charge.amount_captured),
    immediate: card?.bypassPending === true,
  }).id;
}

/** What a test card brings about after its charge: disputes and early fraud warnings. */
export function consequences(state: State, charge: Stripe.Charge): void {
  const card = behaviorOf(state, String(charge.payment_method)).card;
  if (card?.fraudWarning) {
    emit(state, 'radar.early_fraud_warning.created', {
      id: `issfr_${state.random.text(24)}`,
      object: 'radar.early_fraud_warning',
      actionable: true,
      charge: charge.id,
      created: state.clock.seconds(),
      fraud_type: 'made_with_stolen_card',
      livemode: false,
      payment_intent: idOf(charge.payment_intent),
    });
  }
  openDisputes(state, charge, card?.disputes ?? []);
}

function saveForLater(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const customer = idOf(intent.customer);
  const behavior = behaviorOf(state, method.id);
  if (method.customer === null && customer !== null && intent.setup_future_usage !== null) {
    attach(state, method.id, customer);
  }
  if (intent.setup_future_usage === 'off_session') {
    behavior.setUp ||= state.intentMemory.get(intent.id)!.authenticated;
  }
  if (method.customer === null) {
    behavior.spent = true;
  }
}

function expireAuthorization(state: State, intent: Stripe.PaymentIntent, charge: Stripe.Charge): void {
  if (intent.status !== 'requires_capture' || intent.latest_charge !== charge.id) {
    return;
  }
  release(charge);
  cancelNow(state, intent, 'automatic');
  emit(state, 'charge.expired', charge);
  emit(state, 'payment_intent.canceled', intent);
}

/** Gives a held amount back to the card: the charge then reads as refunded, although no money ever moved. */
export function release(charge: Stripe.Charge): void {
  charge.amount_refunded = charge.amount;
  charge.refunded = true;
}

/** Ends a PaymentIntent without money. */
export function cancelNow(
  state: State,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): void {
  intent.status = 'canceled';
  intent.canceled_at = state.clock.seconds();
  intent.cancellation_reason = reason;
  intent.amount_capturable = 0;
  intent.next_action = null;
}

/** Puts a refused PaymentIntent back to requires_payment_method and gives the error to throw. */
export function refuse(
  state: State,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  options: { message?: string; chargeMade: boolean },
): ApiError {
  const message = options.message ?? declineMessage(decline.declineCode);
  const charge = options.chargeMade ? refusedCharge(state, intent, method, decline) : undefined;
  if (charge) {
    intent.latest_charge = charge.id;
    emit(state, 'charge.failed', charge);
  }
  const fields = cardErrorFields(decline, message, method, charge?.id);
  resetAfterFailure(state, intent, fields);
  return new ApiError(402, { ...fields, payment_intent: structuredClone(intent) }, { began: true });
}

/** The fields that both the error and `last_payment_error` carry. */
export function cardErrorFields(
  decline: Decline,
  message: string,
  method: Stripe.PaymentMethod,
  charge: string | undefined,
): ErrorFields {
  return {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message,
    ...(decline.adviceCode === undefined ? {} : { advice_code: decline.adviceCode }),
    ...(decline.param === undefined ? {} : { param: decline.param }),
    ...(charge === undefined ? {} : { charge }),
    payment_method: structuredClone(method),
  };
}

/** The state after a failed attempt: open for another payment method, with the reason recorded. */
export function resetAfterFailure(state: State, intent: Stripe.PaymentIntent, fields: ErrorFields): void {
  const documented = fields.code
    ? { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` }
    : {};
  intent.last_payment_error = { ...fields, ...documented } as unknown as Stripe.PaymentIntent.LastPaymentError;
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.next_action = null;
  intent.processing = null;
  emit(state, 'payment_intent.payment_failed', intent);
}
