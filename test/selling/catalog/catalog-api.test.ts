import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPlan } from '../../../src/selling/catalog/index.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization();
});

afterAll(() => world.close());

const planFields = `id name externalId archivedAt tierLabel
  versions { id version status intervalUnit intervalCount trialDays
    prices { component currency model unitAmount billing amount { amountMinor decimal currency } } }
  currentVersion { version }`;
const answer = `plan { ${planFields} } userErrors { code path message }`;

interface PlanShown {
  id: string;
  name: string;
  versions: { id: string; version: number; status: string; prices: Record<string, unknown>[] }[];
  currentVersion: { version: number } | null;
  archivedAt: string | null;
}
type Payload = { plan: PlanShown | null; userErrors: { code: string; path: string[]; message: string }[] };

async function mutate(
  name: string,
  input: Record<string, unknown>,
  type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`,
) {
  const result = await world.graphql<Record<string, Payload>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${answer} } }`,
    { input },
    { as: organization },
  );
  expect(result.errors).toBeUndefined();
  return result.data![name]!;
}

const flat = (currency: string, amount: string, more = {}) => ({
  component: 'base',
  name: 'Base',
  currency,
  model: { flat: { amount } },
  ...more,
});
const seats = (currency: string, unitAmount: string, more = {}) => ({
  component: 'seats',
  name: 'Seats',
  currency,
  billing: 'ARREARS',
  model: { perSeat: { unitAmount } },
  ...more,
});

describe('a plan', () => {
  it('is made with a published version in two currencies and read back', async () => {
    const { plan, userErrors } = await mutate('createPlan', {
      name: 'Gold',
      externalId: 'gold',
      tierLabel: 'Gold',
      version: {
        intervalUnit: 'MONTH',
        trialDays: 14,
        prices: [flat('EUR', '1000'), flat('JPY', '1500'), seats('EUR', '12.5'), seats('JPY', '20')],
      },
    });
    expect(userErrors).toEqual([]);
    expect(plan).toMatchObject({ name: 'Gold', externalId: 'gold', currentVersion: { version: 1 } });
    const [version] = plan!.versions;
    expect(version).toMatchObject({
      version: 1,
      status: 'PUBLISHED',
      intervalUnit: 'MONTH',
      intervalCount: 1,
      trialDays: 14,
    });
    expect(version!.prices).toEqual([
      {
        component: 'base',
        currency: 'EUR',
        model: 'FLAT',
        unitAmount: null,
        billing: 'ADVANCE',
        amount: { amountMinor: '1000', decimal: '10.00', currency: 'EUR' },
      },
      {
        component: 'base',
        currency: 'JPY',
        model: 'FLAT',
        unitAmount: null,
        billing: 'ADVANCE',
        amount: { amountMinor: '1500', decimal: '1500', currency: 'JPY' },
      },
      { component: 'seats', currency: 'EUR', model: 'PER_SEAT', unitAmount: '12.5', billing: 'ARREARS', amount: null },
      { component: 'seats', currency: 'JPY', model: 'PER_SEAT', unitAmount: '20', billing: 'ARREARS', amount: null },
    ]);
    const read = await world.graphql(
      'query ($id: ID!) { plan(id: $id) { name } node(id: $id) { id ... on Plan { name } } p: plan(externalId: "gold") { id } }',
      { id: plan!.id },
      { as: organization },
    );
    expect(read.data).toEqual({ plan: { name: 'Gold' }, node: { id: plan!.id, name: 'Gold' }, p: { id: plan!.id } });
  });

  it.each([
    [
      'a component without a price in each currency',
      [flat('EUR', '1'), flat('USD', '1'), seats('EUR', '1')],
      '2.component',
    ],
    ['two prices of a component in one currency', [flat('EUR', '1'), flat('EUR', '2')], '1.currency'],
    ['a component billed in two ways', [flat('EUR', '1'), flat('USD', '1', { billing: 'ARREARS' })], '1.billing'],
    [
      'a component of two models',
      [flat('EUR', '1'), { ...seats('USD', '1', { billing: 'ADVANCE' }), component: 'base' }],
      '1.model',
    ],
    ['a negative amount', [flat('EUR', '-1')], '0.model.flat.amount'],
    ['a unit price too fine', [seats('EUR', '0.000000001')], '0.model.perSeat.unitAmount'],
    ['a component that is no code', [flat('EUR', '1', { component: 'Base fee' })], '0.component'],
    ['no price', [], ''],
  ])('refuses %s', async (_, prices, path) => {
    const before = await query(world.database.superuserUrl, 'select count(*) from plans');
    const { plan, userErrors } = await mutate('createPlan', {
      name: 'Bad',
      version: { intervalUnit: 'MONTH', prices },
    });
    expect(plan ?? null).toBeNull();
    expect(userErrors[0]).toMatchObject({ code: 'INVALID_INPUT' });
    expect(userErrors.map((error) => error.path.join('.'))).toContain(
      ['input', 'version', 'prices', ...(path ? path.split('.') : [])].join('.'),
    );
    expect(await query(world.database.superuserUrl, 'select count(*) from plans')).toEqual(before);
  });

  it('refuses a currency that is not in use any more', async () => {
    const prices = [{ component: 'base', name: 'Base', currency: 'DEM', model: { flat: { amount: 1n } } }];
    const making = organization.transact((work) =>
      createPlan(work, { name: 'Old money', version: { intervalUnit: 'month', prices } }),
    );
    await expect(making).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'version', 'prices', '0', 'currency'] },
    });
  });

  it('refuses a taken external id', async () => {
    await mutate('createPlan', { name: 'One', externalId: 'taken' });
    const { userErrors } = await mutate('createPlan', { name: 'Two', externalId: 'taken' });
    expect(userErrors).toEqual([
      { code: 'ALREADY_EXISTS', path: ['input', 'externalId'], message: expect.any(String) },
    ]);
  });

  it('is renamed and emptied field by field, with its history', async () => {
    const { plan } = await mutate('createPlan', { name: 'Old', tierLabel: 'T', description: 'D' });
    const changed = await mutate('updatePlan', { id: plan!.id, name: 'New', tierLabel: null });
    expect(changed.plan).toMatchObject({ name: 'New', tierLabel: null });
    const [fact] = await query<{ change: unknown }>(
      world.database.superuserUrl,
      `select change from facts where type = 'plan.updated' order by id desc limit 1`,
    );
    expect(fact!.change).toEqual({ name: { old: 'Old', new: 'New' }, tierLabel: { old: 'T', new: null } });
  });

  it('leaves sale and comes back', async () => {
    const { plan } = await mutate('createPlan', { name: 'Shelf' });
    expect((await mutate('archivePlan', { id: plan!.id })).plan!.archivedAt).not.toBeNull();
    expect((await mutate('archivePlan', { id: plan!.id })).userErrors[0]!.code).toBe('INVALID_STATE');
    expect((await mutate('unarchivePlan', { id: plan!.id })).plan!.archivedAt).toBeNull();
  });
});

