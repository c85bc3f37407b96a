import { invalidState, notFound } from '../platform/errors.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { MemberEntity, type MemberRow } from './accounts.entities.ts';
import { passwordInput, type UpdateMemberInput, updateMemberInput } from './accounts.inputs.ts';
import { changedValues, changeOf } from './changes.ts';
import { hashPassword } from './passwords.ts';

const updateWithPassword = updateMemberInput.extend({ password: passwordInput.optional() });

/**
 * Changes a member; a new password ends all of the member's sessions. NOT_FOUND, INVALID_INPUT, INVALID_STATE if the
 * last administrator would be one no more.
 */
export async function updateMember(
  work: Work,
  id: string,
  given: UpdateMemberInput & { password?: string | undefined },
  path: string[] = ['input', 'id'],
): Promise<void> {
  const { password, ...input } = readInput(updateWithPassword, given);
  const member = await lockMember(work, id, path);
  const change = changeOf<MemberRow>(member, input) ?? {};
  if (change.role && member.role === 'admin') await keepAnAdmin(work, id, ['input', 'role']);
  const values: Partial<MemberRow> = changedValues<MemberRow>(change);
  if (password !== undefined) {
    values.passwordHash = await hashPassword(password);
    values.sessionVersion = member.sessionVersion + 1;
    change.password = { old: null, new: 'changed' };
  }
  if (Object.keys(change).length === 0) return;
  const { organizationId } = member;
  work.update(MemberEntity, { organizationId, id, ...values, updatedAt: work.recordedAt });
  work.announce({
    type: 'member.updated',
    organizationId,
    objectType: 'member',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { memberId: id, changed: Object.keys(change).sort() },
    change,
  });
}

/** Locks a member's row. NOT_FOUND at `path` if it is missing, foreign or removed. */
export async function lockMember(work: Work, id: string, path: string[]): Promise<MemberRow> {
  const organizationId = work.organizationId;
  // Administrators' rows are locked together and in order, so that the last two cannot remove each other at once.
  await work.rows(
    `select 1 from members where organization_id = $1 and removed_at is null and (id = $2 or role = 'admin')
     order by id for update`,
    [organizationId, id],
  );
  const member = await work.findOne(MemberEntity, { organizationId, id });
  if (!member || member.removedAt) throw notFound(path);
  return member;
}

/** INVALID_STATE if nobody but this member is an administrator; call it with the row locked. */
export async function keepAnAdmin(work: Work, id: string, path: string[]): Promise<void> {
  const [other] = await work.rows(
    `select 1 from members where organization_id = $1 and id <> $2 and role = 'admin' and removed_at is null limit 1`,
    [work.organizationId, id],
  );
  if (!other) throw invalidState('An organization keeps at least one administrator.', path);
}
