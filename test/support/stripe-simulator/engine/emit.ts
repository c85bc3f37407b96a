import type Stripe from 'stripe';
import { API_VERSION, newId, type State } from './state.ts';

/**
 * Writes an event with the object as it is now. It is delivered after the request has been carried out.
 *
 * @param previous the object before the change; its changed top-level fields become `previous_attributes`.
 */
export function emit(state: State, type: string, object: object, previous?: object): void {
  const snapshot = structuredClone(object);
  const data =
    previous === undefined
      ? { object: snapshot }
      : { object: snapshot, previous_attributes: changes(previous, snapshot) };
  const event = {
    id: newId(state, 'evt'),
    object: 'event',
    api_version: API_VERSION,
    created: state.clock.seconds(),
    data,
    livemode: false,
    pending_webhooks: 0,
    request: {
      id: state.currentRequest?.id ?? null,
      idempotency_key: state.currentRequest?.idempotencyKey ?? null,
    },
    type,
  } as unknown as Stripe.Event;
  state.events.set(event.id, event);
  state.outbox.push(event);
}

function changes(before: object, after: object): Record<string, unknown> {
  const old = before as Record<string, unknown>;
  const fresh = after as Record<string, unknown>;
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)]);
  const changed = [...names].filter((name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]));
  return Object.fromEntries(changed.map((name) => [name, old[name] ?? null]));
}
