import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { AccountEntity, OrganizationEntity } from '../../src/accounts/accounts.entities.ts';
import { type AppParts, createApp } from '../../src/app.ts';
import { systemActor } from '../../src/platform/actor.ts';
import type { App } from '../../src/platform/app-types.ts';
import { arrayParameter } from '../../src/platform/array-parameters.ts';
import { wallClock } from '../../src/platform/clock.ts';
import { newId } from '../../src/platform/id.ts';
import { once } from '../../src/platform/idempotency.ts';
import type { Work } from '../../src/platform/work.ts';
import { query, type TestDatabase, testDatabase } from '../support/database.ts';

const at = new Date('2026-01-31T10:00:00.123Z');
let database: TestDatabase;
let app: App;

beforeAll(async () => {
  database = await testDatabase();
  app = await createApp({
    config: {} as AppParts['config'],
    databaseUrl: database.runtimeUrl,
    connections: 5,
    clock: wallClock,
    log: pino({ level: 'silent' }),
    modules: [{ name: 'accounts', entities: [OrganizationEntity, AccountEntity] }],
    wires: {
      wake: () => undefined,
      ring: () => undefined,
      hear: () => undefined,
      close: async () => undefined,
    },
  });
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

const scope = (organizationId: string) => ({
  organizations: [organizationId],
  actor: systemActor('test'),
  requestId: null,
});

function insertOrganization(work: Work, id: string): void {
  work.insert(OrganizationEntity, [
    {
      id,
      name: 'Acme "quoted" \\ and {braced}, NULL',
      mode: 'sandbox',
      timezone: 'UTC',
      defaultCurrency: 'EUR',
      netDays: 0,
      invoiceGrouping: 'account',
      dunningFinalAction: 'none',
      metadata: { note: 'a, "b"' },
      createdAt: at,
      updatedAt: at,
    },
  ]);
}

function accountRow(organizationId: string, id: string, name: string) {
  return {
    organizationId,
    id,
    name,
    externalId: null,
    email: null,
    currency: 'EUR',
    timezone: 'UTC',
    locale: 'en',
    taxIds: [],
    taxExempt: false,
    dunningStatus: 'active',
    metadata: {},
    createdAt: at,
    updatedAt: at,
  };
}

async function organizationWithAccounts(names: string[]): Promise<{ organizationId: string; ids: string[] }> {
  const organizationId = newId();
  const ids = names.map(() => newId());
  await app.transact(scope(organizationId), async (work) => {
    insertOrganization(work, organizationId);
    work.insert(
      AccountEntity,
      names.map((name, index) => accountRow(organizationId, ids[index]!, name)),
    );
    for (const id of ids) {
      work.announce({
        type: 'account.created',
        organizationId,
        objectType: 'account',
        objectId: id,
        accountId: id,
        at,
        data: { id },
      });
    }
  });
  return { organizationId, ids };
}

describe('a work', () => {
  it('sends nothing more once it has failed, whoever still runs beside', async () => {
    const late: Promise<unknown>[] = [];
    const failing = app.transact(scope(newId()), async (work) => {
      const beside = async () => {
        await work.rows('select 1');
        await new Promise((done) => setTimeout(done, 50));
        return work.rows('select current_user as late');
      };
      late.push(beside().catch((error: Error) => error.message));
      await work.rows('select 1 / 0');
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await Promise.all(late)).toEqual(['division by zero']);
  });

  it('tells the first fault of statements that were sent together', async () => {
    const failing = app.transact(scope(newId()), async (work) => {
      const deep = async () => (await Promise.all([work.rows('select 1 / 0')]))[0];
      const first = async () => deep().then((rows) => rows);
      await Promise.all([first(), work.rows('select 1')]);
    });
    await expect(failing).rejects.toThrow('division by zero');
  });

  it('writes what it gathered to the letter and reads it back', async () => {
    const { organizationId, ids } = await organizationWithAccounts(['Anna', 'Bjørn "B" \\']);
    const found = await app.transact(scope(organizationId), (work) => work.find(AccountEntity, {}, { id: 'asc' }));
    expect(found.map((row) => row.name)).toEqual(['Anna', 'Bjørn "B" \\']);
    expect(found.map((row) => row.id)).toEqual(ids);
    expect(found[0]?.createdAt).toEqual(at);
    const reader = app.read(organizationId);
    const [row] = await reader.rows<{ name: string; created_at: Date; metadata: unknown }>(
      'select name, created_at, metadata from organizations where id = $1',
      [organizationId],
    );
    await reader.close();
    expect(row).toEqual({
      name: 'Acme "quoted" \\ and {braced}, NULL',
      created_at: at,
      metadata: { note: 'a, "b"' },
    });
  });

  it('sends values of every type as the database would read them', async () => {
    const shared = { note: 'a, "b" \\ – ü €' };
    const columns: Record<string, readonly unknown[]> = {
      uuid: ['0197f3a0-0000-7abc-8def-0123456789ab', null, 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
      bigint: [9_223_372_036_854_775_807n, 0n, 0n, null, -9_223_372_036_854_775_808n],
      int: [1, 1, -2_147_483_648, null],
      timestamptz: [at, at, new Date('1969-12-31T23:59:59.999Z'), null, new Date('9999-12-31T23:59:59.001Z')],
      text: ['', 'NULL', null, 'a, "b" \\ {c}', 'ü € 𝄞', 'ü € 𝄞'],
      json: [shared, null, shared, ['x'], 'only a text', 1.5],
      jsonb: [shared, {}, null, { '\u2028': [true, false, null] }],
      numeric: ['0.000000000001', null, '123456789012345678901234567890.5'],
      boolean: [true, false, null],
      date: ['2026-02-28', null],
      bytea: [Buffer.from([0, 92, 255]), null],
    };
    const { organizationId } = await organizationWithAccounts([]);
    const reader = app.read(organizationId);
    for (const [type, values] of Object.entries(columns)) {
      const asText = (value: unknown) => {
        if (value === null) return null;
        if (value instanceof Date) return value.toISOString();
        if (value instanceof Buffer) return `\\x${value.toString('hex')}`;
        return type.startsWith('json') ? JSON.stringify(value) : String(value);
      };
      const rows = await reader.rows<{ same: boolean | null }>(
        `select one::text = told::${type}::text as same from unnest($1::${type}[], $2::text[]) as v(one, told)`,
        [arrayParameter(type, values), values.map(asText)],
      );
      const expected = values.map((value) => ({ same: value === null ? null : true }));
      expect({ type, rows }).toEqual({ type, rows: expected });
    }
    const padded = await reader.rows('select * from unnest($1::uuid[], $2::int[]) as v(one, other)', [
      arrayParameter('uuid', [null, null]),
      arrayParameter('int', [1, 2]),
    ]);
    expect(padded).toEqual([
      { one: null, other: 1 },
      { one: null, other: 2 },
    ]);
    await reader.close();
    expect(() => arrayParameter('uuid', ['0197f3a0-0000-7abc-8def-0123456789aG'])).toThrow('is not a uuid');
    expect(() => arrayParameter('uuid', ['0197f3a0'])).toThrow('is not a uuid');
    expect(() => arrayParameter('bigint', [9_223_372_036_854_775_808n])).toThrow(RangeError);
    expect(() => arrayParameter('point', ['(0,0)'])).toThrow('no way to write');
  });

  it('merges a change into a row not yet written, and changes one that is', async () => {
    const { organizationId, ids } = await organizationWithAccounts(['Old']);
    const id = newId();
    await app.transact(scope(organizationId), async (work) => {
      work.insert(AccountEntity, [accountRow(organizationId, id, 'Before')]);
      work.update(AccountEntity, { organizationId, id, name: 'After' });
      work.update(AccountEntity, { organizationId, id: ids[0]!, name: 'New' });
    });
    const found = await app.transact(scope(organizationId), (work) => work.find(AccountEntity, {}, { name: 'asc' }));
    expect(found.map((row) => row.name)).toEqual(['After', 'New']);
  });

  it('does last what was left for the end: it still changes rows of its tables, none that are in words already', async () => {
    const { organizationId, ids } = await organizationWithAccounts(['Old']);
    const [id, order] = [newId(), [] as string[]];
    await app.transact(scope(organizationId), async (work) => {
      work.insert(AccountEntity, [accountRow(organizationId, id, 'Before')]);
      work.atLast([AccountEntity], async () => {
        const [organization] = await work.rowsOf<{ name: string }>(
          [OrganizationEntity],
          'select name from organizations',
        );
        order.push(`last, of ${organization?.name.slice(0, 4)}`);
        work.update(AccountEntity, { organizationId, id, name: 'After' });
      });
      work.update(AccountEntity, { organizationId, id: ids[0]!, name: 'New' });
      order.push('the verb');
    });
    expect(order).toEqual(['the verb', 'last, of Acme']);
    const found = await app.transact(scope(organizationId), (work) => work.find(AccountEntity, {}, { name: 'asc' }));
    expect(found.map((row) => row.name)).toEqual(['After', 'New']);
  });

  it('brings forward what was left for the end when somebody reads what is gathered, in whatever company', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    const id = newId();
    const seen = await app.transact(scope(organizationId), async (work) => {
      work.insert(AccountEntity, [accountRow(organizationId, id, 'Before')]);
      work.atLast([AccountEntity], async () => {
        await work.rowsOf([OrganizationEntity], 'select pg_sleep(0.05)');
        work.update(AccountEntity, { organizationId, id, name: 'After' });
      });
      const name = () => work.rows<{ name: string }>('select name from accounts where id = $1', [id]);
      const found = work.find(AccountEntity, { id }).then(([row]) => row?.name);
      const [[first], second, [third]] = await Promise.all([name(), found, name()]);
      return [first?.name, second, third?.name];
    });
    expect(seen).toEqual(['After', 'After', 'After']);
  });

  it('writes for a read of a rehearsal what is read, and leaves the rest', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    const id = newId();
    const seen = (work: Work) => {
      work.insert(AccountEntity, [accountRow(organizationId, id, 'Rehearsed')]);
      // Written, it would be refused: there is no such account.
      work.update(AccountEntity, { organizationId, id: newId(), name: 'Nobody' });
      return work.rowsOf<{ name: string }>([OrganizationEntity], 'select name from accounts');
    };
    expect(await app.rehearse(scope(organizationId), seen)).toEqual([]);
    const read = (work: Work) => {
      work.insert(AccountEntity, [accountRow(organizationId, id, 'Rehearsed')]);
      work.update(OrganizationEntity, { id: newId(), name: 'Nobody' });
      return work.rowsOf<{ name: string }>([AccountEntity], 'select name from accounts');
    };
    expect(await app.rehearse(scope(organizationId), read)).toEqual([{ name: 'Rehearsed' }]);
    await expect(app.transact(scope(organizationId), read)).rejects.toThrow();
  });

  it('writes nothing when what was left for the end fails', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    const failing = app.transact(scope(organizationId), async (work) => {
      work.insert(AccountEntity, [accountRow(organizationId, newId(), 'Nobody')]);
      work.atLast([], () => Promise.reject(new Error('no number left')));
    });
    await expect(failing).rejects.toThrow('no number left');
    const found = await app.transact(scope(organizationId), (work) => work.find(AccountEntity, {}));
    expect(found).toEqual([]);
  });

  it('refuses to change a row that is not there', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    await expect(
      app.transact(scope(organizationId), async (work) => {
        work.update(AccountEntity, { organizationId, id: newId(), name: 'Nobody' });
      }),
    ).rejects.toThrow('was not there');
  });

  it('sees no other organization, and can not write into one', async () => {
    const mine = await organizationWithAccounts(['Mine']);
    const theirs = await organizationWithAccounts(['Theirs']);
    const seen = await app.transact(scope(mine.organizationId), (work) =>
      work.rows('select id from accounts where id = $1', [theirs.ids[0]]),
    );
    expect(seen).toEqual([]);
    await expect(
      app.transact(scope(mine.organizationId), async (work) => {
        work.insert(AccountEntity, [accountRow(theirs.organizationId, newId(), 'Planted')]);
      }),
    ).rejects.toThrow('row-level security');
  });

  it('writes nothing when it fails', async () => {
    const { organizationId } = await organizationWithAccounts(['Only']);
    await expect(
      app.transact(scope(organizationId), async (work) => {
        work.insert(AccountEntity, [accountRow(organizationId, newId(), 'Lost')]);
        await work.flush();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const found = await app.transact(scope(organizationId), (work) => work.find(AccountEntity, {}));
    expect(found).toHaveLength(1);
  });
});

describe('once', () => {
  it('answers the first result again and refuses another input', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    const run = (input: unknown) =>
      app.transact(scope(organizationId), (work) =>
        once(work, { key: 'k', operation: 'create', input }, async () => ({ id: newId() })),
      );
    const first = await run({ a: 1n });
    const again = await run({ a: 1n });
    expect(again).toEqual({ result: first.result, replayed: true });
    await expect(run({ a: 2n })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('lets two keys run side by side whose short hashes are the same', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    const [pair] = await query<{ one: string; other: string }>(
      database.superuserUrl,
      `select min(key) as one, max(key) as other from (select 'key-' || n as key from generate_series(1, 400000) n) keys
       group by hashtext($1 || ' ' || key) having count(*) > 1 limit 1`,
      [organizationId],
    );
    const run = <T>(key: string, verb: () => Promise<T>) =>
      app.transact(scope(organizationId), (work) => once(work, { key, operation: 'create', input: {} }, verb));
    const { one, other } = pair!;
    const both = await run(one, async () => (await run(other, async () => 'inner')).result);
    expect(both).toEqual({ result: 'inner', replayed: false });
  });

  it('runs once when many come at the same time', async () => {
    const { organizationId } = await organizationWithAccounts([]);
    let runs = 0;
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        app.transact(scope(organizationId), (work) =>
          once(work, { key: 'same', operation: 'create', input: {} }, async () => {
            runs += 1;
            await work.rows('select pg_sleep(0.05)');
            return { id: 1 };
          }),
        ),
      ),
    );
    expect(runs).toBe(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    }
  });
});

describe('the relay', () => {
  it('numbers facts per organization without a gap and chains them', async () => {
    const { organizationId, ids } = await organizationWithAccounts(['A', 'B', 'C']);
    const moved = await Promise.all([app.relay([organizationId]), app.relay([organizationId])]);
    expect(moved[0]! + moved[1]!).toBe(3);
    const facts = await app.facts.after(organizationId, 1n);
    expect(facts.map((fact) => fact.sequence)).toEqual([2n, 3n]);
    const reader = app.read(organizationId);
    const rows = await reader.rows<{ object_id: string; sequence: bigint; broken: boolean }>(
      `select f.object_id, p.sequence, p.previous_hash <> coalesce(lag(p.hash) over (order by p.sequence), 'genesis') as broken
       from published_facts p join facts f on f.organization_id = p.organization_id and f.id = p.fact_id order by p.sequence`,
    );
    await reader.close();
    expect(rows).toEqual(ids.map((object_id, index) => ({ object_id, sequence: BigInt(index + 1), broken: false })));
  });
});
