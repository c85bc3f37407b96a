import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectStripe } from '../../src/collecting/payments/providers/connect-stripe.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { type StripeWorld, stripeWorld } from '../support/stripe-world.ts';

const secrets = ['whsec_first_of_two', 'whsec_second_of_two'];

let stripe: StripeWorld;
let organization: TestOrganization;
let address: string;

beforeAll(async () => {
  stripe = await stripeWorld();
  organization = await stripe.world.organization();
  const id = await organization.transact((work) =>
    connectStripe(
      work,
      { secretKey: stripe.simulator.apiKey, webhookSecrets: secrets },
      stripe.world.app.config.encryptionKey,
    ),
  );
  address = `${stripe.address}/${toGlobalId('strc', id)}`;
});

afterAll(async () => {
  await stripe.settle();
  await checkBooks(stripe.world);
  await stripe.close();
});

let made = 0;

/** An event as Stripe sends it. */
function eventOf(type: string, object: object = { id: 'pi_unknown', object: 'payment_intent' }, more: object = {}) {
  made += 1;
  const created = Math.floor(stripe.world.clock.now().getTime() / 1000);
  return { id: `evt_${made}`, object: 'event', type, livemode: false, created, data: { object }, ...more };
}

interface Sending {
  to?: string;
  secret?: string;
  secondsAgo?: number;
  signature?: string | null;
}

/** Sends a body as Stripe does, signed unless said otherwise; answers the status. */
async function send(body: string | object, how: Sending = {}): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const at = Math.floor(stripe.world.clock.now().getTime() / 1000) - (how.secondsAgo ?? 0);
  const digest = createHmac('sha256', how.secret ?? secrets[0]!)
    .update(`${at}.${text}`)
    .digest('hex');
  const signature = how.signature === undefined ? `t=${at},v1=${digest}` : how.signature;
  const answer = await fetch(how.to ?? address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) },
    body: text,
  });
  await answer.text();
  return answer.status;
}

async function stored(providerEventId: string) {
  const rows = await query<{ type: string; applied: boolean; reason: string | null; dead: boolean; tries: number }>(
    stripe.world.database.superuserUrl,
    `select type, applied_at is not null as applied, coalesce(ignored_reason, last_error) as reason, dead_at is not null as dead, tries
     from provider_events where provider_event_id = $1`,
    [providerEventId],
  );
  return rows;
}

describe('what is not accepted', () => {
  const refused: [name: string, body: () => object | string, how: Sending][] = [
    ['no signature', () => eventOf('x'), { signature: null }],
    ['a garbled signature', () => eventOf('x'), { signature: 'nonsense' }],
    ['a signature with another secret', () => eventOf('x'), { secret: 'whsec_other' }],
    ['an old signature', () => eventOf('x'), { secondsAgo: 302 }],
    ['the other mode', () => eventOf('x', {}, { livemode: true }), {}],
    ['no mode', () => eventOf('x', {}, { livemode: undefined }), {}],
    ['no event', () => ({ hello: 'world' }), {}],
    ['no JSON', () => 'hello', {}],
    ['a list', () => '[]', {}],
    ['a type of endless length', () => eventOf('x'.repeat(256)), {}],
  ];

  it.each(refused)('%s: 400, and nothing is stored', async (_name, body, how) => {
    const count = async () => (await query(stripe.world.database.superuserUrl, 'select 1 from provider_events')).length;
    const before = await count();
    expect(await send(body(), how)).toBe(400);
    expect(await count()).toBe(before);
  });

  it('an address that leads nowhere: 400', async () => {
    for (const name of ['strc_nothing', organization.id, toGlobalId('strc', organization.id), '../x']) {
      expect([400, 404]).toContain(await send(eventOf('x'), { to: `${stripe.address}/${name}` }));
    }
    expect(await send(eventOf('x'), { to: stripe.address })).toBe(400);
  });

  it('a body without end: 413', async () => {
    expect(await send(eventOf('x', { id: 'pi_1', text: 'x'.repeat(3_000_000) }))).toBe(413);
  });
});

