import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { CloseCode, type SubscribePayload } from 'graphql-ws';
import type { App } from '../../platform/app-types.ts';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { closeContext, type Identity, openContext } from '../../platform/context.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { faultLog } from '../fault-log.ts';
import { mapError } from '../graphql/error-mapping.ts';
import type { Guard } from '../graphql/guard.ts';
import { mostParsedText } from '../graphql/stores.ts';
import { type BucketRules, TokenBuckets } from '../graphql/token-bucket.ts';
import { Deliveries, type LiveSource } from './deliveries.ts';
import type { LiveArgs, LiveSocket } from './live-request.ts';
import { type LiveAnswer, type LiveEvent, Rounds } from './rounds.ts';
import { SharedLooks } from './shared-answers.ts';
import { isOpen, tryAgainLater } from './sockets.ts';

export interface LiveOptions {
  app: App;
  schema: GraphQLSchema;
  guard: Guard;
  /** Whose credentials these are, as they are valid now; null or UNAUTHENTICATED otherwise. */
  identify(authorization: string): Promise<Identity | null>;
  /** Points by caller, for what is asked over sockets. */
  rate?: BucketRules;
}

const mostSubscriptions = 20;
const usualRate: BucketRules = { capacity: 50_000, restoreRate: 5_000 };

/** What runs over a socket, and what it is allowed to. */
export class LiveOperations {
  private readonly options: LiveOptions;
  private readonly buckets: TokenBuckets;
  /** Documents that were found valid, by their text. */
  private readonly documents = new BoundedMap<string, DocumentNode>(1_000, {
    weigh: (document) => document.loc?.end ?? 0,
    most: mostParsedText,
  });
  private readonly identities = new SharedLooks<Identity | null>(5_000);
  private readonly answers = new SharedLooks<LiveAnswer>(2_000);
  private readonly rounds = new Rounds();
  private readonly tell = faultLog();

  constructor(options: LiveOptions) {
    this.options = options;
    this.buckets = new TokenBuckets(options.rate ?? usualRate);
  }

  /** Lets a socket in, or closes it: 4401 without valid credentials. */
  async connect(socket: LiveSocket): Promise<boolean | Record<string, unknown>> {
    const given = socket.connectionParams?.authorization ?? socket.connectionParams?.Authorization;
    const authorization = typeof given === 'string' ? given : socket.extra.request.headers.authorization;
    try {
      const identity = authorization ? await this.identify(authorization) : null;
      if (authorization && identity) {
        socket.extra.authorization = authorization;
        return {};
      }
      this.turnOut(socket);
    } catch (error) {
      this.break(socket, error);
    }
    return false;
  }

  /** What an operation may run with, or why it may not. */
  admit(socket: LiveSocket, operationId: string, payload: SubscribePayload): LiveArgs | GraphQLError[] {
    const { guard, schema } = this.options;
    const requestId = `req_${newId()}`;
    const { authorization } = socket.extra;
    try {
      if (!authorization) throw new DomainError('UNAUTHENTICATED', 'Valid credentials are needed.');
      if (Object.keys(socket.subscriptions).length > mostSubscriptions) {
        throw new DomainError('RATE_LIMITED', `At most ${mostSubscriptions} operations run at a time over a socket.`);
      }
      const admission = guard.admit(payload.query, payload.operationName, payload.variables);
      const document = this.parsed(payload.query);
      if (!(document && getOperationAST(document, payload.operationName))) {
        const faults = document ? [] : validate(schema, parse(payload.query, { maxTokens: guard.maxTokens }));
        if (faults.length > 0)
          return faults.map((fault) => this.toError(fault, requestId, 'GRAPHQL_VALIDATION_FAILED'));
        throw new DomainError('OPERATION_RESOLUTION_FAILURE', 'The document has no such operation.');
      }
      return {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? {},
        contextValue: {
          socket,
          authorization,
          operationId,
          requestId,
          cost: admission?.cost ?? 1,
          text: payload.query,
        },
      };
    } catch (error) {
      return [this.toError(error, requestId, 'GRAPHQL_PARSE_FAILED')];
    }
  }

  /** A query or mutation that came over the socket. */
  async run(args: LiveArgs): Promise<ExecutionResult> {
    return this.asCaller(args, async (contextValue) => {
      const result = await execute({ ...args, contextValue });
      return this.masked(result, args.contextValue.requestId);
    }) as Promise<ExecutionResult>;
  }

