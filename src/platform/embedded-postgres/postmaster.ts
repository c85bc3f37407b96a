import { readFileSync, rmSync } from 'node:fs';
import { processCommand, processExists, processStart } from './processes.ts';

/** What the running server wrote about itself into its data folder. */
export type Postmaster = { readonly pid: number; readonly port: number; readonly status: string };

/** The living server of this data folder, if there is one; a file left behind by a dead one does not count. */
export function livePostmaster(cluster: string): Postmaster | undefined {
  const found = readPostmaster(cluster);
  return found !== undefined && isServerOf(found.pid, cluster) ? found : undefined;
}

/**
 * Removes a process file whose number now belongs to a stranger or a zombie. PostgreSQL clears the file of a process
 * that is gone by itself (it also looks for left-over shared memory), but takes any living process for a rival.
 */
export function removeStalePostmaster(cluster: string): void {
  const found = readPostmaster(cluster);
  if (found !== undefined && processExists(found.pid) && !isServerOf(found.pid, cluster)) {
    rmSync(`${cluster}/postmaster.pid`, { force: true });
  }
}

/** Whether this process is the server that runs on this data folder. */
export function isServerOf(pid: number, cluster: string): boolean {
  return processStart(pid) !== undefined && (processCommand(pid)?.includes(cluster) ?? false);
}

function readPostmaster(cluster: string): Postmaster | undefined {
  try {
    const lines = readFileSync(`${cluster}/postmaster.pid`, 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
  } catch {
    return undefined;
  }
}
