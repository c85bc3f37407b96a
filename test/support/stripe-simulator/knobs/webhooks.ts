import type Stripe from 'stripe';
import { ApiError } from '../engine/errors.ts';
import type { EndpointRecord, State } from '../engine/state.ts';
import { newSecret } from '../resources/webhook-endpoints.ts';
import {
  type Delivery,
  inOrder,
  inScope,
  noRules,
  type ReleaseOrder,
  type Scope,
  type WebhookSettings,
} from './delivery-rules.ts';
import { sendOnce } from './send-event.ts';

/** Delivers events to the registered endpoints, as well or as badly as a test asks for. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  private readonly byEvent = new Map<string, Delivery[]>();
  private rules = noRules();
  private readonly held: Delivery[] = [];
  private readonly pool: Delivery[] = [];
  private readonly queues = new Map<string, Promise<void>>();
  private readonly timers = new Map<NodeJS.Timeout, () => void>();
  private readonly waiters: (() => void)[] = [];
  private busy = 0;
  private stopped = false;
  private readonly state: State;
  private readonly settings: WebhookSettings;

  constructor(state: State, settings: WebhookSettings) {
    this.state = state;
    this.settings = settings;
  }

  /** Holds back everything that has not been sent. */
  hold(): void {
    this.rules.holding = true;
  }

  /** What is held back, in the order of creation. */
  get heldDeliveries(): readonly Delivery[] {
    return this.held;
  }

  /**
   * Sends what is held, one after the other in the given order, and stops holding. Indices or event ids may be named
   * twice (sent twice) or left out (never sent, counted as dropped).
   */
  async release(order: ReleaseOrder = 'first_to_last'): Promise<void> {
    this.rules.holding = false;
    const waiting = this.held.splice(0);
    const chosen = inOrder(waiting, order, this.state.random);
    for (const delivery of waiting.filter((item) => !chosen.includes(item))) {
      delivery.state = 'dropped';
    }
    for (const delivery of chosen) {
      await this.track(() => this.attempt(delivery));
    }
  }

  /** Sends every later event so many times in all. */
  duplicate(count: number, scope: Scope = {}): void {
    this.rules.copies = { count, scope };
  }

  /** Loses later events with this probability (1 for all), at most `times` of them. They stay undelivered in /v1/events. */
  drop(chance: number, scope: Scope & { times?: number } = {}): void {
    this.rules.drop = { chance, left: scope.times ?? Number.POSITIVE_INFINITY, scope };
  }

  /** Sends later events only after some milliseconds: a fixed time, or a seeded one in the range. */
  delay(from: number, to = from): void {
    this.rules.delay = { from, to };
  }

  /** Shuffles later events in groups of this size; `flush` (or settled) sends an incomplete group. */
  reorder(groupSize: number): void {
    this.rules.reorder = groupSize;
  }

  /** Sends later events at the same time rather than one after the other. */
  parallel(on = true): void {
    this.rules.parallel = on;
  }

  /** Ends all rules; what is held stays held until release. */
  reset(): void {
    const { holding } = this.rules;
    this.rules = { ...noRules(), holding };
  }

  /** Sends an event once more to every endpoint that wants it, however long ago it was. @throws when it is unknown */
  async resend(eventId: string, copies = 1): Promise<void> {
    const event = this.state.events.get(eventId);
    if (!event) {
      throw new Error(`The simulator has no event ${eventId}`);
    }
    const records = this.endpointsFor(event);
    const deliveries = records.flatMap((record) => Array.from({ length: copies }, () => this.record(event, record)));
    await Promise.all(deliveries.map((delivery) => this.track(() => this.attempt(delivery))));
  }

  /** Gives an endpoint (the first when none is named) one more signing secret; both sign until `retireSecrets`. */
  rotateSecret(secret: string = newSecret(this.state), endpointId?: string): string {
    this.endpointRecord(endpointId).secrets.unshift(secret);
    return secret;
  }

  /** Ends the rotation: only the newest secret signs. */
  retireSecrets(endpointId?: string): void {
    this.endpointRecord(endpointId).secrets.splice(1);
  }

  /** Resolves when nothing is under way or planned; what is held or dropped does not count. */
  async settled(): Promise<void> {
    await this.flush();
    while (this.busy > 0) {
      await new Promise<void>((resolve) => this.waiters.push(resolve));
      await this.flush();
    }
  }

  /** How often something was sent so far; null while something is under way or planned. */
  get sent(): number | null {
    if (this.busy > 0 || this.pool.length > 0) return null;
    return this.deliveries.reduce((sum, delivery) => sum + delivery.attempts.length, 0);
  }

  /** Sends an incomplete group of `reorder` now. */
  async flush(): Promise<void> {
    this.sendAll(this.state.random.shuffle(this.pool.splice(0)));
  }

  /** How many deliveries of an event have not succeeded. */
  pending(eventId: string): number {
    const own = this.byEvent.get(eventId) ?? [];
    const succeeded = new Set(
      own.filter((delivery) => delivery.state === 'delivered').map((delivery) => delivery.endpointId),
    );
    return new Set(own.map((delivery) => delivery.endpointId).filter((endpointId) => !succeeded.has(endpointId))).size;
  }

  /** Takes the events that a request brought about. */
  dispatch(events: readonly Stripe.Event[]): void {
    for (const event of events) {
      for (const record of this.endpointsFor(event)) {
        this.plan(event, record);
      }
    }
  }

  /** Stops sending: planned deliveries are given up. */
  stop(): void {
    this.stopped = true;
    for (const [timer, resolve] of this.timers) {
      clearTimeout(timer);
      resolve();
    }
    this.timers.clear();
  }

  private plan(event: Stripe.Event, record: EndpointRecord): void {
    const copies = inScope(this.rules.copies.scope, event.type) ? this.rules.copies.count : 1;
    const deliveries = Array.from({ length: copies }, () => this.record(event, record));
    for (const delivery of deliveries) {
      if (this.isDropped(event.type)) {
        delivery.state = 'dropped';
      } else if (this.rules.holding) {
        delivery.state = 'held';
        this.held.push(delivery);
      } else {
        this.pool.push(delivery);
      }
    }
    if (this.pool.length >= this.rules.reorder) {
      const group = this.pool.splice(0);
      this.sendAll(this.rules.reorder > 1 ? this.state.random.shuffle(group) : group);
    }
  }

  private isDropped(type: string): boolean {
    const { drop } = this.rules;
    if (drop.left <= 0 || !inScope(drop.scope, type) || this.state.random.next() >= drop.chance) {
      return false;
    }
    drop.left -= 1;
    return true;
  }

  private sendAll(deliveries: Delivery[]): void {
    for (const delivery of deliveries) {
      const { from, to } = this.rules.delay;
      const wait = from + this.state.random.below(to - from + 1);
      const send = async (): Promise<void> => {
        await this.pause(wait);
        await this.attempt(delivery);
      };
      if (this.rules.parallel || wait > 0) {
        void this.track(send);
      } else {
        // One after the other for each endpoint, so that a test without a rule sees the order of creation.
        const before = this.queues.get(delivery.endpointId) ?? Promise.resolve();
        this.queues.set(
          delivery.endpointId,
          this.track(() => before.then(send)),
        );
      }
    }
  }

  private async track(action: () => Promise<void>): Promise<void> {
    this.busy += 1;
    try {
      await action();
    } finally {
      this.busy -= 1;
      if (this.busy === 0) {
        for (const resolve of this.waiters.splice(0)) {
          resolve();
        }
      }
    }
  }

  private pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, milliseconds);
      this.timers.set(timer, resolve);
    });
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const record = this.state.endpoints.get(delivery.endpointId);
    const event = this.state.events.get(delivery.eventId)!;
    if (this.stopped || !record || record.endpoint.status !== 'enabled') {
      delivery.state = 'failed';
      return;
    }
    delivery.state = 'sending';
    const status = await sendOnce(event, record, delivery, this.settings);
    if (status !== null && status >= 200 && status < 300) {
      delivery.state = 'delivered';
      return;
    }
    const pause = this.settings.retryMilliseconds[delivery.attempts.length - 1];
    if (pause === undefined || this.stopped) {
      delivery.state = 'failed';
      return;
    }
    delivery.state = 'waiting';
    void this.track(async () => {
      await this.pause(pause);
      await this.attempt(delivery);
    });
  }

  private record(event: Stripe.Event, record: EndpointRecord): Delivery {
    const delivery: Delivery = {
      id: this.deliveries.length + 1,
      eventId: event.id,
      type: event.type,
      endpointId: record.endpoint.id,
      state: 'waiting',
      attempts: [],
    };
    this.deliveries.push(delivery);
    this.byEvent.set(event.id, [...(this.byEvent.get(event.id) ?? []), delivery]);
    return delivery;
  }

  private endpointsFor(event: Stripe.Event): EndpointRecord[] {
    return [...this.state.endpoints.values()].filter(({ endpoint }) => {
      const wanted = endpoint.enabled_events;
      return endpoint.status === 'enabled' && (wanted.includes('*') || wanted.includes(event.type));
    });
  }

  private endpointRecord(endpointId: string | undefined): EndpointRecord {
    const record =
      endpointId === undefined ? [...this.state.endpoints.values()][0] : this.state.endpoints.get(endpointId);
    if (!record) {
      throw new ApiError(404, {
        type: 'invalid_request_error',
        message: 'The simulator has no such webhook endpoint.',
      });
    }
    return record;
  }
}
