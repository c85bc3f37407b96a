import { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { start } from '../../main.ts';
import { createLogger } from '../../platform/log.ts';

/** `perennial serve`: the roles that ROLE names, until a signal ends them. */
export function command(): Command {
  return new Command().option('--role <role>', 'api, worker or all; otherwise ROLE says').action(run);
}

async function run(options: { role?: string }): Promise<void> {
  const config = loadConfig('everything');
  const role = options.role ?? config.role;
  if (role !== 'api' && role !== 'worker' && role !== 'all') throw new Error('--role must be api, worker or all');
  const log = createLogger({ level: config.logLevel });
  const signal = untilSignal();
  const running = await start({ config: { ...config, role }, log });
  await signal;
  log.info('stopping');
  await running.stop();
  log.info('stopped');
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
