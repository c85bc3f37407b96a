import { graphql } from 'graphql';
import { allPermissions, createApiKey } from '../../src/accounts/index.ts';
import { modules } from '../../src/modules.ts';
import { closeContext, openContext } from '../../src/platform/context.ts';
import { newId } from '../../src/platform/id.ts';
import { buildSchema } from '../../src/schema.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { BenchOptions } from './harness/bench.ts';
import { type BenchChild, startChild } from './harness/child.ts';
import { openProduct } from './harness/product.ts';
import { goalOf, type Report } from './harness/report.ts';
import { alternate, type Rates, ratio, spread } from './harness/rounds.ts';
import { type BenchDatabase, type BenchServer, runSql } from './harness/server.ts';
import { checkList, type ListAnswer } from './invoice-list.ts';
import { loadInvoices } from './loaders/invoices.ts';
import type { LoadSettings } from './processes/asks.ts';
import type { LoadResult, LoadRound } from './processes/load.ts';
import type { ProductSettings } from './processes/product.ts';

const connections = 16;
const entries = 20;
const farPage = 5_000;
/** Each caller has points of its own; so many have enough for as many requests as a machine can answer. */
const callers = 100;

const money = 'amountMinor currency';
const query = `query Invoices($after: String) {
  invoices(first: ${entries}, after: $after) {
    nodes {
      id number status createdAt dueAt subtotal { ${money} } taxTotal { ${money} } total { ${money} } amountDue { ${money} }
      lines {
        id kind description quantity amount { ${money} } taxAmount { ${money} } period { start end }
        subscription { id status currentPeriod { start end } }
      }
    }
  }
}`;
const walk =
  'query Walk($after: String) { invoices(first: 100, after: $after) { pageInfo { endCursor hasNextPage } } }';

/**
 * Twenty invoices with lines and subscription through the real door, against Node's own server with the same statements by
 * hand; and, to know, with one statement in which the database makes the JSON.
 */
export async function benchGraphqlList(server: BenchServer, options: BenchOptions): Promise<Report> {
  const database = await server.copy(server.first, 'list');
  const page = options.quick ? farPage / 50 : farPage;
  await loadInvoices(database, page * entries, options);
  const callersOf = await makeCallers(database);
  const { keys, organizationId } = callersOf;
  const product = await startChild(new URL('./processes/product.js', import.meta.url), {
    databaseUrl: database.runtimeUrl,
  } satisfies ProductSettings);
  const bare = { databaseUrl: database.superuserUrl, organizationId };
  const limit = await startChild(new URL('./limits/list-by-rows.js', import.meta.url), bare);
  const oneStatement = await startChild(new URL('./limits/list-as-json.js', import.meta.url), bare);
  try {
    const after = await walkTo((page - 1) * entries, product.url, keys);
    const wrong = [
      ...(await checkList(database, 'product', 0, (await fetchPage(product.url, keys[0]!, null)).body)),
      ...(await checkList(database, 'bare list', 0, (await fetchPage(limit.url, keys[0]!, null)).body)),
      ...(await checkList(database, 'one statement', 0, (await fetchPage(oneStatement.url, keys[0]!, null)).body)),
      ...(await checkList(
        database,
        'far page',
        (page - 1) * entries,
        (
          await fetchPage(product.url, keys[0]!, after)
        ).body,
      )),
    ];
    const measured = await measure({ server, options, database, product, limit, oneStatement, keys, after });
    return {
      bench: 'graphql-list',
      load: `${entries} of ${page * entries} invoices with lines and subscription, ${connections} connections, ${callers} API keys`,
      goals: [
        goalOf('product / node:http + pg', ratio(measured.rates, 'product', 'bare list'), { atLeast: 0.6 }, 'ratio'),
        goalOf(
          'product / one statement that makes the JSON',
          ratio(measured.rates, 'product', 'one statement'),
          {},
          'ratio',
        ),
        goalOf(`time of page ${page} / page 1`, ratio(measured.rates, 'product', 'far page'), { atMost: 1.2 }, 'times'),
        goalOf('statements that read data', spread([callersOf.statements]), { atMost: 3 }, 'count'),
      ],
      rates: Object.fromEntries([...measured.rates].map(([name, list]) => [name, spread(list)])),
      checks: ['all sides and the far page list the invoices, lines and subscriptions of the database, amounts too'],
      wrong: [...wrong, ...measured.wrong],
    };
  } finally {
    await Promise.all([product.stop(), limit.stop(), oneStatement.stop()]);
  }
}

