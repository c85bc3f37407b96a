import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultProcess } from '../support/fault-runner.ts';
import { openStage, type Stage } from '../support/fault-stage.ts';
import { stepsOfRun, workerSteps } from '../support/fault-steps.ts';

let stage: Stage;
let worker: FaultProcess;

beforeAll(async () => {
  stage = await openStage();
  worker = await stage.process({ role: 'worker' });
}, 180_000);

afterAll(async () => {
  await stage?.close();
}, 60_000);

describe('a worker that is killed', () => {
  it.each(stepsOfRun(workerSteps))(
    'at $name leaves nothing half done and nothing done twice',
    async (step) => {
      const victim = worker;
      step.arm(stage, () => victim.signal('SIGKILL'));
      const accounts = await stage.due(2);
      await victim.gone;
      worker = await stage.process({ role: 'worker' });
      await stage.quiet();
      await stage.check(accounts);
      expect(victim.pid).not.toBe(worker.pid);
    },
    180_000,
  );
});
