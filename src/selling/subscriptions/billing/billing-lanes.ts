import type { AccountReference } from './bill-accounts.ts';

type Job = (accounts: readonly AccountReference[]) => Promise<void>;

/** Batches that wait in a lane behind the one that runs: enough that a lane never stands still. */
const mostWaiting = 1;

/**
 * Batches side by side that do not wait for each other: invoices are numbered without gaps, so whoever bills an
 * organization holds its number series until commit. Each organization therefore keeps to one lane, and its numbers come in
 * the order of its batches; one too large for a batch goes over all lanes, where at least what is read and computed
 * overlaps with what is written.
 * The first fault ends the run, once those beside it are done.
 */
export class BillingLanes {
  readonly #batchSize: number;
  readonly #lanes: { last: Promise<void>; pending: number; load: number }[];
  readonly #laneOf = new Map<string, number>();
  readonly #faults: unknown[] = [];
  #ended = 0;
  #wake: () => void = () => undefined;

  constructor(lanes: number, batchSize: number) {
    this.#batchSize = batchSize;
    this.#lanes = Array.from({ length: lanes }, () => ({ last: Promise.resolve(), pending: 0, load: 0 }));
  }

  /** Accounts that one round of all lanes takes. */
  get width(): number {
    return this.#lanes.length * this.#batchSize;
  }

  /** Lets each lane do its share of these accounts, behind what it has to do already. */
  start(accounts: readonly AccountReference[], job: Job): void {
    this.#share(accounts).forEach((share, lane) => {
      for (let from = 0; from < share.length; from += this.#batchSize) {
        this.#append(lane, share.slice(from, from + this.#batchSize), job);
      }
    });
  }

  /** Waits until a lane is about to have nothing to do. */
  async room(): Promise<void> {
    while (this.#lanes.every((lane) => lane.pending > mostWaiting)) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if (this.#faults.length > 0) await this.drain();
  }

  /** Batches that have come to their end: what was read before the last of them did may be out of date. */
  get ended(): number {
    return this.#ended;
  }

  /** Waits for all. Throws the first fault. */
  async drain(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.last));
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  #append(index: number, accounts: readonly AccountReference[], job: Job): void {
    const lane = this.#lanes[index]!;
    lane.pending += 1;
    lane.load += accounts.length;
    lane.last = lane.last
      .then(() => (this.#faults.length > 0 ? undefined : job(accounts)))
      .catch((error) => void this.#faults.push(error))
      .finally(() => {
        lane.pending -= 1;
        this.#ended += 1;
        this.#wake();
      });
  }

  #share(accounts: readonly AccountReference[]): AccountReference[][] {
    const shares: AccountReference[][] = this.#lanes.map(() => []);
    for (const [organizationId, members] of byOrganization(accounts)) {
      if (members.length > this.#batchSize) {
        const part = Math.ceil(members.length / shares.length);
        shares.forEach((share, lane) => void share.push(...members.slice(lane * part, (lane + 1) * part)));
      } else {
        shares[this.#laneFor(organizationId, shares)]!.push(...members);
      }
    }
    return shares;
  }

  /** The lane an organization was billed in before, or the one with the least to do. */
  #laneFor(organizationId: string, shares: readonly AccountReference[][]): number {
    const known = this.#laneOf.get(organizationId);
    if (known !== undefined) return known;
    const loads = this.#lanes.map((lane, index) => lane.load + shares[index]!.length);
    const lane = loads.indexOf(Math.min(...loads));
    this.#laneOf.set(organizationId, lane);
    return lane;
  }
}

function byOrganization(accounts: readonly AccountReference[]): Map<string, AccountReference[]> {
  const groups = new Map<string, AccountReference[]>();
  for (const account of accounts) {
    const group = groups.get(account.organizationId);
    if (group) group.push(account);
    else groups.set(account.organizationId, [account]);
  }
  return groups;
}
