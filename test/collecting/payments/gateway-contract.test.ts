import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChargeRequest, Gateway, RefundRequest } from '../../../src/collecting/payments/providers/gateway.ts';
import { sandboxGateway } from '../../../src/collecting/payments/providers/sandbox-gateway.ts';
import { openStripe } from '../../../src/collecting/payments/providers/stripe-client.ts';
import { stripeGateway } from '../../../src/collecting/payments/providers/stripe-gateway.ts';
import { newId } from '../../../src/platform/id.ts';
import { type StripeSimulator, startStripeSimulator } from '../../support/stripe-simulator/index.ts';

/** What each provider calls the same thing. */
interface Names {
  good: string;
  insufficient: string;
  hard: string;
  authenticates: string;
}

interface Provider {
  name: string;
  gateway: () => Gateway;
  names: Names;
  /** The customer acts at the provider, where that is not done by a new attempt. */
  act: (providerRef: string | null) => void;
}

let simulator: StripeSimulator;
let stripe: Gateway;

beforeAll(async () => {
  simulator = await startStripeSimulator();
  stripe = stripeGateway(
    openStripe({ secretKey: simulator.apiKey, apiBase: simulator.url, timeoutMilliseconds: 1_000 }),
  );
});

afterAll(async () => {
  await simulator.stop();
});

const providers: Provider[] = [
  {
    name: 'sandbox',
    gateway: () => sandboxGateway({ slowMilliseconds: 1 }),
    names: {
      good: 'success',
      insufficient: 'insufficient_funds',
      hard: 'lost_card',
      authenticates: 'authentication_required',
    },
    act: () => undefined,
  },
  {
    name: 'Stripe',
    gateway: () => stripe,
    names: {
      good: 'pm_card_visa',
      insufficient: 'pm_card_visa_chargeDeclinedInsufficientFunds',
      hard: 'pm_card_visa_chargeDeclinedLostCard',
      authenticates: 'pm_card_authenticationRequired',
    },
    act: (providerRef) => void simulator.world.authenticate(providerRef ?? ''),
  },
];

const organizationId = newId();
const recordedAt = new Date('2026-01-01T00:00:00Z');

