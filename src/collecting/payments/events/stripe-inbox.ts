import type { App } from '../../../platform/app-types.ts';
import { newId } from '../../../platform/id.ts';
import { sqlState } from '../../../platform/transact.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { isSignedByStripe } from '../providers/stripe-client.ts';
import type { StripeConnection } from '../providers/stripe-connections.ts';
import { readEventText } from './stripe-event-text.ts';

/** An event of Stripe as far as the inbox must know it. */
interface Arrived {
  organizationId: string;
  id: string;
  providerEventId: string;
  type: string;
  objectId: string | null;
  livemode: boolean;
  payload: string;
  occurredAt: Date;
}

interface Waiting {
  event: Arrived;
  done: () => void;
  failed: (error: unknown) => void;
}

const mostInOneStatement = 200;

/**
 * Where events of Stripe are stored before they are acknowledged. Those that arrive at the same time are written by one
 * statement and one commit; one that is there already is not written again.
 */
export class StripeInbox {
  readonly #app: App;
  readonly #waiting: Waiting[] = [];
  #writing = false;

  constructor(app: App) {
    this.#app = app;
  }

  /** Resolves once the event is committed. False for an event that is malformed, unsigned, or of the wrong mode. */
  async receive(connection: StripeConnection, body: Buffer, signature: string): Promise<boolean> {
    const now = this.#app.clock.now();
    if (!isSignedByStripe(body, signature, connection.webhookSecrets, now)) return false;
    const event = readEvent(connection, body, now);
    if (!event) return false;
    await new Promise<void>((done, failed) => {
      this.#waiting.push({ event, done, failed });
      void this.#write();
    });
    return true;
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      while (this.#waiting.length > 0) await this.#writeSome(this.#waiting.splice(0, mostInOneStatement));
    } finally {
      this.#writing = false;
    }
  }

  async #writeSome(batch: readonly Waiting[]): Promise<void> {
    try {
      await insertEvents(
        this.#app,
        batch.map(({ event }) => event),
      );
      for (const { done } of batch) done();
      this.#app.wake('apply-provider-events', undefined, { key: 'apply-provider-events' });
    } catch (error) {
      // One event that the database cannot hold must not keep the others out.
      if (batch.length > 1 && /^(22|54)/.test(sqlState(error) ?? '')) {
        for (const one of batch) await this.#writeSome([one]);
        return;
      }
      for (const { failed } of batch) failed(error);
    }
  }
}

async function insertEvents(app: App, events: readonly Arrived[]): Promise<void> {
  const organizations = [...new Set(events.map((event) => event.organizationId))].sort();
  const scope = { ...paymentScope(''), organizations };
  await app.transact(scope, (work) =>
    work.rows(
      `insert into provider_events (organization_id, id, provider, provider_event_id, type, object_id, livemode, payload,
         occurred_at, recorded_at, next_attempt_at, tries, effects)
       select o, i, 'stripe', e, t, b, l, p, a, $9, $9, 0, 0
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::jsonb[], $8::timestamptz[])
         as n(o, i, e, t, b, l, p, a)
       on conflict on constraint provider_events_once do nothing`,
      [
        events.map((event) => event.organizationId),
        events.map((event) => event.id),
        events.map((event) => event.providerEventId),
        events.map((event) => event.type),
        events.map((event) => event.objectId),
        events.map((event) => event.livemode),
        events.map((event) => event.payload),
        events.map((event) => event.occurredAt),
        work.recordedAt,
      ],
    ),
  );
}

/** Reads a signed body; null for what is no event, or one of the other mode. */
function readEvent(connection: StripeConnection, body: Buffer, now: Date): Arrived | null {
  const read = readEventText(body.toString('utf8'));
  if (!read) return null;
  const { event, payload } = read;
  const { id, type, livemode, created } = event;
  if (typeof id !== 'string' || typeof type !== 'string') return null;
  if (id.length > 255 || type.length > 255 || livemode !== connection.livemode) return null;
  const object = (event.data as { object?: { id?: unknown } } | undefined)?.object;
  return {
    organizationId: connection.organizationId,
    id: newId(),
    providerEventId: id,
    type,
    objectId: typeof object?.id === 'string' ? object.id.slice(0, 255) : null,
    livemode: connection.livemode,
    payload,
    occurredAt: typeof created === 'number' && created > 0 && created < 7e9 ? new Date(created * 1000) : now,
  };
}
