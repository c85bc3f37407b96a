import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { query } from '../support/database.ts';
import { until } from '../support/until.ts';

const connections = 5;
const document = (name: string) =>
  `mutation { createAccount(input: { name: "${name}" }) { account { id name invoices(first: 5) { nodes { id } } } userErrors { code } } }`;

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer(['accounts:read', 'accounts:write', 'invoices:read'], connections);
}, 60_000);

afterAll(() => server?.close(), 60_000);

/** Asks, and hangs up after so many milliseconds. */
function askAndGo(body: string, patienceMs: number): Promise<void> {
  return new Promise((gone) => {
    const asked = request(`${server.running.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: server.authorization },
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
      server.database.superuserUrl,
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
        fetch(`${server.running.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: server.authorization },
          body: JSON.stringify({ query: document(`Here ${index}`) }),
        }).then((response) => response.json()),
      ),
    );
    for (const answer of answers) expect(answer).toMatchObject({ data: { createAccount: { userErrors: [] } } });
    expect((await fetch(`${server.running.url}/health/ready`)).status).toBe(200);
  });

  it('are done what they asked for all the same', async () => {
    const before = async () =>
      Number(
        (
          await query<{ count: string }>(
            server.database.superuserUrl,
            `select count(*) from accounts where name like 'Late%'`,
          )
        )[0]?.count,
      );
    await Promise.all(Array.from({ length: 10 }, (_, index) => askAndGo(document(`Late ${index}`), 300)));
    await until(async () => (await before()) === 10, 'all ten accounts');
  });
});

describe('a query by GET', () => {
  const url = () => `${server.running.url}/graphql?query=${encodeURIComponent('{ viewer { __typename } }')}`;

  it('needs no more than credentials', async () => {
    const response = await fetch(url(), { headers: { authorization: server.authorization } });
    expect(response.status).toBe(200);
  });

  it('is refused without any header that a foreign page could not send unasked', async () => {
    const response = await fetch(url());
    expect(response.status).toBe(400);
  });
});
