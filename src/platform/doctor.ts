import pg from 'pg';
import { offsetAt } from '../rules/zone.ts';
import { pendingMigrations } from './migrate.ts';

/** One thing looked at, and what was found. */
export type Finding = { readonly check: string; readonly ok: boolean; readonly detail: string };

const OLDEST_POSTGRES = 15;
const WORST_SKEW_MS = 2_000;

/** Looks at a database as the runtime role sees it: reachable, recent, migrated, in time, and with no right too many. */
export async function examineDatabase(runtimeUrl: string): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: runtimeUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    return [{ check: 'database', ok: false, detail: (error as Error).message }];
  }
  try {
    return [
      { check: 'database', ok: true, detail: 'answers' },
      await examineVersion(client),
      await examineClock(client),
      await examineZones(client),
      await examineMigrations(client),
      await examineRole(client),
    ];
  } finally {
    await client.end();
  }
}

async function examineVersion(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
  const version = rows[0]?.version ?? '0';
  const ok = Number.parseInt(version, 10) >= OLDEST_POSTGRES;
  return {
    check: 'PostgreSQL',
    ok,
    detail: ok ? version : `${version}, and ${OLDEST_POSTGRES} is the oldest that serves`,
  };
}

/** The database's clock against ours; half the round trip is not the clocks' fault. */
async function examineClock(client: pg.Client): Promise<Finding> {
  const before = wallClock();
  const { rows } = await client.query<{ now: string }>(
    `select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as now`,
  );
  const after = wallClock();
  const skew = Math.round(Math.abs(Number(rows[0]?.now) - (before + after) / 2));
  return { check: 'clock', ok: skew <= WORST_SKEW_MS, detail: `${skew} ms apart from the database's` };
}

/**
 * Whether the database knows the time zones as we do, in the middle of each month of the coming year. Boundaries are
 * computed here, never by the database, so a difference bills nothing else; but `verify` asks the database, and reports
 * (I21) accounts in zones that it knows otherwise.
 */
async function examineZones(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ zone: string; at: string; offset: number | null }>(
    `with months as (select date_trunc('month', now()) + make_interval(months => k, days => 14) as at from generate_series(0, 11) k)
     select z.zone, (extract(epoch from m.at) * 1000)::bigint::text as at,
       case when k.name is not null then (extract(epoch from (m.at at time zone k.name) - (m.at at time zone 'UTC')) * 1000)::int end as offset
     from unnest($1::text[]) z(zone) left join pg_timezone_names k on k.name = z.zone cross join months m`,
    [Intl.supportedValuesOf('timeZone')],
  );
  const differing = new Set(
    rows.flatMap(({ zone, at, offset }) => (offsetAt(zone, Number(at)) === offset ? [] : zone)),
  );
  const zones = [...differing].sort().join(', ');
  const detail = zones
    ? `the database knows other rules for ${zones}: update its time zone data`
    : 'as the database knows them';
  return { check: 'time zones', ok: true, detail };
}

async function examineMigrations(client: pg.Client): Promise<Finding> {
  try {
    const pending = await pendingMigrations(client);
    if (pending.length === 0) return { check: 'migrations', ok: true, detail: 'at head' };
    const detail = `${pending.length} pending (${pending[0]} is the next): run perennial migrate`;
    return { check: 'migrations', ok: false, detail };
  } catch (error) {
    return { check: 'migrations', ok: false, detail: (error as Error).message };
  }
}

async function examineRole(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string; bypass: boolean; owns: boolean }>(
    `select current_user as name, rolsuper or rolbypassrls as bypass,
            exists (select from pg_class c where c.relowner = r.oid) as owns
       from pg_roles r where rolname = current_user`,
  );
  const role = rows[0];
  if (role?.bypass) return { check: 'runtime role', ok: false, detail: `${role.name} passes row-level security` };
  if (role?.owns)
    return { check: 'runtime role', ok: false, detail: `${role.name} owns tables, and should own nothing` };
  return { check: 'runtime role', ok: true, detail: `${role?.name} owns nothing` };
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
