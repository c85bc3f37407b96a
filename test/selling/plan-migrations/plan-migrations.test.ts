import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { toGlobalId } from '../../../src/platform/id.ts';
import { archivePlan, createPlanVersion } from '../../../src/selling/catalog/index.ts';
import { runPlanMigration, startPlanMigration } from '../../../src/selling/plan-migrations/index.ts';
import { changeSubscription } from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { billedLines, clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { until } from '../../support/until.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <T extends object>(text: string, values: unknown[] = []) =>
  query<T>(world.database.superuserUrl, text, values);

/** A plan of 10.00 with so many subscriptions, and its second version for 30.00. */
async function plan(count: number, more: Parameters<typeof subscribe>[3] = {}) {
  const { planId } = await sellPlan(organization);
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const account = await organization.account({ timezone: 'UTC' });
    ids.push((await subscribe(organization, account.id, planId, more)).subscription.id);
  }
  await organization.transact((work) =>
    createPlanVersion(work, { planId, intervalUnit: 'month', prices: [flat(3_000n)], publish: true }),
  );
  return { planId, ids };
}

const start = (planId: string, dryRun = false, when: 'now' | 'period_end' = 'now') =>
  organization.transact((work) => startPlanMigration(work, { planId, fromVersion: 1, toVersion: 2, when, dryRun }));

const steps = (id: string) =>
  sql<{ status: string; before: number; after: number; invoiced: number; code: string | null }>(
    `select status, amount_before::int as before, amount_after::int as after, invoiced::int, code
     from plan_migration_steps where migration_id = $1 order by subscription_id`,
    [id],
  );

const held = async (planId: string) =>
  Object.fromEntries(
    (
      await sql<{ version: number; count: number }>(
        `select v.version, count(*)::int as count from subscription_items i join plan_versions v on v.id = i.plan_version_id
         where i.plan_id = $1 and i.active_to is null group by 1`,
        [planId],
      )
    ).map(({ version, count }) => [version, count]),
  );

const invoices = async (planId: string) => {
  const [row] = await sql<{ count: number }>(
    `select count(distinct l.invoice_id)::int as count from invoice_lines l join subscription_items i on i.id = l.subscription_item_id where i.plan_id = $1`,
    [planId],
  );
  return row!.count;
};

