import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { bodyOf, endWithEachTest, refusal, sdkFor, startWithSdk } from './support.ts';

endWithEachTest();

/** Sends what the SDK's types would not allow. */
function raw(stripe: Stripe, path: string, parameters: Record<string, unknown>): Promise<unknown> {
  return stripe.rawRequest('POST', path, parameters);
}

describe('parameters', () => {
  test.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'payment_method_types, gone since 2026-09-30',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', payment_method_types: ['card'] },
      { code: 'parameter_unknown', param: 'payment_method_types' },
    ],
    [
      'an unknown nested name',
      '/v1/customers',
      { address: { planet: 'Mars' } },
      { code: 'parameter_unknown', param: 'address[planet]' },
    ],
    ['a missing amount', '/v1/payment_intents', { currency: 'usd' }, { code: 'parameter_missing', param: 'amount' }],
    [
      'a text as amount',
      '/v1/payment_intents',
      { amount: 'ten', currency: 'usd' },
      { code: 'parameter_invalid_integer', param: 'amount' },
    ],
    [
      'a fraction as amount',
      '/v1/payment_intents',
      { amount: 10.5, currency: 'usd' },
      { code: 'parameter_invalid_integer', param: 'amount' },
    ],
    [
      'a negative amount',
      '/v1/payment_intents',
      { amount: -5, currency: 'usd' },
      { code: 'parameter_invalid_integer', param: 'amount' },
    ],
    [
      'an amount below 0.50 USD',
      '/v1/payment_intents',
      { amount: 49, currency: 'usd' },
      { code: 'amount_too_small', param: 'amount' },
    ],
    [
      'an amount below 0.30 GBP',
      '/v1/payment_intents',
      { amount: 29, currency: 'gbp' },
      { code: 'amount_too_small', param: 'amount' },
    ],
    [
      'an amount below 175 HUF',
      '/v1/payment_intents',
      { amount: 17_499, currency: 'huf' },
      { code: 'amount_too_small', param: 'amount' },
    ],
    [
      'an amount of nine digits',
      '/v1/payment_intents',
      { amount: 100_000_000, currency: 'usd' },
      { code: 'amount_too_large', param: 'amount' },
    ],
    [
      'ISK that is not whole',
      '/v1/payment_intents',
      { amount: 10_050, currency: 'isk' },
      { code: 'parameter_invalid_integer', param: 'amount' },
    ],
    ['an upper-case currency', '/v1/payment_intents', { amount: 500, currency: 'USD' }, { param: 'currency' }],
    ['an unknown currency', '/v1/payment_intents', { amount: 500, currency: 'xxx' }, { param: 'currency' }],
    [
      'an unknown choice',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', capture_method: 'soon' },
      { param: 'capture_method' },
    ],
    [
      'a text as boolean',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', confirm: 'yes' },
      { param: 'confirm' },
    ],
    ['a hash as text', '/v1/customers', { name: { first: 'Ada' } }, { param: 'name' }],
    ['a text as hash', '/v1/customers', { metadata: 'x' }, { param: 'metadata' }],
    [
      'an empty id',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', customer: '' },
      { code: 'parameter_invalid_empty', param: 'customer' },
    ],
    [
      'an unknown customer',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', customer: 'cus_x' },
      { code: 'resource_missing', param: 'customer' },
    ],
    [
      'an unknown payment method',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', payment_method: 'pm_x' },
      { code: 'resource_missing', param: 'payment_method' },
    ],
    [
      'off_session without confirm',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', off_session: true },
      { param: 'off_session' },
    ],
    ['a bad e-mail address', '/v1/customers', { email: 'ada' }, { code: 'email_invalid', param: 'email' }],
    [
      'a metadata key of 41',
      '/v1/customers',
      { metadata: { ['k'.repeat(41)]: 'v' } },
      { param: `metadata[${'k'.repeat(41)}]` },
    ],
    ['a metadata value of 501', '/v1/customers', { metadata: { k: 'v'.repeat(501) } }, { param: 'metadata[k]' }],
    [
      '51 metadata keys',
      '/v1/customers',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) },
      { param: 'metadata' },
    ],
    [
      'a parameter that is not simulated',
      '/v1/payment_intents',
      { amount: 500, currency: 'usd', transfer_group: 'x' },
      { param: 'transfer_group' },
    ],
  ])('%s is refused', async (_name, path, parameters, expected) => {
    const { simulator, stripe } = await startWithSdk();
    const error = await refusal(raw(stripe, path, parameters));
    expect(error.statusCode).toBe(400);
    expect(bodyOf(error)).toMatchObject({ type: 'invalid_request_error', ...expected });
    if (!('code' in expected)) {
      expect(bodyOf(error)).not.toHaveProperty('code');
    }
    expect(error.requestId).toMatch(/^req_/);
    expect(simulator.events).toEqual([]);
  });

  test.each([
    ['jpy', 50],
    ['gbp', 30],
    ['huf', 17_500],
    ['kwd', 100],
    ['usd', 99_999_999],
  ])('%s %d is at the bound and taken', async (currency, amount) => {
    const { stripe } = await startWithSdk();
    expect((await stripe.paymentIntents.create({ amount, currency })).amount).toBe(amount);
  });

  test('an on-session confirmation that may redirect needs a return_url; off session needs none', async () => {
    const { stripe } = await startWithSdk();
    const common = { amount: 500, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' };
    expect((await refusal(stripe.paymentIntents.create(common))).message).toContain('return_url');
    expect((await stripe.paymentIntents.create({ ...common, off_session: true })).status).toBe('succeeded');
    expect((await stripe.paymentIntents.create({ ...common, allowed_payment_method_types: ['card'] })).status).toBe(
      'succeeded',
    );
  });

  test('metadata merges, an empty value removes a key, empty metadata removes all', async () => {
    const { stripe } = await startWithSdk();
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
    expect((await stripe.customers.update(id, { metadata: { b: '3', c: '4' } })).metadata).toEqual({
      a: '1',
      b: '3',
      c: '4',
    });
    expect((await stripe.customers.update(id, { metadata: { a: '' } })).metadata).toEqual({ b: '3', c: '4' });
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });
});

