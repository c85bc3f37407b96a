import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLServerListener,
  type HTTPGraphQLHead,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { type FaultLog, faultLog } from './fault-log.ts';
import { admission, type GraphqlDoorOptions, type Scope } from './graphql/admission.ts';
import { answerAway } from './graphql/away.ts';
import { costOfAnswer } from './graphql/cost.ts';
import { mapError } from './graphql/error-mapping.ts';
import { createExecutor, type Executor } from './graphql/executor.ts';
import { gatewayOf } from './graphql/gateway.ts';
import { createGuard, type Guard } from './graphql/guard.ts';
import { documentStore, textStore } from './graphql/stores.ts';
import { sendProblem } from './http.ts';

export type { Caller, GraphqlDoorOptions, IntrospectionPolicy, RequestFacts } from './graphql/admission.ts';

export interface GraphqlDoor {
  readonly schema: GraphQLSchema;
  /** For the websocket on the same schema. */
  readonly guard: Guard;
  readonly executor: Executor;
  /** Adds `/graphql` to the app; call it before the app listens. */
  register(app: FastifyInstance): Promise<void>;
  stop(): Promise<void>;
}

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
  const tell = faultLog();
  const persisted = textStore();
  const admit = admission(options, guard, persisted, scopes);
  const apollo = new ApolloServer<Context>({
    gateway: gatewayOf(schema, executor, scopes),
    cache: persisted,
    documentStore: documentStore(),
    introspection: true,
    // A page of another origin cannot send credentials in this header unasked, and there are no others.
    csrfPrevention: { requestHeaders: ['authorization', 'x-apollo-operation-name', 'apollo-require-preflight'] },
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    maxRecursiveSelections: true,
    parseOptions: { maxTokens: guard.maxTokens },
    validationOptions: { maxErrors: 20 },
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: silentLogger,
    formatError: (formatted, error) => format(formatted, error, scopes.getStore(), tell),
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
        handler: (request, reply) => scopes.run(openScope(request), () => handle.call(app, request, reply)),
      });
      refuseOtherMethods(app);
    },
    async stop() {
      if (started) await apollo.stop();
    },
  };
}

function openScope(request: FastifyRequest): Scope {
  return {
    requestId: request.id,
    log: request.log,
    startedAt: performance.now(),
    admission: null,
    admitted: false,
    rateKey: null,
    buckets: null,
    extensions: {},
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
  tell: FaultLog,
): Parameters<typeof mapError>[0] {
  const mapped = mapError(formatted, error, scope?.requestId ?? 'unknown');
  if (mapped.fault && scope) tell(scope.log, mapped.fault, 'graphql fault', { path: formatted.path });
  return mapped.formatted;
}

/** Adds cost and the verbs' own extensions to the answer, and gives back the points that were not needed. */
function answering<Context extends object>(
  options: GraphqlDoorOptions<Context>,
  scopes: AsyncLocalStorage<Scope>,
): ApolloServerPlugin {
  return {
    async requestDidStart(): Promise<GraphQLServerListener & object> {
      return {
        async willSendResponse({ response }: { response: { http: HTTPGraphQLHead; body: ResponseBody } }) {
          const scope = scopes.getStore();
          if (!scope || response.body.kind !== 'single') return;
          const result = response.body.singleResult;
          answerAway({ http: response.http, result });
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
        errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
        extensions?: Record<string, unknown>;
      };
    };
