import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { bodyOf, customerWith, endWithEachTest, eventTypes, refusal, startWithSdk } from './support.ts';

endWithEachTest();

const BASE = {
  amount: 2000,
  currency: 'usd',
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
} as const;

describe('the states', () => {
  test('without a method requires_payment_method, with one requires_confirmation, confirmed succeeded', async () => {
    const { simulator, stripe } = await startWithSdk();
    const intent = await stripe.paymentIntents.create(BASE);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      capture_method: 'automatic_async',
      livemode: false,
    });
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
    const chosen = await stripe.paymentIntents.update(intent.id, { payment_method: 'pm_card_visa', amount: 2500 });
    expect(chosen).toMatchObject({ status: 'requires_confirmation', amount: 2500 });
    const done = await stripe.paymentIntents.confirm(intent.id);
    expect(done).toMatchObject({ status: 'succeeded', amount_received: 2500 });
    expect(eventTypes(simulator)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ]);
  });

  test('confirming without a method is refused, and so is everything after the end', async () => {
    const { stripe } = await startWithSdk();
    const open = await stripe.paymentIntents.create(BASE);
    expect((await refusal(stripe.paymentIntents.confirm(open.id))).code).toBe('payment_intent_unexpected_state');
    await stripe.paymentIntents.confirm(open.id, { payment_method: 'pm_card_visa' });
    const closed = await stripe.paymentIntents.create(BASE);
    await stripe.paymentIntents.cancel(closed.id, { cancellation_reason: 'abandoned' });
    for (const id of [open.id, closed.id]) {
      for (const call of [
        () => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
        () => stripe.paymentIntents.cancel(id),
        () => stripe.paymentIntents.capture(id),
        () => stripe.paymentIntents.update(id, { amount: 3000 }),
      ]) {
        const error = await refusal(call());
        expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
        expect(error.payment_intent?.id).toBe(id);
      }
      expect((await stripe.paymentIntents.update(id, { metadata: { a: '1' } })).metadata).toEqual({ a: '1' });
    }
  });

  test.each(['requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture'])(
    '%s can be canceled',
    async (status) => {
      const { simulator, stripe } = await startWithSdk();
      const parameters: Record<string, Partial<Stripe.PaymentIntentCreateParams>> = {
        requires_payment_method: {},
        requires_confirmation: { payment_method: 'pm_card_visa' },
        requires_action: { payment_method: 'pm_card_authenticationRequired', confirm: true },
        requires_capture: { payment_method: 'pm_card_visa', confirm: true, capture_method: 'manual' },
      };
      const intent = await stripe.paymentIntents.create({ ...BASE, ...parameters[status] });
      expect(intent.status).toBe(status);
      expect(await stripe.paymentIntents.cancel(intent.id)).toMatchObject({ status: 'canceled', next_action: null });
      expect(eventTypes(simulator).at(-1)).toBe('payment_intent.canceled');
      expect(simulator.book.successfulCharges()).toEqual([]);
    },
  );

  test('a held amount: captured within it only, and released by itself after seven days', async () => {
    const { simulator, stripe } = await startWithSdk();
    const hold = () =>
      stripe.paymentIntents.create({
        ...BASE,
        payment_method: 'pm_card_visa',
        confirm: true,
        capture_method: 'manual',
      });
    const first = await hold();
    const error = await refusal(
      stripe.paymentIntents.capture(first.id, { amount_to_capture: 2001, metadata: { a: '1' } }),
    );
    expect(error).toMatchObject({ code: 'amount_too_large', param: 'amount_to_capture' });
    expect((await stripe.paymentIntents.retrieve(first.id)).metadata).toEqual({});
    await stripe.paymentIntents.capture(first.id);
    expect(eventTypes(simulator)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
      'charge.captured',
      'payment_intent.succeeded',
    ]);
    const second = await hold();
    simulator.advance(7 * 24 * 3600);
    expect(await stripe.paymentIntents.retrieve(second.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    });
    expect(eventTypes(simulator).slice(-2)).toEqual(['charge.expired', 'payment_intent.canceled']);
  });

  test('a bank debit is processing until the bank answers, and cannot be canceled meanwhile', async () => {
    const { simulator, stripe } = await startWithSdk();
    const pay = (method: string) =>
      stripe.paymentIntents.create({
        ...BASE,
        payment_method: method,
        confirm: true,
        mandate_data: { customer_acceptance: { type: 'offline' } },
      });
    const stuck = await pay('pm_usBankAccount_processing');
    expect(stuck.status).toBe('processing');
    expect(eventTypes(simulator)).toEqual(['payment_intent.created', 'charge.pending', 'payment_intent.processing']);
    expect((await refusal(stripe.paymentIntents.cancel(stuck.id))).code).toBe('payment_intent_unexpected_state');
    simulator.advance(3600);
    expect((await stripe.paymentIntents.retrieve(stuck.id)).status).toBe('processing');
    simulator.world.finishDebit(stuck.id);
    expect(await stripe.paymentIntents.retrieve(stuck.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 2000,
    });
    const failing = await pay('pm_usBankAccount_processing');
    simulator.world.finishDebit(failing.id, 'fail', 'debit_not_authorized');
    expect(await stripe.paymentIntents.retrieve(failing.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'debit_not_authorized', decline_code: 'generic_decline' },
    });
    expect(eventTypes(simulator).slice(-2)).toEqual(['charge.failed', 'payment_intent.payment_failed']);
    const soon = await pay('pm_usBankAccount_success');
    simulator.advance(20);
    expect((await stripe.paymentIntents.retrieve(soon.id)).status).toBe('succeeded');
  });
});

