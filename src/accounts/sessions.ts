import { jwtVerify, SignJWT } from 'jose';
import type { App } from '../platform/app-types.ts';
import { isUuid } from '../platform/id.ts';

/** What the two tokens of a session say. `version` is the member's: raising it ends all sessions. */
export interface SessionClaims {
  organizationId: string;
  memberId: string;
  version: number;
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

/** A fresh pair of tokens: one for requests, for a quarter of an hour, and one to get the next pair with. */
export async function makeSession(app: App, claims: SessionClaims): Promise<Session> {
  const now = Math.floor(app.clock.now().getTime() / 1000);
  const sign = (use: Use) =>
    new SignJWT({ org: claims.organizationId, ver: claims.version })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject(claims.memberId)
      .setIssuer(app.config.publicUrl)
      .setAudience(audience[use])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + lifeSeconds[use])
      .sign(secretOf(app));
  return {
    accessToken: await sign('access'),
    accessTokenExpiresAt: new Date((now + lifeSeconds.access) * 1000),
    renewalToken: await sign('renewal'),
    renewalTokenExpiresAt: new Date((now + lifeSeconds.renewal) * 1000),
  };
}

/** What a token says, or null if it is not one of ours, of another use, or over. Whether its version still counts is not known here. */
export async function readSession(app: App, token: string, use: Use): Promise<SessionClaims | null> {
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
    const { sub, org, ver } = payload;
    if (typeof sub !== 'string' || !isUuid(sub) || typeof org !== 'string' || !isUuid(org)) return null;
    if (typeof ver !== 'number' || !Number.isSafeInteger(ver)) return null;
    return { organizationId: org, memberId: sub, version: ver };
  } catch {
    return null;
  }
}

function secretOf(app: App): Uint8Array {
  return new TextEncoder().encode(app.config.jwtSecret);
}
