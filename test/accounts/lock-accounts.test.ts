import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount, lockAccounts, setDunningStatus } from '../../src/accounts/index.ts';
import { newId } from '../../src/platform/id.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
});

afterAll(() => world.close());

describe('a locked account', () => {
  it('brings its instant and the settings that apply to it', async () => {
    const organization = await world.organization({ timezone: 'Asia/Tokyo', defaultCurrency: 'JPY' });
    const made = await organization.account({ name: 'Hana', email: 'hana@example.jp', metadata: { tier: 'gold' } });
    const locked = await organization.transact((work) => lockAccount(work, made.id, ['input', 'accountId']));
    expect(locked).toEqual({
      ...made,
      now: new Date('2026-03-01T12:00:00Z'),
      organization: {
        mode: 'sandbox',
        timezone: 'Asia/Tokyo',
        trialReminderDays: 3,
        netDays: 0,
        invoiceGrouping: 'account',
        dunningFinalAction: 'none',
        invoiceGraceDays: 0,
        defaultCurrency: 'JPY',
      },
    });
    expect(made).toMatchObject({ currency: 'JPY', timezone: 'Asia/Tokyo', locale: 'en', dunningStatus: 'active' });
  });

  it('is refused when it is missing or somebody else’s', async () => {
    const [mine, theirs] = [await world.organization(), await world.organization()];
    const foreign = await theirs.account();
    for (const id of [foreign.id, newId()]) {
      await expect(mine.transact((work) => lockAccount(work, id, ['input', 'accountId']))).rejects.toMatchObject({
        code: 'NOT_FOUND',
        details: { path: ['input', 'accountId'] },
      });
    }
  });

  it('is locked for several organizations at once, and passed over where another holds it', async () => {
    const [one, two] = [await world.organization(), await world.organization()];
    const ids = [(await one.account()).id, (await two.account()).id];
    const both = { ...one.scope, organizations: [one.id, two.id] };
    await world.app.transact(both, async (work) => {
      expect([...(await lockAccounts(work, ids)).keys()].sort()).toEqual([...ids].sort());
      const others = await one.transact((other) => lockAccounts(other, [ids[0]!], { skipLocked: true }));
      expect(others.size).toBe(0);
    });
  });

  it('changes its dunning status once and says so once', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    const at = new Date('2026-03-02T00:00:00Z');
    await organization.transact(async (work) => {
      const account = await lockAccount(work, id, ['id']);
      setDunningStatus(work, account, 'blocked', at);
      setDunningStatus(work, account, 'blocked', at);
      expect(work.facts).toEqual([
        expect.objectContaining({ type: 'account.dunning_status_changed', objectId: id, accountId: id, at }),
      ]);
    });
    const after = await organization.transact((work) => lockAccount(work, id, ['id']));
    expect(after.dunningStatus).toBe('blocked');
  });
});

describe('the world', () => {
  it('answers requests as the door would, and settles', async () => {
    const organization = await world.organization();
    const answer = await world.graphql(
      '{ node(id: "acc_01kt0000000000000000000000") { id } }',
      {},
      { as: organization },
    );
    expect(answer).toEqual({ data: { node: null }, extensions: {} });
    await world.settle();
    const reader = world.app.read(organization.id);
    const rows = await reader.rows('select 1 from fact_queue where organization_id = $1', [organization.id]);
    await reader.close();
    expect(rows).toEqual([]);
  });
});
