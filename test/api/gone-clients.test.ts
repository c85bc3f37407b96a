import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { type Running, start } from '../../src/main.ts';
import { query, type TestDatabase, testDatabase } from '../support/database.ts';
import { keyFor } from '../support/live.ts';
import { makeOrganization } from '../support/makers.ts';
import { until } from '../support/until.ts';
import { testConfig } from '../support/world.ts';

const connections = 5;
const document = (name: string) =>
  `mutation { createAccount(input: { name: "${name}" }) { account { id name invoices(first: 5) { nodes { id } } } userErrors { code } } }`;

let database: TestDatabase;
let running: Running;
let authorization: string;

beforeAll(async () => {
  database = await testDatabase();
  const config = testConfig({
    database: { runtimeUrl: database.runtimeUrl, ownerUrl: undefined },
    role: 'api',
    http: { host: '127.0.0.1', port: 0, portIsGiven: true },
  });
  running = await start({ config, log: pino({ level: 'silent' }), connections });
  const organization = await makeOrganization(running.app);
  authorization = (await keyFor(organization, ['accounts:read', 'accounts:write', 'invoices:read'])).authorization;
}, 60_000);

afterAll(async () => {
  await running?.stop();
  await database?.drop();
}, 60_000);

/** Asks, and hangs up after so many milliseconds. */
function askAndGo(body: string, patienceMs: number): Promise<void> {
  return new Promise((gone) => {
    const asked = request(`${running.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
    });
    asked.on('error', () => undefined);
    asked.on('close', () => gone());
    asked.end(JSON.stringify({ query: body }));
    setTimeout(() => asked.destroy(), patienceMs);
  });
}

const idle = async () =>
  (
    await query<{ count: string }>(
      database.superuserUrl,
      `select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
  )[0]?.count;

describe('clients that hang up', () => {
  it('leave no connection behind, whenever they go', async () => {
    const times = [0, 1, 2, 4, 6, 8, 10, 12, 15, 18, 22, 26, 30, 40, 60];
    for (let round = 0; round < 4; round += 1) {
      const query = '{ accounts(first: 100) { nodes { id name invoices(first: 20) { nodes { id } } } } }';
      await Promise.all(times.map((time, index) => askAndGo(document(`Gone ${round} ${index}`), time)));
      await Promise.all(times.map((time) => askAndGo(query, time)));
    }
    await until(async () => (await idle()) === '0', 'no transaction is left open');
    const answers = await Promise.all(
      Array.from({ length: connections * 3 }, (_, index) =>
        fetch(`${running.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query: document(`Here ${index}`) }),
        }).then((response) => response.json()),
      ),
    );
    for (const answer of answers) expect(answer).toMatchObject({ data: { createAccount: { userErrors: [] } } });
    expect((await fetch(`${running.url}/health/ready`)).status).toBe(200);
  });

  it('are done what they asked for all the same', async () => {
    const before = async () =>
      Number(
        (
          await query<{ count: string }>(database.superuserUrl, `select count(*) from accounts where name like 'Late%'`)
        )[0]?.count,
      );
    await Promise.all(Array.from({ length: 10 }, (_, index) => askAndGo(document(`Late ${index}`), 300)));
    await until(async () => (await before()) === 10, 'all ten accounts');
  });
});

describe('a query by GET', () => {
  const url = () => `${running.url}/graphql?query=${encodeURIComponent('{ viewer { __typename } }')}`;

  it('needs no more than credentials', async () => {
    const response = await fetch(url(), { headers: { authorization } });
    expect(response.status).toBe(200);
  });

  it('is refused without any header that a foreign page could not send unasked', async () => {
    const response = await fetch(url());
    expect(response.status).toBe(400);
  });
});
