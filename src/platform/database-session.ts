import { startEmbeddedPostgres, type WatchEvents } from './embedded-postgres/index.ts';

/** The part of the configuration that says which database to use. */
export type DatabaseChoice = {
  /** Undefined: the embedded one. */
  readonly database: { readonly runtimeUrl: string; readonly ownerUrl: string | undefined } | undefined;
  readonly dataDirectory: string;
};

/** A database to work with, and how to let go of it. */
export type DatabaseSession = {
  readonly ownerUrl: string | undefined;
  readonly runtimeUrl: string;
  /** Where the embedded database lies; undefined for one of the operator's own. */
  readonly embedded: { readonly directory: string; readonly relocated: boolean; readonly port: number } | undefined;
  /** Call first: from now on an embedded database that stops is not brought back. */
  leaveAlone(): void;
  /** Call last: it stops an embedded database that nobody else uses. */
  close(): Promise<void>;
};

/**
 * The configured database; in development the embedded one, started if it does not run. With `watch` an embedded one that
 * stops is brought back, and `watch` is told of it.
 */
export async function openDatabase(config: DatabaseChoice, watch?: WatchEvents): Promise<DatabaseSession> {
  if (config.database !== undefined) {
    return { ...config.database, embedded: undefined, leaveAlone: () => undefined, close: async () => undefined };
  }
  const server = await startEmbeddedPostgres({ directory: `${config.dataDirectory}/postgresql` });
  const { ownerUrl, runtimeUrl, directory, relocated, port } = server;
  const leaveAlone = watch ? server.watch(watch) : () => undefined;
  return { ownerUrl, runtimeUrl, embedded: { directory, relocated, port }, leaveAlone, close: () => server.stop() };
}
