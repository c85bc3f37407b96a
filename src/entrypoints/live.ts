import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { type LiveArgs, LiveOperations, type LiveOptions, type LiveSocket, type LiveState } from './live/operations.ts';

export interface LiveDoor {
  /** Sockets that are open, for the metrics. */
  sockets(): number;
  /** Tells every client to go and come again elsewhere. */
  stop(): Promise<void>;
}

const largestMessage = 64 * 1_024;
const mostMessagesASecond = 50;
/** What a socket may hold unsent before it is cut; the client comes back with its cursor. */
const mostUnsent = 1_048_576;
const lookAtSocketsMs = 1_000;
const slowClient = 4_509;

/**
 * GraphQL over websockets on the same path and schema. Credentials are looked at when a socket opens and again at
 * every delivery; what is delivered is read anew under the subscriber's own scope. Subscribers that asked the same
 * in the same organization with the same permissions share one answer to each event.
 */
export function openLiveDoor(server: Server, options: LiveOptions): LiveDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false });
  const operations = new LiveOperations(options);
  const dispose = useServer<Record<string, unknown>, LiveState>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: 5_000,
      onConnect: (socket) => operations.connect(socket as LiveSocket),
      onSubscribe: (socket, _id, payload) => operations.admit(socket as LiveSocket, payload),
      execute: (args) => operations.run(args as LiveArgs),
      subscribe: (args) => operations.follow(args as LiveArgs) as never,
    },
    sockets,
    12_000,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/graphql') return socket.destroy();
    return sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  };
  server.on('upgrade', upgrade);
  sockets.on('connection', (client) => limitMessages(client));
  const timer = setInterval(() => cutSlowClients(sockets.clients), lookAtSocketsMs);
  return {
    sockets: () => sockets.clients.size,
    stop: async () => {
      clearInterval(timer);
      server.off('upgrade', upgrade);
      await dispose.dispose();
      for (const client of sockets.clients) client.terminate();
    },
  };
}

function limitMessages(client: WebSocket): void {
  let count = 0;
  const timer = setInterval(() => {
    count = 0;
  }, 1_000);
  client.on('message', () => {
    count += 1;
    if (count > mostMessagesASecond) client.close(CloseCode.TooManyInitialisationRequests, 'Too many messages');
  });
  client.on('close', () => clearInterval(timer));
  client.on('error', () => client.terminate());
}

function cutSlowClients(clients: Iterable<WebSocket>): void {
  for (const client of clients) {
    if (client.bufferedAmount <= mostUnsent) continue;
    client.close(slowClient, 'Too slow: resume from your cursor');
    client.terminate();
  }
}
