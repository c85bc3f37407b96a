import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { FaultProcess } from '../support/fault-runner.ts';
import { openStage, type Stage } from '../support/fault-stage.ts';
import { nightly } from '../support/fault-steps.ts';
import { sellPlan } from '../support/selling.ts';

let stage: Stage;
let api: FaultProcess;
let key: string;
let planId: string;

beforeAll(async () => {
  stage = await openStage();
  planId = toGlobalId('plan', (await sellPlan(stage.organization)).planId);
  const made = await stage.world.graphql<{ createApiKey: { secret: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
    { input: { name: 'All', permissions: [...stage.organization.identity.permissions] } },
    { as: stage.organization },
  );
  key = made.data!.createApiKey.secret;
  api = await stage.process({ role: 'api' });
}, 180_000);

afterAll(async () => {
  await stage?.close();
}, 60_000);

interface Answer {
  data?: Record<string, Record<string, { id: string } | null> & { userErrors: unknown[] }>;
  errors?: unknown[];
  extensions?: { idempotencyReplayed?: boolean };
}

async function ask(name: string, object: string, input: object): Promise<Answer> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      query: `mutation ($input: ${type}!) { ${name}(input: $input) { ${object} { id } userErrors { code message path } } }`,
      variables: { input },
    }),
  });
  return (await response.json()) as Answer;
}

/** Mutations that make something or move money, each with what it writes. */
const mutations = [
  {
    name: 'createSubscription',
    object: 'subscription',
    table: 'subscriptions',
    input: (accountId: string) => ({
      account: { id: accountId },
      items: [{ plan: { id: planId } }],
      collection: 'MANUAL',
    }),
  },
  {
    name: 'recordManualPayment',
    object: 'payment',
    table: 'payments',
    input: (accountId: string) => ({ accountId, amount: { amountMinor: '500', currency: 'EUR' }, kind: 'CASH' }),
  },
  {
    name: 'createInvoice',
    object: 'invoice',
    table: 'invoices',
    input: (accountId: string) => ({
      accountId,
      finalize: true,
      lines: [{ description: 'Thing', unitAmount: { amountMinor: '700', currency: 'EUR' } }],
    }),
  },
];

const cases = mutations.flatMap((mutation) => (['before', 'after'] as const).map((side) => ({ ...mutation, side })));

describe('an API that is killed', () => {
  it.each(nightly ? cases : cases.slice(0, 3))(
    '$side the commit of $name: the same key gives one answer',
    async ({ name, object, table, input, side }) => {
      const account = await stage.organization.account();
      const idempotencyKey = newId();
      const given = { ...input(toGlobalId('acc', account.id)), idempotencyKey };
      const victim = api;
      stage.proxy.plant({
        act: 'hold',
        side,
        when: ({ text, transaction }) =>
          /^commit/i.test(text) && transaction.some((each) => each.includes(`insert into "${table}"`)),
        onHit: () => victim.signal('SIGKILL'),
      });
      await expect(ask(name, object, given)).rejects.toThrow();
      await victim.gone;
      api = await stage.process({ role: 'api' });
      const first = await ask(name, object, given);
      expect(first.data?.[name]?.userErrors).toEqual([]);
      expect(first.extensions?.idempotencyReplayed ?? false).toBe(side === 'after');
      const second = await ask(name, object, given);
      expect(second.extensions?.idempotencyReplayed).toBe(true);
      expect(second.data?.[name]?.[object]).toEqual(first.data?.[name]?.[object]);
      const [rows] = await query<{ count: number }>(
        stage.database.superuserUrl,
        `select count(*)::int as count from ${table} where account_id = $1`,
        [account.id],
      );
      expect(rows).toEqual({ count: 1 });
      await stage.world.settle();
      await checkBooks({ ownerUrl: stage.database.ownerUrl });
    },
    180_000,
  );
});