  /** A subscription: its events go out by themselves, in their order, until it ends. */
  async follow(args: LiveArgs): Promise<AsyncIterableIterator<never> | ExecutionResult> {
    return this.asCaller(args, async (contextValue) => {
      const source = await createSourceEventStream({ ...args, contextValue });
      if (!(Symbol.asyncIterator in source)) return this.masked(source, args.contextValue.requestId);
      const { identities, answers, rounds } = this;
      const { requestId, socket, authorization } = args.contextValue;
      // Every subscription of the schema is fed by a follower of facts.
      return new Deliveries(args, source as AsyncGenerator<never> & LiveSource, {
        rounds,
        look: (event) => identities.get(authorization, event.heardAt, () => this.identify(authorization)),
        answer: (key, event, identity) => answers.get(key, event.heardAt, () => this.answer(args, identity, event)),
        turnOut: () => this.turnOut(socket),
        break: (error) => this.break(socket, error, requestId),
      });
    });
  }

  /** Runs something in the context of who asks, as credentials and permissions are now. */
  private async asCaller<T>(
    args: LiveArgs,
    run: (context: ReturnType<typeof openContext>) => Promise<T>,
  ): Promise<T | ExecutionResult> {
    const { socket, authorization, requestId, cost } = args.contextValue;
    try {
      const identity = await this.identify(authorization);
      if (!identity) {
        this.turnOut(socket);
        throw new DomainError('UNAUTHENTICATED', 'Valid credentials are needed.');
      }
      const taken = this.buckets.take(identity.rateKey, cost);
      if (!taken.ok) {
        throw new DomainError('RATE_LIMITED', 'Too many points were used; wait for some to be restored.', {
          retryAfter: taken.retryAfter,
        });
      }
      const context = openContext(this.options.app, identity, { requestId });
      try {
        return await run(context);
      } finally {
        await closeContext(context);
      }
    } catch (error) {
      return { errors: [this.toError(error, requestId)] };
    }
  }

  /** The answer to one event, read under the subscriber's own scope, as it travels. */
  private async answer(args: LiveArgs, identity: Identity, event: LiveEvent): Promise<LiveAnswer> {
    const { requestId } = args.contextValue;
    const context = openContext(this.options.app, identity, { requestId });
    try {
      const result = this.masked(await execute({ ...args, rootValue: event, contextValue: context }), requestId);
      const refused = result.errors?.some((error) => error.extensions.code === 'FORBIDDEN') && !result.data;
      return { text: Buffer.from(JSON.stringify(result)), refused: refused === true };
    } finally {
      await closeContext(context);
    }
  }

  private parsed(text: string): DocumentNode | null {
    const known = this.documents.get(text);
    if (known) return known;
    const document = parse(text, { maxTokens: this.options.guard.maxTokens });
    if (validate(this.options.schema, document).length > 0) return null;
    this.documents.set(text, document);
    return document;
  }

  private async identify(authorization: string): Promise<Identity | null> {
    try {
      return await this.options.identify(authorization);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }

  private turnOut(socket: LiveSocket): void {
    socket.extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
  }

  /** Something of ours failed: the client comes again with its cursor, so that it misses nothing. */
  private break(socket: LiveSocket, error: unknown, requestId?: string): void {
    if (!isOpen(socket.extra.socket)) return;
    this.tell(this.options.app.log, error, 'a socket had to be closed', { requestId });
    socket.extra.socket.close(tryAgainLater, 'Try again later');
  }

  private masked(result: ExecutionResult, requestId: string): ExecutionResult {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => this.toError(error, requestId)) };
  }

  /** Errors as over HTTP: what is ours is masked and logged. `code`: of what graphql-js itself says. */
  private toError(error: unknown, requestId: string, code?: string): GraphQLError {
    const cause =
      error instanceof GraphQLError
        ? error
        : new GraphQLError((error as Error).message, { originalError: error as Error });
    const given = cause.toJSON();
    const coded = code && !given.extensions?.code && !cause.originalError;
    const formatted = coded ? { ...given, extensions: { ...given.extensions, code } } : given;
    const mapped = mapError(formatted, cause, requestId);
    if (mapped.fault) this.tell(this.options.app.log, mapped.fault, 'a live answer failed', { requestId });
    return new GraphQLError(mapped.formatted.message, {
      extensions: mapped.formatted.extensions ?? {},
      ...(cause.path ? { path: cause.path } : {}),
    });
  }
}
