import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Binaries } from './binaries.ts';
import { giveTo, type ServerUser } from './server-user.ts';

/** Passwords of one database cluster, made at random when it was, kept in a file only its owner can read. */
export type Credentials = {
  readonly superuserPassword: string;
  readonly ownerPassword: string;
  readonly runtimePassword: string;
};

/** Where the parts of an embedded database lie under its home folder. */
export const layout = (home: string) => ({
  instance: `${home}/instance`,
  cluster: `${home}/instance/cluster`,
  credentials: `${home}/instance/credentials.json`,
  log: `${home}/postgresql.log`,
});

/** Makes the database cluster if there is none, and returns its passwords. Throws when its major version differs. */
export async function ensureCluster(
  home: string,
  binaries: Binaries,
  user: ServerUser,
  durable: boolean,
): Promise<Credentials> {
  const { instance, cluster, credentials } = layout(home);
  if (!existsSync(credentials)) {
    removeDrafts(home);
    await createCluster(home, instance, binaries, user, durable);
  }
  const major = readFileSync(`${cluster}/PG_VERSION`, 'utf8').trim();
  if (major !== binaries.version.split('.')[0]) {
    throw new Error(
      `The data in ${cluster} was made by PostgreSQL ${major}, and the installed one is ${binaries.version}. ` +
        'Install the release that made it and export the data, or start afresh with --reset.',
    );
  }
  return JSON.parse(readFileSync(credentials, 'utf8')) as Credentials;
}

/** Whether the database cluster there is the one with these passwords: it may have been removed, and made anew. */
export function holdsCluster(home: string, expected: Credentials): boolean {
  try {
    const found = JSON.parse(readFileSync(layout(home).credentials, 'utf8')) as Credentials;
    return found.superuserPassword === expected.superuserPassword;
  } catch {
    return false;
  }
}

/** Built aside and renamed when complete: a start that is killed half-way leaves no half database behind. */
async function createCluster(
  home: string,
  instance: string,
  binaries: Binaries,
  user: ServerUser,
  durable: boolean,
): Promise<void> {
  const draft = `${home}/draft-${randomBytes(6).toString('hex')}`;
  const secret = () => randomBytes(24).toString('base64url');
  const credentials: Credentials = {
    superuserPassword: secret(),
    ownerPassword: secret(),
    runtimePassword: secret(),
  };
  mkdirSync(`${draft}/cluster`, { recursive: true, mode: 0o711 });
  chmodSync(draft, 0o711);
  const passwordFile = `${draft}/superuser-password`;
  writeFileSync(passwordFile, `${credentials.superuserPassword}\n`, { mode: 0o600 });
  writeFileSync(`${draft}/credentials.json`, `${JSON.stringify(credentials)}\n`, { mode: 0o600 });
  chmodSync(`${draft}/cluster`, 0o700);
  giveTo(user, `${draft}/cluster`);
  giveTo(user, passwordFile);
  try {
    await runInitdb(binaries.initdb, `${draft}/cluster`, passwordFile, user, durable);
    rmSync(passwordFile);
    rmSync(instance, { recursive: true, force: true });
    renameSync(draft, instance);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function runInitdb(
  initdb: string,
  cluster: string,
  passwordFile: string,
  user: ServerUser,
  durable: boolean,
): Promise<void> {
  const options = [
    `--pgdata=${cluster}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorting by code point is the same on every platform and in every release of its libraries.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
  if (!durable) options.push('--no-sync');
  return new Promise((resolve, reject) => {
    const child = spawn(initdb, options, {
      ...user,
      cwd: '/',
      env: serverEnvironment(),
      // A group of its own, like the server: Ctrl-C is for us, and we wait for it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (part) => (output += String(part)));
    child.stderr.on('data', (part) => (output += String(part)));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb failed (${code}): ${output.trim().slice(-2000)}`)),
    );
  });
}

/** The environment of the server's programs: nothing of ours, so that no secret and no setting leaks into it. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
}

function removeDrafts(home: string): void {
  for (const name of readdirSync(home)) {
    if (name.startsWith('draft-')) rmSync(`${home}/${name}`, { recursive: true, force: true });
  }
}
