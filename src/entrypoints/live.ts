import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { CloseCode, type Context as SocketContext, type SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '../platform/app-types.ts';
import { BoundedMap } from '../platform/bounded-map.ts';
import { type Context, closeContext, type Identity, openContext } from '../platform/context.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/id.ts';
import { mapError } from './graphql/error-mapping.ts';
import type { Guard } from './graphql/guard.ts';

export interface LiveOptions {
  app: App;
  schema: GraphQLSchema;
  guard: Guard;
  /** Whose credentials these are, as they are valid now; null or UNAUTHENTICATED otherwise. */
  identify(authorization: string): Promise<Identity | null>;
}

export interface LiveDoor {
  /** Sockets that are open, for the metrics. */
  sockets(): number;
  /** Tells every client to go and come again elsewhere. */
  stop(): Promise<void>;
}

const largestMessage = 64 * 1_024;
const mostSubscriptions = 20;
const mostMessagesASecond = 50;
/** What a socket may hold unsent before it is cut; the client comes back with its cursor. */
const mostUnsent = 1_048_576;
const lookAtSocketsMs = 1_000;
const slowClient = 4_509;

interface SocketState {
  identity: Identity;
  authorization: string;
  subscriptions: number;
}

type LiveState = Record<PropertyKey, unknown> & { state?: SocketState };
type LiveSocket = SocketContext<Record<string, unknown>, Extra & LiveState>;

/** What one subscription runs with: the operation's text names it among those that share an answer. */
interface LiveArgs extends ExecutionArgs {
  contextValue: { live: LiveSocket; context: Context; text: string };
}

/**
 * GraphQL over websockets on the same path and schema. Credentials are looked at when a socket opens and again at
 * every delivery; what is delivered is read anew under the subscriber's own scope. Subscribers that asked the same
 * in the same organization with the same permissions share one answer to each event.
 */
export function openLiveDoor(server: Server, options: LiveOptions): LiveDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false });
  const operations = new LiveOperations(options);
  const dispose = useServer<Record<string, unknown>, LiveState>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: 5_000,
      onConnect: (socket) => operations.connect(socket as LiveSocket),
      onSubscribe: (socket, _id, payload) => operations.admit(socket as LiveSocket, payload),
      execute: (args) => operations.run(args as LiveArgs),
      subscribe: (args) => operations.follow(args as LiveArgs) as never,
    },
    sockets,
    12_000,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/graphql') return socket.destroy();
    return sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  };
  server.on('upgrade', upgrade);
  sockets.on('connection', (client) => limitMessages(client));
  const timer = setInterval(() => cutSlowClients(sockets.clients), lookAtSocketsMs);
  return {
    sockets: () => sockets.clients.size,
    stop: async () => {
      clearInterval(timer);
      server.off('upgrade', upgrade);
      await dispose.dispose();
      for (const client of sockets.clients) client.terminate();
    },
  };
}

function limitMessages(client: WebSocket): void {
  let count = 0;
  const timer = setInterval(() => {
    count = 0;
  }, 1_000);
  client.on('message', () => {
    count += 1;
    if (count > mostMessagesASecond) client.close(CloseCode.TooManyInitialisationRequests, 'Too many messages');
  });
  client.on('close', () => clearInterval(timer));
  client.on('error', () => client.terminate());
}

function cutSlowClients(clients: Iterable<WebSocket>): void {
  for (const client of clients) {
    if (client.bufferedAmount <= mostUnsent) continue;
    client.close(slowClient, 'Too slow: resume from your cursor');
    client.terminate();
  }
}

class LiveOperations {
  private readonly options: LiveOptions;
  /** Answers to an event that several subscribers share, and credentials looked at for it. */
  private readonly answers = new BoundedMap<string, Promise<ExecutionResult>>(2_000);
  private readonly looks = new BoundedMap<string, Promise<Identity | null>>(5_000);

  constructor(options: LiveOptions) {
    this.options = options;
  }

  async connect(socket: LiveSocket): Promise<boolean | Record<string, unknown>> {
    const given = socket.connectionParams?.authorization ?? socket.connectionParams?.Authorization;
    const header = socket.extra.request.headers.authorization;
    const authorization = typeof given === 'string' ? given : header;
    const identity = authorization ? await this.identify(authorization) : null;
    if (!authorization || !identity) {
      socket.extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
      return false;
    }
    socket.extra.state = { identity, authorization, subscriptions: 0 };
    return {};
  }

