import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countPostings, post, readLedgerBalances, readPostings } from '../../../src/collecting/ledger/index.ts';
import { newId } from '../../../src/platform/id.ts';
import { postSettle } from '../../../src/rules/posting.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld();
  organization = await world.organization();
});

afterAll(() => world.close());

const at = new Date('2026-01-02T00:00:00Z');
const posting = (sourceId: string, effect = 'settle', entries = postSettle('EUR', 700n, 300n)) => ({
  organizationId: organization.id,
  sourceType: 'payment',
  sourceId,
  effect,
  at,
  entries,
});

describe('the ledger', () => {
  it('keeps what balances and tells it again', async () => {
    const sourceId = newId();
    await organization.transact(async (work) => post(work, [posting(sourceId), posting(sourceId, 'settle:2')]));
    const [stored, count] = await organization.transact(async (work) => [
      await readPostings(work, [sourceId], 'settle'),
      await countPostings(work, organization.id, sourceId, 'settle'),
    ]);
    expect(stored.get(sourceId)).toEqual([...postSettle('EUR', 700n, 300n)]);
    expect(count).toBe(2);
    const reader = world.app.read(organization.id);
    expect(await readLedgerBalances(reader)).toEqual([
      { account: 'cash', currency: 'EUR', balance: 2000n },
      { account: 'credits', currency: 'EUR', balance: -600n },
      { account: 'receivable', currency: 'EUR', balance: -1400n },
    ]);
    expect(await readLedgerBalances(reader, at)).toEqual([]);
    await reader.close();
  });

  it('is refused by the database when it does not balance, in each currency apart', async () => {
    const one = { account: 'cash', currency: 'EUR', amountMinor: 5n } as const;
    for (const entries of [[one], [one, { ...one, account: 'revenue', currency: 'USD', amountMinor: -5n } as const]]) {
      const wrong = organization.transact(async (work) => post(work, [posting(newId(), 'x', entries)]));
      await expect(wrong).rejects.toThrow('does not balance');
    }
  });

  it('posts an effect of a source once', async () => {
    const sourceId = newId();
    await organization.transact(async (work) => post(work, [posting(sourceId)]));
    await expect(organization.transact(async (work) => post(work, [posting(sourceId)]))).rejects.toThrow(
      'ledger_posted_once',
    );
  });

  it('is neither changed nor shortened', async () => {
    for (const sql of ['update ledger_entries set amount = 1', 'delete from ledger_entries']) {
      await expect(organization.transact((work) => work.rows(sql))).rejects.toThrow('permission denied');
    }
  });
});
