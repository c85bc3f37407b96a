import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** A role as the catalog describes it. */
type Role = { superuser: boolean; bypass: boolean; owns: boolean };

/**
 * Makes sure that the login role of `runtimeUrl` exists, owns nothing, cannot pass row-level security, and acts with
 * the rights of `perennial_runtime`; it may step into `perennial_sweep` (`set local role`), whose rights it does not
 * have otherwise. `owner` is connected as the owner of the database.
 *
 * Throws when the role is too mighty, or when the owner may not make or grant it (with the statements to run).
 */
export async function ensureRuntimeRole(owner: pg.Client, runtimeUrl: string): Promise<void> {
  const url = new URL(runtimeUrl);
  const name = decodeURIComponent(url.username);
  const quoted = pg.escapeIdentifier(name);
  const { rows } = await owner.query<{ version: number; owner: string; database: string }>(
    `select current_setting('server_version_num')::int as version, current_user as owner, current_database() as database`,
  );
  const { version, owner: ownerName, database } = rows[0] as { version: number; owner: string; database: string };
  if (name === ownerName) throw new Error(`The runtime role must not be the owner of the database (${name})`);
  await owner.query(`grant connect on database ${pg.escapeIdentifier(database)} to perennial_runtime, perennial_sweep`);

  if ((await findRole(owner, name)) === undefined) {
    const verifier = pg.escapeLiteral(passwordVerifier(decodeURIComponent(url.password)));
    await attempt(owner, [
      `create role ${quoted} login nosuperuser nocreatedb nocreaterole nobypassrls noinherit password ${verifier}`,
    ]);
  }
  const role = await findRole(owner, name);
  if (role?.superuser || role?.bypass || role?.owns) {
    const reason = role.owns ? 'owns objects of this database' : 'can pass row-level security';
    throw new Error(`The runtime role ${name} ${reason}. DATABASE_URL must name a role that owns nothing.`);
  }
  if (!(await isSetUp(owner, name, version))) await attempt(owner, grants(quoted, version));
}

/**
 * From PostgreSQL 16 on each membership says whether it is inherited. Before, the member says it for all of them, so
 * there the role inherits nothing and begins every session as `perennial_runtime`; done everywhere, so that sessions
 * are alike.
 */
function grants(role: string, version: number): string[] {
  const begin = `alter role ${role} set role = 'perennial_runtime'`;
  if (version < 160_000) {
    return [`alter role ${role} noinherit`, `grant perennial_runtime, perennial_sweep to ${role}`, begin];
  }
  return [
    `grant perennial_runtime to ${role} with inherit true, set true`,
    `grant perennial_sweep to ${role} with inherit false, set true`,
    begin,
  ];
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
              or exists (select from pg_database d where d.datdba = r.oid and d.datname = current_database()) as owns
       from pg_roles r where rolname = $1`,
    [name],
  );
  return rows[0];
}

/** Whether nothing is left to grant: a role may have been set up by an administrator beforehand. */
async function isSetUp(owner: pg.Client, name: string, version: number): Promise<boolean> {
  const { rows } = await owner.query<{ ready: boolean }>(
    `select pg_has_role($1, 'perennial_runtime', 'member') and pg_has_role($1, 'perennial_sweep', 'member')
        and not pg_has_role($1, 'perennial_sweep', 'usage')
        and (pg_has_role($1, 'perennial_runtime', 'usage') and $2 >= 160000
             or exists (select from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
                         where r.rolname = $1 and 'role=perennial_runtime' = any(s.setconfig))) as ready`,
    [name, version],
  );
  return rows[0]?.ready === true;
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
