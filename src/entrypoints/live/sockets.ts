import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';

/** What a socket may do to the process; each has a default. */
export interface SocketLimits {
  /** Messages a second. */
  messages: number;
  /** Milliseconds that one message may wait to leave before the client counts as too slow. */
  slowAfterMs: number;
  /** Bytes that may wait to leave. */
  unsent: number;
  /** Sockets at a time. */
  sockets: number;
}

export const socketLimits: SocketLimits = { messages: 50, slowAfterMs: 10_000, unsent: 1_048_576, sockets: 20_000 };

export const slowClient = 4_509;
export const tryAgainLater = 1_013;

/** Beyond so many bytes a sender waits for those before: so little is held for a client, however slow. */
const freelySent = 32_768;

/** What is known of one socket: messages that came this second, and since when one waits to leave. */
interface Watched {
  second: number;
  messages: number;
  leaving: number;
  waitingSince: number;
}

const watched = new WeakMap<WebSocket, Watched>();

function watch(client: WebSocket): Watched {
  const known = watched.get(client);
  if (known) return known;
  const made = { second: 0, messages: 0, leaving: 0, waitingSince: 0 };
  watched.set(client, made);
  return made;
}

export function isOpen(client: WebSocket): boolean {
  return client.readyState === client.OPEN;
}

/** Closes a socket that sends more than it may. */
export function limitMessages(client: WebSocket, most: number): void {
  const seen = watch(client);
  client.on('message', () => {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== seen.second) {
      seen.second = second;
      seen.messages = 0;
    }
    seen.messages += 1;
    if (seen.messages > most) client.close(CloseCode.TooManyInitialisationRequests, 'Too many messages');
  });
}

/** A client's broken frames are closed by `ws` itself and are nothing to print, whoever listens for them. */
export function keepQuiet(client: WebSocket): void {
  client.removeAllListeners('error');
  client.on('error', () => undefined);
}

/**
 * Sends a message; answers at once while little waits to leave, else when this message has left or the socket has
 * ended. Never throws: who sends looks whether the socket is open before the next message.
 */
export function send(client: WebSocket, text: string): Promise<void> | undefined {
  if (!isOpen(client)) return undefined;
  const seen = watch(client);
  if (seen.leaving === 0) seen.waitingSince = performance.now();
  seen.leaving += 1;
  let left: (() => void) | null = null;
  client.send(text, () => {
    seen.leaving -= 1;
    seen.waitingSince = performance.now();
    left?.();
  });
  if (client.bufferedAmount <= freelySent) return undefined;
  return new Promise((resolve) => {
    left = resolve;
  });
}

/** Cuts sockets whose client does not read: it comes back with its cursor and misses nothing. Answers how many. */
export function cutSlowClients(clients: Iterable<WebSocket>, limits: SocketLimits): number {
  let cut = 0;
  const now = performance.now();
  for (const client of clients) {
    const seen = watched.get(client);
    if (!isOpen(client) || !seen) continue;
    const stuck = seen.leaving > 0 && now - seen.waitingSince > limits.slowAfterMs;
    if (!stuck && client.bufferedAmount <= limits.unsent) continue;
    client.close(slowClient, 'Too slow: resume from your cursor');
    cut += 1;
  }
  return cut;
}
