import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Await, FromClients, Listen, Receipt, ToClients } from './messages.ts';

// A process of its own, so that clients do not run on the event loop that is measured. Its clock is the machine's.
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const tell = (message: FromClients) => void process.send!(message);

let receipts: Receipt[] = [];
let awaited: { much: number; answer(): void } | null = null;
/** A message as it travels, for the limit to send as many bytes. */
let sample: string | null = null;

function receive(client: number, event: number): void {
  receipts.push([client, event, nowMs()]);
  if (awaited && receipts.length >= awaited.much) awaited.answer();
}

function wait({ receipts: much, patienceMs }: Await): void {
  const answer = () => {
    clearTimeout(timer);
    awaited = null;
    tell({ kind: 'receipts', receipts, sample });
    receipts = [];
  };
  const timer = setTimeout(answer, patienceMs);
  awaited = { much, answer };
  if (receipts.length >= much) answer();
}

class SampledSocket extends WebSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols);
    this.on('message', (data: Buffer) => {
      if (sample === null && data.includes('"type":"next"')) sample = String(data);
    });
  }
}

/** A client of the library that applications use. It does not come back: a cut would be a fault here. */
function followGraphql(listen: Listen, client: number): Promise<void> {
  return new Promise((open) => {
    const graphql = createClient({
      url: listen.url,
      lazy: false,
      retryAttempts: 0,
      webSocketImpl: SampledSocket,
      connectionParams: { authorization: listen.authorization },
      on: { connected: () => open() },
      onNonLazyError: (error) => tell({ kind: 'failed', message: `client ${client}: ${String(error)}` }),
    });
    graphql.subscribe<Record<string, { attemptNo: number }>>(
      { query: listen.query, variables: listen.variables[client]! },
      {
        next: ({ data, errors }) => {
          if (errors) return tell({ kind: 'failed', message: `client ${client}: ${errors[0]!.message}` });
          receive(client, Object.values(data!)[0]!.attemptNo);
        },
        error: (error) => tell({ kind: 'failed', message: `client ${client}: ${JSON.stringify(error)}` }),
        complete: () => undefined,
      },
    );
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
      receive(client, event);
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
