import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** A role as the catalog describes it. */
type Role = { superuser: boolean; bypass: boolean; owns: boolean; granted: boolean; sweeps: boolean };

/**
 * Makes sure that the login role of `runtimeUrl` exists, owns nothing, cannot pass row-level security, and has the
 * rights of `perennial_runtime` and no other group of ours. `owner` is connected as the owner of the database.
 *
 * Throws when the role is too mighty, or when the owner may not make or grant it (with the statements to run).
 */
export async function ensureRuntimeRole(owner: pg.Client, runtimeUrl: string): Promise<void> {
  const url = new URL(runtimeUrl);
  const name = decodeURIComponent(url.username);
  const quoted = pg.escapeIdentifier(name);
  const { rows } = await owner.query<{ owner: string; database: string }>(
    'select current_user as owner, current_database() as database',
  );
  const { owner: ownerName, database } = rows[0] as { owner: string; database: string };
  if (name === ownerName) throw new Error(`The runtime role must not be the owner of the database (${name})`);
  await owner.query(`grant connect on database ${pg.escapeIdentifier(database)} to perennial_runtime`);

  if ((await findRole(owner, name)) === undefined) {
    const verifier = pg.escapeLiteral(passwordVerifier(decodeURIComponent(url.password)));
    await attempt(owner, [
      `create role ${quoted} login nosuperuser nocreatedb nocreaterole nobypassrls password ${verifier}`,
    ]);
  }
  const grant = `grant perennial_runtime to ${quoted}`;
  const role = await findRole(owner, name);
  if (role !== undefined && !role.granted) await attempt(owner, [grant]);
  if (role?.superuser || role?.bypass || role?.owns || role?.sweeps) {
    throw new Error(`The runtime role ${name} ${tooMighty(role)}. DATABASE_URL must name a role that owns nothing.`);
  }
}

function tooMighty(role: Role): string {
  // A superuser counts as a member of everything, so this comes first.
  if (role.superuser || role.bypass) return 'can pass row-level security';
  return role.owns ? 'owns objects of this database' : 'is a member of perennial_sweep or conformance_reader';
}

/** Runs statements on roles, which belong to the whole cluster: another database's migration may touch them too. */
async function attempt(owner: pg.Client, statements: string[]): Promise<void> {
  for (const statement of statements) {
    for (let round = 1; ; round += 1) {
      try {
        await owner.query(statement);
        break;
      } catch (error) {
        const { code, message } = error as pg.DatabaseError;
        // duplicate_object, unique_violation: somebody was faster, which is as good.
        if (code === '42710' || code === '23505') break;
        if (code === 'XX000' && message.includes('concurrently') && round < 10) continue;
        if (code !== '42501') throw error;
        const list = statements.map((each) => each.replace(/password '.*'$/, "password '…'"));
        throw new Error(
          `The owner may not set up the runtime role (${message}). As a superuser, run:\n  ${list.join(';\n  ')};`,
        );
      }
    }
  }
}

async function findRole(owner: pg.Client, name: string): Promise<Role | undefined> {
  const { rows } = await owner.query<Role>(
    `select rolsuper as superuser, rolbypassrls as bypass,
            exists (select from pg_class c where c.relowner = r.oid)
              or exists (select from pg_database d where d.datdba = r.oid and d.datname = current_database()) as owns,
            pg_has_role(r.oid, 'perennial_runtime', 'usage') as granted,
            pg_has_role(r.oid, 'perennial_sweep', 'member')
              or pg_has_role(r.oid, 'conformance_reader', 'member') as sweeps
       from pg_roles r where rolname = $1`,
    [name],
  );
  return rows[0];
}

/**
 * The SCRAM verifier PostgreSQL stores (RFC 5803), computed here, so that the password itself is never in a statement
 * that a server might log.
 */
function passwordVerifier(password: string): string {
  const salt = randomBytes(16);
  const rounds = 4096;
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, rounds, 32, 'sha256');
  const key = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