describe('what is accepted', () => {
  it('either secret while one is rotated, and a signature of 299 seconds ago or ahead', async () => {
    for (const secret of secrets) {
      const event = eventOf('customer.created');
      expect(await send(event, { secret, secondsAgo: secret === secrets[0] ? 299 : -299 })).toBe(200);
      expect(await stored(event.id)).toHaveLength(1);
    }
  });

  it('lies in the inbox before it is acknowledged, once, however often and at once it comes', async () => {
    const event = eventOf('plan.updated');
    const statuses = await Promise.all(Array.from({ length: 10 }, () => send(event)));
    expect(statuses).toEqual(Array(10).fill(200));
    expect(await stored(event.id)).toMatchObject([{ type: 'plan.updated', applied: false, reason: null }]);
    await stripe.world.settle();
    expect(await send(event)).toBe(200);
    await stripe.world.settle();
    expect(await stored(event.id)).toMatchObject([{ reason: 'events of this type change nothing here', tries: 1 }]);
  });

  it('many at once are all stored', async () => {
    const events = Array.from({ length: 60 }, () => eventOf('product.created'));
    expect(await Promise.all(events.map((event) => send(event)))).toEqual(Array(60).fill(200));
    const rows = await query(
      stripe.world.database.superuserUrl,
      'select 1 from provider_events where provider_event_id = any($1)',
      [events.map((event) => event.id)],
    );
    expect(rows).toHaveLength(60);
  });

  it('one that the database cannot hold keeps none of its neighbors out', async () => {
    const events = Array.from({ length: 20 }, () => eventOf('product.created'));
    const tooLarge = JSON.stringify(eventOf('product.created', { id: 'prod_1', size: 0 })).replace(':0}', ':1e400000}');
    const statuses = await Promise.all([...events, tooLarge].map((event) => send(event)));
    expect(statuses).toEqual([...Array(20).fill(200), 500]);
    for (const event of events) expect(await stored(event.id)).toHaveLength(1);
  });

  it('holds no secret, and nothing that cannot be stored', async () => {
    const event = eventOf('payment_intent.created', {
      id: 'pi_1',
      client_secret: 'pi_1_secret_x',
      note: 'a\u0000b\ud800',
    });
    expect(await send(event)).toBe(200);
    const [row] = await query<{ payload: { data: { object: Record<string, string> } } }>(
      stripe.world.database.superuserUrl,
      'select payload from provider_events where provider_event_id = $1',
      [event.id],
    );
    expect(row!.payload.data.object).toEqual({ id: 'pi_1', note: 'ab\ufffd' });
  });

  it('thin events are stored and ignored', async () => {
    const event = { id: 'evt_thin', object: 'v2.core.event', type: 'v1.billing.meter.no_meter_found', livemode: false };
    expect(await send(event)).toBe(200);
    await stripe.world.settle();
    expect(await stored('evt_thin')).toMatchObject([{ reason: 'events of this type change nothing here' }]);
  });
});

describe('what is of no concern is marked with its reason', () => {
  it.each([
    ['payment_intent.succeeded', { id: 'pi_nobody' }, 'Stripe does not know the object any more'],
    ['charge.dispute.created', { id: 'dp_1' }, 'disputes are not offered yet'],
    ['checkout.session.completed', { id: 'cs_1' }, 'checkout is not offered yet'],
    ['invoice.paid', { id: 'in_1' }, 'subscriptions that Stripe runs are not offered yet'],
    ['customer.subscription.updated', { id: 'sub_1' }, 'subscriptions that Stripe runs are not offered yet'],
    ['charge.succeeded', { id: 'ch_1', payment_intent: null }, 'the charge belongs to no payment intent'],
    ['customer.updated', { id: 'cus_nobody' }, 'the customer is not one of ours'],
    ['something.new', { id: 'x_1' }, 'events of this type change nothing here'],
  ])('%s', async (type, object, reason) => {
    const event = eventOf(type, object);
    expect(await send(event)).toBe(200);
    await stripe.world.settle();
    expect(await stored(event.id)).toMatchObject([{ applied: false, dead: false, reason }]);
  });

  it('a payment that was begun by somebody else at the same account', async () => {
    const intent = await stripeCall('payment_intents', { amount: '500', currency: 'eur' });
    const event = eventOf('payment_intent.processing', { id: intent.id });
    expect(await send(event)).toBe(200);
    await stripe.world.settle();
    expect(await stored(event.id)).toMatchObject([{ reason: 'the payment was not begun here' }]);
  });
});

