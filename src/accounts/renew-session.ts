import type { App } from '../platform/app-types.ts';
import { findSessionMember } from './authenticate.ts';
import { type LoggedIn, wrongCredentials } from './log-in.ts';
import { makeSession, readSession } from './sessions.ts';

/** A process: the next pair of tokens for a renewal token. INVALID_CREDENTIALS once the session is over or was ended. */
export async function renewSession(app: App, renewalToken: string): Promise<LoggedIn> {
  const claims = renewalToken.length <= 2_048 ? await readSession(app, renewalToken, 'renewal') : null;
  const member = claims && (await findSessionMember(app, claims.organizationId, claims.memberId));
  if (!claims || member?.session_version !== claims.version) throw wrongCredentials(['input', 'renewalToken']);
  const { organizationId, memberId } = claims;
  return { organizationId, memberId, session: await makeSession(app, claims) };
}
