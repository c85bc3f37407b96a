import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer, type ApolloServerPlugin, type GraphQLServerListener } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { BoundedMap } from '../platform/bounded-map.ts';
import { costOfAnswer } from './graphql/cost.ts';
import { asRefusal, mapError, refusal } from './graphql/error-mapping.ts';
import { createExecutor, type Executor } from './graphql/executor.ts';
import { type Admission, createGuard, type Guard, type GuardOptions } from './graphql/guard.ts';
import { type BucketRules, TokenBuckets } from './graphql/token-bucket.ts';
import { sendProblem } from './http.ts';

/** Who may look at the schema: nobody, callers with credentials, everybody. */
export type IntrospectionPolicy = 'off' | 'auth' | 'on';

/** What is known of a request when its caller is looked up; lives as long as the request. */
export interface RequestFacts {
  requestId: string;
  request: FastifyRequest;
  log: FastifyBaseLogger;
  operation: Admission;
  /** What verbs want to say beside the answer; goes into the answer's `extensions`. */
  extensions: Record<string, unknown>;
}

/** A caller who showed valid credentials. Points are counted by `rateKey`: the id of the key, not the key. */
export interface Caller<Context extends object> {
  context: Context;
  rateKey: string;
}

export interface GraphqlDoorOptions<Context extends object> extends Omit<GuardOptions, 'schema'> {
  schema: GraphQLSchema;
  /**
   * Called once a request, after its document was found harmless. Null without credentials; throws UNAUTHENTICATED
   * for wrong ones. The context is copied shallowly for each request: it must hold plain properties.
   */
  authenticate(request: FastifyRequest, facts: RequestFacts): Promise<Caller<Context> | null>;
  /** The context of callers without credentials, for `publicFields`. */
  anonymous?: (request: FastifyRequest, facts: RequestFacts) => Context | Promise<Context>;
  /** Root fields that need no credentials, such as `signIn`. `__typename` never needs any. */
  publicFields?: readonly string[];
  introspection?: IntrospectionPolicy;
  /** Points by caller; null counts nothing. */
  rate?: BucketRules | null;
  /** Points by address for callers without credentials; null counts nothing. */
  anonymousRate?: BucketRules | null;
  /** Whether operations that come again are compiled, and after how many runs. */
  compile?: boolean;
  compileAfter?: number;
  /** Told of every answer: for metrics. */
  onAnswer?: (answer: { operation: Admission | null; seconds: number; codes: readonly string[] }) => void;
}

export interface GraphqlDoor {
  readonly schema: GraphQLSchema;
  /** For the websocket on the same schema. */
  readonly guard: Guard;
  readonly executor: Executor;
  /** Adds `/graphql` to the app; call it before the app listens. */
  register(app: FastifyInstance): Promise<void>;
  stop(): Promise<void>;
}

/** What is kept of a request while it runs; found through the asynchronous context, since Apollo does not hand it on. */
interface Scope {
  requestId: string;
  log: FastifyBaseLogger;
  startedAt: number;
  admission: Admission | null;
  admitted: boolean;
  rateKey: string | null;
  buckets: TokenBuckets | null;
  extensions: Record<string, unknown>;
}

const defaultRate: BucketRules = { capacity: 50_000, restoreRate: 5_000 };
const defaultAnonymousRate: BucketRules = { capacity: 500, restoreRate: 5 };
const longestKeptDocument = 64_000;

/**
 * GraphQL over HTTP: Apollo for the protocol, the guard before it, compiled operations behind it. Nothing of a request
 * runs, and no SQL but the look-up of the key, before the guard has admitted it.
 */
export function createGraphqlDoor<Context extends object>(options: GraphqlDoorOptions<Context>): GraphqlDoor {
  const { schema } = options;
  const guard = createGuard(options);
  const executor = createExecutor({
    schema,
    compile: options.compile ?? true,
    ...(options.compileAfter === undefined ? {} : { compileAfter: options.compileAfter }),
  });
  const scopes = new AsyncLocalStorage<Scope>();
  const persisted = textStore();
  const admit = admission(options, guard, persisted, scopes);
  const apollo = new ApolloServer<Context>({
    gateway: gatewayOf(schema, executor, scopes),
    cache: persisted,
    documentStore: documentStore(),
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    maxRecursiveSelections: true,
    parseOptions: { maxTokens: guard.maxTokens },
    validationOptions: { maxErrors: 20 },
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: silentLogger,
    formatError: (formatted, error) => format(formatted, error, scopes.getStore()),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      answering(options, scopes) as ApolloServerPlugin<Context>,
    ],
  });
  let started: Promise<void> | null = null;
  return {
    schema,
    guard,
    executor,
    async register(app) {
      started ??= apollo.start();
      await started;
      const handle = fastifyApolloHandler(apollo, { context: (request) => admit(request) });
      app.route({
        method: ['GET', 'POST'],
        url: '/graphql',
        handler: (request, reply) => {
          const log = request.log;
          const extensions = {};
          const scope: Scope = {
            requestId: request.id,
            log,
            startedAt: performance.now(),
            admission: null,
            admitted: false,
            rateKey: null,
            buckets: null,
            extensions,
          };
          return scopes.run(scope, () => handle.call(app, request, reply));
        },
      });
      refuseOtherMethods(app);
    },
    async stop() {
      if (started) await apollo.stop();
    },
  };
}

