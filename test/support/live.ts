import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { authenticate, createApiKey } from '../../src/accounts/index.ts';
import { createGuard } from '../../src/entrypoints/graphql/guard.ts';
import { type LiveDoor, type LiveDoorOptions, openLiveDoor } from '../../src/entrypoints/live.ts';
import type { TestOrganization } from './makers.ts';
import type { World } from './world.ts';

export interface TestLiveDoor {
  readonly url: string;
  readonly door: LiveDoor;
  close(): Promise<void>;
}

/** A live door on the loopback over the world's app, with real keys unless `identify` says otherwise. */
export async function openTestLive(
  world: Pick<World, 'app' | 'schema'>,
  options: Partial<LiveDoorOptions> = {},
): Promise<TestLiveDoor> {
  const { app, schema } = world;
  const server = createServer((_request, response) => response.writeHead(404).end());
  const door = openLiveDoor(server, {
    app,
    schema,
    guard: createGuard({ schema }),
    identify: (authorization) => authenticate(app, authorization, { anew: true }),
    ...options,
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/graphql`,
    door,
    close: async () => {
      await door.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A key of the organization; its secret is what clients send. */
export async function keyFor(
  organization: TestOrganization,
  permissions: readonly string[] = ['payments:read', 'invoices:read'],
): Promise<{ id: string; authorization: string }> {
  const { key, secret } = await organization.transact((work) =>
    createApiKey(work, { name: 'live', permissions: [...permissions] }, organization.identity.permissions),
  );
  return { id: key.id, authorization: `Bearer ${secret}` };
}

export interface ToldEvent {
  id: string | null;
  type: string;
  cursor: string;
  sequence: string;
  paymentId: string | null;
  status: string | null;
}

export const eventFields =
  'id type cursor sequence occurredAt paymentId accountId invoiceIds status failureCode attemptNo';

/**
 * A client of the library that applications use, over sockets that the test can reach: it comes back after every cut,
 * with the cursor it has kept.
 */
export class FollowingClient {
  readonly told: ToldEvent[] = [];
  readonly errors: unknown[] = [];
  readonly closes: number[] = [];
  connected = 0;
  completed = false;
  /** Keeps the cursor of every so many events only, as an application does that stores it now and then. */
  keepEvery = 1;
  private socket: WebSocket | null = null;
  private readonly client;

  constructor(url: string, authorization: string | (() => string)) {
    const remember = (socket: WebSocket) => {
      this.socket = socket;
    };
    this.client = createClient({
      url,
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols);
          remember(this);
        }
      },
      connectionParams: () => ({ authorization: typeof authorization === 'string' ? authorization : authorization() }),
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: () => new Promise((done) => setImmediate(done)),
      shouldRetry: (event) => !((event as { code?: number }).code === 4401),
      on: {
        connected: () => {
          this.connected += 1;
        },
        closed: (event) => void this.closes.push((event as { code: number }).code),
      },
    });
  }

  /** Subscribes; `field` is the subscription's name, which its `after` is given to. */
  follow(field: string, query: string, variables: { after?: string | null; [name: string]: unknown }): () => void {
    let since = 0;
    return this.client.subscribe<Record<string, ToldEvent>>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (errors) this.errors.push(...errors);
          const event = data?.[field];
          if (!event) return;
          this.told.push(event);
          since += 1;
          if (since % this.keepEvery === 0) variables.after = event.cursor;
        },
        error: (error) => void this.errors.push(error),
        complete: () => {
          this.completed = true;
        },
      },
    );
  }

  /** Cuts the connection without a word. False if there is none at the moment. */
  cut(): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.terminate();
    return true;
  }

  /** Stops and goes on reading. */
  pause(): void {
    this.socket?.pause();
  }
  resume(): void {
    this.socket?.resume();
  }

  async close(): Promise<void> {
    await this.client.dispose();
    this.socket?.terminate();
  }
}

/** A bare socket that speaks the protocol by hand. */
export async function rawSocket(
  url: string,
): Promise<{ socket: WebSocket; messages: string[]; closed: Promise<number> }> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const messages: string[] = [];
  socket.on('message', (data) => void messages.push(String(data)));
  socket.on('error', () => undefined);
  const closed = new Promise<number>((done) => socket.once('close', (code) => done(code)));
  await new Promise<void>((done, failed) => socket.once('open', () => done()).once('error', failed));
  return { socket, messages, closed };
}
