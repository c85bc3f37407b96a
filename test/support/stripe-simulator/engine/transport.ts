import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultRule } from '../knobs/faults.ts';
import type { Answer } from './idempotency.ts';

const LARGEST_BODY = 1_000_000;

/** The whole body as text. @throws when it is larger than a megabyte */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) {
      throw new Error('The request body is too large.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends an answer as Stripe formats it. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = JSON.stringify(answer.body, null, 2);
  response.writeHead(answer.status, {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...answer.headers,
  });
  response.end(body);
}

/** Resets the connection: the caller sees ECONNRESET. */
export function reset(response: ServerResponse): void {
  const { socket } = response;
  if (socket && 'resetAndDestroy' in socket) {
    socket.resetAndDestroy();
  }
}

/**
 * Spoils the answer as the rule asks.
 *
 * @returns true when the rule took the answer over; false when it is to be sent as usual.
 */
export function spoil(response: ServerResponse, answer: Answer, rule: FaultRule): boolean {
  const body = JSON.stringify(answer.body, null, 2);
  const half = body.slice(0, Math.floor(body.length / 2));
  switch (rule.kind) {
    case 'no_answer_before_effect':
    case 'no_answer_after_effect':
      return true;
    case 'reset_before_effect':
    case 'reset_after_effect':
      reset(response);
      return true;
    case 'cut_body':
      response.writeHead(answer.status, {
        ...answer.headers,
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(body)),
      });
      response.write(half, () => response.socket?.destroy());
      return true;
    case 'invalid_json':
      response.writeHead(answer.status, {
        ...answer.headers,
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(half)),
      });
      response.end(half);
      return true;
    case 'html_before_effect': {
      const page = '<html><body><h1>503 Service Unavailable</h1></body></html>';
      response.writeHead(503, { 'Content-Type': 'text/html', 'Content-Length': String(page.length) });
      response.end(page);
      return true;
    }
    default:
      return false;
  }
}
