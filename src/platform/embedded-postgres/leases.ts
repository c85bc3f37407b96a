import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { processStart } from './processes.ts';

let counter = 0;

/** Notes that this process uses the server of `folder`; returns how to take the note back. */
export function takeLease(folder: string): () => void {
  const leases = `${folder}/users`;
  mkdirSync(leases, { recursive: true, mode: 0o700 });
  counter += 1;
  const file = `${leases}/${process.pid}-${counter}`;
  writeFileSync(file, String(processStart(process.pid)), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/**
 * Whether any living process still uses the server of `folder`. A command run beside a started server shares it, and
 * must not stop it for the other. Notes of dead processes are cleared on the way.
 */
export function isLeased(folder: string): boolean {
  const leases = `${folder}/users`;
  let leased = false;
  for (const name of list(leases)) {
    const pid = Number(name.split('-')[0]);
    if (readFileSync(`${leases}/${name}`, 'utf8') === processStart(pid)) leased = true;
    else rmSync(`${leases}/${name}`, { force: true });
  }
  return leased;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
