import pg from 'pg';
import { type Invariant, invariants } from './invariants.ts';

/** What one rule found. */
export interface Finding {
  invariant: Invariant;
  /** Rows of the views it reads. */
  looked: number;
  /** Rows that break it, as text; at most a hundred. */
  broken: string[];
}

const mostShown = 100;

export interface VerifyOptions {
  /** A connection whose role may become `conformance_reader`: the owner's. */
  url: string;
  /** Leave out the rules that hold only when nothing is under way. */
  underLoad?: boolean;
  onChecked?: (finding: Finding, done: number, total: number) => void;
}

/**
 * Runs the rules over the books, all in one snapshot: what they find is true of one instant. Reads only, as the
 * auditor's role, over every organization.
 */
export async function verifyBooks(options: VerifyOptions): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'perennial verify' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local role conformance_reader');
    await client.query('set local search_path = conformance, public');
    await client.query('set local jit = off');
    const counts = await countViews(client);
    const due = invariants.filter((invariant) => !options.underLoad || invariant.holds === 'at any instant');
    const findings: Finding[] = [];
    for (const invariant of due) {
      const { rows } = await client.query({ text: invariant.sql, rowMode: 'array' });
      const finding = {
        invariant,
        looked: viewsOf(invariant, counts).reduce((sum, view) => sum + (counts.get(view) ?? 0), 0),
        broken: rows.slice(0, mostShown).map((row: unknown[]) => row.map(String).join(' · ')),
      };
      findings.push(finding);
      options.onChecked?.(finding, findings.length, due.length);
    }
    await client.query('rollback');
    return findings;
  } finally {
    await client.end();
  }
}

async function countViews(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.views where table_schema = 'conformance'`,
  );
  const counts = new Map<string, number>();
  for (const { name } of rows) {
    const result = await client.query<{ count: string }>(`select count(*)::text as count from conformance.${name}`);
    counts.set(name, Number(result.rows[0]?.count ?? 0));
  }
  return counts;
}

function viewsOf(invariant: Invariant, counts: ReadonlyMap<string, number>): string[] {
  const words = new Set(invariant.sql.match(/[a-z_]+/g));
  return [...counts.keys()].filter((view) => words.has(view));
}
