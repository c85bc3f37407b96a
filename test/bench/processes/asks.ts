import { signatureHeader } from '../../support/stripe-simulator/knobs/signature.ts';

/** A request to send, and whether an answer to it is one. */
export interface Ask {
  path: string;
  headers: Record<string, string | number>;
  body: string;
  isRight(answer: string): boolean;
  name?: string;
}

/** What a load process sends. */
export type LoadSettings =
  | { kind: 'graphql'; keys: string[]; bodies: Record<string, string>; entries: number; mark: string }
  | { kind: 'stripe-events'; secret: string };

/** Makes the n-th request of a round. */
export type AskMaker = (round: string, n: number, variant?: string) => Ask;

/** Makes the requests that the settings describe. */
export function asksOf(settings: LoadSettings): AskMaker {
  return settings.kind === 'graphql' ? graphqlAsks(settings) : stripeEventAsks(settings.secret);
}

/** The same list again and again, by many keys in turn: each has its own points. */
function graphqlAsks(settings: Extract<LoadSettings, { kind: 'graphql' }>): AskMaker {
  const { keys, bodies, entries, mark } = settings;
  const isRight = (answer: string) => occurrences(answer, mark) === entries && !answer.includes('"errors"');
  return (_round, n, variant = '') => {
    const body = bodies[variant] ?? '';
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${keys[n % keys.length]}`,
    };
    return { path: '/graphql', headers, body, isRight };
  };
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

/** Events of Stripe, each a new one, signed as Stripe signs them. */
function stripeEventAsks(secret: string): AskMaker {
  const isRight = (answer: string) => answer.includes('"received":true');
  return (round, n) => {
    const name = `evt_${round}_${n}`;
    const seconds = Math.floor(Date.now() / 1000);
    const body = stripeEvent(name, `pi_${round}_${n}`, seconds);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'stripe-signature': signatureHeader(body, [secret], seconds),
    };
    return { path: '/webhooks/stripe', headers, body, isRight, name };
  };
}

/** About two kilobytes, as an event about a PaymentIntent has. */
function stripeEvent(id: string, intent: string, seconds: number): string {
  return JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: seconds,
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_${id}`, idempotency_key: `key-${id}` },
    type: 'payment_intent.succeeded',
    data: { object: paymentIntent(intent, seconds) },
  });
}

function paymentIntent(id: string, seconds: number): Record<string, unknown> {
  return {
    id,
    object: 'payment_intent',
    amount: 3588,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 3588,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_0123456789abcdefghijklmno`,
    confirmation_method: 'automatic',
    created: seconds,
    currency: 'eur',
    customer: 'cus_0123456789abcd',
    description: 'Invoice INV-0000000001',
    last_payment_error: null,
    latest_charge: `ch_${id}`,
    livemode: false,
    metadata: { perennial_organization: '0190a0c0-0000-7000-8000-000000000001', perennial_payment: id },
    next_action: null,
    on_behalf_of: null,
    payment_method: 'pm_0123456789abcdefghijklmn',
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: 'customer@example.com',
    review: null,
    setup_future_usage: 'off_session',
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}
