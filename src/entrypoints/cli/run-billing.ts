import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { createApp, type Wires } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { modules } from '../../modules.ts';
import type { App } from '../../platform/app-types.ts';
import { wallClock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/database-session.ts';
import { fromGlobalId, isUuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { readDateTime } from '../../platform/scalars.ts';
import { type BillingTally, runBilling } from '../../selling/subscriptions/index.ts';

interface Options {
  organization?: string;
  until?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `perennial run-billing`: bills what is due, as the worker would. Can be stopped and started again at any time. */
export function command(): Command {
  return new Command()
    .option('--organization <id>', 'bill only one organization')
    .option('--until <instant>', 'bill what is due at or before this instant (RFC 3339); now if left out')
    .option('--dry-run', 'count what is due and write nothing')
    .option('--json', 'print one JSON object instead of a line')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const organizationId = options.organization === undefined ? null : readOrganization(options.organization);
  const cutoff = options.until === undefined ? null : readUntil(options.until);
  const config = loadConfig('database');
  const session = await openDatabase(config);
  try {
    const app = await createApp({
      config,
      databaseUrl: session.runtimeUrl,
      connections: 5,
      clock: wallClock,
      log: createLogger({ level: config.logLevel === 'info' ? 'warn' : config.logLevel }),
      modules,
      wires: quietWires,
    });
    try {
      const tally = await bill(app, { organizationId, cutoff, ...options });
      // Without a server nobody else may be there to publish what was announced.
      if (!options.dryRun) await app.relay();
      process.stdout.write(options.json ? asJson(tally, options) : asLine(tally, options));
    } finally {
      await app.close();
    }
  } finally {
    await session.close();
  }
}

async function bill(
  app: App,
  options: Options & { organizationId: string | null; cutoff: Date | null },
): Promise<BillingTally> {
  const { organizationId, cutoff } = options;
  const due = await runBilling(app, { organizationId, cutoff, dryRun: true });
  if (options.dryRun) return due;
  const progress = options.json ? undefined : showProgress(due.subscriptions);
  try {
    return await runBilling(app, { organizationId, cutoff, ...(progress ? { onProgress: progress.step } : {}) });
  } finally {
    progress?.end();
  }
}

function readOrganization(text: string): string {
  const id = fromGlobalId('org', text) ?? (isUuid(text) ? text : null);
  if (id === null) throw new Error('--organization must be the id of an organization');
  return id;
}

function readUntil(text: string): Date {
  try {
    return readDateTime(text);
  } catch {
    throw new Error('--until must be an instant of RFC 3339 with a zone, such as 2026-01-31T09:30:00Z');
  }
}

/** Workers look for themselves within seconds: nobody need be woken. */
const quietWires: Wires = {
  wake: () => undefined,
  ring: () => undefined,
  hear: () => undefined,
  close: async () => undefined,
};

function asJson(tally: BillingTally, options: Options): string {
  return `${JSON.stringify({ dryRun: options.dryRun === true, ...tally })}\n`;
}

function asLine(tally: BillingTally, options: Options): string {
  if (options.dryRun) return `${tally.subscriptions} subscriptions are due.\n`;
  const parked = tally.parked > 0 ? ` ${tally.parked} could not be billed and are parked.` : '';
  return `Billed ${tally.subscriptions} subscriptions on ${tally.invoices} invoices.${parked}\n`;
}

/** A bar on a terminal; elsewhere nothing. A late run may bill a subscription several times, so the end moves. */
function showProgress(total: number): { step: (done: number) => void; end: () => void } | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = new cliProgress.SingleBar({
    format: 'Billing {bar} {value}/{total} subscriptions',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(Math.max(total, 1), 0);
  return {
    step: (done) => {
      if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