describe('whose method it is', () => {
  test('a saved card needs its customer, and only that one', async () => {
    const { stripe } = await startWithSdk();
    const { customer, paymentMethod } = await customerWith(stripe, 'pm_card_visa');
    const other = await stripe.customers.create();
    const pay = (more: Partial<Stripe.PaymentIntentCreateParams>) =>
      stripe.paymentIntents.create({ ...BASE, confirm: true, payment_method: paymentMethod, ...more });
    expect((await refusal(pay({}))).message).toContain('belongs to a Customer');
    expect((await refusal(pay({ customer: other.id }))).code).toBe('resource_missing');
    const intent = await pay({ customer });
    expect(intent).toMatchObject({ status: 'succeeded', customer, payment_method: paymentMethod });
    expect((await stripe.paymentIntents.list({ customer })).data.map((item) => item.id)).toEqual([intent.id]);
    expect((await stripe.paymentIntents.list({ customer: other.id })).data).toEqual([]);
  });

  test('a method without a customer pays once; setup_future_usage keeps it', async () => {
    const { simulator, stripe } = await startWithSdk();
    const once = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
      stripe.paymentIntents.create({ ...BASE, confirm: true, payment_method: method, ...more });
    expect((await pay(once.id)).status).toBe('succeeded');
    expect((await refusal(pay(once.id))).message).toContain('may not be used again');
    const customer = await stripe.customers.create();
    const kept = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await pay(kept.id, { customer: customer.id, setup_future_usage: 'off_session' });
    expect(eventTypes(simulator)).toContain('payment_method.attached');
    expect((await pay(kept.id, { customer: customer.id, off_session: true })).status).toBe('succeeded');
  });

  test('a default method must be attached, and is forgotten when it is detached', async () => {
    const { simulator, stripe } = await startWithSdk();
    const { customer, paymentMethod } = await customerWith(stripe, 'pm_card_visa');
    const foreign = await refusal(
      stripe.customers.update(customer, { invoice_settings: { default_payment_method: 'pm_x' } }),
    );
    expect(bodyOf(foreign)).toMatchObject({
      code: 'resource_missing',
      param: 'invoice_settings[default_payment_method]',
    });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: paymentMethod } });
    await stripe.paymentMethods.detach(paymentMethod);
    const after = (await stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect(after.invoice_settings.default_payment_method).toBeNull();
    expect(eventTypes(simulator).slice(-2)).toEqual(['customer.updated', 'payment_method.detached']);
  });

  test('a method is updated by the merchant and by its network', async () => {
    const { simulator, stripe } = await startWithSdk();
    const { paymentMethod } = await customerWith(stripe, 'pm_card_visa');
    const updated = await stripe.paymentMethods.update(paymentMethod, {
      card: { exp_month: 11, exp_year: 2031 },
      billing_details: { name: 'Ada', address: { country: 'DE' } },
      metadata: { a: '1' },
    });
    expect(updated).toMatchObject({
      card: { exp_month: 11, exp_year: 2031 },
      billing_details: { name: 'Ada', address: { country: 'DE', city: null } },
      metadata: { a: '1' },
    });
    simulator.world.updateCard(paymentMethod, { last4: '1881' });
    expect((await stripe.paymentMethods.retrieve(paymentMethod)).card?.last4).toBe('1881');
    expect(eventTypes(simulator).slice(-2)).toEqual(['payment_method.updated', 'payment_method.automatically_updated']);
  });
});