describe.each(providers)('$name', ({ gateway: open, names, act }) => {
  let gateway: Gateway;
  let customerRef: string | null;

  beforeAll(async () => {
    gateway = open();
    customerRef = await gateway.createCustomer({
      organizationId,
      accountId: newId(),
      name: 'Ada',
      email: 'ada@example.com',
    });
  });

  const requestFor = (token: string | null, more: { manual?: boolean; offSession?: boolean } = {}): ChargeRequest => ({
    organizationId,
    payment: {
      id: newId(),
      amount: 5_000n,
      currency: 'EUR',
      captureMethod: more.manual ? 'manual' : 'automatic',
      providerRef: null,
      accountId: newId(),
      invoiceIds: [newId()],
    },
    attempt: {
      id: newId(),
      no: 1,
      offSession: more.offSession ?? true,
      recordedAt,
      followsAction: false,
      charges: null,
    },
    method: token === null ? null : { id: newId(), providerRef: token, type: 'card' },
    customerRef,
  });

  it('charges, and finds what it charged when asked again', async () => {
    const request = requestFor(names.good);
    const outcome = await gateway.charge(request);
    expect(outcome).toMatchObject({ status: 'succeeded', providerRef: expect.any(String) });
    expect(await gateway.charge(request)).toEqual(outcome);
    expect(await gateway.lookUp(request)).toEqual(outcome);
    const known = { ...request, payment: { ...request.payment, providerRef: outcome.providerRef } };
    expect(await gateway.lookUp(known)).toEqual(outcome);
  });

  it.each([
    ['insufficient', 'insufficient_funds', 'try_again_later', 'The card has insufficient funds.'],
    ['hard', 'lost_card', 'do_not_try_again', 'The card was declined.'],
  ] as const)('tells a %s decline', async (kind, code, adviceCode, message) => {
    const request = requestFor(names[kind]);
    const outcome = await gateway.charge(request);
    expect(outcome).toMatchObject({
      status: 'failed',
      providerRef: expect.any(String),
      failure: { code, adviceCode, message },
    });
    expect(await gateway.lookUp(request)).toMatchObject({ status: 'failed', failure: { code } });
  });

  it('declines what needs the customer while they are away, and asks them when they are there', async () => {
    expect(await gateway.charge(requestFor(names.authenticates))).toMatchObject({
      status: 'failed',
      failure: { code: 'authentication_required' },
    });
    const request = requestFor(names.authenticates, { offSession: false });
    const asked = await gateway.charge(request);
    expect(asked).toMatchObject({ status: 'requires_action', clientSecret: expect.any(String) });
    act(asked.providerRef);
    const after = {
      ...request,
      payment: { ...request.payment, providerRef: asked.providerRef },
      attempt: { ...request.attempt, id: newId(), no: 2, followsAction: true, charges: asked.providerRef },
    };
    const outcome = gateway.afterAction === 'charge' ? await gateway.charge(after) : await gateway.lookUp(after);
    expect(outcome).toMatchObject({ status: 'succeeded', providerRef: asked.providerRef });
  });

  it('charges the same object again after a decline', async () => {
    const request = requestFor(names.insufficient);
    const declined = await gateway.charge(request);
    const again = {
      ...request,
      payment: { ...request.payment, providerRef: declined.providerRef },
      attempt: { ...request.attempt, id: newId(), no: 2, charges: declined.providerRef },
      method: { id: newId(), providerRef: names.good, type: 'card' },
    };
    expect(await gateway.charge(again)).toMatchObject({ status: 'succeeded', providerRef: declined.providerRef });
  });

  it('lets the customer choose in the browser', async () => {
    expect(await gateway.charge(requestFor(null, { offSession: false }))).toMatchObject({
      status: 'requires_action',
      clientSecret: expect.any(String),
    });
  });

  it('holds money, takes a part of it', async () => {
    const request = requestFor(names.good, { manual: true });
    const held = await gateway.charge(request);
    expect(held).toMatchObject({ status: 'requires_capture' });
    const known = { ...request, payment: { ...request.payment, providerRef: held.providerRef } };
    expect(await gateway.capture(known, 3_000n)).toEqual({
      status: 'succeeded',
      providerRef: held.providerRef,
      amountReceived: 3_000n,
    });
  });

  it('holds money, and lets it go', async () => {
    const request = requestFor(names.good, { manual: true });
    const held = await gateway.charge(request);
    const known = { ...request, payment: { ...request.payment, providerRef: held.providerRef } };
    expect(await gateway.cancel(known)).toMatchObject({ status: 'canceled' });
  });

  it('gives money back, and finds what it gave back when asked again', async () => {
    const request = requestFor(names.good);
    const paid = await gateway.charge(request);
    const refund: RefundRequest = {
      organizationId,
      refund: { id: newId(), amount: 2_000n, currency: 'EUR', reason: 'it broke', providerRef: null, at: recordedAt },
      payment: { id: request.payment.id, providerRef: paid.providerRef, methodRef: names.good },
    };
    const outcome = await gateway.refund(refund);
    expect(outcome).toMatchObject({ status: 'succeeded', providerRef: expect.any(String) });
    expect(await gateway.refund(refund)).toEqual(outcome);
    expect(await gateway.lookUpRefund(refund)).toEqual(outcome);
  });

  it('keeps a method, shows nothing that could be charged, and lets it go', async () => {
    const described = await gateway.attachMethod(names.good, customerRef);
    expect(described).toEqual({
      providerRef: expect.any(String),
      type: 'card',
      brand: 'visa',
      last4: '4242',
      expMonth: expect.any(Number),
      expYear: expect.any(Number),
    });
    await gateway.detachMethod(described.providerRef);
    await gateway.detachMethod(described.providerRef);
  });

  it('refuses a method that it does not know', async () => {
    await expect(gateway.attachMethod('pm_nothing_like_that', customerRef)).rejects.toMatchObject({
      name: 'DomainError',
    });
  });

  it('begins to collect a method in the browser', async () => {
    const account = { organizationId, accountId: newId() };
    expect(await gateway.setUpMethod(customerRef, account, newId())).toMatch(/secret/);
  });
});

