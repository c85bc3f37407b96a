import type Stripe from 'stripe';
import { createdListParameters, expandParameter } from '../engine/common-parameters.ts';
import { invalidRequest, missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import { arrayOf, boolean, identifier } from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';

const THIRTY_DAYS = 30 * 24 * 3600;

/** What the deliverer knows of an event. */
export interface DeliveryKnowledge {
  /** Deliveries that did not succeed yet. */
  pending(eventId: string): number;
}

function fits(type: string, pattern: string): boolean {
  return pattern === '*' || type === pattern || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}

/** The operations on events; Stripe keeps them for 30 days. */
export function eventRoutes(deliveries: DeliveryKnowledge): Route[] {
  const shown = (event: Stripe.Event): Stripe.Event => ({ ...event, pending_webhooks: deliveries.pending(event.id) });
  const recent = (state: State): Stripe.Event[] => {
    const oldest = state.clock.seconds() - THIRTY_DAYS;
    return [...state.events.values()].filter((event) => event.created >= oldest);
  };
  return [
    route(
      'GET',
      '/v1/events',
      { ...createdListParameters, delivery_success: boolean, type: identifier(), types: arrayOf(identifier()) },
      (state, given) => {
        if (given.type !== undefined && given.types !== undefined) {
          throw invalidRequest('You may only specify one of these parameters: type, types.', { param: 'types' });
        }
        if ((given.types?.length ?? 0) > 20) {
          throw invalidRequest('You may specify up to 20 types.', { param: 'types' });
        }
        const patterns = given.types ?? (given.type === undefined ? ['*'] : [given.type]);
        const matching = recent(state).filter(
          (event) =>
            patterns.some((pattern) => fits(event.type, pattern)) &&
            (given.delivery_success === undefined || given.delivery_success === (deliveries.pending(event.id) === 0)),
        );
        const page = pageOf(matching, given, '/v1/events', 'event');
        return { ...page, data: page.data.map(shown) };
      },
    ),
    route('GET', '/v1/events/:id', expandParameter, (state, _given, ids) => {
      const event = recent(state).find((item) => item.id === ids.id);
      if (!event) {
        throw missing('event', ids.id!);
      }
      return shown(event);
    }),
  ];
}
