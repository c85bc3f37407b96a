import type Stripe from 'stripe';
import { type Decline, declineOf } from '../data/declines.ts';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, refusedByState } from '../engine/errors.ts';
import { newId, type State } from '../engine/state.ts';
import { confirmDebit } from './bank-debit.ts';
import { authenticationPage } from './next-action.ts';
import { approve, refuse } from './payment-intent-outcome.ts';
import { behaviorOf } from './payment-method-use.ts';

/** How a confirmation was asked for. */
export interface Confirmation {
  offSession: boolean;
  errorOnRequiresAction: boolean;
  returnUrl: string | null;
  hasMandate: boolean;
}

const UNAUTHENTICATED: Decline = { code: 'authentication_required', declineCode: 'authentication_required' };
const NOT_HANDLED: Decline = { code: 'authentication_required', declineCode: 'authentication_not_handled' };
const FAILED_AUTHENTICATION: Decline = {
  code: 'payment_intent_authentication_failure',
  declineCode: 'authentication_required',
};

/** A PaymentIntent that cannot do what was asked in its present status: 400 payment_intent_unexpected_state. */
export function unexpectedState(intent: Stripe.PaymentIntent, message: string): ApiError {
  return refusedByState(message, { code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent) });
}

/**
 * Confirms: the attempt ends in succeeded, requires_capture, requires_action, processing, or in a thrown 402 that leaves
 * the PaymentIntent in requires_payment_method.
 */
export function confirm(state: State, intent: Stripe.PaymentIntent, how: Confirmation): void {
  const methodId = idOf(intent.payment_method);
  if (methodId === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent " +
        'with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.',
    );
  }
  const method = state.paymentMethods.get(methodId)!;
  const memory = state.intentMemory.get(intent.id)!;
  memory.offSession = how.offSession;
  memory.authenticated = false;
  memory.returnUrl = how.returnUrl;
  if (method.type === 'us_bank_account') {
    confirmDebit(state, intent, method, how.hasMandate);
    return;
  }
  if (needsAuthentication(state, method.id, how.offSession)) {
    askForAuthentication(state, intent, method, how);
    return;
  }
  chargeCard(state, intent, method);
}

function needsAuthentication(state: State, methodId: string, offSession: boolean): boolean {
  const { card, setUp } = behaviorOf(state, methodId);
  if (card?.authentication === undefined) {
    return false;
  }
  return card.authentication === 'always' || !offSession || (card.authentication === 'unless_set_up' && !setUp);
}

function askForAuthentication(
  state: State,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  how: Confirmation,
): void {
  if (how.offSession) {
    const message = 'Your card was declined. This transaction requires authentication.';
    throw refuse(state, intent, method, UNAUTHENTICATED, { message, chargeMade: true });
  }
  if (how.errorOnRequiresAction) {
    const message =
      'This payment required an authentication action to complete, but `error_on_requires_action` was set. When you are ready, ' +
      'you can upgrade your integration to handle actions at https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.';
    throw refuse(state, intent, method, NOT_HANDLED, { message, chargeMade: false });
  }
  intent.status = 'requires_action';
  intent.last_payment_error = null;
  intent.next_action = how.returnUrl
    ? {
        type: 'redirect_to_url',
        redirect_to_url: { return_url: how.returnUrl, url: authenticationPage(state, intent.id) },
      }
    : {
        type: 'use_stripe_sdk',
        use_stripe_sdk: {
          type: 'three_d_secure_redirect',
          stripe_js: authenticationPage(state, intent.id),
          source: newId(state, 'src'),
        },
      };
  emit(state, 'payment_intent.requires_action', intent);
}

function chargeCard(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const { card, forcedDecline } = behaviorOf(state, method.id);
  const authenticated = state.intentMemory.get(intent.id)!.authenticated;
  const decline = forcedDecline
    ? declineOf(forcedDecline)
    : (card?.decline ?? (authenticated ? card?.declineAfterAuthentication : undefined));
  if (decline) {
    throw refuse(state, intent, method, decline, { chargeMade: true });
  }
  approve(state, intent, method);
}

/**
 * What the customer does on the bank's page. A refusal afterwards is no error here: it is seen in the PaymentIntent.
 *
 * @throws ApiError 400 when the PaymentIntent does not wait for authentication.
 */
export function authenticatePayment(state: State, intent: Stripe.PaymentIntent, outcome: 'succeed' | 'fail'): void {
  const methodId = idOf(intent.payment_method);
  if (intent.status !== 'requires_action' || methodId === null || intent.next_action?.verify_with_microdeposits) {
    throw unexpectedState(
      intent,
      `This PaymentIntent does not wait for authentication: its status is ${intent.status}.`,
    );
  }
  const method = state.paymentMethods.get(methodId)!;
  if (outcome === 'fail') {
    const message =
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.';
    refuse(state, intent, method, FAILED_AUTHENTICATION, { message, chargeMade: false });
    return;
  }
  state.intentMemory.get(intent.id)!.authenticated = true;
  try {
    chargeCard(state, intent, method);
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
  }
}
