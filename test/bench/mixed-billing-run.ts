import { cutoffsOf, openSide, prepare, rowByRow, setBased } from './billing-run.ts';
import type { BenchOptions } from './harness/bench.ts';
import { checkBooks } from './harness/books.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, ratio, spread } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { billMixedRowByRow } from './limits/row-by-row-mixed.ts';
import { billMixedSetBased } from './limits/set-based-mixed.ts';
import { mixSubscriptions } from './loaders/mixed.ts';
import { firstBoundary, mostARound } from './loaders/subscriptions.ts';
import { checkAgreement } from './mixed-agreement.ts';

const names = [
  'product, mixed',
  'product, flat',
  'set-based SQL, flat',
  'row by row, flat',
  'set-based SQL, mixed',
  'row by row, mixed',
] as const;
/** The sides that bill the mixed load. */
const mixedSides = [0, 4, 5];

/**
 * The billing run over plans of every kind, with coupons, tax and credit: against limits that do the same work, row by row and
 * cent by cent, and against those of the flat run, which bill flat prices and nothing else and say how much of that speed is left.
 */
export async function benchMixedBillingRun(server: BenchServer, options: BenchOptions): Promise<Report> {
  const subscriptions = options.subscriptions ?? (options.quick ? 10_000 : 100_000);
  const slices = Math.ceil(subscriptions / mostARound);
  const load = { subscriptions, organizations: 100, slices, firstBoundary, collection: 'automatic' as const };
  const flat = await prepare(server, 'flat', load, options);
  const mixed = await prepare(server, 'mixed', load, options, mixSubscriptions);
  const copies: BenchDatabase[] = [];
  for (const [index] of names.entries())
    copies.push(await server.copy(mixedSides.includes(index) ? mixed : flat, `mixed_billing_${index}`));
  const cutoffs = cutoffsOf(slices, options.rounds + 1);
  const products = [await openSide(copies[0]!), await openSide(copies[1]!)];
  const costs = new Map<string, number[]>();
  const rates = await alternate(
    [
      { name: names[0], round: (index: number) => products[0]!.bill(cutoffs[index]!) },
      { name: names[1], round: (index: number) => products[1]!.bill(cutoffs[index]!) },
      { name: names[2], round: (index: number) => setBased(copies[2]!, cutoffs[index]!) },
      { name: names[3], round: (index: number) => rowByRow(copies[3]!, cutoffs[index]!) },
      { name: names[4], round: (index: number) => setBased(copies[4]!, cutoffs[index]!, billMixedSetBased) },
      { name: names[5], round: (index: number) => rowByRow(copies[5]!, cutoffs[index]!, billMixedRowByRow) },
    ],
    {
      rounds: options.rounds,
      warmUp: 1,
      between: server.checkpoint,
      told: options.told,
      cpu: server.cpuSeconds,
      costs,
    },
  );
  for (const { app } of products) {
    await app.relay();
    await app.close();
  }
  const counted = await countsOf(copies[0]!, subscriptions, options.rounds + 1, slices);
  const checks = [];
  for (const index of mixedSides) checks.push(await checkBooks(copies[index]!, names[index]!, { underLoad: true }));
  for (const index of mixedSides.slice(1))
    checks.push(await checkAgreement(copies[0]!, copies[index]!, names[index]!, cutoffs[0]!));
  return {
    bench: 'billing-run --mixed',
    load: `${subscriptions} subscriptions over ${load.organizations} organizations: flat, tiers, volume, seats with a fee; ${counted.told}; taxed, collected automatically`,
    goals: [
      goalOf('mixed / set-based SQL, the same work', ratio(rates, names[0], names[4]), { atLeast: 0.5 }, 'ratio'),
      goalOf('mixed / row by row, the same work', ratio(rates, names[0], names[5]), { atLeast: 7 }, 'times'),
      goalOf('mixed / set-based SQL of flat ones', ratio(rates, names[0], names[2]), { atLeast: 0.5 }, 'ratio'),
      goalOf('mixed / row by row of flat ones', ratio(rates, names[0], names[3]), { atLeast: 7 }, 'times'),
      goalOf('mixed / flat, both the product', ratio(rates, names[0], names[1]), {}, 'ratio'),
    ],
    rates: Object.fromEntries([...rates].map(([name, list]) => [name, spread(list)])),
    costs: Object.fromEntries([...costs].map(([name, list]) => [name, spread(list)])),
    checks: checks.map(({ check }) => check),
    wrong: [...counted.wrong, ...checks.flatMap(({ wrong }) => wrong)],
  };
}

/** Every subscription that fell due was billed once, by every kind of price, and discounts and credit were really taken. */
async function countsOf(
  database: BenchDatabase,
  subscriptions: number,
  rounds: number,
  slices: number,
): Promise<{ told: string; wrong: string[] }> {
  const [row] = await runSql<Record<string, string>>(
    database.superuserUrl,
    `select (select count(*) from invoices where reason = 'subscription_cycle') as invoices,
       (select count(*) from subscriptions where parked_at is not null) as parked,
       (select count(distinct component) from billed_periods) as components,
       (select count(*) from invoices where discount_total > 0) as discounted,
       (select count(*) from invoices where credits_applied > 0) as credited`,
  );
  const expected = subscriptions + Math.floor((rounds * subscriptions) / slices);
  const wrong: string[] = [];
  if (Number(row!.invoices) !== expected) wrong.push(`${row!.invoices} invoices, not ${expected}`);
  if (row!.parked !== '0') wrong.push(`${row!.parked} subscriptions are parked`);
  if (row!.components !== '4') wrong.push(`${row!.components} components billed, not 4`);
  if (row!.discounted === '0' || row!.credited === '0') wrong.push('no discount or no credit was taken');
  return {
    told: `${row!.discounted} of ${row!.invoices} invoices discounted, ${row!.credited} paid from credit`,
    wrong,
  };
}
