import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { openOrganization } from '../../accounts/index.ts';
import { type Config, loadConfig } from '../../config.ts';
import { type Running, start } from '../../main.ts';
import { wipeEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { createLogger } from '../../platform/log.ts';
import { bannerOf } from './demo/banner.ts';
import { cast, regions } from './demo/cast.ts';
import { makeCatalog } from './demo/catalog.ts';
import { connect } from './demo/client.ts';
import { explorerVariables } from './demo/explorer-variables.ts';
import { makeExtras } from './demo/extras.ts';
import { startFeed } from './demo/feed.ts';
import { makeHistory } from './demo/history.ts';
import { type Keepsake, readKeepsake, writeKeepsake } from './demo/keepsake.ts';
import { makeOffers } from './demo/offers.ts';
import { startPulse } from './demo/pulse.ts';
import { untilSignal } from './serve.ts';

interface Options {
  reset?: boolean;
  json?: boolean;
  accounts: string;
  pulse: boolean;
}

/** `perennial demo`: everything in one process, with a year of history, and money that moves. */
export function command(): Command {
  return new Command()
    .option('--reset', 'forget the demo that is there and begin anew')
    .option('--json', 'print one JSON object instead of the banner')
    .option('--accounts <count>', 'how many accounts the history has', '208')
    .option('--no-pulse', 'let the clocks stand still')
    .action(run);
}

const yearMs = 365 * 86_400_000;
/** The first customers of every region are there: enough to look at. */
const regionsToGreet = regions.length;

async function run(options: Options): Promise<void> {
  const config = demoConfig();
  if (options.reset) await wipe(config);
  const say = options.json ? () => undefined : (line: string) => process.stdout.write(`${line}\n`);
  say('Starting PostgreSQL and the API …');
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const log = createLogger({
    level: config.logLevel,
    destination: createWriteStream(join(config.dataDirectory, 'perennial.log'), { flags: 'a', mode: 0o600 }),
  });
  // Heard from the beginning: Ctrl-C while the database is starting must stop it, too.
  const signal = untilSignal();
  const kept = readKeepsake(config.dataDirectory);
  if (kept && !kept.historyMade) say('The year of history was interrupted; it goes on where it was.');
  let variables = async (): Promise<Record<string, string>> => ({});
  const running = await start({ config, log, say, explorerVariables: () => variables() });
  try {
    const keepsake = kept ?? (await firstOrganization(running, config));
    const client = connect(running.url!, keepsake.apiKey);
    variables = async () => ({ apiKey: keepsake.apiKey, ...(await explorerVariables(client)) });
    await serveDemo(running, config, keepsake, options, say, signal);
  } finally {
    await running.stop();
  }
}

/** The demo is a development start, whatever else the environment says about roles. */
function demoConfig(): Config {
  const config = loadConfig('everything');
  if (config.mode !== 'development')
    throw new Error('The demo brings its own database: start it without DATABASE_URL.');
  return { ...config, role: 'all' };
}

async function wipe(config: Config): Promise<void> {
  await wipeEmbeddedPostgres(join(config.dataDirectory, 'postgresql'));
  for (const name of ['demo.json', 'perennial.log']) rmSync(join(config.dataDirectory, name), { force: true });
}

async function firstOrganization(running: Running, config: Config): Promise<Keepsake> {
  const email = 'demo@example.com';
  const password = randomBytes(12).toString('base64url');
  const made = await openOrganization(
    running.app,
    { name: 'Acme Studio', mode: 'sandbox', defaultCurrency: 'EUR', admin: { email, name: 'Demo', password } },
    { type: 'cli', id: 'demo' },
  );
  const { organizationId, secret: apiKey } = made;
  const keepsake = { organizationId, apiKey, email, password, clocks: {}, historyMade: false, newcomers: 0 };
  writeKeepsake(config.dataDirectory, keepsake);
  return keepsake;
}

async function serveDemo(
  running: Running,
  config: Config,
  keepsake: Keepsake,
  options: Options,
  say: (line: string) => void,
  signal: Promise<void>,
): Promise<void> {
  const client = connect(running.url!, keepsake.apiKey);
  const keep = (next: Keepsake) => writeKeepsake(config.dataDirectory, next);
  const welcome = () => {
    if (options.json) process.stdout.write(`${JSON.stringify(publicFacts(running, keepsake))}\n`);
    else say(bannerOf(running, keepsake, config));
  };
  if (keepsake.historyMade) welcome();
  else {
    // Whoever starts it may look around at once: the year goes on being made while the doors answer.
    const history = build(running, keepsake, options, welcome, keep).then(() => keep(keepsake));
    if ((await Promise.race([history.then(() => 'made'), signal.then(() => 'stop')])) === 'stop') {
      say('\nStopping …');
      return;
    }
    say('The year is made; from here on you watch it live.');
  }
  const feed = options.json ? null : startFeed(running.app, keepsake.organizationId, say);
  const failed = (error: unknown) => running.app.log.warn({ err: error }, 'the demo stumbled');
  const pulse = options.pulse ? startPulse(client, keepsake, keep, failed) : null;
  await signal;
  say('\nStopping …');
  await Promise.all([feed?.stop(), pulse?.stop()]);
}

function publicFacts(running: Running, keepsake: Keepsake) {
  const { url } = running;
  const { apiKey, email, password } = keepsake;
  return { url, graphql: `${url}/graphql`, explorer: `${url}/graphiql`, apiKey, email, password };
}

/** Makes the year. May be interrupted at any moment: the next start asks for the same again and goes on where it was. */
async function build(
  running: Running,
  keepsake: Keepsake,
  options: Options,
  welcome: () => void,
  keep: (next: Keepsake) => void,
): Promise<void> {
  const client = connect(running.url!, keepsake.apiKey, { once: true });
  const players = cast(Number(options.accounts));
  keepsake.yearEndsAt ??= lastHour(running.app.clock.now()).toISOString();
  keep(keepsake);
  const end = new Date(keepsake.yearEndsAt);
  const begin = new Date(end.getTime() - yearMs);
  await makeCatalog(client);
  await makeOffers(client);
  let bar: ReturnType<typeof progress> | null = null;
  keepsake.clocks = await makeHistory({
    client,
    players,
    begin,
    end,
    onProgress: (done, total) => {
      if (done === regionsToGreet) {
        welcome();
        bar = options.json ? null : progress('A year of history');
      }
      bar?.update(done, total);
    },
  });
  await makeExtras(client, players);
  (bar as ReturnType<typeof progress> | null)?.end();
  keepsake.historyMade = true;
}

function lastHour(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000);
}

/** A bar on a terminal; elsewhere a line every tenth. */
function progress(title: string): { update(done: number, total: number): void; end(): void } {
  if (!process.stdout.isTTY) {
    let tenth = -1;
    return {
      update: (done, total) => {
        const reached = Math.floor((done / total) * 10);
        if (reached > tenth) process.stdout.write(`${title}: ${reached * 10} %\n`);
        tenth = Math.max(tenth, reached);
      },
      end: () => undefined,
    };
  }
  const bar = new cliProgress.SingleBar({ format: `${title} {bar} {percentage} %`, hideCursor: true });
  bar.start(1, 0);
  return {
    update: (done, total) => {
      bar.setTotal(total);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
