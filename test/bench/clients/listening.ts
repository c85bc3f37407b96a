import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Await, FromClients, Listen, Receipt, ToClients } from './messages.ts';

// A process of its own, so that clients do not run on the event loop that is measured. Its clock is the machine's.
// Clients of both sides do the same when a message comes: they note when. What it says is read when nothing is measured,
// so that neither side waits for its clients.
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const tell = (message: FromClients) => void process.send!(message);

interface Arrived {
  client: number;
  at: number;
  /** A message of GraphQL over websockets, or the number of a bare one. */
  what: Buffer | number;
}

let arrived: Arrived[] = [];
let awaited: { much: number; answer(): void } | null = null;
/** A message as it travels, for the limit to send as many bytes. */
let sample: string | null = null;

function note(client: number, what: Buffer | number): void {
  arrived.push({ client, at: nowMs(), what });
  if (awaited && arrived.length >= awaited.much) awaited.answer();
}

function wait({ receipts: much, patienceMs }: Await): void {
  const answer = () => {
    clearTimeout(timer);
    awaited = null;
    const receipts = arrived.flatMap(receiptOf);
    arrived = [];
    tell({ kind: 'receipts', receipts, sample });
  };
  const timer = setTimeout(answer, patienceMs);
  awaited = { much, answer };
  if (arrived.length >= much) answer();
}

interface Message {
  type: string;
  payload?: { data?: Record<string, { attemptNo: number }> | null; errors?: unknown[] };
}

function receiptOf({ client, at, what }: Arrived): Receipt[] {
  if (typeof what === 'number') return [[client, what, at]];
  const text = what.toString('utf8');
  const { type, payload } = JSON.parse(text) as Message;
  const data = type === 'next' && !payload?.errors ? payload?.data : null;
  if (data) {
    sample ??= text;
    return [[client, Object.values(data)[0]!.attemptNo, at]];
  }
  tell({ kind: 'failed', message: `client ${client}: ${text}` });
  return [];
}

/** A client that follows by GraphQL over websockets. It does not come back: a cut would be a fault here. */
function followGraphql(listen: Listen, client: number): Promise<void> {
  const { url, authorization, query } = listen;
  const subscription = { type: 'subscribe', id: randomUUID(), payload: { query, variables: listen.variables[client] } };
  return new Promise((open, failed) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
    socket.once('error', failed);
    socket.on('close', (code) => tell({ kind: 'failed', message: `client ${client}: closed with ${code}` }));
    socket.once('message', (acknowledged: Buffer) => {
      if (!acknowledged.includes('connection_ack')) return failed(new Error(String(acknowledged)));
      socket.on('message', (data: Buffer) => note(client, data));
      socket.send(JSON.stringify(subscription));
      return open();
    });
  });
}

/** A bare socket, whose messages are known by their order. */
function followRaw(listen: Listen, client: number): Promise<void> {
  let event = 0;
  return new Promise((open, failed) => {
    const socket = new WebSocket(listen.url, { perMessageDeflate: false });
    socket.once('open', () => open()).once('error', failed);
    socket.on('message', () => {
      event += 1;
      note(client, event);
    });
  });
}

async function openAll(listen: Listen): Promise<void> {
  const follow = listen.protocol === 'ws' ? followRaw : followGraphql;
  const together = 50;
  for (let first = 0; first < listen.variables.length; first += together) {
    const some = listen.variables.slice(first, first + together);
    await Promise.all(some.map((_, index) => follow(listen, first + index)));
  }
  tell({ kind: 'open' });
}

process.on('message', (message: ToClients) => {
  if (message.kind === 'end') process.exit(0);
  if (message.kind === 'await') return wait(message);
  openAll(message).catch((error: unknown) => tell({ kind: 'failed', message: String(error) }));
});
process.on('disconnect', () => process.exit(0));
