import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import pg from 'pg';
import { BoundedMap } from './bounded-map.ts';

const mostNames = 400;
const names = new Map<string, string>();

/** A text is named when it has come so often. Lists differ with what is asked of them: what comes once takes no place. */
const namedAfter = 3;
const comings = new BoundedMap<string, number>(2_000);

/** The name a statement is prepared under. The shelf is bounded: a text that comes late runs unnamed. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= mostNames) return known;
  const times = (comings.get(text) ?? 0) + 1;
  if (times < namedAfter) {
    comings.set(text, times);
    return undefined;
  }
  comings.delete(text);
  const name = createHash('sha1').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

type Query = (text: unknown, values?: unknown, callback?: unknown) => unknown;

/**
 * A PostgreSQL client that prepares every statement with parameters once a connection (point reads cost less than half),
 * and puts what is sent in one go into one packet. Behind a pooler in transaction mode it needs one that knows prepared
 * statements (PgBouncer ≥ 1.21).
 */
export class PreparingClient extends pg.Client {
  #corked = false;

  // The driver overloads `query` in ways a subclass can not restate; only the form (text, values) is touched.
  override query = ((text: unknown, values?: unknown, callback?: unknown) => {
    const run = pg.Client.prototype.query as unknown as Query;
    this.#cork();
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) {
      return run.call(this, text, values, callback);
    }
    return run.call(this, { name: nameOf(text), text, values }, callback);
  }) as pg.Client['query'];

  /** A write to the socket costs as much as many a statement: those of the same moment leave together. */
  #cork(): void {
    if (this.#corked) return;
    const { stream } = (this as unknown as { connection: { stream: Writable } }).connection;
    this.#corked = true;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }
}

const timestamptz = 1184;
const int8 = 20;

/** Instants as Date, bigint as bigint, everything exact as text; numeric and date stay text by themselves. */
export function rowTypes(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(timestamptz, (text: string) => new Date(text));
  types.setTypeParser(int8, (text: string) => BigInt(text));
  types.setTypeParser(1082, (text: string) => text);
  return types;
}
