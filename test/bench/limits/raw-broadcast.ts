import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface RawBroadcast {
  readonly url: string;
  /** Sends one text to every socket. */
  send(text: string): void;
  close(): Promise<void>;
}

/** The bare limit of live updates: `ws` and a loop. It reads nothing, checks nobody, and keeps no order but its own. */
export async function openRawBroadcast(): Promise<RawBroadcast> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    send: (text) => {
      for (const client of sockets.clients) client.send(text);
    },
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