describe('SetupIntents', () => {
  test('succeed, attach the card, and tell it', async () => {
    const { simulator, stripe } = await startWithSdk();
    const customer = await stripe.customers.create();
    const open = await stripe.setupIntents.create({
      customer: customer.id,
      ...{ automatic_payment_methods: BASE.automatic_payment_methods },
    });
    expect(open).toMatchObject({ status: 'requires_payment_method', usage: 'off_session' });
    const done = await stripe.setupIntents.confirm(open.id, { payment_method: 'pm_card_visa' });
    expect(done.status).toBe('succeeded');
    const methods = await stripe.customers.listPaymentMethods(customer.id, { type: 'card' });
    expect(methods.data.map((item) => item.id)).toEqual([done.payment_method]);
    expect(eventTypes(simulator)).toEqual([
      'customer.created',
      'setup_intent.created',
      'payment_method.attached',
      'setup_intent.succeeded',
    ]);
    expect((await refusal(stripe.setupIntents.cancel(done.id))).code).toBe('setup_intent_unexpected_state');
    expect((await stripe.setupIntents.list({ customer: customer.id })).data.map((item) => item.id)).toEqual([done.id]);
  });

  test('can be updated and canceled while open; failed authentication leaves them open', async () => {
    const { simulator, stripe } = await startWithSdk();
    const waiting = await stripe.setupIntents.create({
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      return_url: 'https://example.com/back',
    });
    simulator.world.authenticate(waiting.id, 'fail');
    const open = await stripe.setupIntents.retrieve(waiting.id);
    expect(open).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    });
    expect(
      (await stripe.setupIntents.update(open.id, { metadata: { a: '1' }, description: 'later' })).description,
    ).toBe('later');
    const canceled = await stripe.setupIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect((await refusal(stripe.setupIntents.cancel(open.id))).code).toBe('setup_intent_unexpected_state');
    expect(eventTypes(simulator)).toEqual([
      'setup_intent.created',
      'setup_intent.requires_action',
      'setup_intent.setup_failed',
      'setup_intent.canceled',
    ]);
  });

  test('a verified bank account is saved with a mandate and debited later without another', async () => {
    const { simulator, stripe } = await startWithSdk();
    const customer = await stripe.customers.create();
    const account = await stripe.paymentMethods.create({
      type: 'us_bank_account',
      us_bank_account: { account_holder_type: 'company', account_number: '000123456789', routing_number: '110000000' },
    });
    const setup = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: account.id,
      confirm: true,
      allowed_payment_method_types: ['us_bank_account'],
      mandate_data: { customer_acceptance: { type: 'offline' } },
    });
    expect(setup.status).toBe('requires_action');
    await stripe.setupIntents.verifyMicrodeposits(setup.id, { descriptor_code: 'SM11AA' });
    const again = await refusal(stripe.setupIntents.verifyMicrodeposits(setup.id, { descriptor_code: 'SM11AA' }));
    expect(again.code).toBe('intent_invalid_state');
    const debit = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      customer: customer.id,
      payment_method: account.id,
      confirm: true,
      off_session: true,
    });
    expect(debit.status).toBe('processing');
    simulator.advance(20);
    expect((await stripe.paymentIntents.retrieve(debit.id)).status).toBe('succeeded');
  });
});