describe('Stripe when it does not answer', () => {
  let customerRef: string | null;

  beforeAll(async () => {
    customerRef = await stripe.createCustomer({ organizationId, accountId: newId(), name: 'Ada', email: null });
  });

  const request = (): ChargeRequest => ({
    organizationId,
    payment: {
      id: newId(),
      amount: 5_000n,
      currency: 'EUR',
      captureMethod: 'automatic',
      providerRef: null,
      accountId: newId(),
      invoiceIds: [],
    },
    attempt: { id: newId(), no: 1, offSession: true, recordedAt, followsAction: false, charges: null },
    method: { id: newId(), providerRef: 'pm_card_visa', type: 'card' },
    customerRef,
  });
  // A connection that is closed under it is opened once more by the SDK itself, with the same key.
  const timesOf = (kind: string) => (kind.startsWith('reset') ? 2 : 1);
  const strike = { method: 'POST', path: '/v1/payment_intents' };

  it.each([
    'reset_after_effect',
    'server_error_after_effect',
    'cut_body',
    'invalid_json',
    'no_answer_after_effect',
  ] as const)('%s: the outcome is unknown, and looking finds the charge', async (kind) => {
    const fault = simulator.fail({ kind, ...strike, times: timesOf(kind) });
    const one = request();
    expect(await stripe.charge(one)).toMatchObject({ status: 'unknown' });
    fault.lift();
    expect(await stripe.lookUp(one)).toMatchObject({ status: 'succeeded' });
    expect(simulator.book.successfulCharges({ metadata: { perennial_payment: one.payment.id } })).toHaveLength(1);
  });

  it.each([
    'reset_before_effect',
    'server_error_before_effect',
    'html_before_effect',
    'no_answer_before_effect',
  ] as const)(
    '%s: the outcome is unknown, looking finds nothing, and the same attempt may be sent again',
    async (kind) => {
      const fault = simulator.fail({ kind, ...strike, times: timesOf(kind) });
      const one = request();
      expect(await stripe.charge(one)).toMatchObject({ status: 'unknown' });
      fault.lift();
      expect(await stripe.lookUp(one)).toEqual({ status: 'absent', providerRef: null });
      expect(await stripe.charge(one)).toMatchObject({ status: 'succeeded' });
      expect(simulator.book.successfulCharges({ metadata: { perennial_payment: one.payment.id } })).toHaveLength(1);
    },
  );

  it.each(['lock_timeout', 'rate_limit'] as const)('%s: certainly nothing happened', async (kind) => {
    simulator.fail({ kind, ...strike });
    const one = request();
    expect(await stripe.charge(one)).toMatchObject({ status: 'deferred' });
    expect(await stripe.charge(one)).toMatchObject({ status: 'succeeded' });
  });

  it('sends every request once, under the id of the attempt', async () => {
    const one = request();
    const before = simulator.requests.length;
    await stripe.charge(one);
    await stripe.charge(one);
    const sent = simulator.requests.slice(before);
    expect(sent.map((entry) => entry.idempotencyKey)).toEqual([one.attempt.id, one.attempt.id]);
  });

  it('is not asked to charge what it cannot', async () => {
    const small = request();
    small.payment.amount = 49n;
    expect(await stripe.charge(small)).toMatchObject({
      status: 'failed',
      failure: { code: 'amount_too_small', declineClass: 'configuration' },
    });
  });

  it('is not believed when it refuses the key', async () => {
    const other = stripeGateway(openStripe({ secretKey: 'sk_test_wrong', apiBase: simulator.url }));
    expect(await other.charge(request())).toMatchObject({ status: 'deferred' });
  });
});
