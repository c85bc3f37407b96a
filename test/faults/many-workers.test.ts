import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query } from '../support/database.ts';
import type { FaultProcess } from '../support/fault-runner.ts';
import { type DueAccount, openStage, type Stage } from '../support/fault-stage.ts';
import { nightly } from '../support/fault-steps.ts';
import { testWorld, type World } from '../support/world.ts';

let stage: Stage;
const worlds: World[] = [];

beforeAll(async () => {
  stage = await openStage();
}, 180_000);

afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  await stage?.close();
}, 60_000);

/** A worker of this process: its own app, its own connections, the machine's time. */
async function inProcessWorker(): Promise<World> {
  const world = await testWorld({
    start: new Date().toISOString(),
    database: { name: '', drop: async () => undefined, ...stage.database },
    config: stage.world.app.config,
    connections: 4,
  });
  worlds.push(world);
  return world;
}

/** One cycle, as all workers see it due, three times each, none waiting for another. */
async function runCycle(workers: readonly World[]): Promise<void> {
  const jobs = [
    'run-billing',
    'attempt-payments',
    'run-billing',
    'attempt-payments',
    'run-billing',
    'attempt-payments',
  ];
  await Promise.all(
    workers.map(async ({ app }) => {
      for (const name of jobs) {
        await app.jobs.get(name)?.run(app, undefined);
        await app.relay();
      }
    }),
  );
}

describe('eight workers on the same cycle', () => {
  it('bill each account once and charge it once', async () => {
    const workers = await Promise.all(Array.from({ length: 8 }, inProcessWorker));
    const accounts: DueAccount[] = await stage.due(12);
    await runCycle(workers);
    for (const worker of workers) await worker.settle();
    await stage.quiet();
    await stage.check(accounts);
    const [parked] = await query<{ count: number }>(
      stage.database.superuserUrl,
      'select count(*)::int as count from subscriptions where parked_at is not null',
    );
    expect(parked).toEqual({ count: 0 });
  }, 180_000);
});

describe('two processes that are stopped and let go on', () => {
  let zombie: FaultProcess;
  let heir: FaultProcess;

  beforeAll(async () => {
    zombie = await stage.process({ role: 'worker' });
  }, 180_000);

  it('the zombie that had asked Stripe finds its payment settled by its heir', async () => {
    const charged = new Promise<void>((done) => {
      stage.simulator.fail({
        kind: 'slow_after_effect',
        milliseconds: 0,
        method: 'POST',
        path: '/v1/payment_intents',
        when: () => {
          zombie.signal('SIGSTOP');
          done();
          return true;
        },
      });
    });
    const accounts = await stage.due(1);
    await charged;
    // It starts past the zombie's claim.
    heir = await stage.process({ role: 'worker' });
    await stage.quiet();
    await stage.check(accounts);
    zombie.signal('SIGCONT');
    await stage.quiet();
    await stage.check(accounts);
  }, 180_000);

  const moments = nightly
    ? (['insert into "invoices"', 'insert into "payment_attempts"'] as const)
    : (['insert into "invoices"'] as const);

  it.each(moments)(
    'a transaction that was stopped after %s keeps its rows until it goes on',
    async (text) => {
      const stopped = stage.proxy.plant({
        act: 'tell',
        side: 'after',
        when: (statement) => statement.text.includes(text),
        onHit: () => {
          for (const each of [zombie, heir]) each.signal('SIGSTOP');
        },
      });
      const accounts = await stage.due(2);
      await stopped.hit;
      const third = await stage.process({ role: 'worker' });
      const others = await stage.due(1);
      // What the stopped ones do not hold goes on without them.
      await stage.paid(others);
      for (const each of [zombie, heir]) each.signal('SIGCONT');
      await stage.quiet();
      await stage.check([...accounts, ...others]);
      await third.kill();
    },
    180_000,
  );
});
