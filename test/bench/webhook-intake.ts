import type { BenchOptions } from './harness/bench.ts';
import { startChild } from './harness/child.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, ratio, spread } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { loadSubscriptions } from './loaders/subscriptions.ts';
import type { LoadSettings } from './processes/asks.ts';
import type { LoadResult, LoadRound } from './processes/load.ts';
import type { ProductSettings } from './processes/product.ts';

const connections = 32;
const eventsASecond = 1_000;
const secret = 'whsec_only_the_benches_know_this_secret';

/** Everything that was sent to one side and acknowledged. */
interface Told {
  names: string[];
  wrong: string[];
}

/** Stripe's events over the real door: verify, store, 200; against a raw micro-batched insert into the same table. */
export async function benchWebhookIntake(server: BenchServer, options: BenchOptions): Promise<Report> {
  const databases = await prepare(server);
  const product = await startProduct(databases.product);
  const limit = await startLimit(databases.limit);
  const load = await startChild(new URL('./processes/load.js', import.meta.url), {
    kind: 'stripe-events',
    secret,
  } satisfies LoadSettings);
  const told = { product: { names: [], wrong: [] } as Told, limit: { names: [], wrong: [] } as Told };
  const run = async (side: keyof typeof told, round: Omit<LoadRound, 'url'>): Promise<LoadResult> => {
    const url = side === 'product' ? product.url : limit.url;
    const result = await load.ask<LoadResult>({ ...round, url });
    told[side].names.push(...result.names);
    if (result.failed > 0) told[side].wrong.push(`${side}: ${result.failed} were refused: ${result.firstFailure}`);
    return result;
  };
  const seconds = options.quick ? 2 : 6;
  const closed = (side: keyof typeof told) => (index: number) =>
    run(side, { round: `closed${index}`, seconds, connections });
  try {
    const rates = await alternate(
      [
        { name: 'product', round: closed('product') },
        { name: 'raw inbox', round: closed('limit') },
      ],
      { rounds: options.rounds, warmUp: 1, between: server.checkpoint, told: options.told },
    );
    const late = await openLoop(server, options, (side, round) =>
      run(side, { round, seconds, connections: 256, rate: eventsASecond }),
    );
    const checks = [
      await checkInbox(databases.product, 'product', told.product),
      await checkInbox(databases.limit, 'raw inbox', told.limit),
    ];
    return {
      bench: 'webhook-intake',
      load: `signed events of 2 kB, ${connections} connections in the closed loop, ${eventsASecond}/s in the open one`,
      goals: [
        goalOf('product / raw micro-batched insert', ratio(rates, 'product', 'raw inbox'), { atLeast: 0.6 }, 'ratio'),
        goalOf(`p99 at ${eventsASecond}/s`, spread(late), { atMost: 50 }, 'milliseconds'),
      ],
      rates: Object.fromEntries([...rates].map(([name, list]) => [name, spread(list)])),
      checks: checks.map(({ check }) => check),
      wrong: checks.flatMap(({ wrong }) => wrong),
    };
  } finally {
    await Promise.all([load.stop(), product.stop(), limit.stop()]);
  }
}

/** The 99th percentile of the product, round by round; the limit runs beside it to say how busy the machine is. */
async function openLoop(
  server: BenchServer,
  options: BenchOptions,
  run: (side: 'limit' | 'product', round: string) => Promise<LoadResult>,
): Promise<number[]> {
  const late: number[] = [];
  for (let index = 0; index < options.rounds; index += 1) {
    for (const side of ['limit', 'product'] as const) {
      await server.checkpoint();
      const { p99, done, seconds } = await run(side, `open${index}`);
      options.told(`open loop  ${side}  p99 ${p99.toFixed(1)} ms at ${(done / seconds).toFixed(0)}/s`);
      if (side === 'product') late.push(p99);
    }
  }
  return late;
}

/** Two databases with one organization each, which is the one that the environment's connection belongs to. */
async function prepare(server: BenchServer): Promise<{ product: BenchDatabase; limit: BenchDatabase }> {
  const template = await server.copy(server.first, 'inbox_template');
  const firstBoundary = '2030-01-10T09:00:00Z';
  await loadSubscriptions(template, {
    subscriptions: 10,
    organizations: 1,
    slices: 1,
    firstBoundary,
    collection: 'automatic',
  });
  return { product: await server.copy(template, 'inbox_product'), limit: await server.copy(template, 'inbox_limit') };
}

function startProduct(database: BenchDatabase) {
  return startChild(new URL('./processes/product.js', import.meta.url), {
    databaseUrl: database.runtimeUrl,
    stripe: { secretKey: 'sk_test_of_the_benches', webhookSecrets: [secret], apiBase: 'http://127.0.0.1:9' },
  } satisfies ProductSettings);
}

async function startLimit(database: BenchDatabase) {
  const [organization] = await runSql<{ id: string }>(database.superuserUrl, 'select id from organizations');
  const settings = { databaseUrl: database.superuserUrl, organizationId: organization!.id };
  return startChild(new URL('./limits/inbox-over-http.js', import.meta.url), settings);
}

/** Every acknowledged event is there exactly once, with what it said, and nothing else is. */
async function checkInbox(
  database: BenchDatabase,
  name: string,
  told: Told,
): Promise<{ check: string; wrong: string[] }> {
  const [found] = await runSql<{ rows: string; acknowledged: string; whole: string }>(
    database.superuserUrl,
    `select count(*) as rows, count(*) filter (where e.provider_event_id = any($1::text[])) as acknowledged,
       count(*) filter (where e.payload->>'id' = e.provider_event_id and e.type = 'payment_intent.succeeded'
         and e.payload->'data'->'object'->>'id' = e.object_id and e.next_attempt_at is not null) as whole
     from provider_events e`,
    [told.names],
  );
  const sent = told.names.length;
  const wrong = [...told.wrong];
  if (new Set(told.names).size !== sent) wrong.push(`${name}: an event was acknowledged twice`);
  for (const [what, count] of Object.entries(found ?? { rows: '0' })) {
    if (Number(count) !== sent) wrong.push(`${name}: ${sent} events were acknowledged, ${what} are ${count}`);
  }
  return { check: `${name}: ${sent} acknowledged events are in the inbox once each`, wrong };
}
