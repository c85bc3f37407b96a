import type Stripe from 'stripe';
import { type Decline, declineMessage } from '../data/declines.ts';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, type ErrorFields, refusedByState } from '../engine/errors.ts';
import { newId, type State } from '../engine/state.ts';
import { authenticationPage } from './next-action.ts';
import { cardErrorFields } from './payment-intent-outcome.ts';
import { attach, behaviorOf } from './payment-method-use.ts';

const THREE_DAYS = 3 * 24 * 3600;

/** A SetupIntent that cannot do what was asked in its present status: 400 setup_intent_unexpected_state. */
export function unexpectedSetupState(intent: Stripe.SetupIntent, message: string): ApiError {
  return refusedByState(message, { code: 'setup_intent_unexpected_state', setup_intent: structuredClone(intent) });
}

/** Confirms: succeeded, requires_action, or a thrown 402 that leaves the SetupIntent in requires_payment_method. */
export function confirmSetup(
  state: State,
  intent: Stripe.SetupIntent,
  how: { returnUrl: string | null; hasMandate: boolean },
): void {
  const methodId = idOf(intent.payment_method);
  if (methodId === null) {
    throw unexpectedSetupState(
      intent,
      "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and " +
        'then confirm it again.',
    );
  }
  const method = state.paymentMethods.get(methodId)!;
  const { card } = behaviorOf(state, methodId);
  intent.latest_attempt = newId(state, 'setatt');
  if (method.type === 'us_bank_account') {
    confirmBankAccount(state, intent, method, how.hasMandate);
  } else if (card?.decline && !card.attachable) {
    throw refuseSetup(state, intent, method, card.decline, declineMessage(card.decline.declineCode));
  } else if (card?.authentication) {
    waitForCustomer(state, intent, how.returnUrl);
  } else {
    succeedSetup(state, intent, method);
  }
}

function waitForCustomer(state: State, intent: Stripe.SetupIntent, returnUrl: string | null): void {
  const page = authenticationPage(state, intent.id);
  intent.status = 'requires_action';
  intent.next_action = returnUrl
    ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url: page } }
    : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: page } };
  emit(state, 'setup_intent.requires_action', intent);
}

function confirmBankAccount(
  state: State,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  hasMandate: boolean,
): void {
  if (!hasMandate) {
    intent.status = 'requires_confirmation';
    throw refusedByState(
      'This SetupIntent requires a mandate. Collect mandate acceptance from the customer and provide it in mandate_data.',
    );
  }
  intent.mandate = newId(state, 'mandate');
  if (behaviorOf(state, method.id).verified) {
    succeedSetup(state, intent, method);
    return;
  }
  intent.status = 'requires_action';
  intent.next_action = {
    type: 'verify_with_microdeposits',
    verify_with_microdeposits: {
      arrival_date: state.clock.seconds() + THREE_DAYS,
      hosted_verification_url: authenticationPage(state, intent.id),
      microdeposit_type: 'descriptor_code',
    },
  };
  emit(state, 'setup_intent.requires_action', intent);
}

/** The method is ready for later use, and attached to the customer when there is one. */
export function succeedSetup(state: State, intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): void {
  const customer = idOf(intent.customer);
  intent.status = 'succeeded';
  intent.next_action = null;
  intent.last_setup_error = null;
  if (customer !== null && method.customer === null) {
    attach(state, method.id, customer);
  }
  const behavior = behaviorOf(state, method.id);
  behavior.setUp ||= intent.usage === 'off_session';
  behavior.spent ||= method.customer === null;
  emit(state, 'setup_intent.succeeded', intent);
}

function refuseSetup(
  state: State,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  message: string,
): ApiError {
  const fields: ErrorFields = cardErrorFields(decline, message, method, undefined);
  intent.last_setup_error = fields as unknown as Stripe.SetupIntent.LastSetupError;
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.next_action = null;
  emit(state, 'setup_intent.setup_failed', intent);
  return new ApiError(402, { ...fields, setup_intent: structuredClone(intent) }, { began: true });
}

/** What the customer does on the bank's page. @throws ApiError 400 when the SetupIntent does not wait for that */
export function authenticateSetup(state: State, intent: Stripe.SetupIntent, outcome: 'succeed' | 'fail'): void {
  if (intent.status !== 'requires_action' || intent.next_action?.verify_with_microdeposits) {
    throw unexpectedSetupState(
      intent,
      `This SetupIntent does not wait for authentication: its status is ${intent.status}.`,
    );
  }
  const method = state.paymentMethods.get(idOf(intent.payment_method)!)!;
  if (outcome === 'succeed') {
    succeedSetup(state, intent, method);
    return;
  }
  const decline = { code: 'setup_intent_authentication_failure', declineCode: 'authentication_required' };
  refuseSetup(
    state,
    intent,
    method,
    decline,
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  );
}