/** Before the body is read: it may be anything. */
function refuseOtherMethods(app: FastifyInstance): void {
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/graphql',
    onRequest: async (request, reply) => {
      reply.header('allow', 'GET, POST');
      return sendProblem(request, reply, 405, 'BAD_REQUEST', 'Only GET and POST are answered here.');
    },
    handler: async () => {},
  });
}

/** Apollo logs through the door's own log only where it knows nothing of the request. */
const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

function format(
  formatted: Parameters<typeof mapError>[0],
  error: unknown,
  scope: Scope | undefined,
): Parameters<typeof mapError>[0] {
  const mapped = mapError(formatted, error, scope?.requestId ?? 'unknown');
  if (mapped.fault) scope?.log.error({ err: mapped.fault, path: formatted.path }, 'graphql fault');
  return mapped.formatted;
}

/** Everything that must be true before a request runs, in this order; the context of the caller at the end. */
function admission<Context extends object>(
  options: GraphqlDoorOptions<Context>,
  guard: Guard,
  persisted: ReturnType<typeof textStore>,
  scopes: AsyncLocalStorage<Scope>,
): (request: FastifyRequest) => Promise<Context> {
  const open = new Set(['__typename', ...(options.publicFields ?? [])]);
  const buckets = bucketsOf(options.rate, defaultRate);
  const anonymousBuckets = bucketsOf(options.anonymousRate, defaultAnonymousRate);

  const admit = async (request: FastifyRequest, scope: Scope): Promise<Context> => {
    const { text, operationName, variables } = await readRequest(request, persisted);
    const operation = text === null ? null : guard.admit(text, operationName, variables);
    // Without an operation nothing can run; Apollo says why.
    if (!operation) return {} as Context;
    if (operation.type === 'subscription') {
      throw refusal('BAD_REQUEST', 'Subscriptions run over the websocket of the same path (graphql-transport-ws).');
    }
    const { requestId, log, extensions } = scope;
    const facts: RequestFacts = { requestId, request, log, operation, extensions };
    const caller = await options.authenticate(request, facts);
    const context = caller?.context ?? (await anonymousContext(options, facts, open));
    if (operation.introspective) checkIntrospection(options.introspection ?? 'auth', caller !== null);
    scope.admission = operation;
    scope.rateKey = caller?.rateKey ?? request.ip;
    scope.buckets = caller ? buckets : anonymousBuckets;
    const taken = scope.buckets?.take(scope.rateKey, operation.cost);
    if (taken && !taken.ok) {
      throw refusal('RATE_LIMITED', 'Too many points were used; wait for some to be restored.', {
        retryAfter: taken.retryAfter,
      });
    }
    scope.admitted = true;
    return context;
  };

  return async (request) => {
    const scope = scopes.getStore();
    if (!scope) throw new Error('a GraphQL request without its scope');
    try {
      return await admit(request, scope);
    } catch (error) {
      throw asRefusal(error);
    }
  };
}

function bucketsOf(rules: BucketRules | null | undefined, usual: BucketRules): TokenBuckets | null {
  return rules === null ? null : new TokenBuckets(rules ?? usual);
}

async function anonymousContext<Context extends object>(
  options: GraphqlDoorOptions<Context>,
  facts: RequestFacts,
  open: ReadonlySet<string>,
): Promise<Context> {
  const introspection = (name: string) => options.introspection === 'on' && /^__(schema|type)$/.test(name);
  if (!facts.operation.rootFields.every((name) => open.has(name) || introspection(name))) {
    throw refusal('UNAUTHENTICATED', 'Valid credentials are needed.');
  }
  return options.anonymous ? options.anonymous(facts.request, facts) : ({} as Context);
}

function checkIntrospection(policy: IntrospectionPolicy, authenticated: boolean): void {
  if (policy === 'on' || (policy === 'auth' && authenticated)) return;
  throw refusal('GRAPHQL_VALIDATION_FAILED', 'Introspection is not allowed here.');
}

