import { z } from 'zod';
import type { App } from '../platform/app-types.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { MemberEntity } from './accounts.entities.ts';
import { passwordInput } from './accounts.inputs.ts';
import { beginSession } from './begin-session.ts';
import { wrongCredentials } from './log-in.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { Session } from './sessions.ts';
import { lockMember } from './update-member.ts';

/**
 * Changes a member's own password and ends all sessions but the one it begins, which it answers.
 * INVALID_CREDENTIALS for a wrong current password, INVALID_INPUT. Count the try before: it must not be undone with this.
 */
export async function changePassword(
  work: Work,
  app: App,
  input: { memberId: string; currentPassword: string; newPassword: string },
): Promise<Session> {
  const { newPassword } = readInput(z.object({ newPassword: passwordInput }), input);
  const member = await lockMember(work, input.memberId, ['input']);
  if (input.currentPassword.length > 200 || !(await verifyPassword(input.currentPassword, member.passwordHash))) {
    throw wrongCredentials(['input', 'currentPassword']);
  }
  const { organizationId, id } = member;
  const sessionVersion = member.sessionVersion + 1;
  const passwordHash = await hashPassword(newPassword);
  work.update(MemberEntity, { organizationId, id, passwordHash, sessionVersion, updatedAt: work.recordedAt });
  work.announce({
    type: 'member.password_changed',
    organizationId,
    objectType: 'member',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { memberId: id },
  });
  return beginSession(work, app, { memberId: id, version: sessionVersion });
}
