import { createRequire } from 'node:module';
import type * as sequencer from '@jest/test-sequencer';

// Its types are those of a CommonJS module, what an import answers is not.
const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof sequencer.default;

/** The files that take longest though most of them are short, the longest first: begun last, one would run alone for a minute. */
const longest = [
  'faults/killed-worker',
  'faults/stripe-lost',
  'payments/stripe-event-orders',
  'faults/bad-input',
  'payments/refused-access',
  'faults/cross-tenant',
  'accounts/sessions',
  'faults/killed-refund',
  'platform/embedded-postgres-watch',
  'api/examples',
  'api/live-storm',
  'api/races',
  'faults/lost-postgres',
  'payments/disconnected',
  'faults/many-workers',
  'platform/embedded-postgres',
  'faults/killed-api',
].map((name) => `${name}.test.js`);

const rank = (path: string) => {
  const found = longest.findIndex((name) => path.endsWith(name));
  return found === -1 ? longest.length : found;
};

/** Long files first, the others as Jest would: by what it remembers of their last run, or by size. */
export default class LongestFirst extends TestSequencer {
  override async sort(tests: Parameters<InstanceType<typeof TestSequencer>['sort']>[0]): Promise<typeof tests> {
    const sorted = [...(await super.sort(tests))];
    return sorted.sort((one, other) => rank(one.path) - rank(other.path));
  }
}
