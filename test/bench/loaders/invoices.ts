import { runBilling } from '../../../src/selling/subscriptions/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { BenchOptions } from '../harness/bench.ts';
import { openProduct } from '../harness/product.ts';
import { timed } from '../harness/rounds.ts';
import { type BenchDatabase, runSql } from '../harness/server.ts';
import { loadSubscriptions } from './subscriptions.ts';

const firstBoundary = '2030-01-10T09:00:00Z';
const slices = 24;

/**
 * Loads one organization with an invoice for each subscription: the product ends their trials and bills the first period,
 * over a day's hours. Its facts are published, so that nothing is left to do beside what is measured.
 */
export async function loadInvoices(database: BenchDatabase, invoices: number, options: BenchOptions): Promise<void> {
  options.told(`loading ${invoices} subscriptions of one organization`);
  await loadSubscriptions(database, {
    subscriptions: invoices,
    organizations: 1,
    slices,
    firstBoundary,
    collection: 'manual',
  });
  const cutoff = new Date(Date.parse(firstBoundary) + (slices - 1) * 3_600_000);
  const app = await openProduct(database, new FakeClock(cutoff.toISOString()));
  try {
    const billed = await timed(async () => (await runBilling(app, { cutoff })).subscriptions);
    options.told(`billed them: ${billed.done} in ${billed.seconds.toFixed(1)} s`);
    const published = await timed(() => app.relay());
    options.told(`published ${published.done} facts in ${published.seconds.toFixed(1)} s`);
  } finally {
    await app.close();
  }
  await runSql(database.superuserUrl, 'vacuum analyze');
}
