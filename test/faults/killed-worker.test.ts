import { describe, expect, it } from '@jest/globals';
import { stepsOfRun, workerSteps } from '../support/fault-steps.ts';
import { stageWithWorker } from '../support/fault-worker.ts';

const held = stageWithWorker();

describe('a worker that is killed', () => {
  it.each(stepsOfRun(workerSteps))(
    'at $name leaves nothing half done and nothing done twice',
    async (step) => {
      const { stage, worker: victim } = held;
      step.arm(stage, () => victim.signal('SIGKILL'));
      const accounts = await stage.due(2);
      await victim.gone;
      held.worker = await stage.process({ role: 'worker' });
      await stage.quiet();
      await stage.check(accounts);
      expect(victim.pid).not.toBe(held.worker.pid);
    },
    180_000,
  );
});
