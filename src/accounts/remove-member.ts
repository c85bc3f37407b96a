import type { Work } from '../platform/work.ts';
import { MemberEntity } from './accounts.entities.ts';
import { keepAnAdmin, lockMember } from './update-member.ts';

/**
 * Takes a member out; sessions end, what the member did stays on record, API keys stay the organization's. NOT_FOUND,
 * INVALID_STATE for the last administrator.
 */
export async function removeMember(work: Work, id: string, path: string[] = ['input', 'id']): Promise<void> {
  const member = await lockMember(work, id, path);
  if (member.role === 'admin') await keepAnAdmin(work, id, path);
  const { organizationId, sessionVersion } = member;
  const at = work.recordedAt;
  work.update(MemberEntity, { organizationId, id, removedAt: at, updatedAt: at, sessionVersion: sessionVersion + 1 });
  work.announce({
    type: 'member.removed',
    organizationId,
    objectType: 'member',
    objectId: id,
    accountId: null,
    at,
    data: { memberId: id },
    change: { removedAt: { old: null, new: at } },
  });
}