describe('the door', () => {
  test('a wrong, a publishable and a missing key are 401', async () => {
    const { simulator } = await startWithSdk();
    for (const key of ['sk_test_wrong', 'pk_test_simulator']) {
      const error = await refusal(sdkFor(simulator, { key }).customers.list());
      expect(error.type).toBe('StripeAuthenticationError');
      expect(error.statusCode).toBe(401);
    }
    const response = await fetch(`${simulator.url}/v1/customers`);
    expect(response.status).toBe(401);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('an unknown URL is 404 in the envelope; a JSON body is refused', async () => {
    const { simulator, stripe } = await startWithSdk();
    const error = await refusal(stripe.products.list());
    expect(error.statusCode).toBe(404);
    expect(error.message).toContain('Unrecognized request URL (GET: /v1/products)');
    const response = await fetch(`${simulator.url}/v1/customers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${simulator.apiKey}`, 'Content-Type': 'application/json' },
      body: '{"name":"Ada"}',
    });
    expect(response.status).toBe(400);
    expect(simulator.events).toEqual([]);
  });

  test('the answer names the version; without a header it is the account’s', async () => {
    const { simulator, stripe } = await startWithSdk();
    const customer = await stripe.customers.create();
    expect(customer.lastResponse.apiVersion).toBe('2026-10-28.endive');
    const response = await fetch(`${simulator.url}/v1/account`, {
      headers: { Authorization: `Bearer ${simulator.apiKey}` },
    });
    expect(response.headers.get('stripe-version')).toBe('2026-10-28.endive');
    expect(await response.json()).toMatchObject({ object: 'account', charges_enabled: true });
  });
});

describe('reading', () => {
  test('limits and cursors are checked', async () => {
    const { stripe } = await startWithSdk();
    expect((await refusal(stripe.customers.list({ limit: 0 }))).param).toBe('limit');
    expect((await refusal(stripe.customers.list({ limit: 101 }))).param).toBe('limit');
    const error = await refusal(stripe.customers.list({ starting_after: 'cus_x' }));
    expect(bodyOf(error)).toMatchObject({ code: 'resource_missing', param: 'starting_after' });
  });

  test('the SDK pages through everything', async () => {
    const { stripe } = await startWithSdk();
    for (let count = 0; count < 25; count += 1) {
      await stripe.customers.create({ name: String(count) });
    }
    const names = (await stripe.customers.list({ limit: 7 }).autoPagingToArray({ limit: 100 })).map(
      (item) => item.name,
    );
    expect(names).toEqual(Array.from({ length: 25 }, (_, index) => String(24 - index)));
  });

  test('expand reaches through objects and lists, and refuses what cannot be expanded', async () => {
    const { stripe } = await startWithSdk();
    const customer = await stripe.customers.create({ name: 'Ada' });
    await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      customer: customer.id,
      confirm: true,
      off_session: true,
      capture_method: 'automatic',
      payment_method: 'pm_card_visa',
    });
    const page = await stripe.paymentIntents.list({
      expand: ['data.customer', 'data.latest_charge.balance_transaction'],
    });
    const intent = page.data[0]!;
    expect((intent.customer as Stripe.Customer).name).toBe('Ada');
    const transaction = (intent.latest_charge as Stripe.Charge).balance_transaction as Stripe.BalanceTransaction;
    expect(transaction).toMatchObject({ amount: 500, fee: 45, net: 455 });
    const plain = await stripe.paymentIntents.retrieve(intent.id);
    expect(typeof plain.latest_charge).toBe('string');
    const error = await refusal(stripe.paymentIntents.retrieve(intent.id, { expand: ['amount'] }));
    expect(error.message).toContain('cannot be expanded (amount)');
  });

  test('account and balance can be read', async () => {
    const { stripe } = await startWithSdk();
    expect((await stripe.accounts.retrieveCurrent()).charges_enabled).toBe(true);
    expect(await stripe.balance.retrieve()).toMatchObject({ object: 'balance', livemode: false });
  });
});
