import type { Reader } from '../../platform/database.ts';
import type { Dress } from './document-content.ts';

export const defaultAccent = '#1f4e79';

interface BrandingRecord {
  logo: Buffer | null;
  accent_color: string | null;
  footer: string | null;
}

/** How documents of a legal entity look now. */
export async function readDress(reader: Reader, legalEntityId: string): Promise<Dress> {
  const [record] = await reader.rows<BrandingRecord>(
    `select logo, accent_color, footer from document_brandings where organization_id = $1 and legal_entity_id = $2::uuid`,
    [reader.organizationId, legalEntityId],
  );
  return {
    logo: record?.logo ?? null,
    accentColor: record?.accent_color ?? defaultAccent,
    footer: record?.footer ?? null,
  };
}
