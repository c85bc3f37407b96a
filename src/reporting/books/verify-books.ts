import pg from 'pg';
import { type Examination, examineBooks, type Finding } from './examine-books.ts';

export interface VerifyOptions extends Examination {
  /** A connection whose role may become `conformance_reader`: the owner's. */
  url: string;
}

/**
 * Runs the rules over the books, all in one snapshot: what they find is true of one instant. Reads only, as the
 * auditor's role, over every organization unless one is named.
 */
export async function verifyBooks(options: VerifyOptions): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'perennial verify' });
  // A connection that breaks fails the query that waits for it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local role conformance_reader');
    return await examineBooks(client, options);
  } finally {
    await client.end();
  }
}
