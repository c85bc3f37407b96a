/** What happens, as it happens: the API's subscriptions. */
export { fromCursor, toCursor } from './cursor.ts';
export { followEvents, type LiveEvent } from './follow-events.ts';
