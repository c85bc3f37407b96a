import type Stripe from 'stripe';
import { DEBIT_PROCESSING_SECONDS } from '../data/test-bank-accounts.ts';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { refusedByState } from '../engine/errors.ts';
import { newId, type State } from '../engine/state.ts';
import { markFailed, pendingCharge } from './charge-factory.ts';
import { authenticationPage } from './next-action.ts';
import { bookCapture, cardErrorFields, resetAfterFailure, succeed } from './payment-intent-outcome.ts';
import { attach, behaviorOf } from './payment-method-use.ts';

const THREE_DAYS = 3 * 24 * 3600;

/** Confirms a bank debit: a mandate is needed, unverified accounts wait for microdeposits, the rest is processing. */
export function confirmDebit(
  state: State,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  hasMandate: boolean,
): void {
  const behavior = behaviorOf(state, method.id);
  if (!hasMandate && !behavior.setUp) {
    // Observed: refused, and the PaymentIntent is left behind in requires_confirmation.
    intent.status = 'requires_confirmation';
    throw refusedByState(
      'This PaymentIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer ' +
        'and try again, providing acceptance data in the mandate_data parameter.',
    );
  }
  state.intentMemory.get(intent.id)!.mandate ??= newId(state, 'mandate');
  if (!behavior.verified) {
    intent.status = 'requires_action';
    intent.next_action = {
      type: 'verify_with_microdeposits',
      verify_with_microdeposits: {
        arrival_date: state.clock.seconds() + THREE_DAYS,
        hosted_verification_url: authenticationPage(state, intent.id),
        microdeposit_type: 'descriptor_code',
      },
    };
    emit(state, 'payment_intent.requires_action', intent);
    return;
  }
  startDebit(state, intent, method);
}

/** The bank has been asked; its answer comes after some seconds, or when a test gives it. */
export function startDebit(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const charge = pendingCharge(state, intent, method);
  intent.latest_charge = charge.id;
  intent.status = 'processing';
  intent.next_action = null;
  intent.last_payment_error = null;
  const account = behaviorOf(state, method.id).bankAccount!;
  emit(state, 'charge.pending', charge);
  emit(state, 'payment_intent.processing', intent);
  if (account.outcome !== 'stuck') {
    const failure = account.outcome === 'fails' ? account.failureCode : undefined;
    state.clock.schedule(DEBIT_PROCESSING_SECONDS, () => finishDebit(state, intent, failure));
  }
}

/** The bank's answer to a debit that is processing; without a failure code it succeeds. Does nothing in other states. */
export function finishDebit(state: State, intent: Stripe.PaymentIntent, failureCode: string | undefined): boolean {
  const charge = state.charges.get(idOf(intent.latest_charge) ?? '');
  if (intent.status !== 'processing' || !charge) {
    return false;
  }
  const method = state.paymentMethods.get(String(charge.payment_method))!;
  if (failureCode !== undefined) {
    const message = `The debit was refused by the customer's bank (${failureCode}).`;
    // Observed: the reason is the code, and the decline code is the generic one.
    const decline = { code: failureCode, declineCode: 'generic_decline' };
    markFailed(charge, decline, false, message);
    emit(state, 'charge.failed', charge);
    resetAfterFailure(state, intent, cardErrorFields(decline, message, method, charge.id));
    return true;
  }
  charge.status = 'succeeded';
  charge.paid = true;
  bookCapture(state, charge);
  saveAccount(state, intent, method);
  succeed(intent, charge.amount);
  emit(state, 'charge.succeeded', charge);
  emit(state, 'payment_intent.succeeded', intent);
  return true;
}

function saveAccount(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const customer = idOf(intent.customer);
  if (intent.setup_future_usage === null || customer === null) {
    return;
  }
  if (method.customer === null) {
    attach(state, method.id, customer);
  }
  behaviorOf(state, method.id).setUp = intent.setup_future_usage === 'off_session';
}
