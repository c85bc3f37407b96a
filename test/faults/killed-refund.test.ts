import { beforeAll, describe, it } from '@jest/globals';
import type { DueAccount } from '../support/fault-stage.ts';
import { refundSteps, stepsOfRun } from '../support/fault-steps.ts';
import { stageWithWorker } from '../support/fault-worker.ts';

const held = stageWithWorker();

describe('a worker that is killed as it gives money back', () => {
  let accounts: DueAccount[];
  const steps = stepsOfRun(refundSteps);

  beforeAll(async () => {
    accounts = await held.stage.due(steps.length);
    await held.stage.quiet();
  }, 180_000);

  it.each(steps.map((step, index) => ({ ...step, index })))(
    'at $name gives it back once',
    async ({ arm, index }) => {
      const account = accounts[index]!;
      const { stage, worker: victim } = held;
      arm(stage, () => victim.signal('SIGKILL'));
      await stage.refund(account, 400n);
      await victim.gone;
      held.worker = await stage.process({ role: 'worker' });
      await stage.quiet();
      await stage.check([account], 400n);
    },
    180_000,
  );
});
