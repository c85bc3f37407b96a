import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import type { ApiParts } from './engine/api.ts';
import { createClock } from './engine/clock.ts';
import { createIdempotencyStore } from './engine/idempotency.ts';
import { createRandom } from './engine/random.ts';
import { createState, type State } from './engine/state.ts';
import { answerHttp } from './http.ts';
import { type Book, createBook } from './knobs/book.ts';
import type { WebhookSettings } from './knobs/delivery-rules.ts';
import { createFaults, type FaultRule, type Faults, type InjectedFault } from './knobs/faults.ts';
import type { LoggedRequest } from './knobs/request-log.ts';
import { Webhooks } from './knobs/webhooks.ts';
import { createWorld, type World } from './knobs/world.ts';
import { allRoutes } from './resources/all-routes.ts';
import { registerEndpoint } from './resources/webhook-endpoints.ts';

/** How to start a simulator. */
export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  /** The only secret key that is accepted. */
  apiKey?: string;
  /** Receivers registered from the start. Several secrets: as during a rotation. */
  webhook?: WebhookOption | readonly WebhookOption[];
  /**
   * Seed of all randomness, ids included. Absent: another one each time, readable as `seed`, so that two simulators over one
   * database never give the same id.
   */
  seed?: number;
  /** The underlying clock in milliseconds; the machine's when absent. */
  now?: () => number;
  /** Whether what is due by the clock happens by itself (every half second) rather than at the next request or `advance`. */
  automatic?: boolean;
  deliver?: Partial<WebhookSettings>;
  /** Told of every request once its connection is done with it. */
  onRequest?: (request: LoggedRequest) => void;
}

export interface WebhookOption {
  url: string;
  secret?: string;
  secrets?: readonly string[];
  events?: readonly string[];
}

/** A running simulator and its knobs. */
export interface StripeSimulator {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Give it to another start to get the same ids and shuffles. */
  readonly seed: number;
  readonly apiKey: string;
  /** What to give to `new Stripe(apiKey, …)`. */
  readonly sdkOptions: { host: string; port: number; protocol: 'http' };
  readonly state: State;
  /** All events, oldest first. */
  readonly events: Stripe.Event[];
  /** All requests to the API, oldest first. */
  readonly requests: LoggedRequest[];
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly world: World;
  readonly book: Book;
  /** Injects a fault. */
  fail(rule: FaultRule): InjectedFault;
  /** Registers one more receiver of events. */
  addWebhook(webhook: WebhookOption): Stripe.WebhookEndpoint;
  /** Moves the simulated time: keys expire, debits and refunds go on, authorizations lapse. */
  advance(seconds: number): void;
  /** Resolves when all deliveries that are not held are done, retries included. */
  settled(): Promise<void>;
  /** Ends everything, open connections too. */
  stop(): Promise<void>;
}

const DEFAULT_DELIVERY: WebhookSettings = { retryMilliseconds: [50, 200, 1000], timeoutMilliseconds: 10_000 };
const TICK_MILLISECONDS = 500;

/** Starts an in-memory Stripe that listens on the loopback interface. */
export async function startStripeSimulator(options: SimulatorOptions = {}): Promise<StripeSimulator> {
  const host = options.host ?? '127.0.0.1';
  const seed = options.seed ?? randomInt(2 ** 31);
  const apiKey = options.apiKey ?? 'sk_test_simulator';
  const server = createServer({ keepAlive: true });
  const port = await listen(server, host, options.port ?? 0);
  const url = `http://${host}:${port}`;
  const state = createState({
    clock: createClock(options.now ?? Date.now),
    random: createRandom(seed),
    baseUrl: () => url,
  });
  const webhooks = new Webhooks(state, { ...DEFAULT_DELIVERY, ...options.deliver });
  const faults = createFaults(createRandom(seed + 1));
  const pauses = new Set<() => void>();
  const finish = (): void => finishRequest(state, webhooks);
  const act = <T>(doing: () => T): T => {
    state.clock.runDue();
    try {
      return structuredClone(doing());
    } finally {
      finish();
    }
  };
  const parts: ApiParts = {
    state,
    routes: allRoutes(webhooks),
    apiKey,
    faults,
    idempotency: createIdempotencyStore(state.clock),
    webhooks,
    requests: [],
    done: (request) => options.onRequest?.(request),
    finish,
    pause: (milliseconds) => pauseUntil(pauses, milliseconds),
  };
  const simulator = assemble(parts, { url, host, port, seed }, createWorld(state, act), async () => {
    clearInterval(ticker);
    for (const end of pauses) {
      end();
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const ticker = setInterval(() => options.automatic && simulator.advance(0), TICK_MILLISECONDS);
  ticker.unref();
  for (const webhook of [options.webhook ?? []].flat()) {
    simulator.addWebhook(webhook as WebhookOption);
  }
  server.on('request', (request, response) => void answerHttp(simulator, parts, request, response));
  return simulator;
}

/** The knobs that a test holds in its hand. */
function assemble(
  parts: ApiParts,
  address: { url: string; host: string; port: number; seed: number },
  world: World,
  close: () => Promise<void>,
): StripeSimulator {
  const { state, webhooks, faults, requests, apiKey } = parts;
  return {
    ...address,
    apiKey,
    sdkOptions: { host: address.host, port: address.port, protocol: 'http' },
    state,
    get events() {
      return [...state.events.values()];
    },
    requests,
    faults,
    webhooks,
    world,
    book: createBook(state),
    fail: (rule) => faults.inject(rule),
    addWebhook: (webhook) => addWebhook(state, webhook),
    advance: (seconds) => {
      state.clock.advance(seconds);
      parts.finish();
    },
    settled: () => webhooks.settled(),
    stop: async () => {
      webhooks.stop();
      await close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function pauseUntil(pauses: Set<() => void>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      pauses.delete(end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    pauses.add(end);
  });
}

/** What follows a request happens before its events go out, so that they keep their order. */
function finishRequest(state: State, webhooks: Webhooks): void {
  while (state.afterRequest.length > 0) {
    state.afterRequest.shift()!();
  }
  webhooks.dispatch(state.outbox.splice(0));
}

function addWebhook(state: State, webhook: WebhookOption): Stripe.WebhookEndpoint {
  const secrets = webhook.secrets ?? [webhook.secret ?? `whsec_${state.random.text(32)}`];
  const record = registerEndpoint(state, {
    url: webhook.url,
    enabledEvents: [...(webhook.events ?? ['*'])],
    secrets: [...secrets],
  });
  return { ...record.endpoint, secret: record.secrets[0]! };
}
