import { z } from 'zod';
import type { App } from '../platform/app-types.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { MemberEntity } from './accounts.entities.ts';
import { passwordInput } from './accounts.inputs.ts';
import { wrongCredentials } from './log-in.ts';
import { countLoginTry, forgetLoginTries } from './login-limit.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { lockMember } from './update-member.ts';

/**
 * Changes a member's own password and ends all sessions; answers the version of those that may begin now.
 * INVALID_CREDENTIALS for a wrong current password (its tries are counted with those of the login), INVALID_INPUT.
 */
export async function changePassword(
  work: Work,
  app: App,
  input: { memberId: string; currentPassword: string; newPassword: string },
): Promise<number> {
  const { newPassword } = readInput(z.object({ newPassword: passwordInput }), input);
  const member = await lockMember(work, input.memberId, ['input']);
  countLoginTry(app, member.email);
  if (input.currentPassword.length > 200 || !(await verifyPassword(input.currentPassword, member.passwordHash))) {
    throw wrongCredentials(['input', 'currentPassword']);
  }
  forgetLoginTries(app, member.email);
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
  return sessionVersion;
}