interface Measuring {
  server: BenchServer;
  options: BenchOptions;
  database: BenchDatabase;
  product: BenchChild;
  limit: BenchChild;
  oneStatement: BenchChild;
  keys: string[];
  after: string;
}

async function measure(setup: Measuring): Promise<{ rates: Rates; wrong: string[] }> {
  const { server, options, database, product, limit, oneStatement, keys, after } = setup;
  const bodies = { first: bodyOf(query, null), far: bodyOf(query, after) };
  const load = await startChild(new URL('./processes/load.js', import.meta.url), {
    kind: 'graphql',
    keys,
    bodies,
    entries,
    mark: '"number"',
  } satisfies LoadSettings);
  const wrong: string[] = [];
  const side = (name: string, url: string, variant: keyof typeof bodies) => ({
    name,
    round: async (index: number) => {
      const seconds = options.quick ? 2 : 5;
      const round: LoadRound = { url, round: `${index}`, seconds, connections, variant };
      const result = await load.ask<LoadResult>(round);
      if (result.failed > 0) wrong.push(`${name}: ${result.failed} answers were wrong: ${result.firstFailure}`);
      return result;
    },
  });
  const sides = [
    side('product', product.url, 'first'),
    side('bare list', limit.url, 'first'),
    side('one statement', oneStatement.url, 'first'),
  ];
  // What workers write once a minute; without it, every look at a key would ask for it again.
  const between = async () => void (await runSql(database.superuserUrl, 'update api_keys set last_used_at = now()'));
  try {
    const rates = await alternate([...sides, side('far page', product.url, 'far')], {
      rounds: options.rounds,
      warmUp: 1,
      between: () => between().then(server.checkpoint),
      told: options.told,
    });
    return { rates, wrong };
  } finally {
    await load.stop();
  }
}

function bodyOf(text: string, after: string | null): string {
  return JSON.stringify({ query: text, variables: { after } });
}

/** Keys of the organization, and how many statements the list reads its data with: counted where they are run. */
async function makeCallers(database: BenchDatabase) {
  const app = await openProduct(database, new FakeClock(new Date().toISOString()));
  try {
    const [organization] = await runSql<{ id: string }>(database.superuserUrl, 'select id from organizations');
    const organizationId = organization!.id;
    const permissions = new Set(allPermissions);
    const actor = { type: 'member', id: newId() } as const;
    const keys = await app.transact({ organizations: [organizationId], actor, requestId: null }, async (work) => {
      const secrets: string[] = [];
      for (let n = 0; n < callers; n += 1) {
        secrets.push(
          (await createApiKey(work, { name: `Caller ${n}`, permissions: [...permissions] }, permissions)).secret,
        );
      }
      return secrets;
    });
    await app.relay();
    const identity = { organizationId, mode: 'sandbox', actor, permissions, rateKey: actor.id } as const;
    const context = openContext(app, identity, { requestId: newId() });
    await graphql({ schema: buildSchema(modules), source: query, contextValue: context });
    const { statements } = context.reader;
    await closeContext(context);
    return { keys, organizationId, statements };
  } finally {
    await app.close();
  }
}

async function fetchPage(url: string, key: string, after: string | null): Promise<{ body: ListAnswer }> {
  return { body: (await ask(url, key, query, after)) as ListAnswer };
}

async function ask(url: string, key: string, text: string, after: string | null): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: bodyOf(text, after) });
  return response.json();
}

/** The cursor behind so many entries, found as a client finds it: page by page. */
async function walkTo(behind: number, url: string, keys: readonly string[]): Promise<string> {
  // The last step is a short one where the pages of a hundred do not meet the place.
  const whole = Math.floor(behind / 100);
  const steps = [...Array<number>(whole).fill(100), ...(behind % 100 > 0 ? [behind % 100] : [])];
  let cursor: string | null = null;
  for (const [index, size] of steps.entries()) {
    const text = walk.replace('first: 100', `first: ${size}`);
    const answer = (await ask(url, keys[index % keys.length]!, text, cursor)) as {
      data: { invoices: { pageInfo: { endCursor: string } } };
    };
    cursor = answer.data.invoices.pageInfo.endCursor;
  }
  return cursor ?? '';
}
