import type { Context } from '../../platform/context.ts';
import { readEventCursor } from '../../platform/event-text.ts';
import { FactFollower, type Followed } from '../../platform/fact-follower.ts';
import type { HeardFact } from '../../platform/fact-stream.ts';

/** What the live door must know of an event beside what it shows. */
export interface LiveEvent {
  cursor: string;
  /** When the fact behind it became known to this process, by the monotonic clock. */
  heardAt: number;
}

export interface EventSource<Event extends LiveEvent> {
  /** The cursor after which to begin; null or undefined: from now on. */
  after: string | null | undefined;
  wanted(fact: HeardFact): boolean;
  /** The id of an object that every wanted fact names; null if there is none. */
  about: string | null;
  toEvent(organizationId: string, followed: Followed): Event;
}

/**
 * The events of the caller's organization in their order, first those after the cursor, then those that come. Holds a
 * place in the order and nothing else. To be ended with `return()`, also while it waits.
 */
export async function followEvents<Event extends LiveEvent>(
  context: Context,
  source: EventSource<Event>,
): Promise<FactFollower<Event>> {
  const { app, organizationId } = context;
  const after = source.after == null ? null : readEventCursor(organizationId, source.after, 'after');
  const toEvent = (followed: Followed) => source.toEvent(organizationId, followed);
  const follower = new FactFollower(app.facts, organizationId, after, source.wanted, toEvent, source.about);
  try {
    return await follower.begin();
  } catch (error) {
    await follower.return();
    throw error;
  }
}
