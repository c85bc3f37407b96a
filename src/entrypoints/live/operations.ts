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
import type { Extra } from 'graphql-ws/use/ws';
import type { App } from '../../platform/app-types.ts';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { type Context, closeContext, type Identity, openContext } from '../../platform/context.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { mapError } from '../graphql/error-mapping.ts';
import type { Guard } from '../graphql/guard.ts';

export interface LiveOptions {
  app: App;
  schema: GraphQLSchema;
  guard: Guard;
  /** Whose credentials these are, as they are valid now; null or UNAUTHENTICATED otherwise. */
  identify(authorization: string): Promise<Identity | null>;
}

const mostSubscriptions = 20;

interface SocketState {
  identity: Identity;
  authorization: string;
  subscriptions: number;
}

export type LiveState = Record<PropertyKey, unknown> & { state?: SocketState };
export type LiveSocket = SocketContext<Record<string, unknown>, Extra & LiveState>;

/** What one subscription runs with: the operation's text names it among those that share an answer. */
export interface LiveArgs extends ExecutionArgs {
  contextValue: { live: LiveSocket; context: Context; text: string };
}

/** What runs over a socket, and what it is allowed to. */
export class LiveOperations {
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
