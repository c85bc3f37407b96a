import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromClients, Listen, Receipt, ToClients } from './messages.ts';

export interface ClientProcess {
  /** The next receipts: so many, or those there are when the patience is over. */
  receive(receipts: number, patienceMs?: number): Promise<{ receipts: Receipt[]; sample: string | null }>;
  /** What went wrong at the clients. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

const usualPatienceMs = 60_000;

/** Starts a process with one client for each of the variables and waits until all are connected. */
export async function startClients(listen: Omit<Listen, 'kind'>): Promise<ClientProcess> {
  const child = fork(fileURLToPath(new URL('./listening.js', import.meta.url)), { execArgv: ['--no-warnings'] });
  const failures: string[] = [];
  let told: (message: Exclude<FromClients, { kind: 'failed' }>) => void = () => undefined;
  let broken: (error: Error) => void = () => undefined;
  child.on('message', (message: FromClients) => {
    if (message.kind === 'failed') failures.push(message.message);
    else told(message);
  });
  child.on('exit', (code, signal) => broken(new Error(`the clients' process ended with ${code ?? signal}`)));
  const ask = (message: ToClients) =>
    new Promise<Exclude<FromClients, { kind: 'failed' }>>((done, failed) => {
      told = done;
      broken = failed;
      child.send(message);
    });
  await ask({ kind: 'listen', ...listen });
  return {
    failures,
    receive: async (receipts, patienceMs = usualPatienceMs) => {
      const answer = await ask({ kind: 'await', receipts, patienceMs });
      if (answer.kind !== 'receipts') throw new Error('the clients answered something else');
      return answer;
    },
    close: async () => {
      broken = () => undefined;
      const gone = new Promise((done) => child.once('exit', done));
      child.send({ kind: 'end' } satisfies ToClients);
      await gone;
    },
  };
}
