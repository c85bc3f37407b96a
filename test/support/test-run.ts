import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { startEmbeddedPostgres, wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres/index.ts';
import { withStartLock } from '../../src/platform/embedded-postgres/start-lock.ts';
import { migrate } from '../../src/platform/migrate.ts';

/** What all workers of one test run share: a server, two roles in it, and a migrated database to copy. */
export type TestServer = {
  readonly superuserUrl: string;
  readonly template: string;
  readonly password: string;
};

export const OWNER = 'perennial_test_owner';
export const RUNTIME = 'perennial_test_app';

/** The folder of this test run. Throws outside of Jest. */
export function testRunFolder(): string {
  const folder = process.env.PERENNIAL_TEST_RUN;
  if (folder === undefined) throw new Error('Test databases belong to a Jest run');
  return folder;
}

/** The server of this run; the first caller starts it and migrates the template, the others wait for that. */
export async function testServer(): Promise<TestServer> {
  const run = testRunFolder();
  const file = `${run}/server.json`;
  const known = read(file);
  if (known !== undefined) return known;
  return withStartLock(run, async () => {
    const made = read(file) ?? (await makeServer(run));
    writeFileSync(`${file}.draft`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${file}.draft`, file);
    return made;
  });
}

/** The same server address with another role or database in it. */
export function urlFor(server: TestServer, role: string | undefined, database: string): string {
  const url = new URL(server.superuserUrl);
  if (role !== undefined) {
    url.username = role;
    url.password = server.password;
  }
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement after the other as the server's superuser. */
export async function asSuperuser(server: TestServer, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Stops the servers of a run, drops what it left on a server of the caller's, and removes its folder. */
export async function removeTestRun(run: string): Promise<void> {
  const server = read(`${run}/server.json`);
  if (server !== undefined && process.env.PERENNIAL_TEST_DATABASE_URL === server.superuserUrl) await dropAll(server);
  for (const name of readdirSync(run)) {
    if (name.startsWith('postgresql')) await wipeEmbeddedPostgres(`${run}/${name}`);
  }
  rmSync(run, { recursive: true, force: true });
}

async function makeServer(run: string): Promise<TestServer> {
  const external = process.env.PERENNIAL_TEST_DATABASE_URL;
  const superuserUrl =
    external ??
    (await startEmbeddedPostgres({ directory: `${run}/postgresql`, port: 0, durable: false, outlive: true }))
      .superuserUrl;
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  // The same for all runs on one server, so that runs at the same time do not lock each other out.
  const server = {
    superuserUrl,
    template: `perennial_template_${hash(run).slice(0, 8)}`,
    password: hash(superuserUrl),
  };
  await asSuperuser(server, [ownerStatement(server.password), ...groupGrants()]);
  // Sorting by code point, as the embedded server does; a foreign server may sort by some language.
  const locale = external === undefined ? '' : `encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'`;
  // A first try that failed half-way would otherwise hide its reason from the second.
  await asSuperuser(server, [`drop database if exists ${server.template} with (force)`]);
  await asSuperuser(server, [`create database ${server.template} owner ${OWNER} template template0 ${locale}`]);
  await migrate({
    ownerUrl: urlFor(server, OWNER, server.template),
    runtimeUrl: urlFor(server, RUNTIME, server.template),
  });
  await asSuperuser(server, [
    `alter role ${RUNTIME} password '${server.password}'`,
    `alter database ${server.template} allow_connections false`,
  ]);
  return server;
}

function ownerStatement(password: string): string {
  return `do $$ begin
    if not exists (select from pg_roles where rolname = '${OWNER}') then create role ${OWNER} login; end if;
    alter role ${OWNER} createrole password '${password}';
  end $$`;
}

/** On a server where somebody else's migration made the group roles, ours may not grant them unless it is told so. */
function groupGrants(): string[] {
  return ['perennial_runtime', 'perennial_sweep', 'conformance_reader'].map(
    (role) => `do $$ begin
      if exists (select from pg_roles where rolname = '${role}') and current_setting('server_version_num')::int >= 160000
      then execute 'grant ${role} to ${OWNER} with admin true, inherit false, set true'; end if;
    end $$`,
  );
}

async function dropAll(server: TestServer): Promise<void> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname like $1 || '%'`,
    [server.template],
  );
  await client.end();
  await asSuperuser(
    server,
    rows.map(({ name }) => `drop database if exists ${name} with (force)`),
  );
}

function read(file: string): TestServer | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestServer;
  } catch {
    return undefined;
  }
}
