import type { Reader } from '../../platform/database.ts';
import type { Dress } from './document-content.ts';

const defaultAccent = '#1f4e79';

interface BrandingRecord {
  version: number;
  logo: Buffer | null;
  accent_color: string | null;
  footer: string | null;
}

/** A version of how documents of a legal entity look. */
export interface WornDress extends Dress {
  readonly version: number;
}

/**
 * How documents of a legal entity look in a version of its branding: that which they were issued with, 0 for those of
 * before versions were kept, or the one its next documents will wear (`null`).
 */
export async function readDress(reader: Reader, legalEntityId: string, version: number | null): Promise<WornDress> {
  const [record] = await reader.rows<BrandingRecord>(
    `select coalesce($3::int, e.branding_version) as version, l.logo, b.accent_color, b.footer
     from legal_entities e
       left join document_brandings b on b.organization_id = e.organization_id and b.legal_entity_id = e.id
         and b.version = coalesce($3::int, e.branding_version)
       left join document_brandings l on l.organization_id = b.organization_id and l.legal_entity_id = b.legal_entity_id
         and l.version = b.logo_version
     where e.organization_id = $1 and e.id = $2::uuid`,
    [reader.organizationId, legalEntityId, version],
  );
  return {
    version: record?.version ?? 0,
    logo: record?.logo ?? null,
    accentColor: record?.accent_color ?? defaultAccent,
    footer: record?.footer ?? null,
  };
}

/** What of a dress is printed. */
export const dressOf = ({ logo, accentColor, footer }: WornDress): Dress => ({ logo, accentColor, footer });
