import { afterAll, beforeAll } from '@jest/globals';
import type { FaultProcess } from './fault-runner.ts';
import { openStage, type Stage } from './fault-stage.ts';

/** A stage for the tests of a file, with one worker on it at a time; there once they run. */
export interface WorkerStage {
  stage: Stage;
  worker: FaultProcess;
}

/** Opens the stage with its worker before the tests of a file, and closes it behind them. */
export function stageWithWorker(): WorkerStage {
  const held = {} as WorkerStage;
  beforeAll(async () => {
    held.stage = await openStage();
    held.worker = await held.stage.process({ role: 'worker' });
  }, 180_000);
  afterAll(async () => {
    await held.stage?.close();
  }, 60_000);
  return held;
}
