import { type DocumentNode, type ExecutionResult, parse } from 'graphql';
import { allPermissions } from '../../src/accounts/index.ts';
import { createExecutor, type Executor } from '../../src/entrypoints/graphql/executor.ts';
import { documentLimits, measureDocument } from '../../src/entrypoints/graphql/limits.ts';
import { modules } from '../../src/modules.ts';
import type { App } from '../../src/platform/app-types.ts';
import { closeContext, openContext } from '../../src/platform/context.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { buildSchema } from '../../src/schema.ts';
import { runBilling } from '../../src/selling/subscriptions/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { BenchOptions } from './harness/bench.ts';
import { checkBooks } from './harness/books.ts';
import { openProduct } from './harness/product.ts';
import { type Goal, goalOf, type Report } from './harness/report.ts';
import { percentile, type Spread, spread } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { mixSubscriptions } from './loaders/mixed.ts';
import { firstBoundary, loadSubscriptions } from './loaders/subscriptions.ts';

/** In the middle of a period: changes have something to give back. */
const now = '2030-01-25T15:00:00Z';
const widths = [1, 4, 16] as const;
const shares = [0.5, 0.95, 0.99] as const;
const goalMs = 15;

/** Somebody with a subscription by seats. */
interface Subscriber {
  organizationId: string;
  accountId: string;
  subscriptionId: string;
  planId: string;
  otherPlanId: string;
}

type Ask = (subscriber: Subscriber, turn: number) => Promise<void>;

/**
 * What previews take within the server: from the parsed request to the answer, transaction and token included, beside the
 * creation that one of them rehearses. A closed loop, 1, 4 and 16 at once; the sides take turns.
 */
export async function benchPreviews(server: BenchServer, options: BenchOptions): Promise<Report> {
  const accounts = options.subscriptions ?? (options.quick ? 2_000 : 20_000);
  const seconds = options.quick ? 1 : 4;
  const { app, database } = await prepare(server, accounts, options);
  const subscribers = await subscribersOf(database);
  const sides = sidesOf(app);
  const times = new Map<string, Map<number, Spread>>();
  const costs = new Map<string, number[]>();
  const before = await countsOf(database);
  for (const width of widths) {
    const found = new Map(Object.keys(sides).map((name) => [name, [] as number[][]]));
    for (let round = 0; round <= options.rounds; round += 1) {
      const order = Object.entries(sides);
      for (const [name, ask] of round % 2 === 0 ? order : order.reverse()) {
        await server.checkpoint();
        const used = server.cpuSeconds();
        const latencies = await keepInFlight(width, seconds, subscribers, ask);
        const cpu = used === null ? null : ((server.cpuSeconds()! - used) * 1_000_000) / latencies.length;
        const [p50, each] = [percentile(latencies, 0.5).toFixed(1), cpu === null ? '?' : (cpu / 1_000).toFixed(1)];
        options.told(`${name}, ${width} at once: p50 ${p50} ms of ${latencies.length}, ${each} ms of CPU each`);
        if (round === 0) continue;
        found.get(name)!.push(latencies);
        if (cpu !== null) costs.set(name, [...(costs.get(name) ?? []), cpu]);
      }
    }
    for (const [name, rounds] of found) {
      const byShare = shares.map((share) => [share, spread(rounds.map((list) => percentile(list, share)))] as const);
      times.set(`${name} ${width}`, new Map(byShare));
    }
  }
  const after = await countsOf(database);
  await app.close();
  const books = await checkBooks(database, 'product', { underLoad: true });
  const wrong = [...books.wrong];
  if (after.others !== before.others) wrong.push('previews have written something');
  if (after.created === before.created) wrong.push('nothing was created');
  return {
    bench: 'previews',
    load: `${accounts} accounts of 100 organizations with subscriptions of every kind, coupons, tax and credit`,
    goals: goalsOf(times),
    rates: {},
    costs: Object.fromEntries([...costs].map(([name, list]) => [name, spread(list)])),
    checks: [books.check, `previews wrote nothing; ${after.created - before.created} subscriptions were created`],
    wrong,
  };
}

function goalsOf(times: ReadonlyMap<string, ReadonlyMap<number, Spread>>): Goal[] {
  const at = (name: string, width: number, share: number) => times.get(`${name} ${width}`)!.get(share)!;
  const goals: Goal[] = [];
  for (const width of widths) {
    for (const name of previews) {
      for (const share of shares) {
        const bound = share === 0.99 ? {} : { atMost: goalMs };
        goals.push(
          goalOf(`${name}, p${share * 100} at ${width} in flight`, at(name, width, share), bound, 'milliseconds'),
        );
      }
      const [own, limit] = [at(name, width, 0.5), at(creation, width, 0.5)];
      const over = { median: own.median / limit.median, min: own.min / limit.max, max: own.max / limit.min };
      goals.push(goalOf(`${name} / ${creation}, p50 at ${width} in flight`, over, { atMost: 1 }, 'ratio'));
    }
    const limit = at(creation, width, 0.5);
    goals.push(goalOf(`${creation}, p50 at ${width} in flight`, limit, {}, 'milliseconds'));
  }
  return goals;
}

