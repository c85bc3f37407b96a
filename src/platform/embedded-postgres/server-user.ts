import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';

/** The user PostgreSQL runs as: ourselves (no ids), or for root, which PostgreSQL refuses, an unprivileged one. */
export type ServerUser = { readonly uid?: number; readonly gid?: number };

/** Who is to run PostgreSQL: the caller, or `nobody` when the caller is root. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  // Some systems number nobody as -2, which spawn takes signed and chown takes unsigned.
  return { uid: ask('-u') | 0, gid: ask('-g') | 0 };
}

/** Hands a file or folder to the server's user; nothing to do when that is the caller. */
export function giveTo(user: ServerUser, path: string): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid >>> 0, user.gid >>> 0);
}

/** Whether the server's user can read and enter `path`; asked of the system itself, so that every rule counts. */
export function canReach(user: ServerUser, path: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], { ...user, cwd: '/' }).status === 0;
}

/**
 * The folder the server will live in: the wanted one if the server's user can live there, else a folder of its own.
 * Root's project often lies under a closed home, or on a mount that cannot give files to another user.
 */
export function homeFor(user: ServerUser, wanted: string): string {
  const existed = exists(wanted);
  mkdirSync(wanted, { recursive: true, mode: 0o711 });
  if (user.uid === undefined) return wanted;
  if (!existed) chmodSync(wanted, 0o711);
  if (canHold(user, wanted)) return wanted;
  const name = `${basename(wanted)}-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`;
  for (const parent of ['/var/lib/perennial', '/var/tmp/perennial', `${tmpdir()}/perennial`]) {
    const home = `${parent}/${name}`;
    if (makeOwn(parent) && makeOwn(home) && canHold(user, home)) return home;
  }
  throw new Error(
    `PostgreSQL cannot run as root, and the unprivileged user it would run as reaches neither ${wanted} nor a folder ` +
      'under /var/lib, /var/tmp or the temporary folder. Start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Makes a folder that is surely ours: in a shared temporary folder somebody else may have laid one out first. */
function makeOwn(folder: string): boolean {
  try {
    if (!exists(folder)) {
      mkdirSync(folder, { mode: 0o711 });
      chmodSync(folder, 0o711);
    }
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch {
    return false;
  }
}

function canHold(user: ServerUser, folder: string): boolean {
  let probe: string | undefined;
  try {
    probe = mkdtempSync(`${folder}/probe-`);
    giveTo(user, probe);
    return statSync(probe).uid === (user.uid ?? 0) >>> 0 && canReach(user, probe);
  } catch {
    return false;
  } finally {
    if (probe !== undefined) rmSync(probe, { recursive: true, force: true });
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
