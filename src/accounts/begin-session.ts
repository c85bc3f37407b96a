import type { App } from '../platform/app-types.ts';
import { newId } from '../platform/id.ts';
import type { Work } from '../platform/work.ts';
import { SessionEntity } from './accounts.entities.ts';
import { hashRenewalToken, type Session, signSession } from './sessions.ts';

/**
 * Begins a session of a member and answers its first tokens, which nothing keeps. Sessions of the member that can not be
 * renewed any more are swept away.
 */
export async function beginSession(
  work: Work,
  app: App,
  member: { memberId: string; version: number },
): Promise<Session> {
  const { organizationId, recordedAt } = work;
  const { memberId, version } = member;
  await work.rows('delete from sessions where organization_id = $1 and member_id = $2 and expires_at < $3', [
    organizationId,
    memberId,
    recordedAt,
  ]);
  const id = newId();
  const claims = { organizationId, memberId, sessionId: id, version };
  const session = await signSession(app, claims, { generation: 1, renewedAt: recordedAt });
  work.insert(SessionEntity, [
    {
      organizationId,
      id,
      memberId,
      generation: 1,
      tokenHash: hashRenewalToken(session.renewalToken),
      previousHash: null,
      renewedAt: recordedAt,
      expiresAt: session.renewalTokenExpiresAt,
      endedAt: null,
      createdAt: recordedAt,
    },
  ]);
  return session;
}
