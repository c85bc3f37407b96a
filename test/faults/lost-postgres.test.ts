import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CrashableServer, crashableServer, query } from '../support/database.ts';
import type { FaultProcess } from '../support/fault-runner.ts';
import { openStage, type Stage, until } from '../support/fault-stage.ts';
import { nightly } from '../support/fault-steps.ts';

let server: CrashableServer;
let stage: Stage;
let worker: FaultProcess;

beforeAll(async () => {
  server = await crashableServer();
  stage = await openStage({ server });
  worker = await stage.process({ role: 'worker' });
}, 180_000);

afterAll(async () => {
  await stage?.close();
  await server?.stop();
}, 60_000);

const moments = [
  ['the invoice is written', ({ text }: { text: string }) => text.includes('insert into "invoices"')],
  ['the attempt is on record', ({ text }: { text: string }) => text.includes('insert into "payment_attempts"')],
  ['the relay publishes', ({ text }: { text: string }) => text.includes('insert into "published_facts"')],
] as const;

describe('PostgreSQL', () => {
  it.each(nightly ? moments : moments.slice(0, 1))(
    'stopped hard while %s: nothing acknowledged is lost, nobody has to restart',
    async (_name, when) => {
      for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
        const crashed: Promise<void>[] = [];
        stage.proxy.plant({ act: 'hold', side: 'after', when, onHit: () => crashed.push(server.crash(signal)) });
        const accounts = await stage.due(2);
        await until('the server is crashed', () => crashed.length > 0);
        await Promise.all(crashed);
        const before = Date.now();
        await server.restart();
        // Acknowledged before the crash: the accounts and their subscriptions.
        const [kept] = await query<{ count: number }>(
          server.superuserUrl,
          'select count(*)::int as count from subscriptions where account_id = any($1::uuid[])',
          [accounts.map((account) => account.accountId)],
        );
        expect(kept).toEqual({ count: 2 });
        await stage.quiet();
        expect(Date.now() - before).toBeLessThan(60_000);
        await stage.check(accounts);
        expect(worker.log.join('\n')).not.toMatch(/unhandled/i);
      }
    },
    240_000,
  );

  it('ends all backends again and again: the work is done all the same', async () => {
    const ending = endBackends(nightly ? 10 : 4);
    const accounts = await stage.due(3);
    expect(await ending).toBeGreaterThan(0);
    await stage.quiet();
    await stage.check(accounts);
  }, 180_000);
});

/** Ends the worker's connections, the listening ones too, as often as it has new ones. Answers how many were ended. */
async function endBackends(rounds: number): Promise<number> {
  let ended = 0;
  for (let round = 0; round < rounds; round += 1) {
    const seen = stage.proxy.statements;
    await until('the worker works', () => stage.proxy.statements > seen + 20);
    const rows = await query(
      server.superuserUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where client_port = any($1::int[])',
      [stage.proxy.ports()],
    );
    ended += rows.length;
  }
  return ended;
}
