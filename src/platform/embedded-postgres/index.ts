export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
  wipeEmbeddedPostgres,
} from './start.ts';
