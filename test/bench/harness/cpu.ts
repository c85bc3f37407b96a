import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of a second, as `/proc` counts them. */
const ticks = 100;

/**
 * Seconds of processor time that this process and a PostgreSQL server have used so far, those of its sessions that have ended
 * included; null where the system does not tell. Of neighbors on the same machine it knows nothing: what a piece of work costs
 * by it stays the same when they are busy.
 */
export function cpuSeconds(dataDirectory: string): number | null {
  try {
    const postmaster = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n')[0]!;
    const { user, system } = process.cpuUsage();
    let sum = ownTicks(postmaster, { andEnded: true });
    for (const pid of readdirSync('/proc')) {
      if (/^\d+$/.test(pid) && parentOf(pid) === postmaster) sum += ownTicks(pid);
    }
    return (user + system) / 1_000_000 + sum / ticks;
  } catch {
    return null;
  }
}

/** Fields of `/proc/<pid>/stat` behind the name, which may hold spaces; a process that has just ended has none. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

const parentOf = (pid: string): string | undefined => statOf(pid)[1];

function ownTicks(pid: string, { andEnded = false } = {}): number {
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = statOf(pid).slice(11, 15).map(Number);
  return user + system + (andEnded ? endedUser + endedSystem : 0);
}
