import { createHash, timingSafeEqual } from 'node:crypto';
import type { App } from '../platform/app-types.ts';
import { BoundedMap } from '../platform/bounded-map.ts';
import type { Identity, Mode } from '../platform/context.ts';
import { unauthenticated } from '../platform/errors.ts';
import { hashApiKey, parseApiKey } from './api-key-text.ts';
import { permissionsOfRole } from './permissions.ts';
import { readSession, type SessionClaims } from './sessions.ts';

/** For so long a credential is believed without looking again: revocation elsewhere takes effect within it. */
const believedMs = 2_000;
const mostBelieved = 20_000;
const longestCredential = 2_048;
/** A key's last use is written at most so often. */
const useEveryMs = 60_000;

interface Believed {
  identity: Identity;
  /** Of the process's monotonic clock. */
  until: number;
  /** Of the wall clock: when the credential itself ends. */
  expiresAt: Date | null;
}

const believedByApp = new WeakMap<App, BoundedMap<string, Believed>>();

/**
 * Who sends a request, by its `Authorization` header: an API key or a session's access token. Null without a header;
 * UNAUTHENTICATED for anything that is not valid, whatever the reason. Costs one statement, or none if the same
 * credential was seen in the last two seconds; `anew` always looks.
 */
export async function authenticate(
  app: App,
  authorization: string | null | undefined,
  how: { anew?: boolean } = {},
): Promise<Identity | null> {
  if (authorization === null || authorization === undefined) return null;
  const match = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization.slice(0, longestCredential + 10));
  const credential = match?.[1] ?? '';
  if (credential === '' || credential.length > longestCredential) throw unauthenticated();
  const key = createHash('sha256').update(credential).digest('base64url');
  const cache = cacheOf(app);
  const known = cache.get(key);
  const now = app.clock.now();
  if (!how.anew && known && known.until > performance.now() && !(known.expiresAt && known.expiresAt <= now))
    return known.identity;
  const lookedAt = performance.now();
  const found = credential.startsWith('bk_') ? await byApiKey(app, credential) : await bySession(app, credential);
  if (!found) throw unauthenticated();
  cache.set(key, { ...found, until: lookedAt + believedMs });
  return found.identity;
}

/** Believes nothing any more in this process: called after a key, member or session was ended. */
export function forgetCredentials(app: App): void {
  believedByApp.delete(app);
}

function cacheOf(app: App): BoundedMap<string, Believed> {
  const known = believedByApp.get(app);
  if (known) return known;
  const made = new BoundedMap<string, Believed>(mostBelieved);
  believedByApp.set(app, made);
  return made;
}

interface KeyRecord {
  organization_id: string;
  id: string;
  mode: Mode;
  secret_hash: Buffer;
  permissions: string[];
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

type Found = Omit<Believed, 'until'> | null;

async function byApiKey(app: App, secret: string): Promise<Found> {
  const parsed = parseApiKey(secret);
  if (!parsed) return null;
  const [record] = await app.sweep<KeyRecord>('select * from find_api_key($1)', [parsed.keyId]);
  const presented = hashApiKey(secret);
  const matches = timingSafeEqual(presented, record?.secret_hash ?? Buffer.alloc(presented.length));
  const now = app.clock.now();
  if (!record || !matches || record.revoked_at || record.mode !== parsed.mode) return null;
  if (record.expires_at && record.expires_at <= now) return null;
  const { organization_id: organizationId, id } = record;
  if (now.getTime() - (record.last_used_at?.getTime() ?? 0) >= useEveryMs) tellUse(app, { organizationId, id }, now);
  return {
    identity: {
      organizationId,
      mode: record.mode,
      actor: { type: 'api_key', id },
      permissions: new Set(record.permissions),
      rateKey: id,
    },
    expiresAt: record.expires_at,
  };
}

/** Uses that were told and may not be written yet: a key in steady use must not wake the job with every request. */
const toldByApp = new WeakMap<App, BoundedMap<string, number>>();

function tellUse(app: App, key: { organizationId: string; id: string }, usedAt: Date): void {
  const told = toldByApp.get(app) ?? new BoundedMap<string, number>(mostBelieved);
  toldByApp.set(app, told);
  const at = usedAt.getTime();
  const before = told.get(key.id);
  if (before !== undefined && Math.abs(at - before) < useEveryMs) return;
  told.set(key.id, at);
  app.wake('record-api-key-use', { ...key, usedAt: usedAt.toISOString() }, { key: key.id });
}

async function bySession(app: App, token: string): Promise<Found> {
  const claims = await readSession(app, token, 'access');
  if (!claims) return null;
  const { organizationId, memberId } = claims;
  const member = await findSessionMember(app, claims);
  if (!member || member.session_version !== claims.version) return null;
  return {
    identity: {
      organizationId,
      mode: member.mode,
      actor: { type: 'member', id: memberId },
      permissions: permissionsOfRole(member.role),
      rateKey: memberId,
    },
    // The token's own end is checked to the second only when it is read again, two seconds later at most.
    expiresAt: null,
  };
}

/** What decides about a session of a member, or null if it was ended or there is no such member any more. */
async function findSessionMember(app: App, { organizationId, memberId, sessionId }: SessionClaims) {
  const [member] = await app.sweep<{ mode: Mode; role: string; session_version: number }>(
    'select * from find_session_member($1, $2, $3)',
    [organizationId, memberId, sessionId],
  );
  return member ?? null;
}
