import { once } from '../../src/platform/idempotency.ts';
import { createSubscription } from '../../src/selling/subscriptions/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { BenchOptions } from './harness/bench.ts';
import { checkBooks } from './harness/books.ts';
import { openProduct } from './harness/product.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, type Measured, percentile, ratio, spread } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { openOneStatement, type Subscriber } from './limits/one-statement-subscription.ts';
import { loadSubscriptions } from './loaders/subscriptions.ts';

const inFlight = 16;
const at = '2030-01-02T09:00:00Z';

export async function benchCreateSubscription(server: BenchServer, options: BenchOptions): Promise<Report> {
  const accounts = options.quick ? 2_000 : 20_000;
  const seconds = options.quick ? 2 : 6;
  const organizations = 100;
  options.told(`loading ${accounts} accounts`);
  const template = await server.copy(server.first, 'subscribing_template');
  await loadSubscriptions(template, {
    subscriptions: accounts,
    organizations,
    slices: 1,
    firstBoundary: '2030-02-10T09:00:00Z',
    collection: 'automatic',
  });
  const subscribers = await subscribersOf(template);
  const product = await openProductSide(await server.copy(template, 'subscribing_product'), subscribers);
  const limit = await openLimitSide(await server.copy(template, 'subscribing_limit'), subscribers);
  const slowest = { product: [] as number[], limit: [] as number[] };
  const side = (name: string, create: (lane: number) => Promise<void>, p99: number[]) => ({
    name,
    round: async (index: number) => {
      const { latencies, ...measured } = await keepInFlight(seconds, create);
      if (index > 0) p99.push(percentile(latencies, 0.99));
      return measured;
    },
  });
  const sides = [side('product', product.create, slowest.product), side('one statement', limit.create, slowest.limit)];
  const rates = await alternate(sides, {
    rounds: options.rounds,
    warmUp: 1,
    between: server.checkpoint,
    told: options.told,
  });
  const found = [await checkSide(product), await checkSide(limit)];
  await product.close();
  await limit.close();
  return {
    bench: 'create-subscription',
    load: `${inFlight} in flight, ${accounts} accounts in ${organizations} organizations, taxed, collected automatically`,
    goals: [
      goalOf('product / one statement', ratio(rates, 'product', 'one statement'), { atLeast: 0.4 }, 'ratio'),
      goalOf(`p99 of the product, ${inFlight} in flight`, spread(slowest.product), { atMost: 40 }, 'milliseconds'),
      goalOf('p99 of one statement', spread(slowest.limit), {}, 'milliseconds'),
    ],
    rates: Object.fromEntries([...rates].map(([name, list]) => [name, spread(list)])),
    checks: found.map(({ check }) => check),
    wrong: found.flatMap(({ wrong }) => wrong),
  };
}

/** Neighbors in the list belong to different organizations, so that what is in flight rarely waits for one series. */
async function subscribersOf(database: BenchDatabase): Promise<Subscriber[]> {
  return runSql<{ organizationId: string; accountId: string; planId: string }>(
    database.superuserUrl,
    `select a.organization_id as "organizationId", a.id as "accountId", p.id as "planId"
     from accounts a join plans p on p.organization_id = a.organization_id
     order by row_number() over (partition by a.organization_id order by a.id), a.organization_id`,
  );
}

interface CreatingSide {
  name: string;
  database: BenchDatabase;
  /** How many it made, warm-up included. */
  made(): number;
  create(lane: number): Promise<void>;
  close(): Promise<void>;
}

async function openProductSide(
  database: BenchDatabase,
  subscribers: readonly Subscriber[],
): Promise<CreatingSide & { database: BenchDatabase }> {
  const app = await openProduct(database, new FakeClock(at), inFlight);
  let made = 0;
  return {
    name: 'product',
    database,
    made: () => made,
    create: async () => {
      made += 1;
      const key = `key-${made}`;
      const { organizationId, accountId, planId } = subscribers[made % subscribers.length]!;
      const input = { account: { id: accountId }, items: [{ plan: { id: planId } }] };
      const scope = {
        organizations: [organizationId],
        actor: { type: 'system', id: 'bench' } as const,
        requestId: key,
      };
      await app.transact(scope, (work) =>
        once(work, { key, operation: 'createSubscription', input }, async () => ({
          id: (await createSubscription(work, input)).subscription.id,
        })),
      );
    },
    close: () => app.close(),
  };
}

async function openLimitSide(database: BenchDatabase, subscribers: readonly Subscriber[]): Promise<CreatingSide> {
  const bare = await openOneStatement(database.superuserUrl, inFlight, new Date(at));
  let made = 0;
  return {
    name: 'one statement',
    database,
    made: () => made,
    create: (lane) => {
      made += 1;
      return bare.create(lane, subscribers[made % subscribers.length]!, `key-${made}`);
    },
    close: () => bare.close(),
  };
}

/** A closed loop: each lane begins its next call when the last one has answered. Latencies in milliseconds. */
async function keepInFlight(
  seconds: number,
  create: (lane: number) => Promise<void>,
): Promise<Measured & { latencies: number[] }> {
  const latencies: number[] = [];
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const lanes = Array.from({ length: inFlight }, async (_, lane) => {
    while (performance.now() < deadline) {
      const began = performance.now();
      await create(lane);
      latencies.push(performance.now() - began);
    }
  });
  await Promise.all(lanes);
  return { done: latencies.length, seconds: (performance.now() - start) / 1000, latencies };
}

/** Rows that each subscription made leaves behind, by table; accounts came with a subscription in trial already. */
const rowsOfOne = {
  subscription_changes: 1,
  invoices: 1,
  invoice_lines: 1,
  invoice_taxes: 1,
  billed_periods: 1,
  ledger_entries: 3,
  payments: 1,
  payment_applications: 1,
  facts: 3,
  fact_queue: 3,
  idempotency_keys: 1,
};

async function checkSide(side: CreatingSide): Promise<{ check: string; wrong: string[] }> {
  const counts = Object.keys(rowsOfOne).map((table) => `(select count(*)::int from ${table}) as ${table}`);
  const [row] = await runSql<Record<keyof typeof rowsOfOne, number>>(
    side.database.superuserUrl,
    `select ${counts.join(', ')}`,
  );
  const miscounted = Object.entries(rowsOfOne).flatMap(([table, each]) => {
    const found = row![table as keyof typeof rowsOfOne];
    const wanted = each * side.made();
    return found === wanted ? [] : [`${side.name}: ${found} rows of ${table} instead of ${wanted}`];
  });
  const books = await checkBooks(side.database, side.name, { underLoad: true });
  const check = `${side.name}: ${side.made()} subscriptions with ${Object.keys(rowsOfOne).length} tables' rows counted; ${books.check}`;
  return { check, wrong: [...miscounted, ...books.wrong] };
}
