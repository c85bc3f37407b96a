import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { LiveArgs, LiveSocket, LiveState } from './live/live-request.ts';
import { LiveOperations, type LiveOptions } from './live/operations.ts';
import { cutSlowClients, keepQuiet, type SocketLimits, socketLimits, takeOn } from './live/sockets.ts';

export interface LiveDoor {
  /** Sockets that are open, for the metrics. */
  sockets(): number;
  /** Sockets that were cut because their client did not read, since the start. */
  cut(): number;
  /** Tells every client to go and come again elsewhere. */
  stop(): Promise<void>;
}

export interface LiveDoorOptions extends LiveOptions {
  /** Told whenever sockets were cut, for the metrics. */
  onCut?: (sockets: number) => void;
  limits?: Partial<SocketLimits>;
}

const largestMessage = 64 * 1_024;
const lookAtSocketsMs = 1_000;
const initPatienceMs = 5_000;
const pingEveryMs = 12_000;
/** How long a client may take to answer that its socket is being closed. */
const closePatienceMs = 3_000;

/**
 * GraphQL over websockets on the same path and schema. Credentials are looked at when a socket opens and again at
 * every delivery; what is delivered is read anew under the subscriber's own scope. Subscribers that asked the same
 * in the same organization with the same permissions share one answer to each event.
 */
export function openLiveDoor(server: Server, options: LiveDoorOptions): LiveDoor {
  const limits = { ...socketLimits, ...options.limits };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    perMessageDeflate: false,
    closeTimeout: closePatienceMs,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const operations = new LiveOperations(options);
  const dispose = useServer<Record<string, unknown>, LiveState>(
    {
      connectionInitWaitTimeout: initPatienceMs,
      onConnect: (socket) => operations.connect(socket as LiveSocket),
      onSubscribe: (socket, id, payload) => operations.admit(socket as LiveSocket, id, payload),
      execute: (args) => operations.run(args as LiveArgs),
      subscribe: (args) => operations.follow(args as LiveArgs) as never,
    },
    sockets,
    pingEveryMs,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A connection that breaks before it is a websocket is nobody's business.
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== '/graphql') return socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    if (sockets.clients.size >= limits.sockets) {
      return socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\r\n');
    }
    return sockets.handleUpgrade(request, socket, head, (client) => {
      takeOn(client, socket, limits.messages);
      sockets.emit('connection', client, request);
      keepQuiet(client);
    });
  };
  server.on('upgrade', upgrade);
  let cut = 0;
  const timer = setInterval(() => {
    const slow = cutSlowClients(sockets.clients, limits);
    cut += slow;
    if (slow > 0) options.onCut?.(slow);
  }, lookAtSocketsMs);
  return {
    sockets: () => sockets.clients.size,
    cut: () => cut,
    stop: async () => {
      clearInterval(timer);
      server.off('upgrade', upgrade);
      const patience = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, closePatienceMs);
      await dispose.dispose();
      clearTimeout(patience);
    },
  };
}
