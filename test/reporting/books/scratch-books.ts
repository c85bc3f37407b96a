import type pg from 'pg';
import { booksColumns, ownColumns } from '../../support/books-columns.ts';
import { invoicing } from './sane-invoices.ts';
import { auditChain, rest } from './sane-machinery.ts';
import { credits, ledger, money } from './sane-money.ts';
import type { Row } from './sane-rows.ts';
import { selling } from './sane-selling.ts';

/** Makes tables in place of the views: without keys and constraints, so that every rule can be broken. */
export async function makeTables(client: pg.Client): Promise<void> {
  for (const [schema, tables] of Object.entries({ conformance: booksColumns, books: ownColumns })) {
    await client.query(`create schema ${schema}`);
    for (const [name, columns] of Object.entries(tables)) {
      await client.query(`create table ${schema}.${name} (${columns})`);
    }
  }
}

/** Adds rows; what is not named gets its default. */
async function add(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    const names = Object.keys(row);
    await client.query(
      `insert into ${table in ownColumns ? 'books' : 'conformance'}.${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    );
  }
}

/** Little things in which every rule holds and has something to look at. All is of organization `a` unless it says `b`. */
export async function addSaneWorld(client: pg.Client): Promise<void> {
  for (const [table, rows] of Object.entries({ ...selling(), ...invoicing(), ...money(), ...credits(), ...rest() })) {
    await add(
      client,
      table,
      rows.map((row) => ({ ...(table === 'outbox' || 'org_id' in row ? {} : { org_id: 'a' }), ...row })),
    );
  }
  await add(client, 'ledger_entries', ledger());
  await add(client, 'audit_log', auditChain());
}
