import type { DocumentNode } from 'graphql';
import { BoundedMap } from '../../platform/bounded-map.ts';

/**
 * Characters of text whose parsed documents are kept by one store. A parsed document takes some hundred times its
 * text, so the bound is on the text: whoever sends ever new documents finds that old ones are forgotten.
 */
export const mostParsedText = 400_000;

const mostPersistedText = 8_000_000;

/** Apollo's store of text, in memory. */
export type TextStore = ReturnType<typeof textStore>;

/** Persisted queries: text by hash. */
export function textStore() {
  return asynchronous(new BoundedMap<string, string>(5_000, { weigh: (text) => text.length, most: mostPersistedText }));
}

/** Validated documents by hash of their text. */
export function documentStore() {
  const weigh = (document: DocumentNode) => document.loc?.source.body.length ?? 1_000;
  return asynchronous(new BoundedMap<string, DocumentNode>(1_000, { weigh, most: mostParsedText }));
}

function asynchronous<Value>(kept: BoundedMap<string, Value>) {
  return {
    async get(key: string) {
      return kept.get(key);
    },
    async set(key: string, value: Value) {
      kept.set(key, value);
    },
    async delete(key: string) {
      return kept.delete(key);
    },
  };
}
