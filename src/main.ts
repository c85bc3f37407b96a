import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authenticate, publicFields } from './accounts/index.ts';
import { createApp, type Wires } from './app.ts';
import type { Config } from './config.ts';
import { watchDatabase } from './entrypoints/database-watch.ts';
import { registerDocuments } from './entrypoints/documents.ts';
import { registerExplorer } from './entrypoints/explorer.ts';
import { createGraphqlDoor, type GraphqlDoor } from './entrypoints/graphql.ts';
import { type Health, healthRoutes } from './entrypoints/health.ts';
import { createHttpApp, listen } from './entrypoints/http.ts';
import { type LiveDoor, openLiveDoor } from './entrypoints/live.ts';
import { type RelayLoop, startRelay } from './entrypoints/relay.ts';
import { registerStripeWebhooks } from './entrypoints/stripe-webhooks.ts';
import { startWorker, type Worker } from './entrypoints/worker.ts';
import { modules } from './modules.ts';
import type { App } from './platform/app-types.ts';
import { type Clock, wallClock } from './platform/clock.ts';
import { type Context, closeContext, openContext } from './platform/context.ts';
import { type DatabaseSession, openDatabase } from './platform/database-session.ts';
import { badUserInput } from './platform/errors.ts';
import type { Logger } from './platform/log.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { migrate, pendingMigrations } from './platform/migrate.ts';
import type { WakeQueue } from './platform/queue.ts';
import { openWires } from './platform/wires.ts';
import { buildSchema } from './schema.ts';

/** A running process: what it serves, where, and how it ends. */
export interface Running {
  readonly app: App;
  readonly session: DatabaseSession;
  /** Where the doors are; null in a process without them. */
  readonly url: string | null;
  /** Takes nothing new, finishes what runs, lets go of everything; the database last. */
  stop(): Promise<void>;
}

export interface StartOptions {
  config: Config;
  log: Logger;
  clock?: Clock;
  /** What names in the explorer's first windows stand for; for demos only, since it is part of the page. */
  explorerVariables?: () => Promise<Record<string, string>>;
  /** Connections of this process to the database. */
  connections?: number;
  /** Told, beside the log, when the embedded database is lost and when it is back. */
  say?: (line: string) => void;
}

interface Parts {
  app: App;
  relay: RelayLoop;
  queue: WakeQueue;
  metrics: Metrics;
}

const portsTried = 20;

