import { Agent, request } from 'node:http';
import { childIsReady, childSettings } from '../harness/child.ts';
import { percentile } from '../harness/rounds.ts';
import { type Ask, asksOf, type LoadSettings } from './asks.ts';

/** One round: as many at a time as there are connections, or, with a rate, so many a second however long they take. */
export interface LoadRound {
  url: string;
  /** Names the round; requests that must differ carry it. */
  round: string;
  seconds: number;
  connections: number;
  /** Requests a second of an open loop. */
  rate?: number;
  /** Goes to whatever makes the requests. */
  variant?: string;
}

export interface LoadResult {
  done: number;
  seconds: number;
  /** Milliseconds below which 99 % were answered; in an open loop from when they were due. */
  p99: number;
  failed: number;
  firstFailure: string | null;
  /** What the answered requests were called, where they have names. */
  names: string[];
}

const ask = asksOf(childSettings<LoadSettings>());
process.on('message', async (round: LoadRound) => process.send?.(await run(round)));
childIsReady('', async () => undefined);

async function run(round: LoadRound): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: round.connections, scheduling: 'fifo' });
  const result: LoadResult = { done: 0, seconds: 0, p99: 0, failed: 0, firstFailure: null, names: [] };
  const took: number[] = [];
  let number = 0;
  const one = async (since: number): Promise<void> => {
    const made = ask(round.round, number++, round.variant);
    const fault = await send(agent, round.url, made);
    took.push(performance.now() - since);
    if (fault === null) {
      result.done += 1;
      if (made.name) result.names.push(made.name);
    } else {
      result.failed += 1;
      result.firstFailure ??= fault;
    }
  };
  const start = performance.now();
  const end = start + round.seconds * 1000;
  if (round.rate) await openLoop(start, end, round.rate, one);
  else await Promise.all(Array.from({ length: round.connections }, () => closedLoop(end, one)));
  result.seconds = (performance.now() - start) / 1000;
  result.p99 = percentile(took, 0.99);
  agent.destroy();
  return result;
}

async function closedLoop(end: number, one: (since: number) => Promise<void>): Promise<void> {
  for (let now = performance.now(); now < end; now = performance.now()) await one(now);
}

/** Requests leave when they are due, whatever became of those before. */
async function openLoop(
  start: number,
  end: number,
  rate: number,
  one: (since: number) => Promise<void>,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  await new Promise<void>((done) => {
    const dueAt = () => start + (underWay.length * 1000) / rate;
    const timer = setInterval(() => {
      const now = Math.min(performance.now(), end);
      while (dueAt() < now) underWay.push(one(dueAt()));
      if (now < end) return;
      clearInterval(timer);
      done();
    }, 1);
  });
  await Promise.all(underWay);
}

/** Sends a request; answers what is wrong with the response, or null. */
function send(agent: Agent, url: string, made: Ask): Promise<string | null> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}${made.path}`, { method: 'POST', agent, headers: made.headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', (error) => resolve(String(error)));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const right = response.statusCode === 200 && made.isRight(text);
        resolve(right ? null : `${response.statusCode} ${text.slice(0, 300)}`);
      });
    });
    outgoing.on('error', (error) => resolve(String(error)));
    outgoing.end(made.body);
  });
}
