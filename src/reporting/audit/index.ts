/** The facts of an organization, readable. */
export { Event, type EventRecord, toEvent } from './audit.graphql.ts';
export { eventsById, eventsPage } from './audit.queries.ts';