/** What Apollo will run, read the same way as Apollo reads it; anything malformed is left for Apollo to refuse. */
async function readRequest(
  request: FastifyRequest,
  persisted: ReturnType<typeof textStore>,
): Promise<{ text: string | null; operationName: string | null; variables: unknown }> {
  const search = new URLSearchParams(request.url.split('?', 2)[1] ?? '');
  const body = (request.method === 'GET' ? Object.fromEntries(search) : request.body) as Record<string, unknown> | null;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { text: null, operationName: null, variables: null };
  }
  const parsed = (value: unknown) => (request.method === 'GET' ? parseJson(value) : value);
  const hash = (parsed(body.extensions) as { persistedQuery?: { sha256Hash?: unknown } } | null)?.persistedQuery
    ?.sha256Hash;
  const query = typeof body.query === 'string' && body.query !== '' ? body.query : null;
  const text = query ?? (typeof hash === 'string' ? ((await persisted.get(`apq:${hash}`)) ?? null) : null);
  const operationName = typeof body.operationName === 'string' ? body.operationName : null;
  return { text, operationName, variables: parsed(body.variables) };
}

function parseJson(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : null;
  } catch {
    return null;
  }
}

/** Apollo's seam for an executor of one's own. */
function gatewayOf(schema: GraphQLSchema, executor: Executor, scopes: AsyncLocalStorage<Scope>) {
  type Listener = (context: { apiSchema: GraphQLSchema; coreSupergraphSdl: string }) => void;
  let listener: Listener | null = null;
  return {
    onSchemaLoadOrUpdate(callback: Listener) {
      listener = callback;
      return () => {};
    },
    async load() {
      listener?.({ apiSchema: schema, coreSupergraphSdl: '' });
      return {
        // biome-ignore lint/suspicious/noExplicitAny: the gateway's own types are of a package that is not a dependency
        executor: async (run: any) => {
          // The guard reads the request itself; should it ever read it differently from Apollo, nothing runs.
          const admitted = scopes.getStore()?.admitted === true;
          if (run.operation && !admitted) throw new Error('an operation that was not admitted');
          return (await executor.run({
            source: run.source as string,
            document: run.document as DocumentNode,
            operationName: run.request.operationName as string | undefined,
            variables: (run.request.variables ?? {}) as Record<string, unknown>,
            contextValue: run.context,
            // biome-ignore lint/suspicious/noExplicitAny: as above
          })) as any;
        },
      };
    },
    async stop() {},
  };
}

/** Adds cost and the verbs' own extensions to the answer, and gives back the points that were not needed. */
function answering<Context extends object>(
  options: GraphqlDoorOptions<Context>,
  scopes: AsyncLocalStorage<Scope>,
): ApolloServerPlugin {
  return {
    async requestDidStart(): Promise<GraphQLServerListener & object> {
      return {
        async willSendResponse({ response }: { response: { body: ResponseBody } }) {
          const scope = scopes.getStore();
          if (!scope || response.body.kind !== 'single') return;
          const result = response.body.singleResult;
          if (scope.admission && scope.admitted) {
            const requested = scope.admission.cost;
            const actual = costOfAnswer(result.data, requested);
            const available = scope.buckets?.giveBack(scope.rateKey ?? '', requested - actual) ?? null;
            const cost = { requested, actual, available, restoreRate: scope.buckets?.restoreRate ?? null };
            result.extensions = { ...result.extensions, ...scope.extensions, cost };
          }
          const codes = (result.errors ?? []).map((error) => String(error.extensions?.code));
          const seconds = (performance.now() - scope.startedAt) / 1000;
          options.onAnswer?.({ operation: scope.admission, seconds, codes });
        },
      } as unknown as GraphQLServerListener & object;
    },
  } as ApolloServerPlugin;
}

type ResponseBody =
  | { kind: 'incremental' }
  | {
      kind: 'single';
      singleResult: {
        data?: unknown;
        errors?: readonly { extensions?: Record<string, unknown> }[];
        extensions?: Record<string, unknown>;
      };
    };

/** Persisted queries: text by hash. Long ones are not kept, so that the store stays small whatever is sent. */
function textStore() {
  const kept = new BoundedMap<string, string>(1_000);
  return {
    async get(key: string) {
      return kept.get(key);
    },
    async set(key: string, value: string) {
      if (value.length <= longestKeptDocument) kept.set(key, value);
    },
    async delete(key: string) {
      return kept.delete(key);
    },
  };
}

/** Validated documents by hash of their text. */
function documentStore() {
  const kept = new BoundedMap<string, DocumentNode>(1_000);
  return {
    async get(key: string) {
      return kept.get(key);
    },
    async set(key: string, value: DocumentNode) {
      kept.set(key, value);
    },
    async delete(key: string) {
      return kept.delete(key);
    },
  };
}
