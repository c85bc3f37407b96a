import { createRequire } from 'node:module';
import type * as sequencer from '@jest/test-sequencer';

// Its types are those of a CommonJS module, what an import answers is not.
const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof sequencer.default;

/**
 * The files that take longest, by what a run on two cores said, the longest first: begun last, one would run alone while the
 * other workers have nothing left. Many are short texts, so that Jest, which goes by size, would not know.
 */
const longest = `
  faults/killed-worker
  faults/stripe-lost
  faults/bad-input
  collecting/payments/stripe-event-orders
  collecting/payments/refused-access
  faults/killed-refund
  scenarios/late-run-equals-punctual-run
  faults/many-workers
  scenarios/ends-taken-back
  scenarios/boundaries-never-drift
  faults/killed-api
  api/examples
  api/live-storm
  entrypoints/cli/run-billing
  scenarios/random-histories
  platform/embedded-postgres
  selling/coupons/discounts
  faults/cross-tenant
  api/races
  accounts/sessions
  collecting/credits/lots
  platform/embedded-postgres-watch
  platform/cli
  accounts/create-organization
  collecting/documents/documents
  platform/migrate
  faults/lost-postgres
  collecting/wallets/wallets
  scenarios/free-histories
  api/live-load
  faults/lost-queue
  api/live-processes
  collecting/payments/disconnected
  accounts/login-limit
  scenarios/pauses
  collecting/documents/printing
  collecting/payments/stripe-payments
  scenarios/changes-within-a-period
  scenarios/created-while-a-clock-advances
  scenarios/money-decides
  platform/test-database
  reporting/books/tampering
  reporting/books/invariants
  rules/period
  selling/plan-migrations/plan-migrations
  api/door/browser
  scenarios/settlement-of-changes
  collecting/documents/pictures
  platform/queue
  scenarios/families-of-accounts
  collecting/tax/stripe-tax
  rules/tiling
  scenarios/unpaid-time-is-not-credit
  collecting/payments/wishes
  faults/lost-answers
  selling/subscriptions/preview-tokens
  api/metadata-text
  collecting/payments/refunds
  scenarios/eight-runs-of-one-cycle
  collecting/payments/finalized-while-advancing
  api/columns
  collecting/payments/lost-wish
`
  .trim()
  .split(/\s+/)
  .map((name) => `/${name}.test.js`);

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
