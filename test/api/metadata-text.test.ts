import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { type FullOrganization, fullOrganization } from '../support/full-organization.ts';
import { samples } from '../support/schema-samples.ts';
import { type Leaf, leavesOf, requestFor, rootFields } from '../support/schema-walk.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let ours: FullOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-15T10:00:00Z' });
  ours = await fullOrganization(world, 'ours');
}, 180_000);

afterAll(() => world.close());

const sample = samples((prefix) => ours.ids.get(prefix ?? 'acc')?.[0] ?? toGlobalId('acc', newId()));

/** Every place of the API that keeps metadata; filters only look for what is kept. */
const places = (): Leaf[] =>
  rootFields(world.schema)
    .filter(({ kind }) => kind === 'mutation')
    .flatMap((root) => leavesOf(root).filter(({ type }) => String(type) === 'Metadata'));

type Issue = { code: string; message: string; path: string[] | null };

async function refusal(place: Leaf, metadata: Record<string, string>): Promise<Issue[]> {
  const { source, variables } = requestFor(place.root, sample, { path: place.path, value: metadata });
  const answer = await world.graphql<Record<string, { userErrors: Issue[] }>>(source, variables, {
    as: ours.organization,
  });
  return answer.data?.[place.root.name]?.userErrors ?? [{ code: 'none', message: JSON.stringify(answer), path: null }];
}

const wrong: readonly (readonly [what: string, key: string, value: string])[] = [
  ['a key that rings', 'ri\u0007ng', 'x'],
  ['a key of two lines', 'two\nlines', 'x'],
  ['a key that turns the direction', 'safe\u202eexe', 'x'],
  ['a key of 41 characters', 'k'.repeat(41), 'x'],
  ['an empty key', '', 'x'],
  ['a key that is a card number', '4242 4242 4242 4242', 'x'],
  ['a value that rings', 'key', 'ri\u0007ng'],
  ['a value of two lines', 'key', 'two\r\nlines'],
  ['a value with a control character of C1', 'key', 'a\u0085b'],
  ['a value that turns the direction', 'key', 'safe\u202eexe'],
  ['a value that isolates', 'key', 'a\u2067b'],
  ['a value of 501 characters', 'key', 'v'.repeat(501)],
  ['a value that is a card number', 'key', '4242424242424242'],
];

describe('metadata', () => {
  it('is looked at wherever it is taken, and what is wrong is told by its key', async () => {
    expect(places().length).toBeGreaterThan(20);
    const missed: string[] = [];
    for (const place of places()) {
      for (const [what, key, value] of wrong) {
        const issues = await refusal(place, { fine: 'yes', [key]: value });
        const told = issues.filter(({ code }) => code === 'INVALID_INPUT').map(({ path }) => JSON.stringify(path));
        const expected = JSON.stringify([...place.path, key]);
        if (!told.includes(expected))
          missed.push(`${place.root.name} ${what}: ${JSON.stringify(issues).slice(0, 200)}`);
      }
    }
    expect(missed).toEqual([]);
  }, 120_000);

  it.each([
    ['a key that is too long', 'k'.repeat(41), 'k'.repeat(41), 'Keys may have at most 40 characters.'],
    ['a key of 1,000 characters', 'k'.repeat(1_000), `${'k'.repeat(64)}…`, 'Keys may have at most 40 characters.'],
    [
      "a key beyond Unicode's first plane",
      '😀'.repeat(100),
      `${'😀'.repeat(64)}…`,
      'Keys may have at most 40 characters.',
    ],
    ['an empty key', '', '', 'Keys may not be empty.'],
    ['a key that is a card number', '4242424242424242', '4242424242424242', 'Card numbers may not be written here.'],
  ])(
    'says what the rule is for %s, and repeats no more of it than tells which one',
    async (_what, key, told, message) => {
      const made = await world.graphql<{ createAccount: { userErrors: Issue[] } }>(
        'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { code message path } } }',
        { input: { name: 'Texts', metadata: { [key]: 'x' } } },
        { as: ours.organization },
      );
      expect(made.data!.createAccount.userErrors).toEqual([
        { code: 'INVALID_INPUT', message, path: ['input', 'metadata', told] },
      ]);
    },
  );

  it('takes all other text as it is', async () => {
    const metadata = { Größe: ' zwei  Wörter ', ключ: 'שלום', emoji: '👩‍👩‍👧', leer: '', k: 'v'.repeat(500) };
    const made = await world.graphql<{ createAccount: { account: { metadata: unknown }; userErrors: unknown[] } }>(
      'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { metadata } userErrors { path } } }',
      { input: { name: 'Texts', metadata } },
      { as: ours.organization },
    );
    expect(made.data!.createAccount).toEqual({ account: { metadata }, userErrors: [] });
  });
});
