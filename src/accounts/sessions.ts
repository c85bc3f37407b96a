import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { App } from '../platform/app-types.ts';
import { isUuid } from '../platform/id.ts';

/** What the tokens of a session say. `version` is the member's: raising it ends all sessions of the member. */
export interface SessionClaims {
  organizationId: string;
  memberId: string;
  sessionId: string;
  version: number;
}

/** Which renewal token of a session: they are counted, and made at an instant. The same place gives the same token. */
export interface RenewalPlace {
  generation: number;
  renewedAt: Date;
}

export interface Session {
  accessToken: string;
  accessTokenExpiresAt: Date;
  renewalToken: string;
  renewalTokenExpiresAt: Date;
}

type Use = 'access' | 'renewal';

const lifeSeconds: Record<Use, number> = { access: 15 * 60, renewal: 30 * 24 * 3600 };
const audience: Record<Use, string> = { access: 'perennial:api', renewal: 'perennial:renewal' };
/** One, and not the token's to choose. */
const algorithm = 'HS256';
/** Clocks of several machines differ by so much. */
const skewSeconds = 60;
const longestToken = 2_048;

/**
 * A fresh access token, for a quarter of an hour, and the renewal token of this place, to get the next pair with. A
 * renewal token is made of nothing but its claims, so it can be answered again and need not be kept.
 */
export async function signSession(app: App, claims: SessionClaims, place: RenewalPlace): Promise<Session> {
  const now = secondsOf(app.clock.now());
  const renewedAt = secondsOf(place.renewedAt);
  return {
    accessToken: await sign(app, 'access', claims, now),
    accessTokenExpiresAt: new Date((now + lifeSeconds.access) * 1000),
    renewalToken: await sign(app, 'renewal', claims, renewedAt, { gen: place.generation }),
    renewalTokenExpiresAt: new Date((renewedAt + lifeSeconds.renewal) * 1000),
  };
}

function sign(app: App, use: Use, claims: SessionClaims, at: number, more: { gen?: number } = {}): Promise<string> {
  return new SignJWT({ org: claims.organizationId, sid: claims.sessionId, ver: claims.version, ...more })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setSubject(claims.memberId)
    .setIssuer(app.config.publicUrl)
    .setAudience(audience[use])
    .setIssuedAt(at)
    .setNotBefore(at)
    .setExpirationTime(at + lifeSeconds[use])
    .sign(secretOf(app));
}

/**
 * What a token says, or null if it is not one of ours, of another use, or over. Whether its session goes on and its
 * version still counts is not known here.
 */
export async function readSession(app: App, token: string, use: Use): Promise<SessionClaims | null> {
  if (token.length > longestToken) return null;
  try {
    const { payload } = await jwtVerify(token, secretOf(app), {
      algorithms: [algorithm],
      issuer: app.config.publicUrl,
      audience: audience[use],
      currentDate: app.clock.now(),
      clockTolerance: skewSeconds,
      requiredClaims: ['sub', 'iat', 'nbf', 'exp'],
      maxTokenAge: lifeSeconds[use],
    });
    const { sub: memberId, org: organizationId, sid: sessionId, ver: version } = payload;
    if (!isId(memberId) || !isId(organizationId) || !isId(sessionId)) return null;
    if (typeof version !== 'number' || !Number.isSafeInteger(version)) return null;
    return { organizationId, memberId, sessionId, version };
  } catch {
    return null;
  }
}

/** How a renewal token is kept: its SHA-256. It is signed, so there is nothing to guess. */
export function hashRenewalToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isUuid(value);
}

function secondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

function secretOf(app: App): Uint8Array {
  return new TextEncoder().encode(app.config.jwtSecret);
}
