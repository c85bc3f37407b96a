import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { testCards } from '../support/stripe-simulator/index.ts';
import { bodyOf, customerWith, endWithEachTest, eventTypes, refusal, startWithSdk } from './support.ts';

endWithEachTest();

const RETURN_URL = 'https://example.com/back';

function confirm(
  stripe: Stripe,
  card: string,
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    payment_method: card,
    return_url: RETURN_URL,
    expand: ['latest_charge'],
    ...more,
  });
}

function chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge {
  return intent.latest_charge as Stripe.Charge;
}

describe('cards that pay', () => {
  test.each([
    ['pm_card_visa', 'visa', '4242', 'credit'],
    ['pm_card_visa_debit', 'visa', '5556', 'debit'],
    ['pm_card_mastercard', 'mastercard', '4444', 'credit'],
    ['pm_card_mastercard_debit', 'mastercard', '8210', 'debit'],
    ['pm_card_mastercard_prepaid', 'mastercard', '5100', 'prepaid'],
    ['pm_card_amex', 'amex', '0005', 'credit'],
    ['pm_card_discover', 'discover', '1117', 'credit'],
    ['pm_card_diners', 'diners', '0004', 'credit'],
    ['pm_card_jcb', 'jcb', '0505', 'credit'],
    ['pm_card_unionpay', 'unionpay', '0005', 'credit'],
    ['pm_card_threeDSecureOptional', 'visa', '3055', 'credit'],
    ['pm_card_bypassPending', 'visa', '0077', 'credit'],
    ['pm_card_bypassPendingInternational', 'visa', '0278', 'credit'],
    ['pm_card_riskLevelHighest', 'visa', '4954', 'credit'],
    ['pm_card_riskLevelElevated', 'visa', '9235', 'credit'],
    ['pm_card_cvcCheckFail', 'visa', '0101', 'credit'],
    ['pm_card_avsFail', 'visa', '0010', 'credit'],
    ['pm_card_avsZipFail', 'visa', '0036', 'credit'],
    ['pm_card_avsLine1Fail', 'visa', '0028', 'credit'],
    ['pm_card_avsUnchecked', 'visa', '0044', 'credit'],
  ])('%s succeeds as %s %s %s', async (name, brand, last4, funding) => {
    const { stripe } = await startWithSdk();
    const intent = await confirm(stripe, name);
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2000 });
    const charge = chargeOf(intent);
    expect(charge).toMatchObject({ status: 'succeeded', paid: true, captured: true, amount_captured: 2000 });
    expect(charge.payment_method_details?.card).toMatchObject({ brand, last4, funding, exp_month: 8 });
    expect(charge.outcome).toMatchObject({ type: 'authorized', network_status: 'approved_by_network' });
  });

  test('checks and risk are shown', async () => {
    const { stripe } = await startWithSdk();
    const checksOf = async (name: string) => chargeOf(await confirm(stripe, name)).payment_method_details?.card?.checks;
    expect(await checksOf('pm_card_cvcCheckFail')).toMatchObject({ cvc_check: 'fail' });
    expect(await checksOf('pm_card_avsFail')).toMatchObject({
      address_line1_check: 'fail',
      address_postal_code_check: 'fail',
    });
    expect(await checksOf('pm_card_avsZipFail')).toMatchObject({
      address_line1_check: 'pass',
      address_postal_code_check: 'fail',
    });
    expect(await checksOf('pm_card_avsLine1Fail')).toMatchObject({
      address_line1_check: 'fail',
      address_postal_code_check: 'pass',
    });
    expect(await checksOf('pm_card_avsUnchecked')).toMatchObject({ address_line1_check: 'unchecked' });
    expect(chargeOf(await confirm(stripe, 'pm_card_riskLevelElevated')).outcome?.risk_level).toBe('elevated');
    expect(chargeOf(await confirm(stripe, 'pm_card_riskLevelHighest')).outcome?.risk_level).toBe('highest');
  });

  test('bypassPending goes straight to the available balance, other cards do after two days', async () => {
    const { simulator, stripe } = await startWithSdk();
    const amounts = async () => {
      const balance = await stripe.balance.retrieve();
      return { available: balance.available[0]!.amount, pending: balance.pending[0]!.amount };
    };
    await confirm(stripe, 'pm_card_bypassPending');
    expect(await amounts()).toEqual({ available: 1912, pending: 0 });
    await confirm(stripe, 'pm_card_visa');
    expect(await amounts()).toEqual({ available: 1912, pending: 1912 });
    simulator.advance(2 * 24 * 3600);
    expect(await amounts()).toEqual({ available: 3824, pending: 0 });
  });
});

const DECLINES = [
  ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline', null, 'try_again_later'],
  ['pm_card_chargeDeclined', 'card_declined', 'generic_decline', null, 'try_again_later'],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds', null, 'try_again_later'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds', null, 'try_again_later'],
  ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card', null, 'do_not_try_again'],
  ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card', null, 'do_not_try_again'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card', 'exp_month', 'confirm_card_data'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc', 'cvc', 'confirm_card_data'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error', null, 'try_again_later'],
  ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent', null, null],
  ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded', null, null],
  ['pm_card_radarBlock', 'card_declined', 'fraudulent', null, null],
] as const;

