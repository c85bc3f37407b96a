import type { App } from '../../src/platform/app-types.ts';
import { runBilling } from '../../src/selling/subscriptions/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { BenchOptions } from './harness/bench.ts';
import { checkBooks } from './harness/books.ts';
import { openProduct } from './harness/product.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, type Measured, ratio, spread, timed } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { billRowByRow } from './limits/row-by-row-billing.ts';
import { billSetBased } from './limits/set-based-billing.ts';
import { firstBoundary, loadSubscriptions, mostARound, type SubscriptionLoad } from './loaders/subscriptions.ts';
import { benchMixedBillingRun } from './mixed-billing-run.ts';

const mostSeconds = 10;
const poisonedEvery = 100;

/** The billing run against set-based SQL and row-by-row code, with many organizations, with one, and with poison. */
export async function benchBillingRun(server: BenchServer, options: BenchOptions): Promise<Report> {
  if (options.mixed) return benchMixedBillingRun(server, options);
  const subscriptions = options.subscriptions ?? (options.quick ? 10_000 : 100_000);
  const slices = Math.ceil(subscriptions / mostARound);
  const load = { subscriptions, organizations: 100, slices, firstBoundary, collection: 'automatic' as const };
  const many = await prepare(server, 'many', load, options);
  const one = await prepare(server, 'one', { ...load, organizations: 1 }, options);
  const names = ['product', 'set-based SQL', 'row by row', 'product, one organization', 'product, 1 % poisoned'];
  const copies: BenchDatabase[] = [];
  for (const [index] of names.entries()) copies.push(await server.copy(index === 3 ? one : many, `billing_${index}`));
  await poison(copies[4]!);
  const cutoffs = cutoffsOf(slices, options.rounds + 1);
  const products = [await openSide(copies[0]!), await openSide(copies[3]!), await openSide(copies[4]!)];
  const sides = [
    { name: names[0]!, round: (index: number) => products[0]!.bill(cutoffs[index]!) },
    { name: names[1]!, round: (index: number) => setBased(copies[1]!, cutoffs[index]!) },
    { name: names[2]!, round: (index: number) => rowByRow(copies[2]!, cutoffs[index]!) },
    { name: names[3]!, round: (index: number) => products[1]!.bill(cutoffs[index]!) },
    { name: names[4]!, round: (index: number) => products[2]!.bill(cutoffs[index]!) },
  ];
  const costs = new Map<string, number[]>();
  const rates = await alternate(sides, {
    rounds: options.rounds,
    warmUp: 1,
    between: server.checkpoint,
    told: options.told,
    cpu: server.cpuSeconds,
    costs,
  });
  const wrong = await countsOf(copies, names, subscriptions, options.rounds + 1, slices);
  const nothingDue = await timeNothingDue(products[0]!.app);
  for (const side of products) {
    await side.app.relay();
    await side.app.close();
  }
  const checks = [];
  for (const [index, name] of names.entries()) {
    checks.push(await checkBooks(copies[index]!, name, { underLoad: true }));
  }
  return {
    bench: 'billing-run',
    load: `${subscriptions} flat subscriptions over ${load.organizations} organizations, taxed, collected automatically`,
    goals: [
      goalOf('product / set-based SQL', ratio(rates, names[0]!, names[1]!), { atLeast: 0.5 }, 'ratio'),
      goalOf('product / row by row at 16 connections', ratio(rates, names[0]!, names[2]!), { atLeast: 7 }, 'times'),
      goalOf('one organization / 100 organizations', ratio(rates, names[3]!, names[0]!), { atLeast: 0.9 }, 'ratio'),
      goalOf('1 % poisoned / none', ratio(rates, names[4]!, names[0]!), { atLeast: 0.9 }, 'ratio'),
      goalOf(`nothing due at ${subscriptions}`, nothingDue, { atMost: 2 }, 'milliseconds'),
    ],
    rates: Object.fromEntries([...rates].map(([name, list]) => [name, spread(list)])),
    costs: Object.fromEntries([...costs].map(([name, list]) => [name, spread(list)])),
    checks: checks.map(({ check }) => check),
    wrong: [...wrong, ...checks.flatMap((check) => check.wrong)],
  };
}

