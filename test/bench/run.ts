import { parseArgs } from 'node:util';
import { benchBillingRun } from './billing-run.ts';
import { benchCreateSubscription } from './create-subscription.ts';
import { benchGraphqlList } from './graphql-list.ts';
import type { BenchOptions } from './harness/bench.ts';
import { machineLine, type Report, reportLines } from './harness/report.ts';
import { type BenchServer, startBenchServer } from './harness/server.ts';
import { benchLiveFanout } from './live-fanout.ts';
import { benchPreviews } from './previews.ts';
import { benchWebhookIntake } from './webhook-intake.ts';

/** The benches by name. Each compares the product with a bare limit in the same run, and checks what was done. */
const benches: Record<string, (server: BenchServer, options: BenchOptions) => Promise<Report>> = {
  'billing-run': benchBillingRun,
  'create-subscription': benchCreateSubscription,
  'live-fanout': benchLiveFanout,
  'graphql-list': benchGraphqlList,
  previews: benchPreviews,
  'webhook-intake': benchWebhookIntake,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    mixed: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    subscriptions: { type: 'string' },
  },
});

async function main(): Promise<number> {
  const names = Object.keys(benches);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (values.list || unknown.length > 0) {
    if (unknown.length > 0) process.stderr.write(`No bench is called ${unknown.join(', ')}.\n`);
    process.stdout.write(
      `npm run bench -- [name …] [--quick] [--mixed] [--rounds n] [--subscriptions n] [--json]\n  ${names.join('\n  ')}\n`,
    );
    return unknown.length > 0 ? 2 : 0;
  }
  const rounds = Math.max(3, Number.parseInt(values.rounds, 10) || 0);
  const subscriptions = values.subscriptions === undefined ? undefined : Number.parseInt(values.subscriptions, 10);
  const told = (line: string) => void process.stderr.write(`  … ${line}\n`);
  const reports: Report[] = [];
  let machine = '';
  for (const name of positionals.length > 0 ? positionals : names) {
    const server = await startBenchServer();
    try {
      machine = machineLine(server.version);
      const report = await benches[name]!(server, {
        quick: values.quick,
        mixed: values.mixed,
        rounds,
        told,
        subscriptions,
      });
      reports.push(report);
      if (!values.json) process.stdout.write(`${reportLines(report).join('\n')}\n`);
    } catch (error) {
      // Said before the server stops: what breaks then has its cause here.
      process.stderr.write(`${name}: ${(error as Error).stack}\n`);
      return 1;
    } finally {
      await server.stop();
    }
  }
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine, quick: values.quick, reports }, null, 2)}\n` : `${machine}\n`,
  );
  return reports.some((report) => report.wrong.length > 0) ? 1 : 0;
}

process.exitCode = await main();
