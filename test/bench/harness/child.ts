import { type ChildProcess, fork } from 'node:child_process';

/** A process of its own beside the bench: what is measured shares no event loop with what measures. */
export interface BenchChild {
  /** Where it listens; empty if it does not. */
  readonly url: string;
  /** Sends it one message and waits for its answer; one at a time. */
  ask<Answer>(message: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts a module with settings as its only argument; resolves once it says `{ url }`. */
export async function startChild(module: URL, settings: object): Promise<BenchChild> {
  const child = fork(module, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const { url } = await nextMessage<{ url: string }>(child);
  return {
    url,
    ask: (message) => {
      const answer = nextMessage<never>(child);
      child.send(message as object);
      return answer;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await gone;
    },
  };
}

function nextMessage<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) =>
      reject(new Error(`a process of the bench ended with ${code ?? signal}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Answer);
    });
  });
}

/** Within a child: its settings. */
export function childSettings<Settings>(): Settings {
  return JSON.parse(process.argv[2] ?? '{}') as Settings;
}

/** Within a child: says that it is ready, and ends it in order when it is told to or when its parent has gone. */
export function childIsReady(url: string, stop: () => Promise<unknown>): void {
  process.once('SIGTERM', async () => {
    await stop();
    process.exit(0);
  });
  process.once('disconnect', () => process.exit(1));
  process.send?.({ url });
}
