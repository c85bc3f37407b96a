/** What happens, as it happens: the API's subscriptions. */
export { followEvents, type LiveEvent } from './follow-events.ts';
