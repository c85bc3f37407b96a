import { BoundedMap } from '../../platform/bounded-map.ts';
import type { Identity } from '../../platform/context.ts';
import type { LiveArgs } from './live-request.ts';
import { isOpen, send } from './sockets.ts';

/** What every event of a subscription carries, whatever else it shows. */
export interface LiveEvent {
  cursor: string;
  /** When the fact behind it became known to this process, by the monotonic clock. */
  heardAt: number;
}

export interface DeliveryMeans {
  /** Who the subscriber is now; null when the credentials are no longer valid. */
  look(event: LiveEvent): Promise<Identity | null>;
  /** The answer to the event, shared among those who ask with the same key. */
  answer(key: string, event: LiveEvent, identity: Identity): Promise<{ text: string; refused: boolean }>;
  turnOut(): void;
  break(error: unknown): void;
}

/**
 * The deliveries of one subscription. To graphql-ws they are an iterable that never yields: each event is sent here, as
 * one text that all subscribers with the same question share, while the client can take it. They end with `return()`
 * (the client has completed, or the socket has closed), with revoked credentials, or with a lost permission.
 */
export class Deliveries implements AsyncIterableIterator<never> {
  private readonly events: AsyncIterator<LiveEvent>;
  private readonly args: LiveArgs;
  private readonly means: DeliveryMeans;
  /** What the message begins with; the answer and a brace follow. */
  private readonly head: string;
  /** Names text, operation and variables among those of this process. */
  private readonly question: string;
  private ended = false;

  constructor(args: LiveArgs, source: AsyncIterable<LiveEvent>, means: DeliveryMeans) {
    this.args = args;
    this.means = means;
    this.events = source[Symbol.asyncIterator]();
    const { operationId, text } = args.contextValue;
    this.head = `{"id":${JSON.stringify(operationId)},"type":"next","payload":`;
    this.question = shortNameOf(JSON.stringify([text, args.operationName, args.variableValues]));
  }

  async next(): Promise<IteratorResult<never>> {
    try {
      await this.deliverAll();
    } catch (error) {
      if (!this.ended) this.means.break(error);
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<never>> {
    if (!this.ended) {
      this.ended = true;
      await this.events.return?.();
    }
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<never>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async deliverAll(): Promise<void> {
    const client = this.args.contextValue.socket.extra.socket;
    for (;;) {
      const { done, value: event } = await this.events.next();
      if (done || this.ended || !isOpen(client)) return;
      const identity = await this.means.look(event);
      if (!identity) return this.means.turnOut();
      const key = `${event.cursor} ${scopeOf(identity)} ${this.question}`;
      const { text, refused } = await this.means.answer(key, event, identity);
      if (this.ended) return;
      const waiting = send(client, `${this.head}${text}}`);
      if (waiting) await waiting;
      if (refused) return;
    }
  }
}

const scopes = new WeakMap<Identity, string>();

/** What decides about what a caller sees: the same scope, the same answers. */
function scopeOf(identity: Identity): string {
  const known = scopes.get(identity);
  if (known) return known;
  const made = shortNameOf(`${identity.organizationId} ${[...identity.permissions].sort().join()}`);
  scopes.set(identity, made);
  return made;
}

/** Long texts are compared once, not at each delivery. A text that was forgotten gets another name and shares less. */
const names = new BoundedMap<string, { name: string; length: number }>(10_000, {
  weigh: (one) => one.length,
  most: 4_000_000,
});
let named = 0;

function shortNameOf(text: string): string {
  const known = names.get(text);
  if (known) return known.name;
  named += 1;
  const name = named.toString(36);
  names.set(text, { name, length: text.length });
  return name;
}