describe('moving subscriptions to another version of their plan', () => {
  it('says first what would come of it, and writes nothing of that', async () => {
    const { planId, ids } = await plan(2);
    await sql(`update subscriptions set parked_at = now(), parked_reason = 'test' where id = $1`, [ids[1]]);
    const before = await invoices(planId);
    const { id } = await start(planId, true);
    await world.settle();
    expect(await steps(id)).toEqual([
      { status: 'done', before: 1000, after: 3000, invoiced: 2000, code: null },
      { status: 'refused', before: null, after: null, invoiced: null, code: 'INVALID_STATE' },
    ]);
    expect([await held(planId), await invoices(planId)]).toEqual([{ 1: 2 }, before]);
    await sql(`update subscriptions set parked_at = null, parked_reason = null where id = $1`, [ids[1]]);
  });

  it('moves each once, killed in between, repeated, and run twice at the same time', async () => {
    const { planId } = await plan(12);
    const { id } = await start(planId);
    await expect(start(planId)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const reference = { organizationId: organization.id, id };
    let asked = 0;
    const after4 = {
      get aborted() {
        asked += 1;
        return asked > 4;
      },
    } as AbortSignal;
    await runPlanMigration(world.app, reference, after4);
    expect(await held(planId)).toEqual({ 1: 8, 2: 4 });
    await Promise.all([
      runPlanMigration(world.app, reference),
      runPlanMigration(world.app, reference),
      runPlanMigration(world.app, reference),
    ]);
    await runPlanMigration(world.app, reference);
    expect(await held(planId)).toEqual({ 2: 12 });
    // The first bill of each, and one of its change.
    expect(await invoices(planId)).toBe(24);
    const [row] = await sql(
      'select status, total, finished_at is not null as finished from plan_migrations where id = $1',
      [id],
    );
    expect(row).toEqual({ status: 'done', total: 12, finished: true });
    expect((await steps(id)).every((step) => step.status === 'done' && step.invoiced === 2000)).toBe(true);
    const facts = await sql(`select type from facts where object_id = $1 order by id`, [id]);
    expect(facts.map((fact) => (fact as { type: string }).type)).toEqual([
      'plan_migration.started',
      'plan_migration.finished',
    ]);
  });

  it('waits for the end of each one’s period where it is told to', async () => {
    const { planId } = await sellPlan(organization);
    const { clockId, accountId } = await clockAccount(organization, '2026-03-10T00:00:00Z');
    await subscribe(organization, accountId, planId);
    await subscribe(organization, accountId, planId, { trialDays: 5 });
    await subscribe(organization, accountId, planId, { startAt: new Date('2026-03-20T00:00:00Z') });
    await organization.transact((work) =>
      createPlanVersion(work, { planId, intervalUnit: 'month', prices: [flat(500n)], publish: true }),
    );
    const { id } = await start(planId, false, 'period_end');
    await world.settle();
    const done = { status: 'done', before: 1000, after: 500, invoiced: 0, code: null };
    expect(await steps(id)).toEqual([done, done, done]);
    // What has not begun has no period to wait for.
    expect(await held(planId)).toEqual({ 1: 2, 2: 1 });
    await walk(world.app, organization, clockId, '2026-03-21T00:00:00Z');
    expect(await held(planId)).toEqual({ 1: 1, 2: 2 });
    await walk(world.app, organization, clockId, '2026-04-10T00:00:00Z');
    expect(await held(planId)).toEqual({ 2: 3 });
    expect((await billedLines(world.database.superuserUrl, accountId)).map((line) => line.amount)).toEqual([
      ...[1_000, 500, 500],
      500,
    ]);
  });

  it('does not undo what customers have ordered for the end of their period, and says so', async () => {
    const { planId, ids } = await plan(2);
    const other = await sellPlan(organization, { prices: [flat(700n)] });
    await organization.transact((work) =>
      changeSubscription(work, {
        id: ids[0]!,
        changes: [{ replacePlan: { plan: { id: other.planId } } }],
        when: 'period_end',
      }),
    );
    for (const dryRun of [true, false]) {
      const { id } = await start(planId, dryRun, 'period_end');
      await runPlanMigration(world.app, { organizationId: organization.id, id });
      expect(await steps(id)).toMatchObject([
        { status: 'refused', code: 'INVALID_STATE' },
        { status: 'done', code: null },
      ]);
    }
    const pending = await sql<{ terms: { changes: object[] } }>(
      `select terms from scheduled_changes where subscription_id = $1 and status = 'pending'`,
      [ids[0]],
    );
    expect(pending).toHaveLength(1);
    expect(JSON.stringify(pending[0]!.terms)).toContain(other.planId);
  });

  const setUpFee = {
    component: 'set_up',
    name: 'Set-up',
    currency: 'EUR',
    charge: 'once',
    model: { flat: { amount: 4_000n } },
  };
  const seatsAt = (unitAmount: string, component = 'seats') =>
    flat(0n, { component, model: { perSeat: { unitAmount } } });
  /** A migration and its dry run, which say the same. */
  const rehearsedAndDone = async (input: Parameters<typeof startPlanMigration>[1]) => {
    const said: object[][] = [];
    for (const dryRun of [true, false]) {
      const { id } = await organization.transact((work) => startPlanMigration(work, { ...input, dryRun }));
      await runPlanMigration(world.app, { organizationId: organization.id, id });
      said.push(
        await sql(
          `select status, amount_before::int as before, amount_after::int as after, amount_once::int as once, quantities
           from plan_migration_steps where migration_id = $1 order by subscription_id`,
          [id],
        ),
      );
    }
    expect(said[1]).toEqual(said[0]);
    return said[0]!;
  };

  it.each(['now', 'period_end'] as const)(
    'bills the setup fee of the new version to newcomers only (%s)',
    async (when) => {
      const { planId } = await sellPlan(organization);
      const { clockId, accountId } = await clockAccount(organization, '2026-03-10T00:00:00Z');
      await subscribe(organization, accountId, planId);
      const later = { startAt: new Date('2026-04-05T00:00:00Z') };
      const notBegun = await subscribe(organization, accountId, planId, later);
      await organization.transact((work) =>
        createPlanVersion(work, {
          planId,
          intervalUnit: 'month',
          publish: true,
          prices: [flat(1_000n), setUpFee as ReturnType<typeof flat>],
        }),
      );
      const { planId: dear } = await sellPlan(organization, {
        prices: [flat(1_000n), setUpFee as ReturnType<typeof flat>],
      });
      const moved = { planId, fromVersion: 1, toVersion: 2, when, dryRun: false };
      const kept = { status: 'done', before: 1_000, after: 1_000, quantities: [] };
      expect(await rehearsedAndDone(moved)).toMatchObject([
        { ...kept, once: 0 },
        { ...kept, once: 4_000 },
      ]);
      await walk(world.app, organization, clockId, '2026-04-10T00:00:00Z');
      const fees = async () =>
        (
          await sql<{ id: string }>(
            `select subscription_id as id from invoice_lines where account_id = $1 and kind = 'setup_fee' order by created_at`,
            [accountId],
          )
        ).map(({ id }) => id);
      expect(await fees()).toEqual([notBegun.subscription.id]);
      expect((await subscribe(organization, accountId, planId)).invoice!.total).toBe(5_000n);
      const elsewhere = {
        ...moved,
        fromVersion: 2,
        toPlanId: dear,
        toVersion: 1,
        when: 'period_end' as const,
      };
      expect((await rehearsedAndDone(elsewhere)).at(0)).toMatchObject({
        status: 'done',
        once: 4_000,
      });
      const before = (await fees()).length;
      await walk(world.app, organization, clockId, '2026-05-10T00:00:00Z');
      expect((await fees()).length).toBeGreaterThan(before);
    },
  );

  it('goes on with the quantities that are pending, and refuses where their charge is gone', async () => {
    const { planId } = await sellPlan(organization, { prices: [flat(), seatsAt('300'), seatsAt('10', 'gone')] });
    const { clockId, accountId } = await clockAccount(organization, '2026-03-10T00:00:00Z');
    const order = async (component: string, quantity: string) => {
      const { subscription } = await subscribe(organization, accountId, planId);
      await organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'period_end' },
          changes: [{ setQuantity: { component, quantity } }],
        }),
      );
      return subscription.id;
    };
    const more = await order('seats', '5');
    const gone = await order('gone', '7');
    await organization.transact((work) =>
      createPlanVersion(work, { planId, intervalUnit: 'month', publish: true, prices: [flat(1_200n), seatsAt('400')] }),
    );
    const input = { planId, fromVersion: 1, toVersion: 2, when: 'period_end', dryRun: false } as const;
    expect(await rehearsedAndDone(input)).toMatchObject([
      { status: 'done', before: 1_310, after: 3_200, once: 0, quantities: [{ component: 'seats', quantity: '5' }] },
      { status: 'refused', quantities: [] },
    ]);
    await walk(world.app, organization, clockId, '2026-04-10T00:00:00Z');
    const asked = await sql<{ id: string; amounts: number[] }>(
      `select subscription_id as id, array_agg(amount::int order by position) as amounts from invoice_lines
       where account_id = $1 and period_start = '2026-04-10T00:00:00Z' group by 1`,
      [accountId],
    );
    expect(Object.fromEntries(asked.map(({ id, amounts }) => [id, amounts]))).toEqual({
      [more]: [1_200, 2_000],
      [gone]: [1_000, 300, 70],
    });
  });

  it('leaves what was agreed with a customer, and bills nothing once more that is billed once', async () => {
    const setUp = {
      component: 'set_up',
      name: 'Set-up',
      currency: 'EUR',
      charge: 'once',
      model: { flat: { amount: 500n } },
    };
    const prices = [flat(), setUp as ReturnType<typeof flat>];
    const { planId } = await sellPlan(organization, { prices });
    const account = await organization.account({ timezone: 'UTC' });
    const agreed = { component: 'base', price: { model: { flat: { amount: 700n } } } };
    const { subscription } = await subscribe(organization, account.id, planId, {
      items: [{ plan: { id: planId }, components: [agreed] }],
    });
    await organization.transact((work) =>
      createPlanVersion(work, { planId, intervalUnit: 'month', publish: true, prices: [flat(3_000n), prices[1]!] }),
    );
    const { id } = await start(planId);
    await world.settle();
    expect(await steps(id)).toEqual([{ status: 'done', before: 700, after: 700, invoiced: 0, code: null }]);
    expect(await held(planId)).toEqual({ 2: 2 });
    const billed = await sql<{ kind: string; sum: number }>(
      `select l.kind, sum(l.amount)::int as sum from invoice_lines l where l.subscription_id = $1 group by 1 order by 1`,
      [subscription.id],
    );
    expect(billed).toEqual([
      { kind: 'recurring', sum: 700 },
      { kind: 'setup_fee', sum: 500 },
    ]);
  });

  it('moves everybody off an archived plan to one that is for sale, and nobody to an archived one', async () => {
    const { planId: old, ids } = await plan(2);
    const { planId: next } = await sellPlan(organization, { prices: [flat(1_500n)] });
    const move = (from: string, to: string | null, toVersion: number) =>
      organization.transact((work) =>
        startPlanMigration(work, { planId: from, fromVersion: 1, toPlanId: to, toVersion, when: 'now', dryRun: false }),
      );
    await organization.transact((work) => archivePlan(work, { id: old }));
    await expect(move(old, null, 2)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      details: { path: ['input', 'planId'] },
    });
    await expect(move(next, old, 2)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      details: { path: ['input', 'toPlanId'] },
    });
    await expect(move(old, next, 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { id } = await move(old, next, 1);
    await world.settle();
    expect(await steps(id)).toEqual(
      ids.map(() => ({ status: 'done', before: 1000, after: 1500, invoiced: 500, code: null })),
    );
    expect([await held(old), await held(next)]).toEqual([{}, { 1: 2 }]);
  });

  it('locks the account first, as the billing run does', async () => {
    const { planId, ids } = await plan(1);
    const { id } = await start(planId);
    const other = new pg.Client({ connectionString: world.database.superuserUrl });
    await other.connect();
    await other.query('begin');
    await other.query(
      'select 1 from accounts where id = (select account_id from subscriptions where id = $1) for update',
      [ids[0]],
    );
    const running = runPlanMigration(world.app, { organizationId: organization.id, id });
    await until(async () => {
      const waiting = await sql(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    }, 'the migration waits for the account');
    await other.query('select 1 from subscriptions where id = $1 for update nowait', [ids[0]]);
    await other.query('commit');
    await other.end();
    await running;
    expect(await held(planId)).toEqual({ 2: 1 });
  });

  it('ends with what fails for good, and waits for what another moment may allow', async () => {
    const { planId, ids } = await plan(3);
    const { id } = await start(planId);
    const reference = { organizationId: organization.id, id };
    const fail = (code: string) =>
      sql(`create or replace function fail_item() returns trigger language plpgsql as $$
        begin if new.subscription_id = '${ids[1]}' then raise exception 'no' using errcode = '${code}'; end if; return new; end $$`);
    await fail('53200');
    await sql('create trigger fail_item before insert on subscription_items for each row execute function fail_item()');
    await expect(runPlanMigration(world.app, reference)).rejects.toMatchObject({ code: '53200' });
    expect((await steps(id)).map(({ status }) => status)).toEqual(['done', 'waiting', 'waiting']);
    await fail('22012');
    await runPlanMigration(world.app, reference);
    expect((await steps(id)).map(({ status, code }) => [status, code])).toEqual([
      ['done', null],
      ['refused', 'INTERNAL_SERVER_ERROR'],
      ['done', null],
    ]);
    await sql('drop trigger fail_item on subscription_items');
    expect(await sql('select status from plan_migrations where id = $1', [id])).toEqual([{ status: 'done' }]);
  });

  it('tries again what falls into the very moment in which a period ends', async () => {
    const seats = (unitAmount: string) => flat(0n, { model: { perSeat: { unitAmount } } });
    const { planId } = await sellPlan(organization, { prices: [seats('100')] });
    const { clockId, accountId } = await clockAccount(organization, '2026-03-10T00:00:00Z');
    const { subscription } = await subscribe(organization, accountId, planId);
    await organization.transact((work) =>
      createPlanVersion(work, { planId, intervalUnit: 'month', prices: [seats('200')], publish: true }),
    );
    await walk(world.app, organization, clockId, '2026-04-09T23:59:59.999Z');
    const changes = [{ setQuantity: { quantity: '2' } }];
    await organization.transact((work) => changeSubscription(work, { id: subscription.id, changes }));
    const { id } = await start(planId);
    await world.settle();
    expect(await steps(id)).toMatchObject([{ status: 'waiting' }]);
    await walk(world.app, organization, clockId, '2026-04-10T00:00:00Z');
    await runPlanMigration(world.app, { organizationId: organization.id, id });
    expect(await steps(id)).toMatchObject([{ status: 'done', before: 200, after: 400 }]);
  });

  it('is started and followed over the API', async () => {
    const { planId } = await plan(1);
    const input = { planId: toGlobalId('plan', planId), fromVersion: 1, toVersion: 2, dryRun: false };
    const started = await world.graphql<{
      migrateSubscriptions: { planMigration: { id: string }; userErrors: object[] };
    }>(
      'mutation ($input: MigrateSubscriptionsInput!) { migrateSubscriptions(input: $input) { planMigration { id status counts { waiting } } userErrors { code path } } }',
      { input },
      { as: organization },
    );
    const { planMigration, userErrors } = started.data!.migrateSubscriptions;
    expect([planMigration, userErrors]).toMatchObject([{ status: 'RUNNING', counts: { waiting: 1 } }, []]);
    await world.settle();
    const followed = await world.graphql(
      'query ($id: ID!) { planMigration(id: $id) { status subscriptionCount counts { waiting done refused } steps(status: DONE) { nodes { amountBefore { decimal } amountAfter { decimal } subscription { items { planVersion { version } } } } } } }',
      { id: planMigration.id },
      { as: organization },
    );
    expect(followed.data).toMatchObject({
      planMigration: {
        status: 'DONE',
        counts: { waiting: 0, done: 1, refused: 0 },
        steps: { nodes: [{ amountBefore: { decimal: '10.00' }, amountAfter: { decimal: '30.00' } }] },
      },
    });
    const same = await world.graphql(
      'mutation ($input: MigrateSubscriptionsInput!) { migrateSubscriptions(input: $input) { userErrors { code path } } }',
      { input: { ...input, toVersion: 1 } },
      { as: organization },
    );
    expect(same.data).toEqual({
      migrateSubscriptions: { userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'toVersion'] }] },
    });
  });
});
