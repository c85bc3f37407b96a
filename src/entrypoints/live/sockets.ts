import type { Duplex } from 'node:stream';
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

const slowClient = 4_509;
export const tryAgainLater = 1_013;

/** Beyond so many bytes a sender waits for those before: so little is held for a client, however slow. */
const freelySent = 32_768;

/** What is known of one socket: messages that came this second, and since when one waits to leave. */
interface Watched {
  second: number;
  messages: number;
  /** What lies below the websocket, where whole frames are written. */
  stream: Duplex | null;
  sent: number;
  left: number;
  waitingSince: number;
  /** Who waits until so many of the sent have left, the first one first. */
  waiters: { sent: number; go(): void }[];
  hasLeft(): void;
}

const watched = new WeakMap<WebSocket, Watched>();

function watch(client: WebSocket): Watched {
  const known = watched.get(client);
  if (known) return known;
  const made: Watched = {
    second: 0,
    messages: 0,
    stream: null,
    sent: 0,
    left: 0,
    waitingSince: 0,
    waiters: [],
    hasLeft: () => {
      made.left += 1;
      if (made.left < made.sent) made.waitingSince = performance.now();
      while (made.waiters.length > 0 && made.waiters[0]!.sent <= made.left) made.waiters.shift()!.go();
    },
  };
  watched.set(client, made);
  return made;
}

export function isOpen(client: WebSocket): boolean {
  return client.readyState === client.OPEN;
}

/** Takes on a socket: it is closed when it sends more than it may. `stream` is what its frames travel by. */
export function takeOn(client: WebSocket, stream: Duplex, most: number): void {
  const seen = watch(client);
  seen.stream = stream;
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
 *
 * The frame is made here and written as one piece. Nothing of it is left to do for `ws`, since a server masks nothing
 * and compression is off; its own way writes head and text apart, which costs twice as much for a text of many sockets.
 */
export function send(client: WebSocket, head: Buffer, text: Buffer): Promise<void> | undefined {
  const seen = watched.get(client);
  if (!seen?.stream || !isOpen(client)) return undefined;
  if (seen.left === seen.sent) seen.waitingSince = performance.now();
  seen.sent += 1;
  seen.stream.write(textFrame(head, text), seen.hasLeft);
  if (client.bufferedAmount <= freelySent) return undefined;
  return new Promise((go) => {
    seen.waiters.push({ sent: seen.sent, go });
  });
}

const finalText = 0x81;
const closingBrace = 0x7d;

/** One unmasked text frame (RFC 6455, 5.2) with `{head}{text}}` in it: the head is a client's own, the text that of many. */
function textFrame(head: Buffer, text: Buffer): Buffer {
  const length = head.length + text.length + 1;
  const begin = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(begin + length);
  frame[0] = finalText;
  if (begin === 2) frame[1] = length;
  else if (begin === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  head.copy(frame, begin);
  text.copy(frame, begin + head.length);
  frame[begin + length - 1] = closingBrace;
  return frame;
}

/** Cuts sockets whose client does not read: it comes back with its cursor and misses nothing. Answers how many. */
export function cutSlowClients(clients: Iterable<WebSocket>, limits: SocketLimits): number {
  let cut = 0;
  const now = performance.now();
  for (const client of clients) {
    const seen = watched.get(client);
    if (!isOpen(client) || !seen) continue;
    const stuck = seen.left < seen.sent && now - seen.waitingSince > limits.slowAfterMs;
    if (!stuck && client.bufferedAmount <= limits.unsent) continue;
    client.close(slowClient, 'Too slow: resume from your cursor');
    cut += 1;
  }
  return cut;
}
