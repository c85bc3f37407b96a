import { newId } from '../platform/id.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { MemberEntity, type MemberRow } from './accounts.entities.ts';
import { type CreateMemberInput, createMemberInput, passwordInput } from './accounts.inputs.ts';
import { hashPassword } from './passwords.ts';

/** Makes a member who can log in with the password. ALREADY_EXISTS for an e-mail address in use, INVALID_INPUT. */
export async function createMember(work: Work, given: CreateMemberInput & { password: string }): Promise<MemberRow> {
  const { password, ...input } = readInput(createMemberInput.extend({ password: passwordInput }), given);
  const row: MemberRow = {
    organizationId: work.organizationId,
    id: newId(),
    email: input.email.toLowerCase(),
    name: input.name,
    role: input.role,
    passwordHash: await hashPassword(password),
    sessionVersion: 1,
    lastLoginAt: null,
    removedAt: null,
    metadata: input.metadata ?? {},
    createdAt: work.recordedAt,
    updatedAt: work.recordedAt,
  };
  work.insert(MemberEntity, [row]);
  work.announce({
    type: 'member.created',
    organizationId: row.organizationId,
    objectType: 'member',
    objectId: row.id,
    accountId: null,
    at: work.recordedAt,
    data: { memberId: row.id, role: row.role },
    change: {
      email: { old: null, new: row.email },
      name: { old: null, new: row.name },
      role: { old: null, new: row.role },
    },
  });
  return row;
}
