import { notFound } from './errors.ts';
import { fromGlobalId, type IdPrefix, parseGlobalId } from './id.ts';

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

const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * The uuid that a filter is to find things by. An id that is garbled or of another kind finds nothing, as one of somebody
 * else does; null and undefined stay what they are.
 */
export function idToFind<Absent extends null | undefined>(prefix: IdPrefix, text: string | Absent): string | Absent {
  return text === null || text === undefined ? text : (fromGlobalId(prefix, text) ?? nobody);
}

/** The same for an id of any kind. */
export function anyIdToFind<Absent extends null | undefined>(text: string | Absent): string | Absent {
  return text === null || text === undefined ? text : (parseGlobalId(text)?.uuid ?? nobody);
}

function refuse(path: string[]): never {
  throw notFound(path);
}
