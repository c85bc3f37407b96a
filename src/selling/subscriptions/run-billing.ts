import type { App } from '../../platform/app-types.ts';
import { invalidInput, invalidState } from '../../platform/errors.ts';
import { addTally, type BillingTally, billAccounts, nothingBilled } from './bill-accounts.ts';
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
  const lane = new Lane(parallel);
  let done = 0;
  const bill = async (page: DuePage): Promise<void> => {
    if (run.dryRun) total.subscriptions += page.subscriptions;
    else addTally(total, await billAccounts(app, page.accounts, page.lastAt, { skipLocked: true }));
    done += page.subscriptions;
    run.onProgress?.(done);
  };
  let after: DueCursor = firstDue;
  for (;;) {
    // What was billed at an instant may fall due again soon after it: the page behind it must see that.
    if (lane.lastAt) await lane.free();
    const page = await readDuePage(app, { cutoff, after, most: batchSize, organizationId });
    if (!page) {
      if (await lane.drain()) continue;
      return total;
    }
    if (lane.lastAt && lane.lastAt.getTime() < page.firstAt.getTime() && (await lane.drain())) continue;
    lane.start(page.lastAt, () => bill(page));
    after = page.next;
  }
}

/** A few batches at a time. The first fault ends the run, once those beside it are done. */
class Lane {
  lastAt: Date | null = null;
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  readonly #faults: unknown[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  start(lastAt: Date, job: () => Promise<void>): void {
    this.lastAt = lastAt;
    const running: Promise<void> = job()
      .catch((error) => void this.#faults.push(error))
      .finally(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until one more may start. */
  async free(): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    if (this.#faults.length > 0) await this.drain();
  }

  /** Waits for all; true if there was something to wait for. Throws the first fault. */
  async drain(): Promise<boolean> {
    const waited = this.#running.size > 0;
    await Promise.all(this.#running);
    if (this.#faults.length > 0) throw this.#faults[0];
    return waited;
  }
}
