import { z } from 'zod';
import type { App } from '../platform/app-types.ts';
import { DomainError } from '../platform/errors.ts';
import { readInput } from '../platform/input.ts';
import { isStorableText } from '../platform/scalars.ts';
import type { Work } from '../platform/work.ts';
import { MemberEntity } from './accounts.entities.ts';
import { beginSession } from './begin-session.ts';
import { countLoginTry, forgetLoginTries } from './login-limit.ts';
import { hashPassword, isOutdated, verifyNothing, verifyPassword } from './passwords.ts';
import type { Session } from './sessions.ts';

const logInInput = z.object({
  email: z
    .string()
    .max(254, 'At most 254 characters are allowed.')
    .refine(isStorableText, 'The text holds characters that cannot be stored.')
    .toLowerCase(),
  password: z.string().max(200, 'At most 200 characters are allowed.'),
});

export interface LogInInput {
  email: string;
  password: string;
  /** Which organization, for people who are members of several; otherwise the first in which the password fits. */
  organizationId?: string | null;
}

export interface LoggedIn {
  organizationId: string;
  memberId: string;
  session: Session;
}

interface Candidate {
  organizationId: string;
  id: string;
  passwordHash: string;
  sessionVersion: number;
}

/**
 * A process: checks e-mail address and password and begins a session. INVALID_CREDENTIALS whichever of them is wrong,
 * after the same work; RATE_LIMITED after ten tries of one address in a quarter of an hour.
 */
export async function logIn(app: App, given: LogInInput, requestId: string): Promise<LoggedIn> {
  const { email, password } = readInput(logInInput, given);
  await countLoginTry(app, email);
  const logins = await app.sweep<{ organization_id: string; id: string }>('select * from find_logins($1)', [email]);
  const wanted = logins.filter((login) => !given.organizationId || login.organization_id === given.organizationId);
  if (wanted.length === 0) await verifyNothing(password);
  for (const login of wanted) {
    const candidate = await readCandidate(app, login.organization_id, login.id);
    if (!candidate || !(await verifyPassword(password, candidate.passwordHash))) continue;
    await forgetLoginTries(app, email);
    const newHash = isOutdated(candidate.passwordHash) ? await hashPassword(password) : null;
    return begin(app, candidate, newHash, requestId);
  }
  throw wrongCredentials();
}

/** INVALID_CREDENTIALS, the same for every reason. */
export function wrongCredentials(path?: string[]): DomainError {
  return new DomainError('INVALID_CREDENTIALS', 'The e-mail address or the password is wrong.', path ? { path } : {});
}

async function readCandidate(app: App, organizationId: string, id: string): Promise<Candidate | null> {
  const reader = app.read(organizationId);
  try {
    const [row] = await reader.rows<{ password_hash: string; session_version: number }>(
      'select password_hash, session_version from members where organization_id = $1 and id = $2 and removed_at is null',
      [organizationId, id],
    );
    return row ? { organizationId, id, passwordHash: row.password_hash, sessionVersion: row.session_version } : null;
  } finally {
    await reader.close();
  }
}

async function begin(app: App, member: Candidate, newHash: string | null, requestId: string): Promise<LoggedIn> {
  const { organizationId, id, sessionVersion } = member;
  const scope = { organizations: [organizationId], actor: { type: 'member' as const, id }, requestId };
  const session = await app.transact(scope, (work) => {
    recordLogin(work, member, newHash);
    return beginSession(work, app, { memberId: id, version: sessionVersion });
  });
  return { organizationId, memberId: id, session };
}

function recordLogin(work: Work, { organizationId, id }: Candidate, newHash: string | null): void {
  const at = work.recordedAt;
  work.update(MemberEntity, { organizationId, id, lastLoginAt: at, ...(newHash ? { passwordHash: newHash } : {}) });
  work.announce({
    type: 'member.logged_in',
    organizationId,
    objectType: 'member',
    objectId: id,
    accountId: null,
    at,
    data: { memberId: id },
  });
}
