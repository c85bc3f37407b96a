import type { App } from '../../platform/app-types.ts';
import type { Reader } from '../../platform/database.ts';
import type { DocumentContent } from './document-content.ts';
import { type Printed, print } from './printer.ts';
import { readContent } from './read-content.ts';
import { isRevoked } from './revoke-links.ts';
import { type DocumentKind, readGrant } from './signed-links.ts';

/** A document as it is downloaded. */
export interface Download extends Printed {
  readonly filename: string;
}

/** `INV-000042.pdf`: numbers hold nothing that a file name may not. */
const filenameOf = (content: Pick<DocumentContent, 'number'>) => `${content.number.replace(/[^A-Za-z0-9-]/g, '_')}.pdf`;

/** Prints a document of the reader's organization; null for a draft and what is not there. */
export async function printDocument(reader: Reader, kind: DocumentKind, id: string): Promise<Download | null> {
  const content = await readContent(reader, kind, id);
  if (!content) return null;
  return { ...(await print(content)), filename: filenameOf(content) };
}

/**
 * What a signed address leads to. `refused` for a signature that is not ours, a time that is over or a link
 * that was taken back, null where it was
 * right and the document is no more.
 */
export async function fetchDocument(
  app: App,
  name: string,
  query: Readonly<Record<string, unknown>>,
): Promise<Download | 'refused' | null> {
  const grant = readGrant(app.config, name, query, app.clock.now());
  if (!grant) return 'refused';
  const reader = app.read(grant.organizationId);
  try {
    if (await isRevoked(reader, grant)) return 'refused';
    const content = await readContent(reader, grant.kind, grant.id);
    // A connection of the database is not held while the page is drawn.
    await reader.end();
    if (!content) return null;
    return { ...(await print(content)), filename: filenameOf(content) };
  } finally {
    await reader.end();
  }
}
