import type Stripe from 'stripe';
import { type Decline, declineMessage } from '../data/declines.ts';
import { idOf } from '../engine/api-object.ts';
import { newId, type State } from '../engine/state.ts';
import { behaviorOf } from './payment-method-use.ts';

function cardDetails(
  state: State,
  method: Stripe.PaymentMethod,
  intent: Stripe.PaymentIntent,
): Stripe.Charge.PaymentMethodDetails.Card {
  const card = method.card!;
  const authenticated = state.intentMemory.get(intent.id)?.authenticated ?? false;
  const { checks } = card;
  return {
    amount_authorized: intent.amount,
    authorization_code: null,
    brand: card.brand,
    checks: checks && { ...checks },
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    installments: null,
    last4: card.last4,
    mandate: null,
    network: card.brand,
    network_transaction_id: state.random.text(15),
    regulated_status: 'unregulated',
    three_d_secure: authenticated
      ? ({
          authentication_flow: 'challenge',
          result: 'authenticated',
          version: '2.2.0',
        } as Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure)
      : null,
    transaction_link_id: null,
    wallet: null,
  };
}

function methodDetails(
  state: State,
  method: Stripe.PaymentMethod,
  intent: Stripe.PaymentIntent,
): Stripe.Charge.PaymentMethodDetails {
  if (method.us_bank_account) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } = method.us_bank_account;
    const mandate = state.intentMemory.get(intent.id)?.mandate;
    return {
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type,
        account_type,
        bank_name,
        fingerprint,
        last4,
        payment_reference: null,
        routing_number,
        ...(mandate ? { mandate } : {}),
      },
    };
  }
  return { type: 'card', card: cardDetails(state, method, intent) };
}

function approvedOutcome(riskLevel: string): Stripe.Charge.Outcome {
  const score = { normal: 20, elevated: 68, highest: 92 }[riskLevel] ?? 20;
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'approved_by_network',
    reason: riskLevel === 'normal' ? null : `${riskLevel}_risk_level`,
    risk_level: riskLevel,
    risk_score: score,
    seller_message: 'Payment complete.',
    type: 'authorized',
  };
}

function refusedOutcome(decline: Decline, blocked: boolean): Stripe.Charge.Outcome {
  return {
    advice_code: decline.adviceCode ?? null,
    network_advice_code: null,
    network_decline_code: blocked ? null : '05',
    network_status: blocked ? 'not_sent_to_network' : 'declined_by_network',
    reason: blocked ? 'highest_risk_level' : decline.declineCode,
    risk_level: blocked ? 'highest' : 'normal',
    risk_score: blocked ? 92 : 20,
    seller_message: blocked
      ? 'Stripe blocked this payment as too risky.'
      : `The bank returned the decline code \`${decline.declineCode}\`.`,
    type: blocked ? 'blocked' : 'issuer_declined',
  };
}

function blankCharge(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Stripe.Charge {
  const bank = method.type === 'us_bank_account';
  return {
    id: newId(state, bank ? 'py' : 'ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: structuredClone(method.billing_details) as Stripe.Charge.BillingDetails,
    calculated_statement_descriptor: bank ? null : 'SIMULATOR',
    captured: false,
    created: state.clock.seconds(),
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(state, method, intent),
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: structuredClone(intent.shipping) as Stripe.Charge.Shipping | null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: 'pending',
    transfer_data: null,
    transfer_group: null,
  };
}

function keep(state: State, charge: Stripe.Charge): Stripe.Charge {
  state.charges.set(charge.id, charge);
  return charge;
}

/** A charge that the bank approved; captured later when the intent captures by hand. */
export function approvedCharge(
  state: State,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  captured: boolean,
): Stripe.Charge {
  const charge = blankCharge(state, intent, method);
  charge.status = 'succeeded';
  charge.paid = true;
  charge.captured = captured;
  charge.amount_captured = captured ? intent.amount : 0;
  charge.outcome = approvedOutcome(behaviorOf(state, method.id).card?.riskLevel ?? 'normal');
  charge.receipt_url = `https://pay.stripe.com/receipts/${charge.id}`;
  return keep(state, charge);
}

/** A bank debit that is under way: the money is neither here nor refused. */
export function pendingCharge(state: State, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Stripe.Charge {
  const charge = blankCharge(state, intent, method);
  charge.captured = true;
  charge.amount_captured = intent.amount;
  charge.outcome = { ...approvedOutcome('normal'), seller_message: 'Payment pending.' };
  return keep(state, charge);
}

/** Turns a charge into a refused one. */
export function markFailed(charge: Stripe.Charge, decline: Decline, blocked: boolean, message: string): void {
  charge.status = 'failed';
  charge.paid = false;
  charge.captured = false;
  charge.amount_captured = 0;
  charge.failure_code = decline.code;
  charge.failure_message = message;
  charge.outcome = refusedOutcome(decline, blocked);
}

/** A charge that the bank (or Radar) refused. */
export function refusedCharge(
  state: State,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
): Stripe.Charge {
  const charge = blankCharge(state, intent, method);
  const blocked = behaviorOf(state, method.id).card?.blockedByRadar === true;
  markFailed(charge, decline, blocked, declineMessage(decline.declineCode));
  return keep(state, charge);
}
