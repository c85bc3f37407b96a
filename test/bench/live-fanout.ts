import type { BenchOptions } from './harness/bench.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, type Measured, percentile, ratio, spread } from './harness/rounds.ts';
import type { BenchServer } from './harness/server.ts';
import { type Fanout, openLiveSide, openRawSide } from './live-fanout-sides.ts';
import { type LiveProduct, openLiveProduct } from './live-product.ts';

const inFlight = 16;

/**
 * How long a committed payment fact needs to reach each of many clients, against a bare broadcast of the same bytes; and
 * what clients who follow a payment of theirs cost those who commit.
 */
export async function benchLiveFanout(server: BenchServer, options: BenchOptions): Promise<Report> {
  const clients = options.quick ? 200 : 1_000;
  const product = await openLiveProduct(server.first);
  try {
    const fanned = await measureFanout(product, clients, options);
    const commits = await measureCommits(product, clients, server, options);
    const { ratios, latencies } = fanned;
    return {
      bench: 'live-fanout',
      load: `${clients} graphql-ws clients in another process; commits ${inFlight} in flight, each told to 1 of ${clients} clients`,
      goals: [
        goalOf('p99 commit to client / p99 raw ws broadcast', spread(ratios), { atMost: 2 }, 'times'),
        goalOf(
          'commits with clients / commits without',
          ratio(commits.rates, live, nobody),
          { atLeast: 0.85 },
          'ratio',
        ),
      ],
      rates: Object.fromEntries([...commits.rates].map(([name, list]) => [`commits, ${name}`, spread(list)])),
      checks: [
        ...Object.entries(latencies).map(([name, list]) => `${name}: p99 in ms ${spreadText(list)}`),
        ...fanned.checks,
        ...commits.checks,
      ],
      wrong: [...fanned.wrong, ...commits.wrong],
    };
  } finally {
    await product.close();
  }
}

const live = 'every client follows an account';
const nobody = 'nobody listens';

function spreadText(values: readonly number[]): string {
  const { median, min, max } = spread(values);
  return `${median.toFixed(1)} (${min.toFixed(1)} … ${max.toFixed(1)})`;
}

interface Found {
  checks: string[];
  wrong: string[];
}

async function measureFanout(
  product: LiveProduct,
  clients: number,
  options: BenchOptions,
): Promise<Found & { ratios: number[]; latencies: Record<string, number[]> }> {
  const events = options.quick ? 10 : 20;
  options.told(`connecting ${clients} clients`);
  const reached = await openLiveSide(product, clients);
  // The limit sends what the product sent, byte for byte in length.
  await reached.tell();
  const raw = await openRawSide(reached.sample(), clients);
  await raw.tell();
  const ratios: number[] = [];
  const latencies: Record<string, number[]> = { product: [], 'raw broadcast': [] };
  try {
    for (let round = 0; round <= options.rounds; round += 1) {
      const p99 = await roundOf(reached, raw, events, round % 2 === 0);
      options.told(
        `${round === 0 ? 'warm-up' : `round ${round}`}  p99 product ${p99.product.toFixed(1)} ms, raw ${p99.raw.toFixed(1)} ms`,
      );
      if (round === 0) continue;
      ratios.push(p99.product / p99.raw);
      latencies.product!.push(p99.product);
      latencies['raw broadcast']!.push(p99.raw);
    }
    const wrong = [...(await reached.faults()), ...(await raw.faults())];
    const told = (options.rounds + 1) * events + 1;
    return { ratios, latencies, wrong, checks: [`each of ${clients} clients got each of ${told} events exactly once`] };
  } finally {
    await reached.close();
    await raw.close();
  }
}

/** One event after the other at both sides, in turn: whatever else the machine does meets both. */
async function roundOf(
  reached: Fanout,
  raw: Fanout,
  events: number,
  productFirst: boolean,
): Promise<{ product: number; raw: number }> {
  const taken = { product: [] as number[], raw: [] as number[] };
  for (let index = 0; index < events; index += 1) {
    if (productFirst) taken.product.push(...(await reached.tell()));
    taken.raw.push(...(await raw.tell()));
    if (!productFirst) taken.product.push(...(await reached.tell()));
  }
  return { product: percentile(taken.product, 0.99), raw: percentile(taken.raw, 0.99) };
}

/** Commits that announce a payment fact: with clients of which one is told of each, and in an organization without any. */
async function measureCommits(
  product: LiveProduct,
  clients: number,
  server: BenchServer,
  options: BenchOptions,
): Promise<Found & { rates: ReadonlyMap<string, readonly number[]> }> {
  const seconds = options.quick ? 2 : 5;
  const followed = await openLiveSide(product, clients, { eachOne: true });
  const silent = await product.organization();
  let committed = 0;
  const sides = [
    {
      name: live,
      round: async (): Promise<Measured> => {
        const measured = await keepCommitting(seconds, () => followed.commit());
        committed += measured.done;
        await followed.drain();
        return measured;
      },
    },
    { name: nobody, round: () => keepCommitting(seconds, () => product.announce(silent, {})) },
  ];
  try {
    const rates = await alternate(sides, {
      rounds: options.rounds,
      warmUp: 1,
      between: async () => {
        await product.app.relay();
        await server.checkpoint();
      },
      told: options.told,
    });
    const wrong = await followed.faults();
    return { rates, wrong, checks: [`each of ${committed} commits was told to its one client exactly once`] };
  } finally {
    await followed.close();
  }
}

async function keepCommitting(seconds: number, commit: () => Promise<unknown>): Promise<Measured> {
  const start = performance.now();
  const deadline = start + seconds * 1000;
  let done = 0;
  const lanes = Array.from({ length: inFlight }, async () => {
    while (performance.now() < deadline) {
      await commit();
      done += 1;
    }
  });
  await Promise.all(lanes);
  return { done, seconds: (performance.now() - start) / 1000 };
}
