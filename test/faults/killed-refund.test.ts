import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { FaultProcess } from '../support/fault-runner.ts';
import { type DueAccount, openStage, type Stage } from '../support/fault-stage.ts';
import { refundSteps, stepsOfRun } from '../support/fault-steps.ts';

let stage: Stage;
let worker: FaultProcess;

beforeAll(async () => {
  stage = await openStage();
  worker = await stage.process({ role: 'worker' });
}, 180_000);

afterAll(async () => {
  await stage?.close();
}, 60_000);

describe('a worker that is killed as it gives money back', () => {
  let accounts: DueAccount[];
  const steps = stepsOfRun(refundSteps);

  beforeAll(async () => {
    accounts = await stage.due(steps.length);
    await stage.quiet();
  }, 180_000);

  it.each(steps.map((step, index) => ({ ...step, index })))(
    'at $name gives it back once',
    async ({ arm, index }) => {
      const account = accounts[index]!;
      const victim = worker;
      arm(stage, () => victim.signal('SIGKILL'));
      await stage.refund(account, 400n);
      await victim.gone;
      worker = await stage.process({ role: 'worker' });
      await stage.quiet();
      await stage.check([account], 400n);
    },
    180_000,
  );
});