async function prepare(
  server: BenchServer,
  accounts: number,
  options: BenchOptions,
): Promise<{ app: App; database: BenchDatabase }> {
  options.told(`loading ${accounts} accounts`);
  const database = await server.copy(server.first, 'previews');
  const load = { subscriptions: accounts, organizations: 100, slices: 1, firstBoundary, collection: 'manual' as const };
  await loadSubscriptions(database, load);
  const clock = new FakeClock(firstBoundary);
  const app = await openProduct(database, clock, 16);
  await mixSubscriptions(app, database);
  await runBilling(app, {});
  await app.relay();
  await runSql(database.superuserUrl, 'vacuum analyze');
  clock.set(now);
  return { app, database };
}

/** Neighbors in the list belong to different organizations. */
async function subscribersOf(database: BenchDatabase): Promise<Subscriber[]> {
  return runSql<Record<keyof Subscriber, string>>(
    database.superuserUrl,
    `select s.organization_id as "organizationId", s.account_id as "accountId", s.id as "subscriptionId", i.plan_id as "planId",
       (select p.id from plans p where p.organization_id = s.organization_id and p.name = 'tiers') as "otherPlanId"
     from subscriptions s join subscription_items i on i.organization_id = s.organization_id and i.subscription_id = s.id
       and i.component = 'seats'
     order by row_number() over (partition by s.organization_id order by s.id), s.organization_id`,
  );
}

const money = '{ amountMinor currency }';
const invoice = `currency total ${money} taxTotal ${money} amountDue ${money} taxes { name percent amount ${money} }
  lines { kind description component period { start end } quantity amount ${money} discountAmount ${money} taxAmount ${money} }`;
const refused = 'userErrors { code message path }';
const creation = 'createSubscription';
const previews = ['previewSubscription', 'previewSubscriptionChange', 'previewInvoice'] as const;

function sidesOf(app: App): Record<string, Ask> {
  const executor = createExecutor({ schema: buildSchema(modules), compile: true });
  const asking = (
    kind: string,
    name: string,
    selection: string,
    inputOf: (of: Subscriber, turn: number) => object,
  ): Ask => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const source = `${kind} ($input: ${type}!) { ${name}(input: $input) { ${selection} ${refused} } }`;
    const document = parse(source);
    return async (of, turn) => {
      const variables = { input: inputOf(of, turn) };
      checkAnswer(name, await run(app, executor, { source, document, variables }, of));
    };
  };
  const account = (of: Subscriber) => ({ id: toGlobalId('acc', of.accountId) });
  const bought = (of: Subscriber) => ({
    account: account(of),
    items: [{ plan: { id: toGlobalId('plan', of.otherPlanId) }, quantity: '37' }],
    collection: 'MANUAL',
  });
  const changed = (of: Subscriber, turn: number) => ({
    id: toGlobalId('sub', of.subscriptionId),
    changes: [
      turn % 2 === 0
        ? { setQuantity: { component: 'seats', quantity: String(100 + (turn % 50)) } }
        : { replacePlan: { plan: { id: toGlobalId('plan', of.otherPlanId) }, quantity: '12' } },
    ],
  });
  const shown = `preview { status token invoices { ${invoice} } }`;
  return {
    previewSubscription: asking('query', previews[0], shown, bought),
    previewSubscriptionChange: asking('query', previews[1], shown, changed),
    previewInvoice: asking('query', previews[2], `invoices { at ${invoice} }`, (of) => ({ accountId: account(of).id })),
    createSubscription: asking('mutation', creation, `subscription { status latestInvoice { ${invoice} } }`, bought),
  };
}

async function run(
  app: App,
  executor: Executor,
  request: { source: string; document: DocumentNode; variables: Record<string, unknown> },
  { organizationId }: Subscriber,
): Promise<ExecutionResult> {
  const actor = { type: 'api_key', id: 'bench' } as const;
  const identity = {
    organizationId,
    mode: 'sandbox',
    actor,
    permissions: new Set(allPermissions),
    rateKey: 'bench',
  } as const;
  const { fieldNames } = measureDocument(request.document, documentLimits);
  const context = openContext(app, identity, { requestId: 'bench', extensions: {}, fieldNames });
  try {
    return await executor.run({ ...request, contextValue: context });
  } finally {
    await closeContext(context);
  }
}

function checkAnswer(name: string, answer: ExecutionResult): void {
  const payload = answer.data?.[name] as { userErrors: object[] } | undefined;
  if (answer.errors || !payload || payload.userErrors.length > 0) {
    throw new Error(`${name}: ${JSON.stringify(answer.errors ?? payload?.userErrors)}`);
  }
}

/** A closed loop: each lane asks anew when it has its answer. Latencies in milliseconds. */
async function keepInFlight(
  width: number,
  seconds: number,
  subscribers: readonly Subscriber[],
  ask: Ask,
): Promise<number[]> {
  const latencies: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  let turn = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (performance.now() < deadline) {
        turn += 1;
        const began = performance.now();
        await ask(subscribers[turn % subscribers.length]!, turn);
        latencies.push(performance.now() - began);
      }
    }),
  );
  return latencies;
}

/** Subscriptions, and all else that a change would have written. */
async function countsOf(database: BenchDatabase): Promise<{ created: number; others: string }> {
  const [row] = await runSql<{ created: number; others: string }>(
    database.superuserUrl,
    `select count(*)::int as created,
       (select count(*) from subscription_items i join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
        where i.active_to is not null) || ' ' ||
       (select count(*) from invoices where reason in ('subscription_change', 'subscription_cycle')) as others
     from subscriptions`,
  );
  return row!;
}