/** Starts the roles that the configuration names: doors, worker, or both. */
export async function start(options: StartOptions): Promise<Running> {
  const { config, log } = options;
  const session = await openDatabase(config, watchDatabase(log, options.say));
  try {
    await makeReady(config, session);
    const parts = await connect(options, session);
    const doors = await openDoors(options, parts);
    const worker = config.role === 'api' ? null : startWorker(parts.app, parts.queue, parts.metrics);
    log.info({ role: config.role, url: doors.url }, 'started');
    return { app: parts.app, session, url: doors.url, stop: () => stopAll(session, parts, worker, doors) };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** An embedded database is brought up to date; one of the operator's own is only looked at. */
async function makeReady(config: Config, session: DatabaseSession): Promise<void> {
  if (session.embedded && session.ownerUrl) {
    await migrate({ ownerUrl: session.ownerUrl, runtimeUrl: session.runtimeUrl });
    return;
  }
  const pending = await pendingMigrations(session.runtimeUrl);
  if (pending.length === 0) return;
  const names = pending.slice(0, 3).join(', ');
  throw new Error(
    `The database is ${pending.length} migrations behind (${names} …). Run: npx perennial migrate${config.mode === 'production' ? ' with MIGRATION_DATABASE_URL set' : ''}`,
  );
}

async function connect(options: StartOptions, session: DatabaseSession): Promise<Parts> {
  const { config, log } = options;
  const metrics = createMetrics();
  const held: { app?: App; relay?: RelayLoop } = {};
  const { queue, bell } = openWires({
    databaseUrl: session.runtimeUrl,
    redisUrl: config.redisUrl,
    pool: () => held.app!.database.pool,
    log,
  });
  const wires: Wires = {
    // Facts are published by whoever wrote them: no queue lies between a commit and its live update.
    wake: (job, data, how) => (job === 'relay' ? held.relay?.nudge(data as string[]) : queue.wake(job, data, how)),
    ring: (word) => bell.ring(word),
    hear: (heard) => bell.hear(heard),
    close: async () => {
      await Promise.all([queue.close(), bell.close()]);
    },
  };
  const app = await createApp({
    config,
    databaseUrl: session.runtimeUrl,
    connections: options.connections ?? 20,
    clock: options.clock ?? wallClock,
    log,
    modules,
    wires,
  });
  held.app = app;
  held.relay = startRelay(app);
  return { app, relay: held.relay, queue, metrics };
}

interface Doors {
  http: FastifyInstance;
  graphql: GraphqlDoor | null;
  live: LiveDoor | null;
  health: Health;
  url: string | null;
}

async function openDoors(options: StartOptions, parts: Parts): Promise<Doors> {
  const { config, log } = options;
  const { app, metrics } = parts;
  const http = createHttpApp({ logger: log, https: config.publicUrl.startsWith('https:') });
  const health = healthRoutes(http, { app, queue: parts.queue, metrics, version: version() });
  const doors: Doors = { http, graphql: null, live: null, health, url: null };
  if (config.role !== 'worker') {
    const schema = buildSchema(modules);
    doors.graphql = graphqlDoor(schema, options, parts, closeWithResponse(http));
    await doors.graphql.register(http);
    registerStripeWebhooks(http, app);
    registerDocuments(http, app);
    registerExplorer(http, {
      examples: fileURLToPath(new URL('../../docs/examples', import.meta.url)),
      ...(options.explorerVariables ? { variables: options.explorerVariables } : {}),
    });
    const cut = metrics.counter('perennial_live_sockets_cut_total', 'Websockets cut since their client did not read.');
    doors.live = openLiveDoor(http.server, {
      app,
      onCut: (sockets) => cut.inc(sockets),
      schema,
      guard: doors.graphql.guard,
      identify: (authorization) => authenticate(app, authorization, { anew: true }),
    });
    const { live } = doors;
    metrics.gauge('perennial_live_sockets', 'Websockets that are open.', [], (gauge) => gauge.set(live.sockets()));
  }
  const { host, port, portIsGiven } = config.http;
  const bound = await listen(http, { host, port, tries: portIsGiven ? 1 : portsTried });
  doors.url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  return doors;
}

function graphqlDoor(
  schema: ReturnType<typeof buildSchema>,
  options: StartOptions,
  parts: Parts,
  opened: (request: FastifyRequest, context: Context) => void,
): GraphqlDoor {
  const { app, metrics } = parts;
  const seconds = metrics.histogram('perennial_graphql_seconds', 'How long answers take.', ['operation', 'outcome']);
  return createGraphqlDoor<Context>({
    schema,
    introspection: options.config.introspection,
    publicFields,
    authenticate: async (request, facts) => {
      const { authorization } = request.headers;
      if (authorization === undefined) return null;
      const identity = await authenticate(app, authorization);
      if (!identity) return null;
      const context = openContext(app, identity, {
        requestId: facts.requestId,
        extensions: facts.extensions,
        fieldNames: facts.operation.fieldNames,
        idempotencyKey: idempotencyKeyOf(request, facts.operation),
      });
      opened(request, context);
      return { context, rateKey: identity.rateKey };
    },
    anonymous: (_request, { requestId, extensions }) => ({ app, requestId, extensions }) as Context,
    onAnswer: ({ operation, seconds: taken, codes }) =>
      seconds.observe({ operation: operation?.type ?? 'none', outcome: codes[0] ?? 'ok' }, taken),
  });
}

/** The header's key, for a mutation. BAD_USER_INPUT with several in one document: it would not be clear which one it names. */
function idempotencyKeyOf(request: FastifyRequest, operation: { type: string; rootFields: readonly string[] }) {
  const header = request.headers['idempotency-key'];
  if (operation.type !== 'mutation' || typeof header !== 'string') return null;
  if (operation.rootFields.filter((name) => name !== '__typename').length > 1) {
    throw badUserInput(
      ['Idempotency-Key'],
      'The header Idempotency-Key names one mutation, and here are several: send them apart, or give each its idempotencyKey.',
    );
  }
  return header;
}

/**
 * Closes the context of a request when its answer has gone out or its caller has gone, whichever way: a response is always
 * closed, but finished only for somebody who still listens.
 */
function closeWithResponse(http: FastifyInstance): (request: FastifyRequest, context: Context) => void {
  const closed = new WeakSet<FastifyRequest>();
  const contexts = new WeakMap<FastifyRequest, Context>();
  http.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      closed.add(request);
      const context = contexts.get(request);
      if (context) void closeContext(context);
    });
    done();
  });
  return (request, context) => {
    if (closed.has(request)) void closeContext(context);
    else contexts.set(request, context);
  };
}

const drainMs = 7_000;
const closeMs = 1_000;

async function stopAll(session: DatabaseSession, parts: Parts, worker: Worker | null, doors: Doors): Promise<void> {
  session.leaveAlone();
  doors.health.drain();
  const work = Promise.all([doors.live?.stop(), doors.http.close(), worker?.stop()]).then(() => doors.graphql?.stop());
  if (!(await within(drainMs, work))) {
    parts.app.log.warn('what still runs is cut off; it is done again at the next start');
    doors.http.server.closeAllConnections();
  }
  // Whatever was cut off or not: who looks at the database by a beat of its own ends before the database does.
  await within(closeMs, parts.relay.stop());
  await within(closeMs, parts.app.close());
  await session.close();
}

/** Waits for an end, but no longer than that; answers whether it came. */
async function within(milliseconds: number, end: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), milliseconds);
  });
  const ended = end.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

/** The version of this build. */
export function version(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
