import { removeTestRun } from './test-run.ts';

/** Stops every server of this test run and removes its data. */
export default async function tearDown(): Promise<void> {
  const folder = process.env.PERENNIAL_TEST_RUN;
  if (folder !== undefined) await removeTestRun(folder);
}
