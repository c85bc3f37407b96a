import type { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { asRefusal, refusal } from './error-mapping.ts';
import type { Admission, Guard, GuardOptions } from './guard.ts';
import type { TextStore } from './stores.ts';
import { type BucketRules, TokenBuckets } from './token-bucket.ts';

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

/** What is kept of a request while it runs; found through the asynchronous context, since Apollo does not hand it on. */
export interface Scope {
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
/** Everything that must be true before a request runs, in this order; the context of the caller at the end. */
export function admission<Context extends object>(
  options: GraphqlDoorOptions<Context>,
  guard: Guard,
  persisted: TextStore,
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
  persisted: TextStore,
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
