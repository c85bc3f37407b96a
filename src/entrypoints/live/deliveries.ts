import { BoundedMap } from '../../platform/bounded-map.ts';
import type { Identity } from '../../platform/context.ts';
import type { LiveArgs } from './live-request.ts';
import type { Delivery, LiveAnswer, LiveEvent, Rounds } from './rounds.ts';
import { isOpen, send } from './sockets.ts';

/** Where the events of a subscription come from: read one after the other, or taken where they are at hand. */
export interface LiveSource extends AsyncIterator<LiveEvent> {
  /** The next one without waiting; null: none yet, `news` is called once when there may be; undefined: use `next`. */
  step(news: () => void): LiveEvent | null | undefined;
}

export interface DeliveryMeans {
  rounds: Rounds;
  /** Who the subscriber is now; null when the credentials are no longer valid. */
  look(event: LiveEvent): Promise<Identity | null>;
  /** The answer to the event, shared among those who ask with the same key. */
  answer(key: string, event: LiveEvent, identity: Identity): Promise<LiveAnswer>;
  turnOut(): void;
  break(error: unknown): void;
}

/**
 * The deliveries of one subscription. To graphql-ws they are an iterable that never yields: each event is sent here, as
 * one text that all subscribers with the same question share, while the client can take it. They end with `return()`
 * (the client has completed, or the socket has closed), with revoked credentials, or with a lost permission.
 */
export class Deliveries implements AsyncIterableIterator<never>, Delivery {
  readonly group: string;
  private readonly events: LiveSource;
  private readonly args: LiveArgs;
  private readonly means: DeliveryMeans;
  /** What the message begins with; the answer and a brace follow. */
  private readonly head: Buffer;
  /** Names text, operation and variables among those of this process. */
  private readonly question: string;
  private over = false;
  private ending = false;
  private isOver: () => void = () => undefined;

  constructor(args: LiveArgs, source: LiveSource, means: DeliveryMeans) {
    this.args = args;
    this.means = means;
    this.events = source;
    const { operationId, text, authorization } = args.contextValue;
    this.head = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
    this.question = shortNameOf(JSON.stringify([text, args.operationName, args.variableValues]));
    this.group = `${shortNameOf(authorization)} ${this.question}`;
  }

  async next(): Promise<IteratorResult<never>> {
    if (!this.over) {
      await new Promise<void>((over) => {
        this.isOver = over;
        this.means.rounds.add(this);
      });
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<never>> {
    if (!this.over) {
      this.over = true;
      this.isOver();
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

  get ended(): boolean {
    return this.over || this.ending;
  }

  step(news: () => void): LiveEvent | null | undefined {
    return this.events.step(news);
  }

  async read(): Promise<LiveEvent | null> {
    const { done, value } = await this.events.next();
    return done ? null : value;
  }

  send(text: Buffer): Promise<void> | undefined {
    const client = this.args.contextValue.socket.extra.socket;
    if (isOpen(client)) return send(client, this.head, text);
    this.end();
    return undefined;
  }

  look(event: LiveEvent): Promise<Identity | null> {
    return this.means.look(event);
  }

  answer(event: LiveEvent, identity: Identity): Promise<LiveAnswer> {
    return this.means.answer(`${event.cursor} ${scopeOf(identity)} ${this.question}`, event, identity);
  }

  turnOut(): void {
    this.means.turnOut();
    this.end();
  }

  break(error: unknown): void {
    this.means.break(error);
    this.end();
  }

  /** The iterable ends, and graphql-ws ends the operation. */
  end(): void {
    this.ending = true;
    this.isOver();
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