  /** What an operation may run with, or why it may not. */
  admit(socket: LiveSocket, payload: SubscribePayload): LiveArgs | GraphQLError[] {
    const { app, guard, schema } = this.options;
    const requestId = `req_${newId()}`;
    const { state } = socket.extra;
    try {
      if (!state) throw new DomainError('UNAUTHENTICATED', 'Valid credentials are needed.');
      guard.admit(payload.query, payload.operationName, payload.variables);
      const document = parse(payload.query, { maxTokens: guard.maxTokens });
      const faults = validate(schema, document);
      if (faults.length > 0) return faults.map((fault) => this.toError(fault, requestId));
      const operation = getOperationAST(document, payload.operationName);
      if (operation?.operation === 'subscription' && state.subscriptions >= mostSubscriptions) {
        throw new DomainError('RATE_LIMITED', `At most ${mostSubscriptions} subscriptions a socket.`);
      }
      const context = openContext(app, state.identity, { requestId });
      return {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? {},
        contextValue: { live: socket, context, text: payload.query },
      };
    } catch (error) {
      return [this.toError(error, requestId)];
    }
  }

  /** A query or mutation that came over the socket. */
  async run(args: LiveArgs): Promise<ExecutionResult> {
    const { live, context } = args.contextValue;
    const identity = await this.identify(live.extra.state?.authorization ?? '');
    if (!identity) return this.refuse(live, context.requestId);
    try {
      return this.masked(await execute({ ...args, contextValue: context }), context.requestId);
    } finally {
      await closeContext(context);
    }
  }

  async follow(args: LiveArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { live, context } = args.contextValue;
    const source = await createSourceEventStream({ ...args, contextValue: context });
    await closeContext(context);
    if (!(Symbol.asyncIterator in source)) return this.masked(source, context.requestId);
    const { state } = live.extra;
    if (state) state.subscriptions += 1;
    return this.deliveries(args, source as AsyncIterable<{ cursor: string }>);
  }

  private deliveries(
    args: LiveArgs,
    source: AsyncIterable<{ cursor: string }>,
  ): AsyncIterableIterator<ExecutionResult> {
    const events = source[Symbol.asyncIterator]();
    const { live } = args.contextValue;
    let open = true;
    const end = () => {
      if (open && live.extra.state) live.extra.state.subscriptions -= 1;
      open = false;
    };
    return {
      next: async () => {
        const { done, value } = await events.next();
        if (done) {
          end();
          return { done: true, value: undefined };
        }
        const identity = await this.lookAgain(live, value.cursor);
        if (!identity) return { done: false, value: this.refuse(live, args.contextValue.context.requestId) };
        return { done: false, value: await this.answer(args, identity, value) };
      },
      return: async () => {
        end();
        await events.return?.();
        return { done: true, value: undefined };
      },
      throw: async (error) => {
        end();
        await events.return?.();
        throw error;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** The answer to one event, read under the subscriber's own scope; the same question has one answer. */
  private answer(args: LiveArgs, identity: Identity, event: { cursor: string }): Promise<ExecutionResult> {
    const key = JSON.stringify([
      event.cursor,
      identity.organizationId,
      [...identity.permissions].sort(),
      args.contextValue.text,
      args.operationName,
      args.variableValues,
    ]);
    const known = this.answers.get(key);
    if (known) return known;
    const made = this.read(args, identity, event);
    this.answers.set(key, made);
    return made;
  }

  private async read(args: LiveArgs, identity: Identity, event: object): Promise<ExecutionResult> {
    const { requestId } = args.contextValue.context;
    const context = openContext(this.options.app, identity, { requestId });
    try {
      return this.masked(await execute({ ...args, rootValue: event, contextValue: context }), requestId);
    } catch (error) {
      return { errors: [this.toError(error, requestId)] };
    } finally {
      await closeContext(context);
    }
  }

  /** Valid still? Looked up once for all subscribers with the same credentials who hear the same event. */
  private lookAgain(live: LiveSocket, cursor: string): Promise<Identity | null> {
    const authorization = live.extra.state?.authorization ?? '';
    const key = `${cursor} ${authorization}`;
    const known = this.looks.get(key);
    if (known) return known;
    const look = this.identify(authorization);
    this.looks.set(key, look);
    return look;
  }

  private async identify(authorization: string): Promise<Identity | null> {
    try {
      return await this.options.identify(authorization);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }

  private refuse(live: LiveSocket, requestId: string): ExecutionResult {
    live.extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
    return { errors: [this.toError(new DomainError('UNAUTHENTICATED', 'Valid credentials are needed.'), requestId)] };
  }

  private masked(result: ExecutionResult, requestId: string): ExecutionResult {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => this.toError(error, requestId)) };
  }

  /** Errors as over HTTP: what is ours is masked and logged. */
  private toError(error: unknown, requestId: string): GraphQLError {
    const cause =
      error instanceof GraphQLError
        ? error
        : new GraphQLError((error as Error).message, { originalError: error as Error });
    const { formatted, fault } = mapError(cause.toJSON(), cause, requestId) as {
      formatted: GraphQLError;
      fault?: unknown;
    };
    if (fault) this.options.app.log.error({ err: fault, requestId }, 'a live answer failed');
    return new GraphQLError(formatted.message, { extensions: formatted.extensions ?? {}, path: cause.path });
  }
}
