import type { Range } from './common-parameters.ts';
import { missing } from './errors.ts';

/** A page of a list as the API sends it. */
export interface ListPage<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

interface ListQuery {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: Range;
}

/**
 * One page, newest first. `has_more` tells of more in the direction of travel; with ending_before the items nearest to
 * that id are given, still newest first.
 *
 * @param items in the order of creation.
 * @throws ApiError 400 when the id to continue from is not in the list.
 */
export function pageOf<T extends { id: string; created?: number }>(
  items: Iterable<T>,
  query: ListQuery,
  url: string,
  kind: string,
): ListPage<T> {
  const all = [...items].reverse();
  const positionOf = (id: string, param: string): number => {
    const position = all.findIndex((item) => item.id === id);
    if (position < 0) {
      throw missing(kind, id, param);
    }
    return position;
  };
  let candidates = all;
  if (query.starting_after !== undefined) {
    candidates = all.slice(positionOf(query.starting_after, 'starting_after') + 1);
  } else if (query.ending_before !== undefined) {
    candidates = all.slice(0, positionOf(query.ending_before, 'ending_before'));
  }
  const matching = candidates.filter((item) => inRange(item.created ?? 0, query.created));
  const limit = query.limit ?? 10;
  const data = query.ending_before === undefined ? matching.slice(0, limit) : matching.slice(-limit);
  return { object: 'list', data, has_more: matching.length > limit, url };
}

function inRange(seconds: number, range: Range | undefined): boolean {
  if (range === undefined) {
    return true;
  }
  return (
    (range.gt === undefined || seconds > range.gt) &&
    (range.gte === undefined || seconds >= range.gte) &&
    (range.lt === undefined || seconds < range.lt) &&
    (range.lte === undefined || seconds <= range.lte)
  );
}
