import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { newId } from '../../../src/platform/id.ts';
import { childIsReady, childSettings } from '../harness/child.ts';

/**
 * The bare limit of the inbox: Node's own server, no signature, no tenant, no role that sees only its rows; whatever has
 * arrived while the last statement ran goes into the product's own table with the next, and is answered when that is
 * committed.
 */
const { databaseUrl, organizationId } = childSettings<{ databaseUrl: string; organizationId: string }>();

const insert = `
  insert into provider_events (organization_id, id, provider, provider_event_id, type, object_id, livemode, payload,
    occurred_at, recorded_at, next_attempt_at, tries, effects)
  select $1, i, 'stripe', e, t, b, false, p, now(), now(), now(), 0, 0
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[]) as n(i, e, t, b, p)
  on conflict on constraint provider_events_once do nothing`;

interface Waiting {
  body: string;
  event: { id: string; type: string; data: { object: { id: string } } };
  response: ServerResponse;
}

const client = new pg.Client({ connectionString: databaseUrl });
await client.connect();
let waiting: Waiting[] = [];
let writing = false;

async function write(): Promise<void> {
  if (writing) return;
  writing = true;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, 200);
    const values = [
      organizationId,
      batch.map(() => newId()),
      batch.map(({ event }) => event.id),
      batch.map(({ event }) => event.type),
      batch.map(({ event }) => event.data.object.id),
      batch.map(({ body }) => body),
    ];
    const status = await client.query({ name: 'insert', text: insert, values }).then(
      () => 200,
      () => 500,
    );
    for (const { response } of batch) {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? '{"received":true}' : '{}');
    }
  }
  writing = false;
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    waiting.push({ body, event: JSON.parse(body), response });
    void write();
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  childIsReady(`http://127.0.0.1:${port}`, async () => {
    server.closeAllConnections();
    await client.end();
    waiting = [];
  });
});
