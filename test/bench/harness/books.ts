import { verifyBooks } from '../../../src/reporting/books/index.ts';
import type { BenchDatabase } from './server.ts';

/** What the rules of the books say about a database: a line for the report, and every rule that is broken. */
export async function checkBooks(
  database: BenchDatabase,
  name: string,
  options: { underLoad?: boolean } = {},
): Promise<{ check: string; wrong: string[] }> {
  const findings = await verifyBooks({ url: database.ownerUrl, ...options });
  const wrong = findings
    .filter((finding) => finding.broken > 0)
    .map(
      ({ invariant, broken, examples }) =>
        `${name}: ${invariant.id} ${invariant.title}: ${broken} × ${examples[0] ?? ''}`,
    );
  return { check: `${name}: ${findings.length} rules of the books hold but ${wrong.length}`, wrong };
}
