import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lockAccount } from '../../../src/accounts/index.ts';
import { addCreditEntries, type CreditMove, loadBalances } from '../../../src/collecting/credits/index.ts';
import { newId } from '../../../src/platform/id.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld();
  organization = await world.organization();
});

afterAll(() => world.close());

const move = (accountId: string, amount: bigint, more: Partial<CreditMove> = {}): CreditMove => ({
  organizationId: organization.id,
  accountId,
  currency: 'EUR',
  amount,
  sourceType: amount > 0n ? 'grant' : 'withdrawal',
  sourceId: newId(),
  at: new Date('2026-01-02T00:00:00Z'),
  ...more,
});

const add = (accountId: string, moves: CreditMove[]) =>
  organization.transact(async (work) => {
    await lockAccount(work, accountId, ['accountId']);
    await addCreditEntries(work, moves);
  });

const historyOf = (accountId: string) =>
  query<{ amount: string; balance_after: string; seq: string }>(
    world.database.superuserUrl,
    'select amount::text, balance_after::text, seq::text from credit_entries where account_id = $1 order by currency, seq',
    [accountId],
  );

describe('a credit balance', () => {
  it('moves in order and keeps its history, currency by currency', async () => {
    const { id } = await organization.account();
    await add(id, [move(id, 100n), move(id, 0n), move(id, -30n), move(id, 7n, { currency: 'USD' })]);
    await add(id, [move(id, -70n)]);
    expect(await historyOf(id)).toEqual([
      { amount: '100', balance_after: '100', seq: '1' },
      { amount: '-30', balance_after: '70', seq: '2' },
      { amount: '-70', balance_after: '0', seq: '3' },
      { amount: '7', balance_after: '7', seq: '1' },
    ]);
  });

  it('is never below zero, whatever is tried and however many try', async () => {
    const amounts = fc.array(fc.bigInt(-50n, 50n), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(amounts, async (given) => {
        const { id } = await organization.account();
        const tries = await Promise.allSettled(given.map((amount) => add(id, [move(id, amount)])));
        for (const one of tries)
          if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
        const history = await historyOf(id);
        const sum = history.reduce((total, entry) => total + BigInt(entry.amount), 0n);
        expect(history.every((entry) => BigInt(entry.balance_after) >= 0n)).toBe(true);
        const key = { organizationId: organization.id, accountId: id, currency: 'EUR' };
        const balances = await organization.transact((work) => loadBalances(work, [key]));
        expect(balances.available(key)).toBe(sum);
      }),
      { numRuns: 15 },
    );
  });

  it('is refused below zero by the database too, and changed by nobody', async () => {
    const { id } = await organization.account();
    await add(id, [move(id, 10n)]);
    const below = organization.transact((work) =>
      work.rows('update credit_balances set balance = -1 where account_id = $1', [id]),
    );
    await expect(below).rejects.toThrow('check');
    await expect(organization.transact((work) => work.rows('update credit_entries set amount = 1'))).rejects.toThrow(
      'permission denied',
    );
  });
});