describe('a version', () => {
  const version = { intervalUnit: 'YEAR', prices: [flat('EUR', '100')] };
  const run = (name: string, input: Record<string, unknown>) =>
    world
      .graphql<
        Record<
          string,
          { planVersion: { id: string; version: number; status: string } | null; userErrors: { code: string }[] }
        >
      >(
        `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { planVersion { id version status plan { name } } userErrors { code path } } }`,
        { input },
        { as: organization },
      )
      .then((result) => result.data![name]!);

  it('is drafted, published, and never changes again', async () => {
    const { plan } = await mutate('createPlan', { name: 'Versioned', version });
    const draft = await run('createPlanVersion', { ...version, planId: plan!.id });
    expect(draft.planVersion).toMatchObject({ version: 2, status: 'DRAFT' });
    expect((await run('createPlanVersion', { ...version, planId: plan!.id })).userErrors[0]!.code).toBe(
      'ALREADY_EXISTS',
    );
    const published = await run('publishPlanVersion', { id: draft.planVersion!.id });
    expect(published.planVersion).toMatchObject({ status: 'PUBLISHED' });
    expect((await run('publishPlanVersion', { id: draft.planVersion!.id })).userErrors[0]!.code).toBe('IMMUTABLE');
    expect((await mutate('deletePlanVersion', { id: draft.planVersion!.id })).userErrors[0]!.code).toBe('IMMUTABLE');
    for (const statement of [
      `update prices set name = 'x' where organization_id = '${organization.id}'`,
      `delete from prices where organization_id = '${organization.id}'`,
      `update plan_versions set trial_days = 3 where organization_id = '${organization.id}' and status = 'published'`,
      `delete from plan_versions where organization_id = '${organization.id}' and status = 'published'`,
    ]) {
      await expect(query(world.database.superuserUrl, statement)).rejects.toThrow('do');
    }
  });

  it('is thrown away while it is a draft, and its number is used again', async () => {
    const { plan } = await mutate('createPlan', { name: 'Thrown' });
    const draft = await run('createPlanVersion', { ...version, planId: plan!.id });
    const { plan: after } = await mutate('deletePlanVersion', { id: draft.planVersion!.id });
    expect(after!.versions).toEqual([]);
    expect((await run('createPlanVersion', { ...version, planId: plan!.id })).planVersion!.version).toBe(1);
  });
});

describe('lists of plans', () => {
  it('read any nesting with three statements', async () => {
    const context = world.context(organization);
    const { graphql } = await import('graphql');
    const result = await graphql({
      schema: world.schema,
      source:
        '{ plans(first: 50) { nodes { name versions { version prices { amount { decimal } } plan { name } } } } }',
      contextValue: context,
    });
    expect(result.errors).toBeUndefined();
    expect(context.reader.statements).toBeLessThanOrEqual(3);
    await context.reader.close();
  });

  it('show nothing of another organization', async () => {
    const other = await world.organization();
    const { data } = await world.graphql('{ plans { totalCount nodes { id } } }', {}, { as: other });
    expect(data).toEqual({ plans: { totalCount: 0, nodes: [] } });
  });
});
