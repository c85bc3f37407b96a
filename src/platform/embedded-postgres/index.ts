export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
  wipeEmbeddedPostgres,
} from './start.ts';
export type { WatchEvents } from './watch.ts';
