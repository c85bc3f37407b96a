import type { Identity } from '../../platform/context.ts';

/** What every event of a subscription carries, whatever else it shows. */
export interface LiveEvent {
  cursor: string;
  /** When the fact behind it became known to this process, by the monotonic clock. */
  heardAt: number;
}

/** The answer to an event as it travels, in UTF-8; `refused`: its subscribers may no longer see such events. */
export interface LiveAnswer {
  text: Buffer;
  refused: boolean;
}

/** One subscriber, who goes through the events at his own pace. */
export interface Delivery {
  /** Deliveries of one group have the same credentials and ask the same. */
  readonly group: string;
  readonly ended: boolean;
  /** The next event without waiting; null: none yet, `news` is called; undefined: it has to be read. */
  step(news: () => void): LiveEvent | null | undefined;
  /** The next event, read; null when there is no more to come. */
  read(): Promise<LiveEvent | null>;
  /** Sends an answer; a promise where the client has to take what was sent before, first. */
  send(text: Buffer): Promise<void> | undefined;
  /** Who the subscriber is now; null when the credentials are no longer valid. */
  look(event: LiveEvent): Promise<Identity | null>;
  answer(event: LiveEvent, identity: Identity): Promise<LiveAnswer>;
  turnOut(): void;
  break(error: unknown): void;
  end(): void;
}

/**
 * Moves deliveries on. Those of a group that wait for the same event are served together: one look at their
 * credentials, one answer, and one loop that sends it. Each has its own place in the order: who is slow, or still behind,
 * goes on alone and holds nobody up.
 */
export class Rounds {
  private ready: Delivery[] = [];

  /** To be called when there may be something for a delivery; it must not be in a round already. */
  add(delivery: Delivery): void {
    this.ready.push(delivery);
    if (this.ready.length === 1) queueMicrotask(() => this.begin());
  }

  private begin(): void {
    const { ready } = this;
    this.ready = [];
    const groups = new Map<string, Delivery[]>();
    for (const delivery of ready) {
      const group = groups.get(delivery.group);
      if (group) group.push(delivery);
      else groups.set(delivery.group, [delivery]);
    }
    for (const group of groups.values()) this.moveOn(group);
  }

  /** Takes the next step of each and serves those together that are at the same event. */
  private moveOn(group: readonly Delivery[]): void {
    const events = new Map<LiveEvent, Delivery[]>();
    for (const delivery of group) {
      if (delivery.ended) continue;
      const event = delivery.step(() => this.add(delivery));
      if (event === null) continue;
      if (event === undefined) {
        void this.readOn(delivery);
        continue;
      }
      const those = events.get(event);
      if (those) those.push(delivery);
      else events.set(event, [delivery]);
    }
    for (const [event, those] of events) void this.serve(event, those);
  }

  private async readOn(delivery: Delivery): Promise<void> {
    try {
      const event = await delivery.read();
      if (delivery.ended) return;
      if (event) await this.serve(event, [delivery]);
      else delivery.end();
    } catch (error) {
      if (!delivery.ended) delivery.break(error);
    }
  }

  private async serve(event: LiveEvent, those: readonly Delivery[]): Promise<void> {
    const [one] = those;
    try {
      const identity = await one!.look(event);
      if (!identity) {
        for (const delivery of those) if (!delivery.ended) delivery.turnOut();
        return;
      }
      const answer = await one!.answer(event, identity);
      const quick = this.sendAll(those, answer);
      // Others have their turn between two events, however many wait.
      setImmediate(() => this.moveOn(quick));
    } catch (error) {
      for (const delivery of those) if (!delivery.ended) delivery.break(error);
    }
  }

  /** Sends to all; answers those who can take more at once. The others come back by themselves. */
  private sendAll(those: readonly Delivery[], { text, refused }: LiveAnswer): Delivery[] {
    const quick: Delivery[] = [];
    for (const delivery of those) {
      if (delivery.ended) continue;
      const waiting = delivery.send(text);
      if (refused) delivery.end();
      else if (waiting) void waiting.then(() => this.add(delivery));
      else quick.push(delivery);
    }
    return quick;
  }
}
