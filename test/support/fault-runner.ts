import { type ChildProcess, spawn } from 'node:child_process';
import type { Config } from '../../src/config.ts';

/** How a process of the product is to run. */
export interface FaultProcessOptions {
  /** Most connections of its pool. */
  readonly connections?: number;
  /** How far its wall clock is ahead of the machine's. */
  readonly clockAheadMs?: number;
  /** The longest a job waits before it looks by itself; its own time when left out. */
  readonly beatMs?: number;
  /** Settings beside those of the environment. */
  readonly options?: Partial<Pick<Config, 'billingPaused'>>;
}

export interface FaultProcessStart extends FaultProcessOptions {
  readonly role: 'api' | 'worker' | 'all';
  readonly databaseUrl: string;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A process of the product that can be killed at any moment. */
export interface FaultProcess {
  readonly pid: number;
  /** Where its doors are. */
  readonly url: string;
  /** Its log, for a test that failed. */
  readonly log: readonly string[];
  /** SIGKILL, SIGSTOP or SIGCONT, in this very moment. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it as an operator would, and answers its exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it is gone. */
  readonly gone: Promise<number | null>;
}

/** Secrets that the tests' own world and all its processes share. */
export const faultSecrets = {
  encryptionKey: Buffer.alloc(32, 7).toString('base64'),
  jwtSecret: 'only the tests know this secret, '.repeat(2),
};

const script = new URL('./fault-process.js', import.meta.url).pathname;
/** What one process has compiled, the next one need not: half of a start is that. */
const compiled = new URL('../../.compiled', import.meta.url).pathname;
const startsWithinMs = 90_000;

/** Starts a process of the product and waits until it serves. Throws with its last words if it does not come up. */
export async function startProcess(start: FaultProcessStart): Promise<FaultProcess> {
  const { role, databaseUrl, environment = {}, ...options } = start;
  const child = spawn(process.execPath, ['--no-warnings', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: faultSecrets.encryptionKey,
      JWT_SECRET: faultSecrets.jwtSecret,
      PUBLIC_URL: 'http://127.0.0.1:4000',
      SMTP_URL: 'smtp://127.0.0.1:2525',
      ROLE: role,
      LOG_LEVEL: 'warn',
      NODE_COMPILE_CACHE: compiled,
      ...environment,
    },
  });
  const log = wordsOf(child);
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await firstWord(child, gone, log);
  return {
    pid: child.pid!,
    url,
    log,
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: () => {
      child.kill('SIGTERM');
      return gone;
    },
    gone,
  };
}

function wordsOf(child: ChildProcess): string[] {
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log.push(...text.split('\n').filter((line) => line !== ''));
      if (log.length > 400) log.splice(0, log.length - 400);
    });
  }
  return log;
}

async function firstWord(child: ChildProcess, gone: Promise<number | null>, log: readonly string[]): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the process did not come up:\n${log.join('\n')}`)), startsWithinMs);
  });
  const dead = gone.then((code) => {
    throw new Error(`the process ended with ${code}:\n${log.join('\n')}`);
  });
  const ready = new Promise<string>((resolve) => child.once('message', (word: { url: string }) => resolve(word.url)));
  try {
    return await Promise.race([ready, dead, late]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    dead.catch(() => undefined);
  }
}
