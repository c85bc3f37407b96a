import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import pino from 'pino';
import { type Running, start } from '../../src/main.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { testConfig } from '../support/world.ts';

let database: TestDatabase;
let running: Running;

beforeAll(async () => {
  database = await testDatabase();
  const config = testConfig({
    database: { runtimeUrl: database.runtimeUrl, ownerUrl: undefined },
    role: 'all',
    http: { host: '127.0.0.1', port: 0, portIsGiven: true },
  });
  running = await start({ config, log: pino({ level: 'silent' }), connections: 5 });
}, 60_000);

afterAll(async () => {
  await running?.stop();
  await database?.drop();
}, 60_000);

async function metrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${running.url}/metrics`)).text();
  const told = text.split('\n').filter((line) => line.startsWith('perennial_'));
  return new Map(told.map((line) => [line.split(/[ {]/)[0]!, Number(line.split(' ').at(-1))]));
}

describe('the metrics', () => {
  it('are those that the page for operators names', async () => {
    const page = readFileSync(join(process.cwd(), 'docs/operations.md'), 'utf8');
    const named = [
      ...new Set(
        page.match(
          /perennial_[a-z0-9_]+(?:_seconds|_total|_waiting|_unknown|_stalled|_progress|_sockets|_watchers)\b/g,
        ),
      ),
    ];
    expect(named.length).toBeGreaterThan(12);
    const told = await metrics();
    // A spread tells nothing before something was measured.
    const spreads = ['perennial_job_seconds', 'perennial_job_failures_total', 'perennial_graphql_seconds'];
    expect(named.filter((name) => !told.has(name) && !spreads.includes(name))).toEqual([]);
    const text = await (await fetch(`${running.url}/metrics`)).text();
    for (const name of spreads) expect(text).toContain(`# TYPE ${name} `);
  });

  it('say of a quiet product that all is zero', async () => {
    const told = await metrics();
    for (const name of [
      'perennial_outbox_age_seconds',
      'perennial_inbox_age_seconds',
      'perennial_payments_unknown',
      'perennial_payments_stalled',
      'perennial_idempotency_in_progress',
      'perennial_live_sockets_cut_total',
      'perennial_live_watchers',
    ]) {
      expect({ [name]: told.get(name) }).toEqual({ [name]: 0 });
    }
  });

  it('count a request that holds its idempotency key', async () => {
    const client = new pg.Client({ connectionString: database.runtimeUrl });
    await client.connect();
    await client.query('begin');
    await client.query(`select pg_try_advisory_xact_lock(lock_number(1, 'somebody and their key')),
         pg_try_advisory_xact_lock(lock_number(2, 'the walk of a clock')), pg_try_advisory_xact_lock(7303014)`);
    expect((await metrics()).get('perennial_idempotency_in_progress')).toBe(1);
    await client.query('rollback');
    await client.end();
    expect((await metrics()).get('perennial_idempotency_in_progress')).toBe(0);
  });

  it('count readers that follow an organization', async () => {
    const stop = running.app.facts.watch('00000000-0000-7000-8000-000000000000', () => undefined);
    expect((await metrics()).get('perennial_live_watchers')).toBe(1);
    stop();
    expect((await metrics()).get('perennial_live_watchers')).toBe(0);
  });
});
