import type { Wires } from '../../src/app.ts';
import type { App } from '../../src/platform/app-types.ts';
import type { FakeClock } from './fake-clock.ts';

interface Woken {
  job: string;
  data: unknown;
  key: string | undefined;
  /** Milliseconds of the clock from which it may run. */
  from: number;
}

const mostRounds = 500;

/** The wires of a single process without a queue: what is woken waits until the test lets things settle. */
export class InProcessWires implements Wires {
  readonly #clock: FakeClock;
  readonly #hearers: ((organizationId: string) => void)[] = [];
  #woken: Woken[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  readonly wake: App['wake'] = (job, data, options = {}) => {
    const { key, delayMs = 0 } = options;
    if (key !== undefined && this.#woken.some((one) => one.job === job && one.key === key)) return;
    this.#woken.push({ job, data, key, from: this.#clock.now().getTime() + delayMs });
  };

  ring(organizationId: string): void {
    for (const heard of this.#hearers) heard(organizationId);
  }

  hear(heard: (organizationId: string) => void): void {
    this.#hearers.push(heard);
  }

  async close(): Promise<void> {
    this.#hearers.length = 0;
    this.#woken = [];
  }

  /**
   * Publishes facts and runs jobs, those that were woken and those that look by themselves, until nothing moves any
   * more. Throws if that takes too many rounds, which is a loop.
   */
  async settle(app: App): Promise<void> {
    for (let round = 0; round < mostRounds; round += 1) {
      const moved = (await app.relay()) + (await this.#runWoken(app));
      if (moved > 0) continue;
      for (const job of app.jobs.values()) if (job.everyMs > 0) await job.run(app, undefined);
      if ((await app.relay()) + (await this.#runWoken(app)) === 0) return;
    }
    throw new Error('things do not settle');
  }

  async #runWoken(app: App): Promise<number> {
    const now = this.#clock.now().getTime();
    const due = this.#woken.filter((one) => one.from <= now);
    this.#woken = this.#woken.filter((one) => one.from > now);
    let ran = 0;
    for (const { job, data } of due) {
      const known = app.jobs.get(job);
      if (!known) continue;
      await known.run(app, data);
      ran += 1;
    }
    return ran;
  }
}
