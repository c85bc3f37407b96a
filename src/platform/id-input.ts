import { notFound } from './errors.ts';
import { fromGlobalId, type IdPrefix } from './id.ts';

/** The uuid behind an id of an input. NOT_FOUND at `path` for anything else, as for an id of somebody else. */
export function readId(prefix: IdPrefix, text: string, path: string[]): string {
  return fromGlobalId(prefix, text) ?? refuse(path);
}

/** The same for an id that may be left out; null and undefined stay what they are. */
export function readOptionalId<Absent extends null | undefined>(
  prefix: IdPrefix,
  text: string | Absent,
  path: string[],
): string | Absent {
  return text === null || text === undefined ? text : readId(prefix, text, path);
}

function refuse(path: string[]): never {
  throw notFound(path);
}
