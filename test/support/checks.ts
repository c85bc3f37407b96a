import { type Finding, verifyBooks } from '../../src/reporting/books/index.ts';
import type { World } from './world.ts';

export interface ChecksOptions {
  /** Is nothing under way? Then also the rules of a quiet system must hold; true unless said otherwise. */
  quiet?: boolean;
}

/** What holds books: a world, whose clock they are kept by, or a database that lives by the real one. */
export type Books = Pick<World, 'database' | 'clock'> | { readonly ownerUrl: string };

/** The rules the books break now. */
export async function brokenRules(books: Books, options: ChecksOptions = {}): Promise<Finding[]> {
  const where =
    'database' in books ? { url: books.database.ownerUrl, now: books.clock.now() } : { url: books.ownerUrl };
  const findings = await verifyBooks({ ...where, underLoad: options.quiet === false });
  return findings.filter(({ broken }) => broken > 0);
}

/** Throws a list of the rules the books break, each with the first rows that break it; for the end of every scenario. */
export async function checkBooks(books: Books, options: ChecksOptions = {}): Promise<void> {
  const broken = await brokenRules(books, options);
  if (broken.length === 0) return;
  const lines = broken.map(({ invariant, broken, examples }) => {
    return `${invariant.id} ${invariant.title}: ${broken} rows, first ${examples.slice(0, 5).join(' | ')}`;
  });
  throw new Error(`The books do not add up:\n  ${lines.join('\n  ')}`);
}
