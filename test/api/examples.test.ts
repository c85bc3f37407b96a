import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ExecutionResult, print, subscribe, validate } from 'graphql';
import { modules } from '../../src/modules.ts';
import { closeContext } from '../../src/platform/context.ts';
import { buildSchema } from '../../src/schema.ts';
import { type Example, readExamples, Stage } from '../support/examples.ts';
import { type Asker, testWorld, type World } from '../support/world.ts';

const schema = buildSchema(modules);
const examples = readExamples();
const kinds = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
};

/** What must be there for a list to show something, or for a mutation to have something to do. */
const needs: Readonly<Record<string, string[]>> = {
  accounts: ['accountId'],
  apiKeys: ['apiKeyId'],
  auditLog: ['accountId'],
  charges: ['chargeId'],
  coupons: ['couponId'],
  disconnectStripe: ['stripe'],
  events: ['accountId'],
  invoices: ['invoiceId'],
  ledgerBalances: ['invoiceId'],
  legalEntities: ['legalEntityId'],
  logIn: ['memberId'],
  members: ['memberId'],
  payments: ['paidPaymentId'],
  planMigrations: ['planMigrationId'],
  plans: ['planId'],
  promotionCode: ['promotionCodeId'],
  promotionCodes: ['promotionCodeId'],
  refunds: ['refundId'],
  stripeConnection: ['stripe'],
  stripeEvents: ['stripeEventId'],
  subscriptions: ['subscriptionId'],
  taxRates: ['taxRateId'],
  testClocks: ['testClockId'],
};

/** What makes a live example tell something. */
const causes: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  paymentEvents: (stage) => stage.get('paidPaymentId'),
  paymentStatusChanged: (stage) => stage.get('paidPaymentId'),
  invoiceUpdated: async (stage) => stage.made('voidInvoice', { id: await stage.get('invoiceId') }, 'invoice'),
};

let world: World;
beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T09:00:00Z' });
});
afterAll(() => world.close());

async function stageOf(example: Example) {
  const stage = new Stage(world, await world.organization({ timezone: 'UTC' }));
  for (const name of needs[example.name] ?? []) await stage.get(name);
  // What happened is published after it was committed.
  await world.settle();
  const variables = JSON.parse(await stage.fill(example.variables ?? '{}')) as Record<string, unknown>;
  return { stage, variables };
}

/** As whom an example is sent: an administrator, unless it is about sessions. */
async function askerOf(stage: Stage, example: Example): Promise<Asker> {
  if (example.name === 'logIn' || example.name === 'renewSession') return null;
  return ['changePassword', 'endSessions'].includes(example.name) ? stage.member() : stage.organization;
}

/** Fails for errors, refusals, and answers that show nothing. */
function expectGood(example: Example, result: ExecutionResult<Record<string, unknown>>): void {
  expect(result.errors).toBeUndefined();
  const shown = result.data?.[example.name];
  expect(shown).not.toBeNull();
  expect(shown).toBeDefined();
  if (example.operation.operation === 'mutation') {
    const { userErrors, ...answer } = shown as Record<string, unknown>;
    expect(userErrors).toEqual([]);
    for (const value of Object.values(answer)) expect(value).not.toBeNull();
  }
  if (typeof shown === 'object') expectEntries(shown as Record<string, unknown>);
}

function expectEntries(shown: Record<string, unknown>): void {
  const list = Array.isArray(shown) ? shown : (shown.nodes ?? null);
  if (list !== null) expect(list).not.toEqual([]);
}

describe('every root field has an example', () => {
  test.each(Object.entries(kinds))('%s', (kind, type) => {
    const shown = examples.filter(({ operation }) => operation.operation === kind).map(({ name }) => name);
    expect(shown.sort()).toEqual(Object.keys(type?.getFields() ?? {}).sort());
  });
});

describe('every example is written so that it can be read', () => {
  test.each(examples.map((example) => [example.file, example] as const))('%s', (_, example) => {
    const { name, operation, text, variables } = example;
    expect(text).toMatch(/^(# .+\n)+(query|mutation|subscription) /);
    expect(text.replace(/^(# .+\n)+/, '')).toBe(`${print(operation)}\n`);
    expect(operation.name?.value).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}`);
    expect(variables !== null).toBe((operation.variableDefinitions ?? []).length > 0);
    expect(validate(schema, { kind: 'Document' as never, definitions: [operation] })).toEqual([]);
    if (operation.operation === 'mutation') expect(text).toMatch(/userErrors \{\s+code\s+message\s+path\s+\}/);
  });
});

describe('every example runs', () => {
  const requests = examples.filter(({ operation }) => operation.operation !== 'subscription');
  test.each(requests.map((example) => [example.name, example] as const))('%s', async (_, example) => {
    const { stage, variables } = await stageOf(example);
    const as = await askerOf(stage, example);
    expectGood(example, await world.graphql(example.text, variables, { as }));
    await world.settle();
  });

  const live = examples.filter(({ operation }) => operation.operation === 'subscription');
  test.each(live.map((example) => [example.name, example] as const))('%s', async (name, example) => {
    const { stage, variables } = await stageOf(example);
    const contextValue = world.context(stage.organization);
    const document = { kind: 'Document' as never, definitions: [example.operation] };
    const events = await subscribe({ schema: world.schema, document, variableValues: variables, contextValue });
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
    try {
      await causes[name]?.(stage);
      await world.settle();
      const { value } = (await events.next()) as IteratorResult<
        ExecutionResult<Record<string, { type: string }>>,
        never
      >;
      expectGood(example, value);
      expect(value.data?.[name]?.type).not.toBe('GAP');
    } finally {
      await events.return?.();
      await closeContext(contextValue);
    }
  });
});
