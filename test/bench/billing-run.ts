import type { App } from '../../src/platform/app-types.ts';
import { runBilling } from '../../src/selling/subscriptions/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { BenchOptions } from './harness/bench.ts';
import { checkBooks } from './harness/books.ts';
import { openProduct } from './harness/product.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, ratio, spread, timed } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { billSetBased } from './limits/set-based-billing.ts';
import { loadSubscriptions } from './loaders/subscriptions.ts';

/** Subscriptions that one round bills: some seconds of work. */
const mostARound = 20_000;
const mostSeconds = 10;
const firstBoundary = '2030-01-10T09:00:00Z';

export async function benchBillingRun(server: BenchServer, options: BenchOptions): Promise<Report> {
  const subscriptions = options.quick ? 10_000 : 100_000;
  const slices = Math.ceil(subscriptions / mostARound);
  const load = { subscriptions, organizations: 100, slices, firstBoundary, collection: 'manual' as const };
  options.told(`loading ${subscriptions} subscriptions`);
  const template = await server.copy(server.first, 'billing_template');
  await loadSubscriptions(template, load);
  await billFirstPeriod(template, slices, options);
  const product = await openSide(await server.copy(template, 'billing_product'));
  const bare = await server.copy(template, 'billing_limit');
  const cutoffs = cutoffsOf(slices, options.rounds + 1);
  const sides = [
    { name: 'product', round: (index: number) => product.bill(cutoffs[index]!) },
    {
      name: 'set-based SQL',
      round: (index: number) =>
        timed(() =>
          billSetBased(bare.superuserUrl, {
            cutoff: cutoffs[index]!,
            connections: 2,
            batch: 5_000,
            seconds: mostSeconds,
          }),
        ),
    },
  ];
  const rates = await alternate(sides, {
    rounds: options.rounds,
    warmUp: 1,
    between: server.checkpoint,
    told: options.told,
  });
  const checks = [
    await checkBooks(product.database, 'product', { underLoad: true }),
    await checkBooks(bare, 'set-based SQL', { underLoad: true }),
  ];
  await product.app.close();
  return {
    bench: 'billing-run',
    load: `${subscriptions} flat subscriptions over ${load.organizations} organizations, taxed`,
    goals: [goalOf('product / set-based SQL', ratio(rates, 'product', 'set-based SQL'), { atLeast: 0.5 }, 'ratio')],
    rates: Object.fromEntries([...rates].map(([name, list]) => [name, spread(list)])),
    checks: checks.map(({ check }) => check),
    wrong: checks.flatMap(({ wrong }) => wrong),
  };
}

/** The instants at which each slice falls due, month after month, from the second boundary on. */
function cutoffsOf(slices: number, rounds: number): Date[] {
  return Array.from({ length: rounds }, (_, round) => {
    const month = 2 + Math.floor(round / slices);
    const hour = 9 + (round % slices);
    // Vienna has summer time from the end of March; a boundary is at most an hour earlier then.
    return new Date(`2030-${String(month).padStart(2, '0')}-10T${String(hour).padStart(2, '0')}:00:00Z`);
  });
}

interface ProductSide {
  database: BenchDatabase;
  app: App;
  bill(cutoff: Date): Promise<{ done: number; seconds: number }>;
}

async function openSide(database: BenchDatabase): Promise<ProductSide> {
  const clock = new FakeClock(firstBoundary);
  const app = await openProduct(database, clock);
  return {
    database,
    app,
    bill: (cutoff) => {
      clock.set(cutoff);
      return timed(async () => (await runBilling(app, { cutoff })).subscriptions);
    },
  };
}

/** The product ends the trials and bills the first period: what is there before the first round is its own work. */
async function billFirstPeriod(database: BenchDatabase, slices: number, options: BenchOptions): Promise<void> {
  const side = await openSide(database);
  const { done, seconds } = await side.bill(new Date(Date.parse(firstBoundary) + (slices - 1) * 3_600_000));
  options.told(`billed the first period: ${done} in ${seconds.toFixed(1)} s`);
  const published = await timed(() => side.app.relay());
  options.told(`published ${published.done} facts in ${published.seconds.toFixed(1)} s`);
  await side.app.close();
  await runSql(database.superuserUrl, 'vacuum analyze');
}