describe('payment methods and customers', () => {
  it('follow what happens at Stripe: attached, changed, made the default, detached, the customer deleted', async () => {
    const { accountId, methodRef } = await stripe.customer(organization, 'pm_card_visa');
    const [{ provider_ref: customer } = { provider_ref: '' }] = await query<{ provider_ref: string }>(
      stripe.world.database.superuserUrl,
      'select provider_ref from provider_customers where account_id = $1',
      [accountId],
    );
    const methods = async () =>
      (
        await query<Record<string, unknown>>(
          stripe.world.database.superuserUrl,
          `select provider_ref as ref, last4, exp_year as year, is_default as usual, detached_at is not null as gone
           from payment_methods where account_id = $1 order by created_at, id`,
          [accountId],
        )
      ).map((row) => [row.ref === methodRef ? 'first' : 'second', row.last4, row.year, row.usual, row.gone]);
    const tell = async (type: string, object: object) => {
      const event = eventOf(type, object);
      expect(await send(event)).toBe(200);
      await stripe.world.settle();
      expect(await stored(event.id)).toMatchObject([{ applied: true }]);
    };
    const year = (await methods())[0]![2];
    expect(await methods()).toEqual([['first', '4242', year, true, false]]);

    const second = await stripeCall('payment_methods/pm_card_mastercard/attach', { customer });
    await tell('payment_method.attached', { id: second.id });
    expect(await methods()).toEqual([
      ['first', '4242', year, true, false],
      ['second', '4444', expect.anything(), false, false],
    ]);

    stripe.simulator.world.updateCard(methodRef, { last4: '1881', exp_year: 2045 });
    await tell('payment_method.automatically_updated', { id: methodRef });
    expect((await methods())[0]).toEqual(['first', '1881', 2045, true, false]);

    await stripeCall(`customers/${customer}`, { 'invoice_settings[default_payment_method]': second.id });
    await tell('customer.updated', { id: customer });
    expect((await methods()).map((row) => row[3])).toEqual([false, true]);

    await stripeCall(`payment_methods/${methodRef}/detach`, {});
    await tell('payment_method.detached', { id: methodRef });
    expect((await methods()).map((row) => row[4])).toEqual([true, false]);

    await stripeCall(`customers/${customer}`, {}, 'DELETE');
    await tell('customer.deleted', { id: customer });
    expect((await methods()).map((row) => row[4])).toEqual([true, true]);
  });

  it('keep what a customer has set up in the browser', async () => {
    const { accountId } = await stripe.customer(organization, 'pm_card_visa');
    const result = await stripe.world.graphql<{ createPaymentMethodSetup: { clientSecret: string; provider: string } }>(
      `mutation { createPaymentMethodSetup(input: { accountId: "${toGlobalId('acc', accountId)}" }) { clientSecret provider userErrors { code } } }`,
      {},
      { as: organization },
    );
    expect(result.data?.createPaymentMethodSetup).toMatchObject({
      provider: 'STRIPE',
      clientSecret: expect.any(String),
    });
    const setup = result.data!.createPaymentMethodSetup.clientSecret.split('_secret_')[0]!;
    await stripeCall(`setup_intents/${setup}/confirm`, {
      payment_method: 'pm_card_amex',
      return_url: 'https://example.com',
    });
    const event = eventOf('setup_intent.succeeded', { id: setup });
    expect(await send(event)).toBe(200);
    await stripe.world.settle();
    const brands = await query<{ brand: string }>(
      stripe.world.database.superuserUrl,
      'select brand from payment_methods where account_id = $1 order by created_at, id',
      [accountId],
    );
    expect(brands.map((row) => row.brand).sort()).toEqual(['amex', 'visa']);
  });
});

