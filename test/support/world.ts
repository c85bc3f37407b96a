import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import pino, { type Logger } from 'pino';
import { createApp } from '../../src/app.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { documentLimits, measureDocument } from '../../src/entrypoints/graphql/limits.ts';
import { modules as allModules } from '../../src/modules.ts';
import type { App } from '../../src/platform/app-types.ts';
import { type Context, closeContext, type Identity, openContext } from '../../src/platform/context.ts';
import { newId } from '../../src/platform/id.ts';
import type { Module } from '../../src/platform/module.ts';
import { buildSchema } from '../../src/schema.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { FakeClock } from './fake-clock.ts';
import { makeOrganization, type OrganizationOptions, type TestOrganization } from './makers.ts';
import { InProcessWires } from './wires.ts';

export interface WorldOptions {
  /** The modules of the app; all there are unless said otherwise. */
  modules?: readonly Module[];
  /** Where the wall clock stands at first. */
  start?: string;
  config?: Partial<Config>;
  /** A database that is there already; the world leaves it behind when it closes. */
  database?: TestDatabase;
  /** How the app reaches its database, if not directly. */
  runtimeUrl?: string;
  /** Most connections of the app; 10 unless said otherwise. */
  connections?: number;
  /** Where it says what goes wrong; nowhere unless said otherwise. */
  log?: Logger;
}

/** As whom a request is made: an organization's administrator, or any identity; null without credentials. */
export type Asker = TestOrganization | Identity | null;

export interface RequestOptions {
  as: Asker;
  idempotencyKey?: string;
  requestId?: string;
}

/** An app over a database of its own, with a wall clock that the test moves and no queue. */
export interface World {
  readonly app: App;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly schema: GraphQLSchema;
  organization(options?: OrganizationOptions): Promise<TestOrganization>;
  /** Runs a request against the schema, as the door would, and answers its JSON. */
  graphql<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown>,
    options: RequestOptions,
  ): Promise<ExecutionResult<Data, Record<string, unknown>>>;
  /** The context of one request; close it with `closeContext`. */
  context(as: TestOrganization | Identity): Context;
  /** Publishes facts and runs jobs until nothing moves any more. */
  settle(): Promise<void>;
  /** Ends the app and removes the database. */
  close(): Promise<void>;
}

const silent = pino({ level: 'silent' });

/** Settings of a development start, with secrets that only tests know. */
export function testConfig(changes: Partial<Config> = {}): Config {
  const secrets = {
    encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    jwtSecret: 'only the tests know this secret, '.repeat(2),
  };
  return Object.freeze({ ...readConfig({ LOG_LEVEL: 'silent' }, () => secrets), ...changes });
}

/** Opens a world; close it in `afterAll`. */
export async function testWorld(options: WorldOptions = {}): Promise<World> {
  const database = options.database ?? (await testDatabase());
  const clock = new FakeClock(options.start ?? '2026-01-01T00:00:00Z');
  const wires = new InProcessWires(clock);
  const modules = options.modules ?? allModules;
  const app = await createApp({
    config: testConfig(options.config),
    databaseUrl: options.runtimeUrl ?? database.runtimeUrl,
    connections: options.connections ?? 10,
    clock,
    log: options.log ?? silent,
    modules,
    wires,
  });
  const world: World = {
    app,
    database,
    clock,
    get schema() {
      return schemaOf(modules);
    },
    organization: (organization) => makeOrganization(app, organization),
    context: (as) => openContext(app, identityOf(as), { requestId: newId() }),
    graphql: (query, variables, request) => ask(world, query, variables, request),
    settle: () => wires.settle(app),
    close: async () => {
      await app.close();
      if (!options.database) await database.drop();
    },
  };
  return world;
}

/** The schema of modules is built once for all worlds: nobody writes into it. */
const schemas = new WeakMap<readonly Module[], GraphQLSchema>();

function schemaOf(modules: readonly Module[]): GraphQLSchema {
  const schema = schemas.get(modules) ?? buildSchema(modules);
  schemas.set(modules, schema);
  return schema;
}

/** A document that was read and, if nothing is wrong with it, may be executed; the names of its fields as the door tells them. */
type Read = { document: DocumentNode; fieldNames: ReadonlySet<string> } | { errors: readonly GraphQLError[] };

/** What was read once need not be read again, as at the door: walks over the whole schema send long documents. */
const readBefore = new WeakMap<GraphQLSchema, Map<string, Read>>();

function read(schema: GraphQLSchema, source: string): Read {
  const known = readBefore.get(schema) ?? new Map<string, Read>();
  readBefore.set(schema, known);
  const one = known.get(source) ?? readAnew(schema, source);
  known.set(source, one);
  return one;
}

function readAnew(schema: GraphQLSchema, source: string): Read {
  try {
    const document = parse(source);
    const errors = validate(schema, document);
    return errors.length > 0 ? { errors } : { document, ...measureDocument(document, documentLimits) };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

function identityOf(as: TestOrganization | Identity): Identity {
  return 'identity' in as ? as.identity : as;
}

async function ask<Data>(
  world: World,
  source: string,
  variableValues: Record<string, unknown>,
  request: RequestOptions,
): Promise<ExecutionResult<Data, Record<string, unknown>>> {
  const { as, idempotencyKey = null, requestId = newId() } = request;
  const extensions = {};
  const known = read(world.schema, source);
  if ('errors' in known) return asItArrives({ errors: known.errors, extensions });
  const { document, fieldNames } = known;
  const context = as && openContext(world.app, identityOf(as), { requestId, idempotencyKey, extensions, fieldNames });
  try {
    const contextValue = context ?? { app: world.app, requestId, extensions };
    const result = await execute({ schema: world.schema, document, variableValues, contextValue });
    return asItArrives({ ...result, extensions });
  } finally {
    if (context) await closeContext(context);
  }
}

/** Without prototypes, scalars as they travel. */
const asItArrives = (result: ExecutionResult) => JSON.parse(JSON.stringify(result));
