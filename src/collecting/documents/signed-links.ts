import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Config } from '../../config.ts';
import { fromGlobalId, type IdPrefix, toGlobalId } from '../../platform/id.ts';

export const documentKinds = ['invoice', 'credit_note', 'receipt'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A document somebody may fetch until an instant. */
export interface DocumentGrant {
  readonly organizationId: string;
  readonly kind: DocumentKind;
  /** The uuid of the invoice or receipt. */
  readonly id: string;
  readonly expiresAt: Date;
}

const prefixes: Readonly<Record<DocumentKind, IdPrefix>> = { invoice: 'inv', credit_note: 'cn', receipt: 'rcp' };

/** The longest a link may serve. */
export const longestLink = 7 * 86_400;

/**
 * The address of a document, good until the grant expires (whole seconds). It carries no credentials but its signature
 * (HMAC-SHA256), which names the organization, the document and the end.
 */
export function documentUrl(config: Pick<Config, 'encryptionKey' | 'publicUrl'>, grant: DocumentGrant): string {
  const parameters = new URLSearchParams({
    organization: toGlobalId('org', grant.organizationId),
    expires: String(seconds(grant.expiresAt)),
    signature: sign(config, grant).toString('base64url'),
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
  const { organization, expires, signature } = query;
  if (typeof organization !== 'string' || typeof expires !== 'string' || typeof signature !== 'string') return null;
  if (!/^\d{1,11}$/.test(expires) || !/^[\w-]{43}$/.test(signature)) return null;
  const organizationId = fromGlobalId('org', organization);
  const kind = documentKinds.find((one) => name.startsWith(`${prefixes[one]}_`) && name.endsWith('.pdf'));
  const id = kind ? fromGlobalId(prefixes[kind], name.slice(0, -'.pdf'.length)) : null;
  if (!organizationId || !kind || !id) return null;
  const grant = { organizationId, kind, id, expiresAt: new Date(Number(expires) * 1000) };
  const given = Buffer.from(signature, 'base64url');
  const right = sign(config, grant);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  return grant.expiresAt > now ? grant : null;
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000);

/** A key of its own, derived from the operator's: what signs links opens no secret. */
function sign(config: Pick<Config, 'encryptionKey'>, grant: DocumentGrant): Buffer {
  const key = Buffer.from(hkdfSync('sha256', config.encryptionKey, '', 'perennial document links', 32));
  const { organizationId, kind, id, expiresAt } = grant;
  return createHmac('sha256', key)
    .update(JSON.stringify([organizationId, kind, id, seconds(expiresAt)]))
    .digest();
}
