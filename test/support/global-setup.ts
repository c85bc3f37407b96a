import { chmodSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { processStart } from '../../src/platform/embedded-postgres/processes.ts';
import { removeTestRun } from './test-run.ts';

const PREFIX = 'perennial-test-';

/** Lays out the folder of this test run; the database in it is started by the first test that asks for one. */
export default async function setUp(): Promise<void> {
  await removeDeadRuns();
  const folder = mkdtempSync(`${tmpdir()}/${PREFIX}${process.pid}-`);
  // Root's database runs as another user, who has to get through.
  chmodSync(folder, 0o711);
  process.env.PERENNIAL_TEST_RUN = folder;
}

/** A run that was killed leaves its servers behind: end them, or they pile up. */
async function removeDeadRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    if (processStart(pid) === undefined) await removeTestRun(`${tmpdir()}/${name}`).catch(() => undefined);
  }
}
