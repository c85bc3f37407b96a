import { flushCompileCache } from 'node:module';
import pino from 'pino';
import { loadConfig } from '../../src/config.ts';
import { start } from '../../src/main.ts';
import { modules } from '../../src/modules.ts';
import type { FaultProcessOptions } from './fault-runner.ts';

// The product as it is, in a process that a test may kill: nothing in here knows of faults.
const { connections, clockAheadMs, beatMs, options } = JSON.parse(process.argv[2] ?? '{}') as FaultProcessOptions;

// What a job finds by its own look, when nothing wakes it, is to be seen within a test's patience.
for (const job of modules.flatMap((module) => module.jobs ?? [])) {
  if (beatMs !== undefined && job.everyMs > beatMs) job.everyMs = beatMs;
}

const config = loadConfig();
const running = await start({
  config: Object.freeze({ ...config, ...options, http: { host: '127.0.0.1', port: 0, portIsGiven: true } }),
  log: pino({ level: config.logLevel }, pino.destination({ fd: 1, sync: true })),
  clock: { now: () => new Date(Date.now() + (clockAheadMs ?? 0)) },
  ...(connections === undefined ? {} : { connections }),
});

process.once('SIGTERM', async () => {
  await running.stop();
  process.exit(0);
});
// Nobody is left who could end it.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.({ url: running.url });
// It will hardly end in a way that keeps what it has compiled.
flushCompileCache();
