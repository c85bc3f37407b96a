import type { DocumentNode } from 'graphql';
import { BoundedMap } from '../../platform/bounded-map.ts';

const longestKeptDocument = 64_000;

/** Apollo's store of text, in memory. */
export type TextStore = ReturnType<typeof textStore>;

/** Persisted queries: text by hash. Long ones are not kept, so that the store stays small whatever is sent. */
export function textStore() {
  const kept = new BoundedMap<string, string>(1_000);
  return {
    async get(key: string) {
      return kept.get(key);
    },
    async set(key: string, value: string) {
      if (value.length <= longestKeptDocument) kept.set(key, value);
    },
    async delete(key: string) {
      return kept.delete(key);
    },
  };
}

/** Validated documents by hash of their text. */
export function documentStore() {
  const kept = new BoundedMap<string, DocumentNode>(1_000);
  return {
    async get(key: string) {
      return kept.get(key);
    },
    async set(key: string, value: DocumentNode) {
      kept.set(key, value);
    },
    async delete(key: string) {
      return kept.delete(key);
    },
  };
}