describe('events that cannot be applied', () => {
  it('are tried again, then left with their reason, and can be tried once more', async () => {
    const fault = stripe.simulator.fail({ kind: 'html_before_effect', method: 'GET', times: Number.POSITIVE_INFINITY });
    const event = eventOf('payment_intent.succeeded', { id: 'pi_later' });
    expect(await send(event)).toBe(200);
    for (let day = 0; day < 14; day += 1) {
      await stripe.world.settle();
      stripe.world.clock.advance({ days: 1 });
    }
    expect(await stored(event.id)).toMatchObject([{ dead: true, reason: 'Stripe did not answer', tries: 12 }]);
    fault.lift();
    const list = await stripe.world.graphql<{ stripeEvents: { nodes: { id: string }[] } }>(
      '{ stripeEvents(filter: { state: [DEAD] }) { totalCount nodes { id type state reason } } }',
      {},
      { as: organization },
    );
    expect(list.data?.stripeEvents).toMatchObject({
      totalCount: 1,
      nodes: [{ state: 'DEAD', reason: 'Stripe did not answer' }],
    });
    const id = list.data!.stripeEvents.nodes[0]!.id;
    const retry = () =>
      stripe.world.graphql<{ retryStripeEvent: unknown }>(
        `mutation { retryStripeEvent(input: { id: "${id}" }) { stripeEvent { state } userErrors { code } } }`,
        {},
        { as: organization },
      );
    expect((await retry()).data?.retryStripeEvent).toEqual({ stripeEvent: { state: 'WAITING' }, userErrors: [] });
    await stripe.world.settle();
    expect(await stored(event.id)).toMatchObject([{ dead: false, reason: 'Stripe does not know the object any more' }]);
    expect((await retry()).data?.retryStripeEvent).toMatchObject({ userErrors: [{ code: 'INVALID_STATE' }] });
  });
});

describe('the connection', () => {
  it('shows no secret, is sealed, and ends for good', async () => {
    const other = await stripe.world.organization();
    const secretKey = 'sk_test_a_secret_of_mine';
    const connect = (input: object) =>
      stripe.world.graphql<{ connectStripe: { stripeConnection: { id: string; webhookUrl: string } } }>(
        'mutation C($input: ConnectStripeInput!) { connectStripe(input: $input) { stripeConnection { id keyHint livemode webhookUrl } userErrors { code path message } } }',
        { input },
        { as: other },
      );
    const live = await connect({ secretKey: 'sk_live_a_secret_of_mine', webhookSecrets: secrets });
    expect(live.data?.connectStripe).toMatchObject({
      userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'secretKey'] }],
    });
    const answer = await connect({ secretKey, webhookSecrets: ['whsec_mine'] });
    expect(answer.data?.connectStripe).toMatchObject({
      stripeConnection: { keyHint: 'sk_test_…mine', livemode: false },
    });
    expect(JSON.stringify(answer)).not.toContain(secretKey);
    const { id, webhookUrl } = answer.data!.connectStripe.stripeConnection;
    const to = `${stripe.address}/${id}`;
    expect(webhookUrl).toMatch(new RegExp(`/webhooks/stripe/${id}$`));
    expect(await send(eventOf('x'), { to, secret: 'whsec_mine' })).toBe(200);
    const rows = await query(
      stripe.world.database.superuserUrl,
      `select 1 from stripe_connections where encode(secret_key_sealed, 'escape') like '%secret%' or encode(webhook_secrets_sealed, 'escape') like '%whsec%'`,
    );
    expect(rows).toEqual([]);
    const ended = await stripe.world.graphql(
      'mutation { disconnectStripe { disconnectedId userErrors { code } } }',
      {},
      { as: other },
    );
    expect(ended.data).toMatchObject({ disconnectStripe: { disconnectedId: id, userErrors: [] } });
    stripe.world.clock.advance({ seconds: 10 });
    expect(await send(eventOf('x'), { to, secret: 'whsec_mine' })).toBe(400);
    const none = await stripe.world.graphql('{ stripeConnection { id } }', {}, { as: other });
    expect(none.data).toEqual({ stripeConnection: null });
  });
});

async function stripeCall(path: string, body: Record<string, string>, method = 'POST'): Promise<{ id: string }> {
  const answer = await fetch(`${stripe.simulator.url}/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stripe.simulator.apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      'stripe-version': '2026-10-28.endive',
    },
    ...(method === 'POST' ? { body: new URLSearchParams(body) } : {}),
  });
  const value = (await answer.json()) as { id: string; error?: unknown };
  if (!answer.ok) throw new Error(JSON.stringify(value.error));
  return value;
}
