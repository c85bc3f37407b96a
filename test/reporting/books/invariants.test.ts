import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { examineBooks, invariants } from '../../../src/reporting/books/index.ts';
import { emptyDatabase, type TestDatabase } from '../../support/database.ts';
import { breaks } from './breaks.ts';
import { addSaneWorld, makeTables } from './scratch-books.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await emptyDatabase();
  client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  await makeTables(client);
  await addSaneWorld(client);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** How many rows break a rule after a change, which is then taken back. */
async function brokenBy(change: string, id: string): Promise<number> {
  await client.query('begin');
  try {
    await client.query('set local search_path = conformance, books');
    await client.query(change);
    const findings = await examineBooks(client, { only: [id] });
    expect(findings).toHaveLength(1);
    return findings[0]!.broken;
  } finally {
    await client.query('rollback');
  }
}

describe('the rules of the books', () => {
  it('all hold in a sane world, and each has something to look at', async () => {
    await client.query('begin');
    const findings = await examineBooks(client);
    await client.query('rollback');
    expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
    expect(findings.filter(({ looked }) => looked === 0)).toEqual([]);
    expect(findings).toHaveLength(51);
  });

  it('are each broken here at least once', () => {
    expect(Object.keys(breaks).sort()).toEqual(invariants.map(({ id }) => id).sort());
  });

  for (const { id, title } of invariants) {
    describe(`${id} ${title}`, () => {
      for (const [lie, change] of Object.entries(breaks[id] ?? {})) {
        it(`notices ${lie}`, async () => {
          expect(await brokenBy(change, id)).toBeGreaterThan(0);
        });
      }
    });
  }

  it('notice with every part of their queries', async () => {
    const silent: string[] = [];
    for (const { id, sql } of invariants) {
      const heard = new Set<number>();
      const parts = partsOf(sql);
      for (const change of Object.values(breaks[id] ?? {})) {
        await client.query('begin');
        await client.query('set local search_path = conformance, books');
        await client.query(change);
        for (const [at, part] of parts.entries()) {
          const { rows } = await client.query(part);
          if (rows.length > 0) heard.add(at);
        }
        await client.query('rollback');
      }
      silent.push(...parts.flatMap((_, at) => (heard.has(at) ? [] : `${id}, part ${at + 1}`)));
    }
    expect(silent).toEqual([]);
  });
});

/** The queries that a rule puts together with `union all`, outside of brackets. */
function partsOf(sql: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of sql.split(/(\bunion all\b|[()])/)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece === 'union all' && depth === 0) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
}
