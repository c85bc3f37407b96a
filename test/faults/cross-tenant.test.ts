import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IdPrefix, idPrefixes, newId, toGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import { nightly } from '../support/fault-steps.ts';
import { type FullOrganization, fullOrganization, Watch } from '../support/full-organization.ts';
import { kindOfId, samples } from '../support/schema-samples.ts';
import { type Leaf, leavesOf, type RootField, requestFor, rootFields } from '../support/schema-walk.ts';
import { testWorld, type World } from '../support/world.ts';

/** Nothing listens there. */
const noStripe = { stripe: { secretKey: undefined, webhookSecrets: [], apiBase: 'http://127.0.0.1:9' } };

let world: World;
let ours: FullOrganization;
let theirs: FullOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-15T10:00:00Z', config: noStripe });
  theirs = await fullOrganization(world, 'theirs');
  ours = await fullOrganization(world, 'ours');
}, 180_000);

afterAll(async () => {
  await world?.close();
});

const prefixes = Object.keys(idPrefixes) as IdPrefix[];
const own = samples((prefix) => ours.ids.get(prefix ?? 'acc')![0]!);
const missing = (prefix: IdPrefix) => toGlobalId(prefix, newId());

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

const amount = { amountMinor: '100', currency: 'EUR' };

/** What a verb asks for besides what its schema requires, or instead of just any object of a kind. */
function alsoNeeded(name: string, path: readonly string[]): object {
  const { draftInvoiceId, oncePriceId, extendedSubscriptionId } = ours.places;
  switch (name) {
    case 'createPayment':
    case 'setAutomaticTopUp':
      return { amount };
    case 'updateDraftInvoice':
    case 'previewUpdateDraftInvoice':
      return { id: draftInvoiceId };
    case 'previewExtendTrial':
      return { until: '2026-03-01T00:00:00Z' };
    case 'previewResumeSubscription':
      return { date: '2026-02-10T00:00:00Z' };
    case 'createPriceCharge':
      return { priceId: oncePriceId };
    case 'previewSubscriptionChange':
      return path.includes('removePlan') ? { id: extendedSubscriptionId } : {};
    default:
      return {};
  }
}

async function ask(root: RootField, leaf: Leaf, value: unknown): Promise<Answer> {
  const { source, variables } = requestFor(root, own, { path: leaf.path, value });
  for (const [name, needed] of Object.entries(alsoNeeded(root.name, leaf.path))) {
    if (leaf.path[1] !== name) variables.input = { ...(variables.input as object), [name]: needed };
  }
  return (await world.graphql(source, variables, { as: ours.organization })) as Answer;
}

/** Whether nothing was found or done: null, nothing in a list, or a refusal. */
function isNothing(answer: Answer, name: string): boolean {
  if (answer.errors) return true;
  const value = answer.data?.[name] as Record<string, unknown> | unknown[] | null;
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.every((item) => item === null);
  if (Array.isArray(value.nodes)) return value.nodes.length === 0;
  return Array.isArray(value.userErrors) && value.userErrors.length > 0;
}

/** An answer without the id that was asked for: what is left must not tell whose it was. */
const without = (answer: Answer, id: string) =>
  JSON.stringify({ data: answer.data, errors: answer.errors }).replaceAll(id, '');

/** Where names stand, by which things can be found as by ids; what is made is given names instead. */
const isName = (leaf: Leaf) =>
  leaf.type.name === 'String' &&
  /^(externalId|number)$/.test(leaf.path.at(-1) ?? '') &&
  !/^(Create|Update|PreviewSubscription)/.test(leaf.parent);

const kindOf = (leaf: Leaf) =>
  kindOfId(leaf.path.filter((part) => !/^\d+$/.test(part)).at(-1) ?? '', leaf.parent, leaf.root.name);

let turn = 0;

/** At night every kind; otherwise the kind that belongs there and, in turns, two others. */
function kindsToTry(leaf: Leaf): IdPrefix[] {
  if (nightly) return prefixes;
  turn += 2;
  const others = [turn, turn + 1].map((index) => prefixes[index % prefixes.length]!);
  return [...new Set([kindOf(leaf) ?? 'acc', ...others])];
}

/** Whether one of our own ids, of whatever kind, finds anything there; the kind that belongs there is tried first. */
async function findsSomething(root: RootField, leaf: Leaf): Promise<boolean> {
  const likely = kindOf(leaf);
  for (const prefix of [...prefixes].sort((one, other) => Number(other === likely) - Number(one === likely))) {
    for (const id of ours.ids.get(prefix)!) if (!isNothing(await ask(root, leaf, id), root.name)) return true;
  }
  return false;
}

