import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { modules } from '../../src/modules.ts';
import type { App } from '../../src/platform/app-types.ts';
import { query } from '../support/database.ts';
import { eventFields, FollowingClient, keyFor, openTestLive } from '../support/live.ts';
import { owing, paymentsOf } from '../support/payments.ts';
import { realWires } from '../support/real-wires.ts';
import { type TestRedis, testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testConfig, testWorld, type World } from '../support/world.ts';

const log = pino({ level: 'silent' });
let world: World;
let redis: TestRedis | null;

beforeAll(async () => {
  redis = await testRedis();
  // Makes the accounts and invoices; publishes nothing and serves nobody.
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
}, 120_000);

afterAll(async () => {
  await redis?.stop();
  await world.close();
});

/** The process that serves clients: it has no relay, so what it tells it has heard from others. */
async function server(redisUrl: string | undefined): Promise<{ app: App; close(): Promise<void> }> {
  const { runtimeUrl: databaseUrl } = world.database;
  const wires = realWires({ databaseUrl, redisUrl, log });
  const config = testConfig();
  const app = await createApp({
    config,
    databaseUrl,
    connections: 5,
    clock: world.clock,
    log,
    modules,
    wires: wires.wires,
  });
  wires.start(app, null);
  return { app, close: () => app.close() };
}

async function chargingProcess(redisUrl: string | undefined): Promise<ChildProcess> {
  const path = new URL('../support/live-child.js', import.meta.url).pathname;
  const child = fork(path, [world.database.runtimeUrl, redisUrl ?? '', world.clock.now().toISOString()]);
  await once(child, 'message');
  return child;
}

describe.each(['PostgreSQL', 'Redis'])('across processes, with a bell over %s', (place) => {
  it('what one process commits and publishes, the clients of another hear', async () => {
    if (place === 'Redis' && !redis) return;
    const redisUrl = place === 'Redis' ? redis?.url : undefined;
    const [served, child] = await Promise.all([server(redisUrl), chargingProcess(redisUrl)]);
    const live = await openTestLive({ app: served.app, schema: world.schema });
    const organization = await world.organization();
    const { authorization } = await keyFor(organization);
    const { data } = await world.graphql<{ eventCursor: string }>('{ eventCursor }', {}, { as: organization });
    const client = new FollowingClient(live.url, authorization);
    client.follow('paymentEvents', `subscription ($after: ID) { paymentEvents(after: $after) { ${eventFields} } }`, {
      after: data!.eventCursor,
    });
    const owners = [];
    for (const token of ['success', 'card_declined', 'success']) owners.push(await owing(world, organization, token));
    const paymentIds = [];
    for (const { account } of owners) paymentIds.push((await paymentsOf(world, account.id))[0]!.id);
    child.send({ organizationId: organization.id, paymentIds });
    await until(
      () => client.told.filter((event) => /SUCCEEDED|FAILED/.test(event.type)).length === 3,
      'three outcomes',
    );
    const published = await query<{ sequence: string }>(
      world.database.superuserUrl,
      `select p.sequence::text from published_facts p join facts f on f.organization_id = p.organization_id and f.id = p.fact_id
       where p.organization_id = $1 and f.object_type = 'payment' order by p.sequence`,
      [organization.id],
    );
    await until(() => client.told.length >= published.length, 'all that was published');
    expect(client.told.map((event) => event.sequence)).toEqual(published.map((row) => row.sequence));
    child.send('end');
    await once(child, 'exit');
    await client.close();
    await live.close();
    await served.close();
  });
});