describe('cards that are declined', () => {
  test.each(DECLINES)(
    '%s: %s, %s, param %s, advice %s; cannot be attached',
    async (name, code, declineCode, param, advice) => {
      const { simulator, stripe } = await startWithSdk();
      const error = await refusal(confirm(stripe, name));
      expect(error.type).toBe('StripeCardError');
      expect(error.statusCode).toBe(402);
      expect(bodyOf(error)).toMatchObject({ type: 'card_error', code, decline_code: declineCode });
      expect(bodyOf(error).param ?? null).toBe(param);
      expect(bodyOf(error).advice_code ?? null).toBe(advice);
      expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', payment_method: null });
      const charge = await stripe.charges.retrieve(String(bodyOf(error).charge));
      expect(charge).toMatchObject({ status: 'failed', paid: false, captured: false, failure_code: code });
      expect(charge.outcome?.advice_code ?? null).toBe(advice);
      expect(eventTypes(simulator)).toEqual([
        'payment_intent.created',
        'charge.failed',
        'payment_intent.payment_failed',
      ]);
      const customer = await stripe.customers.create();
      const attaching = await refusal(stripe.paymentMethods.attach(name, { customer: customer.id }));
      expect(bodyOf(attaching)).toMatchObject({ type: 'card_error', code, decline_code: declineCode });
      expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([]);
    },
  );

  test('pm_card_chargeDeclinedFraudulent and pm_card_radarBlock never reach the network', async () => {
    const { stripe } = await startWithSdk();
    for (const name of ['pm_card_chargeDeclinedFraudulent', 'pm_card_radarBlock']) {
      const error = await refusal(confirm(stripe, name));
      const charge = await stripe.charges.retrieve(String(bodyOf(error).charge));
      expect(charge.outcome).toMatchObject({ type: 'blocked', network_status: 'not_sent_to_network' });
    }
  });

  test('pm_card_chargeCustomerFail attaches and sets up, then declines every charge', async () => {
    const { stripe } = await startWithSdk();
    const { customer, paymentMethod } = await customerWith(stripe, 'pm_card_chargeCustomerFail');
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: paymentMethod,
      confirm: true,
      return_url: RETURN_URL,
    });
    expect(setup.status).toBe('succeeded');
    for (const attempt of [1, 2]) {
      const error = await refusal(
        stripe.paymentIntents.create({
          amount: 2000,
          currency: 'usd',
          customer,
          payment_method: paymentMethod,
          confirm: true,
          off_session: true,
          metadata: { attempt },
        }),
      );
      expect(bodyOf(error)).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
      expect(bodyOf(error)).not.toHaveProperty('advice_code');
    }
  });

  test('a raw number, such as the one that fails the Luhn check, never gets as far as its decline', async () => {
    const { stripe } = await startWithSdk();
    const card = { number: '4242424242424241', exp_month: 8, exp_year: 2030 };
    expect((await refusal(stripe.paymentMethods.create({ type: 'card', card }))).statusCode).toBe(402);
  });
});

async function offSession(stripe: Stripe, card: string, setUp: boolean, simulatorAuthenticates: (id: string) => void) {
  const { customer, paymentMethod } = await customerWith(stripe, card);
  if (setUp) {
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: paymentMethod,
      confirm: true,
      return_url: RETURN_URL,
    });
    expect(setup.status).toBe('requires_action');
    simulatorAuthenticates(setup.id);
    expect((await stripe.setupIntents.retrieve(setup.id)).status).toBe('succeeded');
  }
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    customer,
    payment_method: paymentMethod,
    confirm: true,
    off_session: true,
  });
}