describe('another organization', () => {
  it('is asked about at every place that takes an id, of every kind: nothing is found, nothing done, nothing told', async () => {
    const wrong: string[] = [];
    let asked = 0;
    const watch = await Watch.begin(world.database.superuserUrl);
    for (const root of rootFields(world.schema)) {
      const leaves = leavesOf(root).filter((leaf) => leaf.type.name === 'ID');
      if (leaves.length === 0) continue;
      for (const leaf of leaves) {
        for (const prefix of kindsToTry(leaf)) {
          const [id] = theirs.ids.get(prefix)!;
          const none = missing(prefix);
          const foreign = await ask(root, leaf, id);
          const absent = await ask(root, leaf, none);
          asked += 2;
          const place = `${root.name} ${leaf.path.join('.')} ${prefix}`;
          if (!isNothing(foreign, root.name)) wrong.push(`${place}: ${JSON.stringify(foreign).slice(0, 300)}`);
          if (without(foreign, id!) !== without(absent, none)) {
            wrong.push(
              `${place} tells whose it is: ${JSON.stringify(foreign).slice(0, 200)} / ${JSON.stringify(absent).slice(0, 200)}`,
            );
          }
        }
      }
      for (const table of await watch.changed()) wrong.push(`${root.name} changed ${table}`);
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(nightly ? 2_000 : 400);
  }, 300_000);

  it('is not found by external ids and numbers either', async () => {
    const [number] = await query<{ number: string }>(
      world.database.superuserUrl,
      'select number from invoices where organization_id = $1 and number is not null',
      [theirs.organization.id],
    );
    const wrong: string[] = [];
    for (const root of rootFields(world.schema)) {
      for (const leaf of leavesOf(root).filter(isName)) {
        for (const name of [...theirs.names, number!.number]) {
          // Numbers are each organization's own: the same number may well be found, in one's own house.
          const answer = await ask(root, leaf, name);
          const text = JSON.stringify(answer);
          const leaked = [...theirs.ids.values()].flat().some((id) => text.includes(id));
          if (leaked || (name.startsWith('theirs') && !isNothing(answer, root.name)))
            wrong.push(`${root.name} ${leaf.path.join('.')} ${name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('would be noticed: the same walk with one’s own ids finds them', async () => {
    const blind: string[] = [];
    for (const root of rootFields(world.schema).filter(({ kind }) => kind === 'query')) {
      for (const leaf of leavesOf(root).filter(({ type }) => type.name === 'ID')) {
        if (await findsSomething(root, leaf)) continue;
        const answer = await ask(root, leaf, ours.ids.get(kindOf(leaf) ?? 'acc')![0]);
        blind.push(`${root.name} ${leaf.path.join('.')}: ${JSON.stringify(answer).slice(0, 300)}`);
      }
    }
    expect(blind).toEqual([]);
  }, 180_000);

  it('and mutations reach what is their own: every required id of theirs is understood', async () => {
    const blind: string[] = [];
    for (const root of rootFields(world.schema).filter(({ kind }) => kind === 'mutation')) {
      for (const leaf of leavesOf(root).filter(({ type, required }) => type.name === 'ID' && required)) {
        const kind = kindOf(leaf);
        if (!kind) {
          blind.push(`${root.name} ${leaf.path.join('.')} does not say whose id it takes`);
          continue;
        }
        const answer = await ask(root, leaf, theirs.ids.get(kind)![0]);
        const payload = answer.data?.[root.name] as { userErrors: { code: string; path: string[] | null }[] };
        const [error] = payload.userErrors;
        if (error?.code !== 'NOT_FOUND') blind.push(`${root.name} ${leaf.path.join('.')}: ${JSON.stringify(error)}`);
      }
    }
    expect(blind).toEqual([]);
  }, 120_000);
});

describe('the walls below the API', () => {
  const rounds = 1_000;

  it('hold for statements that name no organization, whatever else runs at the same time', async () => {
    const foreign = await Promise.all(
      Array.from({ length: rounds }, async (_, index) => {
        const side = index % 2 === 0 ? ours : theirs;
        const reader = world.app.read(side.organization.id);
        try {
          const rows = await reader.rows<{ organization_id: string }>('select organization_id from accounts');
          return rows.length === 0 || rows.some((row) => row.organization_id !== side.organization.id);
        } finally {
          await reader.close();
        }
      }),
    );
    expect(foreign.filter(Boolean)).toHaveLength(0);
  }, 60_000);

  it('would not hold if the organization were a setting of the session: the test sees that', async () => {
    const { pool } = world.app.database;
    const foreign = await Promise.all(
      Array.from({ length: rounds }, async (_, index) => {
        const side = index % 2 === 0 ? ours : theirs;
        await pool.query(`select set_config('perennial.organizations', $1, false)`, [`{${side.organization.id}}`]);
        const { rows } = await pool.query<{ organization_id: string }>('select organization_id from accounts');
        return rows.some((row) => row.organization_id !== side.organization.id);
      }),
    );
    // Nobody may inherit what this test has set.
    await Promise.all(Array.from({ length: 10 }, () => pool.query('reset perennial.organizations')));
    expect(foreign.filter(Boolean).length).toBeGreaterThan(0);
  }, 60_000);
});
