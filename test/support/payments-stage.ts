import { afterAll, beforeAll } from '@jest/globals';
import { checkBooks } from './checks.ts';
import type { TestOrganization } from './makers.ts';
import { testWorld, type World } from './world.ts';

/** What a test of payments plays on. */
export interface PaymentsStage {
  world: World;
  organization: TestOrganization;
}

/**
 * Opens a world with one organization before the tests of a file; afterwards its books must add up. `settle`: what is still
 * under way is carried out before; else the books are taken as they stand in the middle of it.
 */
export function paymentsStage(opened: (stage: PaymentsStage) => void, options = { settle: true }): void {
  let world: World;
  beforeAll(async () => {
    world = await testWorld({ start: '2026-03-01T12:00:00Z' });
    opened({ world, organization: await world.organization() });
  });
  afterAll(async () => {
    if (options.settle) await world.settle();
    await checkBooks(world, { quiet: options.settle });
    await world.close();
  });
}