describe('cards that need authentication', () => {
  test.each([
    'pm_card_authenticationRequired',
    'pm_card_authenticationRequiredOnSetup',
    'pm_card_authenticationRequiredSetupForOffSession',
    'pm_card_threeDSecure2Required',
  ])('%s: on session requires_action, and pays once authenticated', async (name) => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, name);
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    expect(intent.next_action?.redirect_to_url?.return_url).toBe(RETURN_URL);
    simulator.world.authenticate(intent.id);
    const done = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(done).toMatchObject({ status: 'succeeded', next_action: null });
    expect(chargeOf(done).payment_method_details?.card?.three_d_secure).toMatchObject({ result: 'authenticated' });
    expect(eventTypes(simulator)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ]);
  });

  test('pm_card_authenticationRequired: without return_url the next action is for Stripe.js', async () => {
    const { stripe } = await startWithSdk();
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
      allowed_payment_method_types: ['card'],
    });
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
  });

  test.each([
    ['pm_card_authenticationRequired', true],
    ['pm_card_authenticationRequired', false],
    ['pm_card_authenticationRequiredOnSetup', false],
    ['pm_card_threeDSecure2Required', true],
  ])('%s off session (set up: %s): 402 authentication_required, confirmed later on session', async (name, setUp) => {
    const { simulator, stripe } = await startWithSdk();
    const error = await refusal(offSession(stripe, name, setUp, (id) => simulator.world.authenticate(id)));
    expect(error.statusCode).toBe(402);
    expect(bodyOf(error)).toMatchObject({
      type: 'card_error',
      code: 'authentication_required',
      decline_code: 'authentication_required',
    });
    const intent = error.payment_intent!;
    expect(intent.status).toBe('requires_payment_method');
    const method = (bodyOf(error).payment_method as { id: string }).id;
    const again = await stripe.paymentIntents.confirm(intent.id, { payment_method: method, return_url: RETURN_URL });
    expect(again.status).toBe('requires_action');
    simulator.world.authenticate(intent.id);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  test.each([
    ['pm_card_authenticationRequiredOnSetup', true],
    ['pm_card_authenticationRequiredSetupForOffSession', false],
  ])('%s off session (set up: %s) succeeds', async (name, setUp) => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await offSession(stripe, name, setUp, (id) => simulator.world.authenticate(id));
    expect(intent.status).toBe('succeeded');
  });

  test('error_on_requires_action: 402 authentication_not_handled, and the PaymentIntent stays open', async () => {
    const { stripe } = await startWithSdk();
    const error = await refusal(confirm(stripe, 'pm_card_authenticationRequired', { error_on_requires_action: true }));
    expect(error.statusCode).toBe(402);
    expect(bodyOf(error)).toMatchObject({
      code: 'authentication_required',
      decline_code: 'authentication_not_handled',
    });
    expect(error.payment_intent?.status).toBe('requires_payment_method');
  });

  test.each([
    ['pm_card_authenticationRequiredChargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_threeDSecureRequiredChargeDeclined', 'generic_decline'],
  ])('%s: declined with %s after authentication', async (name, declineCode) => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, name);
    expect(intent.status).toBe('requires_action');
    simulator.world.authenticate(intent.id);
    const refused = await stripe.paymentIntents.retrieve(intent.id);
    expect(refused).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', decline_code: declineCode },
    });
  });

  test('a customer who fails to authenticate leaves the PaymentIntent open', async () => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, 'pm_card_authenticationRequired');
    simulator.world.authenticate(intent.id, 'fail');
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect(eventTypes(simulator).at(-1)).toBe('payment_intent.payment_failed');
  });
});

describe('cards with consequences', () => {
  test.each([
    ['pm_card_createDispute', ['fraudulent'], 'needs_response'],
    ['pm_card_createDisputeProductNotReceived', ['product_not_received'], 'needs_response'],
    ['pm_card_createDisputeInquiry', ['fraudulent'], 'warning_needs_response'],
    ['pm_card_createMultipleDisputes', ['fraudulent', 'product_not_received'], 'needs_response'],
  ])('%s: disputes %j in %s', async (name, reasons, status) => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, name);
    const disputes = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    expect(disputes.map((item) => item.reason).sort()).toEqual([...reasons].sort());
    expect(disputes.every((item) => item.status === status && item.amount === 2000)).toBe(true);
    expect(eventTypes(simulator).filter((type) => type === 'charge.dispute.created')).toHaveLength(reasons.length);
    const withdrawn = status === 'needs_response' ? reasons.length : 0;
    expect(eventTypes(simulator).filter((type) => type === 'charge.dispute.funds_withdrawn')).toHaveLength(withdrawn);
    expect((await stripe.charges.retrieve(chargeOf(intent).id)).disputed).toBe(true);
  });

  test('pm_card_createIssuerFraudRecord: an early fraud warning', async () => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, 'pm_card_createIssuerFraudRecord');
    const warning = simulator.events.find((event) => event.type === 'radar.early_fraud_warning.created');
    expect(warning?.data.object).toMatchObject({ payment_intent: intent.id, charge: chargeOf(intent).id });
  });

  test('pm_card_pendingRefund: pending, then succeeded with refund.updated', async () => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    simulator.advance(5);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
    expect(eventTypes(simulator).slice(-2)).toEqual(['refund.updated', 'charge.refund.updated']);
  });

  test('pm_card_refundFail: succeeded, then failed with the money back', async () => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await confirm(stripe, 'pm_card_refundFail');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund.status).toBe('succeeded');
    expect((await stripe.charges.retrieve(chargeOf(intent).id)).refunded).toBe(true);
    simulator.advance(5);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
    expect(await stripe.charges.retrieve(chargeOf(intent).id)).toMatchObject({ refunded: false, amount_refunded: 0 });
    expect(eventTypes(simulator)).toContain('refund.failed');
  });
});

test('tok_ ids are the same cards, and every card of the table has a name of its own', async () => {
  const { stripe } = await startWithSdk();
  expect(new Set(testCards.map((card) => card.name)).size).toBe(testCards.length);
  for (const card of testCards) {
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: `tok_${card.name.slice('pm_card_'.length)}` },
    });
    expect(method.card).toMatchObject({ brand: card.brand, last4: card.number.slice(-4) });
  }
});
