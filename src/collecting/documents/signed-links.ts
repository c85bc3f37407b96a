import type { Config } from '../../config.ts';
import { fromGlobalId, type IdPrefix, toGlobalId } from '../../platform/id.ts';
import { isSignatureOf, signatureOf } from '../../platform/signed-text.ts';

const documentKinds = ['invoice', 'credit_note', 'receipt'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A document somebody may fetch until an instant. */
export interface DocumentGrant {
  readonly organizationId: string;
  readonly kind: DocumentKind;
  /** The uuid of the invoice or receipt. */
  readonly id: string;
  /** In milliseconds; null for a link of before it was told, which may be as old as a link can be. */
  readonly issuedAt: Date | null;
  /** In whole seconds. */
  readonly expiresAt: Date;
}

const prefixes: Readonly<Record<DocumentKind, IdPrefix>> = { invoice: 'inv', credit_note: 'cn', receipt: 'rcp' };

/** The longest a link may serve. */
export const longestLink = 7 * 86_400;

const purpose = 'perennial document links';

/**
 * The address of a document, good until the grant expires (whole seconds) or is taken back. It carries no credentials but
 * its signature, which names the organization, the document, when it was given out and when it ends.
 */
export function documentUrl(config: Pick<Config, 'encryptionKey' | 'publicUrl'>, grant: DocumentGrant): string {
  const parameters = new URLSearchParams({
    organization: toGlobalId('org', grant.organizationId),
    ...(grant.issuedAt ? { issued: String(grant.issuedAt.getTime()) } : {}),
    expires: String(seconds(grant.expiresAt)),
    signature: signatureOf(config.encryptionKey, purpose, bodyOf(grant)),
  });
  return `${config.publicUrl}/documents/${toGlobalId(prefixes[grant.kind], grant.id)}.pdf?${parameters}`;
}

/** What an address grants at an instant; null if its signature is not ours or its time is over, never saying which. */
export function readGrant(
  config: Pick<Config, 'encryptionKey'>,
  name: string,
  query: Readonly<Record<string, unknown>>,
  now: Date,
): DocumentGrant | null {
  const { organization, issued, expires, signature } = query;
  if (typeof organization !== 'string' || typeof expires !== 'string' || typeof signature !== 'string') return null;
  if (!/^\d{1,11}$/.test(expires)) return null;
  if (issued !== undefined && (typeof issued !== 'string' || !/^\d{1,14}$/.test(issued))) return null;
  const organizationId = fromGlobalId('org', organization);
  const kind = documentKinds.find((one) => name.startsWith(`${prefixes[one]}_`) && name.endsWith('.pdf'));
  const id = kind ? fromGlobalId(prefixes[kind], name.slice(0, -'.pdf'.length)) : null;
  if (!organizationId || !kind || !id) return null;
  const grant = {
    ...{ organizationId, kind, id },
    issuedAt: issued === undefined ? null : new Date(Number(issued)),
    expiresAt: new Date(Number(expires) * 1000),
  };
  if (!isSignatureOf(config.encryptionKey, purpose, bodyOf(grant), signature)) return null;
  return grant.expiresAt > now ? grant : null;
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000);

const bodyOf = ({ organizationId, kind, id, issuedAt, expiresAt }: DocumentGrant): string =>
  JSON.stringify([organizationId, kind, id, seconds(expiresAt), ...(issuedAt ? [issuedAt.getTime()] : [])]);
