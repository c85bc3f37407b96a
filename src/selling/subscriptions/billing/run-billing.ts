import type { App } from '../../../platform/app-types.ts';
import { invalidInput, invalidState } from '../../../platform/errors.ts';
import { type AccountReference, addTally, type BillingTally, billAccounts, nothingBilled } from './bill-accounts.ts';
import { BillingLanes } from './billing-lanes.ts';
import { type DueCursor, type DuePage, firstDue, readDuePage } from './due-pages.ts';

export interface BillingRun {
  /** Bills what is due at or before this instant; the wall clock if left out, never later than that. */
  cutoff?: Date | null;
  /** Only this organization's. */
  organizationId?: string | null;
  /** Counts what is due and writes nothing. */
  dryRun?: boolean;
  /** Subscriptions in one transaction. */
  batchSize?: number;
  /** Transactions side by side. */
  parallel?: number;
  onProgress?: (done: number) => void;
}

const usualBatch = 1_000;
const usuallySideBySide = 2;

/**
 * Bills everything due on the wall clock (accounts on test clocks wait for theirs), in the order of boundaries. Batches of
 * one instant run side by side; a later instant waits for the earlier ones, so a late run numbers its invoices as punctual
 * runs would have. Can be killed, repeated and doubled at will. INVALID_INPUT for a cutoff that lies ahead,
 * INVALID_STATE while billing is paused.
 */
export async function runBilling(app: App, run: BillingRun = {}): Promise<BillingTally> {
  if (app.config.billingPaused && !run.dryRun) throw invalidState('Billing is paused by the operator.');
  const now = app.clock.now();
  const cutoff = run.cutoff ?? now;
  if (cutoff.getTime() > now.getTime()) throw invalidInput(['input', 'cutoff'], 'The cutoff must not lie ahead.');
  const { batchSize = usualBatch, parallel = usuallySideBySide, organizationId = null } = run;
  const total = nothingBilled();
  const lanes = new BillingLanes(parallel, batchSize);
  let done = 0;
  let missed = 0;
  let patient = false;
  const bill = async (page: DuePage, accounts: readonly AccountReference[]): Promise<void> => {
    addTally(
      total,
      await billAccounts(app, accounts, page.lastAt, { skipLocked: !patient, missed: (more) => (missed += more) }),
    );
    done += (page.subscriptions * accounts.length) / page.accounts.length;
    run.onProgress?.(Math.round(done));
  };
  let after: DueCursor = firstDue;
  let lastAt: Date | null = null;
  for (;;) {
    await lanes.room();
    const ended = lanes.ended;
    const page = await readDuePage(app, { cutoff, after, most: lanes.width, organizationId });
    // What was billed may have fallen due again soon after: whoever read before that was done has not seen it.
    const isOutOfDate = async () => {
      await lanes.drain();
      return lanes.ended !== ended;
    };
    if (!page) {
      if (await isOutOfDate()) continue;
      if (missed === 0 || patient) return total;
      // Others held some accounts when their turn came: what of them is still due is waited for.
      patient = true;
      after = firstDue;
      lastAt = null;
      continue;
    }
    if (lastAt && lastAt.getTime() < page.firstAt.getTime() && (await isOutOfDate())) continue;
    if (run.dryRun) total.subscriptions += page.subscriptions;
    else lanes.start(page.accounts, (accounts) => bill(page, accounts));
    lastAt = page.lastAt;
    after = page.next;
  }
}
