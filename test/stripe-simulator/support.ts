import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import Stripe from 'stripe';
import {
  type SimulatorOptions,
  type StripeSimulator,
  startStripeSimulator,
} from '../support/stripe-simulator/index.ts';

const running: { stop(): Promise<void> }[] = [];

/** What the tests of a file start ends with each of them. Each file says so: this one is read once for all of them. */
export function endWithEachTest(): void {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((item) => item.stop()));
  });
}

/** A simulator and the official SDK talking to it; both end with the test (see `endWithEachTest`). */
export async function startWithSdk(
  options: SimulatorOptions = {},
  sdk: { maxNetworkRetries?: number; timeout?: number } = {},
): Promise<{ simulator: StripeSimulator; stripe: Stripe }> {
  const simulator = await startStripeSimulator(options);
  running.push(simulator);
  return { simulator, stripe: sdkFor(simulator, sdk) };
}

/** The SDK as a program would set it up, without retries of its own unless asked for. */
export function sdkFor(
  simulator: StripeSimulator,
  sdk: { maxNetworkRetries?: number; timeout?: number; key?: string } = {},
): Stripe {
  const { key, ...rest } = sdk;
  return new Stripe(key ?? simulator.apiKey, {
    ...simulator.sdkOptions,
    maxNetworkRetries: 0,
    telemetry: false,
    ...rest,
  });
}

/** The error of a refused call; fails the test when the call is not refused. */
export async function refusal(call: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) {
    throw new Error(`Expected a refusal, got ${JSON.stringify(outcome.value)}`);
  }
  if (!(outcome.error instanceof Stripe.errors.StripeError)) {
    throw outcome.error;
  }
  return outcome.error;
}

/** The error body as it went over the wire: an absent field is absent, not undefined. */
export function bodyOf(error: InstanceType<typeof Stripe.errors.StripeError>): Record<string, unknown> {
  return error.raw as Record<string, unknown>;
}

export interface Received {
  body: string;
  signature: string;
  event: Stripe.Event;
}

/** A receiver of webhooks that keeps what it got and answers what the test says. */
export interface Receiver {
  url: string;
  received: Received[];
  types(): string[];
  /** Statuses for the next deliveries; 200 when used up. */
  answers: number[];
  stop(): Promise<void>;
}

/** Listens on a free port until the test ends. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
    }
    received.push({ body, signature: String(request.headers['stripe-signature']), event: JSON.parse(body) });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
    received,
    answers,
    types: () => received.map((item) => item.event.type),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  running.push(receiver);
  return receiver;
}

/** A customer with a saved card. */
export async function customerWith(stripe: Stripe, card: string): Promise<{ customer: string; paymentMethod: string }> {
  const customer = await stripe.customers.create({ email: 'ada@example.com' });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  return { customer: customer.id, paymentMethod: method.id };
}

/** Types of all events so far. */
export function eventTypes(simulator: StripeSimulator): string[] {
  return simulator.events.map((event) => event.type);
}
