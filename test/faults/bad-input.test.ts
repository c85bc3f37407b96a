import { createHash } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { type Running, start } from '../../src/main.ts';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { badValues, mayBeFine } from '../support/bad-values.ts';
import { type FullOrganization, fullOrganization, Watch } from '../support/full-organization.ts';
import { samples } from '../support/schema-samples.ts';
import { type Leaf, leavesOf, type RootField, requestFor, rootFields } from '../support/schema-walk.ts';
import { testWorld, type World } from '../support/world.ts';

/** Nothing listens there. */
const noStripe = { stripe: { secretKey: undefined, webhookSecrets: [], apiBase: 'http://127.0.0.1:9' } };

let world: World;
let ours: FullOrganization;
let api: Running;
/** Each has its own points: when those of one are used up, the next one asks. */
let keys: string[];

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-15T10:00:00Z', config: noStripe });
  ours = await fullOrganization(world, 'ours');
  const { config } = world.app;
  const { runtimeUrl } = world.database;
  api = await start({
    config: {
      ...config,
      role: 'api',
      database: { runtimeUrl, ownerUrl: undefined },
      http: { host: '127.0.0.1', port: 0, portIsGiven: true },
    },
    log: pino({ level: 'silent' }),
    clock: world.clock,
  });
  keys = await Promise.all(Array.from({ length: 8 }, makeKey));
  await world.settle();
}, 180_000);

afterAll(async () => {
  agent.destroy();
  await api?.stop();
  await world?.close();
}, 60_000);

