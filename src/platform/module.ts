/** What a module's `*.module.ts` is written with. */
export type { Job, Module, Reaction, ResolverClass, Timer } from './app-types.ts';
export type { PublishedFact } from './outbox.ts';
