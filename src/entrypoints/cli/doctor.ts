import { Command } from 'commander';
import { ConfigError, loadConfig } from '../../config.ts';
import { openDatabase } from '../../platform/database-session.ts';
import { examineDatabase, type Finding } from '../../platform/doctor.ts';

/** `perennial doctor`: configuration and database, one line a check. Ends with 1 when something is wrong. */
export function command(): Command {
  return new Command()
    .option('--json', 'print one JSON object instead of a list')
    .option('--quiet', 'print nothing but what is wrong')
    .action(run);
}

async function run(options: { json?: boolean; quiet?: boolean }): Promise<void> {
  const findings = await examine();
  const healthy = findings.every((finding) => finding.ok);
  if (options.json) process.stdout.write(`${JSON.stringify({ healthy, findings })}\n`);
  else {
    for (const { ok, check, detail } of findings) {
      if (!ok || !options.quiet) process.stdout.write(`${ok ? 'ok   ' : 'WRONG'}  ${check}: ${detail}\n`);
    }
  }
  if (!healthy) process.exitCode = 1;
}

async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    const { mode, stripe } = loadConfig();
    findings.push({ check: 'configuration', ok: true, detail: mode });
    if (stripe.secretKey !== undefined && stripe.webhookSecrets.length === 0) {
      const detail = 'STRIPE_WEBHOOK_SECRET is missing, so no event from Stripe can be accepted';
      findings.push({ check: 'configuration', ok: false, detail });
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.push(...error.faults.map((detail) => ({ check: 'configuration', ok: false, detail })));
  }
  let database: Awaited<ReturnType<typeof openDatabase>>;
  try {
    database = await openDatabase(loadConfig('database'));
  } catch (error) {
    return [...findings, { check: 'database', ok: false, detail: (error as Error).message }];
  }
  try {
    return [...findings, ...(await examineDatabase(database.runtimeUrl))];
  } finally {
    await database.close();
  }
}
