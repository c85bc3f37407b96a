import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { processStart } from './processes.ts';

const PATIENCE_MS = 120_000;

/**
 * Runs `work` while no other process starts or stops the server in this folder. The lock file names its holder, so
 * the lock of a killed process is taken over at once. Throws after two minutes of waiting for a living holder.
 */
export async function withStartLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const file = `${folder}/start.lock`;
  const ours = `${process.pid} ${processStart(process.pid)} ${randomBytes(6).toString('hex')}`;
  const deadline = performance.now() + PATIENCE_MS;
  while (!claim(file, ours)) {
    if (performance.now() > deadline) {
      throw new Error(`Another process (${holderOf(file) ?? 'unknown'}) has held ${file} for two minutes`);
    }
    await pause(25);
  }
  try {
    return await work();
  } finally {
    if (read(file) === ours) rmSync(file, { force: true });
  }
}

function claim(file: string, ours: string): boolean {
  const draft = `${file}.${ours.split(' ').at(-1)}`;
  writeFileSync(draft, ours, { mode: 0o600 });
  try {
    // Linking a finished file makes the lock appear with its content, or not at all.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    removeIfAbandoned(file, draft);
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeIfAbandoned(file: string, draft: string): void {
  const seen = read(file);
  if (seen === undefined || isAlive(seen)) return;
  const aside = `${draft}.aside`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // Between our look and our rename another process may have taken the lock over: then give it back.
  if (read(aside) !== seen) {
    try {
      linkSync(aside, file);
    } catch {
      // Somebody claimed it meanwhile; the server's own interlock on its data folder still holds.
    }
  }
  rmSync(aside, { force: true });
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(' ');
  return processStart(Number(pid)) === start;
}

function holderOf(file: string): string | undefined {
  return read(file)?.split(' ')[0];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
