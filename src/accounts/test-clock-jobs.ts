import type { Job, Reaction } from '../platform/module.ts';
import { type ClockName, walkTestClock } from './walk-test-clock.ts';

/** Finds clocks that are on their way, also those whose walker has died, and has each walked by a job of its own. */
export const advanceTestClocks: Job = {
  name: 'advance-test-clocks',
  everyMs: 5_000,
  concurrency: 1,
  async run(app) {
    const clocks = await app.sweep<{ organization_id: string; id: string }>('select * from advancing_test_clocks()');
    for (const { organization_id: organizationId, id: clockId } of clocks) {
      app.wake('walk-test-clock', { organizationId, clockId }, { key: clockId });
    }
  },
};

export const walkTestClockJob: Job = {
  name: 'walk-test-clock',
  everyMs: 0,
  concurrency: 4,
  async run(app, data, leaveOff) {
    await walkTestClock(app, data as ClockName, leaveOff);
  },
};

/** Does not wait for the next look. */
export const walkWhenStarted: Reaction = {
  facts: ['clock.advance_started'],
  async react(app, facts) {
    for (const { organizationId, objectId: clockId } of facts) {
      app.wake('walk-test-clock', { organizationId, clockId }, { key: clockId });
    }
  },
};
