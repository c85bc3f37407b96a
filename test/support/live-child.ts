import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { attemptPayment } from '../../src/collecting/payments/index.ts';
import { startRelay } from '../../src/entrypoints/relay.ts';
import { modules } from '../../src/modules.ts';
import { FakeClock } from './fake-clock.ts';
import { realWires } from './real-wires.ts';
import { testConfig } from './world.ts';

// A second process over the same database: it charges payments and publishes what happened; it serves nobody.
const [, , databaseUrl = '', redisUrl = '', now = ''] = process.argv;
const log = pino({ level: 'silent' });
const wires = realWires({ databaseUrl, redisUrl: redisUrl || undefined, log });
const app = await createApp({
  config: testConfig(),
  databaseUrl,
  connections: 5,
  clock: new FakeClock(now),
  log,
  modules,
  wires: wires.wires,
});
wires.start(app, startRelay(app));

process.on('message', async (message: { organizationId: string; paymentIds: string[] } | 'end') => {
  if (message === 'end') {
    await wires.stop();
    await app.close();
    process.disconnect();
    return;
  }
  for (const paymentId of message.paymentIds) {
    await attemptPayment(app, { organizationId: message.organizationId, paymentId });
  }
  process.send?.('done');
});
process.send?.('ready');
