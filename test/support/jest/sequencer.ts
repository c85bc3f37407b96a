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
  faults/bad-input
  faults/stripe-lost
  faults/cross-tenant
  collecting/payments/stripe-event-orders
  api/examples
  accounts/sessions
  collecting/payments/refused-access
  faults/many-workers
  scenarios/ends-taken-back
  selling/coupons/discounts
  scenarios/random-histories
  faults/killed-refund
  platform/embedded-postgres
  collecting/credits/lots
  api/live-storm
  faults/killed-api
  api/races
  entrypoints/cli/run-billing
  collecting/documents/documents
  scenarios/boundaries-never-drift
  platform/cli
  api/live-load
  collecting/payments/disconnected
  platform/embedded-postgres-watch
  scenarios/pauses
  scenarios/settlement-of-changes
  collecting/payments/stripe-payments
  scenarios/changes-within-a-period
  faults/lost-postgres
  collecting/payments/refunds
  platform/fact-stream
  collecting/invoicing/draw-discounts
  collecting/payments/wishes
  rules/period
  faults/lost-queue
  scenarios/money-decides
  collecting/documents/printing
  platform/migrate
  reporting/books/tampering
  collecting/tax/stripe-tax
  selling/subscriptions/preview-tokens
  platform/test-database
  collecting/payments/credit-notes
  collecting/dunning/retries
  collecting/wallets/wallets
  api/door/browser
  scenarios/created-while-a-clock-advances
  collecting/documents/pictures
  api/live-processes
  accounts/create-organization
  scenarios/free-histories
  platform/queue
  collecting/payments/reversed-credit
  rules/credit-note
  selling/subscriptions/change-policies
  rules/price-models
  api/columns
  scenarios/explained-lines
  scenarios/late-run-equals-punctual-run
  scenarios/unpaid-time-is-not-credit
  collecting/payments/reversals
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
