import type { App } from '../platform/app-types.ts';
import { DomainError } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import { SessionEntity } from './accounts.entities.ts';
import { forgetCredentials } from './authenticate.ts';
import type { LoggedIn } from './log-in.ts';
import { hashRenewalToken, readSession, type Session, type SessionClaims, signSession } from './sessions.ts';

/** For so long the renewal token before is answered as it was: for an answer that was lost, and for two tabs at once. */
const graceMs = 30_000;

interface Locked {
  generation: number;
  token_hash: Buffer;
  previous_hash: Buffer | null;
  renewed_at: Date;
}

/**
 * A process: the next pair of tokens for a renewal token, which is used up by it (RFC 9700, 4.14.2). One that was used up
 * is answered the same pair's renewal token again for half a minute; after that it was stolen, from whoever comes second,
 * and the session is over for both. INVALID_CREDENTIALS once the session is over or was ended.
 */
export async function renewSession(app: App, renewalToken: string, requestId: string | null): Promise<LoggedIn> {
  const claims = await readSession(app, renewalToken, 'renewal');
  const session = claims && (await renew(app, claims, hashRenewalToken(renewalToken), requestId));
  if (!claims || !session) {
    // Nobody typed anything: to speak of a password would send people looking for a mistake they did not make.
    throw new DomainError('INVALID_CREDENTIALS', 'The session has ended. Log in again.', {
      path: ['input', 'renewalToken'],
    });
  }
  return { organizationId: claims.organizationId, memberId: claims.memberId, session };
}

async function renew(app: App, claims: SessionClaims, presented: Buffer, requestId: string | null) {
  const actor = { type: 'member' as const, id: claims.memberId };
  const scope = { organizations: [claims.organizationId], actor, requestId };
  const answer = await app.transact(scope, async (work): Promise<Session | 'over' | 'reused'> => {
    const row = await lockSession(work, claims);
    if (!row) return 'over';
    if (presented.equals(row.token_hash)) return next(work, app, claims, row);
    const isOneBefore = row.previous_hash !== null && presented.equals(row.previous_hash);
    if (isOneBefore && work.recordedAt.getTime() - row.renewed_at.getTime() <= graceMs) {
      return signSession(app, claims, { generation: row.generation, renewedAt: row.renewed_at });
    }
    endReused(work, claims);
    return 'reused';
  });
  if (answer === 'reused') forgetCredentials(app);
  return typeof answer === 'string' ? null : answer;
}

/** The session's row, locked: of renewals at the same moment one is first. Null if it is over. */
async function lockSession(work: Work, claims: SessionClaims): Promise<Locked | null> {
  const [row] = await work.rows<Locked>(
    `select s.generation, s.token_hash, s.previous_hash, s.renewed_at
     from sessions s join members m on m.organization_id = s.organization_id and m.id = s.member_id
     where s.organization_id = $1 and s.id = $2 and s.member_id = $3 and s.ended_at is null
       and m.session_version = $4 and m.removed_at is null
     for update of s`,
    [claims.organizationId, claims.sessionId, claims.memberId, claims.version],
  );
  return row ?? null;
}

async function next(work: Work, app: App, claims: SessionClaims, row: Locked): Promise<Session> {
  const generation = row.generation + 1;
  const session = await signSession(app, claims, { generation, renewedAt: work.recordedAt });
  work.update(SessionEntity, {
    organizationId: claims.organizationId,
    id: claims.sessionId,
    generation,
    tokenHash: hashRenewalToken(session.renewalToken),
    previousHash: row.token_hash,
    renewedAt: work.recordedAt,
    expiresAt: session.renewalTokenExpiresAt,
  });
  return session;
}

function endReused(work: Work, { organizationId, memberId, sessionId }: SessionClaims): void {
  const at = work.recordedAt;
  work.update(SessionEntity, { organizationId, id: sessionId, endedAt: at });
  work.announce({
    type: 'member.renewal_token_reused',
    organizationId,
    objectType: 'member',
    objectId: memberId,
    accountId: null,
    at,
    data: { memberId, sessionId },
    change: { sessionEndedAt: { old: null, new: at } },
  });
}