/** A database with the load, changed by `also` if given, whose first period the product billed. */
export async function prepare(
  server: BenchServer,
  name: string,
  load: SubscriptionLoad,
  options: BenchOptions,
  also?: (app: App, database: BenchDatabase) => Promise<void>,
): Promise<BenchDatabase> {
  options.told(`loading ${load.subscriptions} subscriptions over ${load.organizations} organizations`);
  const database = await server.copy(server.first, `billing_${name}`);
  await loadSubscriptions(database, load);
  const side = await openSide(database);
  await also?.(side.app, database);
  const { done, seconds } = await side.bill(new Date(Date.parse(firstBoundary) + (load.slices - 1) * 3_600_000));
  options.told(`billed the first period: ${done} in ${seconds.toFixed(1)} s`);
  const published = await timed(() => side.app.relay());
  options.told(`published ${published.done} facts in ${published.seconds.toFixed(1)} s`);
  await side.app.close();
  await runSql(database.superuserUrl, 'vacuum analyze');
  return database;
}

/** The instants at which each slice falls due, month after month, from the second boundary on. */
export function cutoffsOf(slices: number, rounds: number): Date[] {
  return Array.from({ length: rounds }, (_, round) => {
    const month = 2 + Math.floor(round / slices);
    const hour = 9 + (round % slices);
    return new Date(`2030-${String(month).padStart(2, '0')}-10T${String(hour).padStart(2, '0')}:00:00Z`);
  });
}

interface ProductSide {
  app: App;
  bill(cutoff: Date): Promise<Measured>;
}

/** The product over a database, and its clock in the hand of the bench. */
export async function openSide(database: BenchDatabase): Promise<ProductSide> {
  const clock = new FakeClock(firstBoundary);
  const app = await openProduct(database, clock);
  return {
    app,
    bill: (cutoff) => {
      clock.set(cutoff);
      return timed(async () => (await runBilling(app, { cutoff })).subscriptions);
    },
  };
}

/** A round of a set-based limit, of flat prices if no other is named. */
export function setBased(database: BenchDatabase, cutoff: Date, bill = billSetBased): Promise<Measured> {
  return timed(() => bill(database.superuserUrl, { cutoff, connections: 2, batch: 5_000, seconds: mostSeconds }));
}

/** A round of a row-by-row limit, of flat prices if no other is named. */
export function rowByRow(database: BenchDatabase, cutoff: Date, bill = billRowByRow): Promise<Measured> {
  return timed(() => bill(database.superuserUrl, { cutoff, connections: 16, seconds: mostSeconds }));
}

/** Every hundredth subscription gets a price that nobody can read. */
async function poison(database: BenchDatabase): Promise<void> {
  await runSql(
    database.superuserUrl,
    `set session_replication_role = replica;
     insert into prices select (c).* from (select jsonb_populate_record(p, jsonb_build_object('id', uuidv7(), 'component', 'bad', 'parameters', '{"amount":"?"}'::jsonb)) as c from prices p) x;
     with numbered as (select i.organization_id, i.id, row_number() over (partition by i.organization_id, s.next_billing_at order by i.id) as n
       from subscription_items i join subscriptions s on s.organization_id = i.organization_id and s.id = i.subscription_id)
     update subscription_items i set price_id = c.id from numbered n, prices c
     where n.n % ${poisonedEvery} = 1 and i.organization_id = n.organization_id and i.id = n.id and c.organization_id = i.organization_id and c.component = 'bad';
     analyze subscription_items`,
  );
}

/** Every subscription that fell due was billed once, and the poisoned were parked. */
async function countsOf(
  databases: readonly BenchDatabase[],
  names: readonly string[],
  subscriptions: number,
  rounds: number,
  slices: number,
): Promise<string[]> {
  const wrong: string[] = [];
  const expected = subscriptions + Math.floor((rounds * subscriptions) / slices);
  for (const [index, name] of names.entries()) {
    const [row] = await runSql<{ billed: string; parked: string; overlap: string }>(
      databases[index]!.superuserUrl,
      `select (select count(*) from billed_periods) as billed, (select count(*) from subscriptions where parked_at is not null) as parked,
         (select count(*) from invoices i where not exists (select from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id)) as overlap`,
    );
    const whole = name === 'product' || name === 'product, one organization';
    if (whole && Number(row?.billed) !== expected)
      wrong.push(`${name}: ${row?.billed} periods billed, not ${expected}`);
    if (whole && row?.parked !== '0') wrong.push(`${name}: ${row?.parked} subscriptions are parked`);
    if (name.includes('poisoned') && row?.parked === '0') wrong.push(`${name}: nothing was parked`);
    if (row?.overlap !== '0') wrong.push(`${name}: invoices without lines`);
  }
  return wrong;
}

/** A run that finds nothing due, in milliseconds. */
async function timeNothingDue(app: App) {
  const times: number[] = [];
  for (let run = 0; run < 60; run += 1) {
    const { seconds } = await timed(async () => (await runBilling(app)).subscriptions);
    if (run >= 10) times.push(seconds * 1000);
  }
  return spread(times);
}