async function makeKey(): Promise<string> {
  const made = await world.graphql<{ createApiKey: { secret: string } }>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { message } } }`,
    { input: { name: 'All', permissions: [...ours.organization.identity.permissions] } },
    { as: ours.organization },
  );
  return made.data!.createApiKey.secret;
}

const own = samples((prefix) => ours.ids.get(prefix ?? 'acc')?.[0] ?? toGlobalId('acc', newId()));

interface Answer {
  data?: Record<string, { userErrors?: { code: string; message: string; path: string[] | null }[] } | null> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** A document is called by its hash; its text is sent with it where the door does not know it. */
function called(source: string, withText: boolean): object {
  const sha256Hash = hashes.get(source) ?? createHash('sha256').update(source).digest('hex');
  hashes.set(source, sha256Hash);
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  return withText ? { query: source, extensions } : { extensions };
}

const hashes = new Map<string, string>();

/** What is sent to be refused asks for nothing else: the long text of a whole answer would be read each time for nothing. */
const whyNot = '{ userErrors { code message path } }';

const agent = new Agent({ keepAlive: true });

/** As `fetch`, which takes a good part of the time of thousands of requests. */
function post(body: object): Promise<{ answer: Answer; headers: IncomingHttpHeaders }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${keys[0]}` };
  return new Promise((done, fail) => {
    request(`${api.url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      json(response).then((answer) => done({ answer: answer as Answer, headers: response.headers }), fail);
    })
      .once('error', fail)
      .end(JSON.stringify(body));
  });
}

async function send(root: RootField, leaf: Leaf, value: unknown, selection?: string): Promise<Answer> {
  const { source, variables } = requestFor(root, own, { path: leaf.path, value }, selection);
  let withText = !hashes.has(source);
  for (let refused = 0; ; ) {
    const { answer, headers } = await post({ ...called(source, withText), variables });
    const code = answer.errors?.[0]?.extensions?.code;
    if (code === 'PERSISTED_QUERY_NOT_FOUND' && !withText) {
      withText = true;
      continue;
    }
    if (code !== 'RATE_LIMITED') return answer;
    refused += 1;
    keys.push(keys.shift()!);
    if (refused % keys.length !== 0) continue;
    await new Promise((done) => setTimeout(done, Number(headers['retry-after'] ?? 1) * 1000));
  }
}

/** How the door writes a place: `input.lines[0].quantity`. */
const written = (path: readonly string[]) =>
  path.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

/** Whether an answer refuses the value and says where it stood: there, in something around it, or in an entry of it. */
function refusesAt(answer: Answer, leaf: Leaf): boolean {
  const [fault] = answer.errors ?? [];
  if (fault) {
    const { code } = fault.extensions ?? {};
    // A body that would change what objects are is refused before anything of it is looked at.
    if (code === 'BAD_REQUEST') return fault.message === 'The key "__proto__" is not allowed anywhere in the body.';
    return code === 'BAD_USER_INPUT' && fault.message.includes(`"${written(leaf.path)}`);
  }
  const issues = answer.data?.[leaf.root.name]?.userErrors ?? [];
  return issues.some(
    ({ path }) => path !== null && path.length > 1 && path.every((part, index) => part === (leaf.path[index] ?? part)),
  );
}

/** Whether something of what was sent comes back: it may have been a secret. */
const echoes = (answer: Answer, value: unknown) =>
  typeof value === 'string' && value.length > 8 && JSON.stringify(answer.errors ?? '').includes(value.slice(0, 200));

const isFault = (answer: Answer) =>
  answer.errors?.some((error) => error.extensions?.code === 'INTERNAL_SERVER_ERROR') ?? false;

/** All of them in the nightly profile; else the places take turns, so that each value is tried at many and each place with some. */
const everyNth = process.env.PERENNIAL_PROFILE === 'nightly' ? 1 : 3;
let turn = 0;
const some = <T>(values: readonly T[]): T[] => values.filter(() => turn++ % everyNth === 0);

/** What is wrong with credentials is not told, so no place is named; a key has no password to change. */
const tellsNothing = new Set(['logIn', 'renewSession', 'changePassword']);

describe('what no input may be', () => {
  it('is refused at every place of every mutation, by its path, and nothing is written', async () => {
    const wrong: string[] = [];
    let sent = 0;
    const watch = await Watch.begin(world.database.superuserUrl);
    for (const root of rootFields(world.schema).filter(({ kind }) => kind === 'mutation')) {
      for (const leaf of leavesOf(root)) {
        for (const [what, value] of badValues(leaf)) {
          const answer = await send(root, leaf, value, whyNot);
          sent += 1;
          const place = `${root.name} ${written(leaf.path)} ${what}`;
          if (echoes(answer, value)) wrong.push(`${place} is echoed: ${JSON.stringify(answer).slice(0, 300)}`);
          if (tellsNothing.has(root.name) && !isFault(answer)) continue;
          if (!refusesAt(answer, leaf)) wrong.push(`${place}: ${JSON.stringify(answer).slice(0, 300)}`);
        }
      }
      for (const table of await watch.changed()) wrong.push(`${root.name} wrote into ${table}`);
    }
    expect(wrong).toEqual([]);
    expect(sent).toBeGreaterThan(800);
  }, 400_000);

  it('nor of any query', async () => {
    const wrong: string[] = [];
    for (const root of rootFields(world.schema).filter(({ kind }) => kind === 'query')) {
      for (const leaf of leavesOf(root)) {
        for (const [what, value] of some(badValues(leaf))) {
          const answer = await send(root, leaf, value);
          // A query answers nothing for what it cannot find, and for an id of another kind alike.
          if (isFault(answer))
            wrong.push(`${root.name} ${written(leaf.path)} ${what}: ${JSON.stringify(answer).slice(0, 300)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('odd values are taken or refused, and never a fault of ours', async () => {
    const wrong: string[] = [];
    for (const root of rootFields(world.schema)) {
      for (const leaf of leavesOf(root)) {
        for (const [what, value] of some(mayBeFine(leaf))) {
          const answer = await send(root, leaf, value);
          if (isFault(answer))
            wrong.push(`${root.name} ${written(leaf.path)} ${what}: ${JSON.stringify(answer).slice(0, 300)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 300_000);
});
