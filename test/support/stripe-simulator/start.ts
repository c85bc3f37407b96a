import { parseArgs } from 'node:util';
import type { LoggedRequest } from './knobs/request-log.ts';
import { startStripeSimulator } from './simulator.ts';

const HELP = `Starts an in-memory Stripe for a walk-through.

  --port N         where to listen on 127.0.0.1 (12111)
  --key KEY        the secret key to accept (sk_test_simulator)
  --webhook URL    a receiver of events; may be given several times
  --secret SECRET  the receiver's signing secret (made up when absent)
  --seed N         seed of ids and shuffles (another one each time)
`;

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '12111' },
      key: { type: 'string', default: 'sk_test_simulator' },
      webhook: { type: 'string', multiple: true, default: [] },
      secret: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

function describe(request: LoggedRequest): string {
  const outcome = request.answered ? String(request.status) : 'no answer';
  const notes = [
    request.errorCode,
    request.replayed ? 'replayed' : null,
    request.fault && `fault ${request.fault}`,
    request.idempotencyKey && `key ${request.idempotencyKey}`,
  ].filter((note) => note !== null && note !== '');
  return `${request.method} ${request.path} ${outcome}${notes.length === 0 ? '' : `  (${notes.join(', ')})`}`;
}

async function main(): Promise<void> {
  const given = options();
  if (given.help) {
    process.stdout.write(HELP);
    return;
  }
  const secret = given.secret;
  const port = Number(given.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('--port must be a port between 0 and 65535.');
  const simulator = await startStripeSimulator({
    port,
    apiKey: given.key,
    ...(given.seed === undefined ? {} : { seed: Number(given.seed) }),
    automatic: true,
    // A receiver that is being restarted gets its events all the same.
    deliver: { retryMilliseconds: [1000, 5000, 15_000, 30_000, 60_000] },
    onRequest: (request) => process.stdout.write(`${describe(request)}\n`),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is taken. Choose another one with --port, and name it in STRIPE_API_BASE.`);
  });
  process.stdout.write(`Stripe simulator at ${simulator.url}\n  secret key      ${simulator.apiKey}\n`);
  for (const url of given.webhook) {
    const endpoint = simulator.addWebhook({ url, ...(secret === undefined ? {} : { secret }) });
    process.stdout.write(`  webhook         ${url}\n  signing secret  ${endpoint.secret}\n`);
  }
  process.stdout.write(`  knobs           ${simulator.url}/_simulator/…\nCtrl-C stops.\n`);
  const stop = (): void => void simulator.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
