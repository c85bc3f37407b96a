import type { Work } from '../platform/work.ts';
import { MemberEntity } from './accounts.entities.ts';
import { lockMember } from './update-member.ts';

/** Ends all sessions of a member, on all devices. NOT_FOUND. */
export async function endSessions(work: Work, memberId: string, path: string[]): Promise<void> {
  const { organizationId, id, sessionVersion } = await lockMember(work, memberId, path);
  const at = work.recordedAt;
  work.update(MemberEntity, { organizationId, id, sessionVersion: sessionVersion + 1, updatedAt: at });
  work.announce({
    type: 'member.sessions_ended',
    organizationId,
    objectType: 'member',
    objectId: id,
    accountId: null,
    at,
    data: { memberId: id },
    change: { sessionVersion: { old: sessionVersion, new: sessionVersion + 1 } },
  });
}
