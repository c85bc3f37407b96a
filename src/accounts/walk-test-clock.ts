import type { PoolClient } from 'pg';
import { systemActor } from '../platform/actor.ts';
import type { App } from '../platform/app-types.ts';
import type { Timer } from '../platform/module.ts';
import type { Scope, Work } from '../platform/work.ts';
import { TestClockEntity } from './accounts.entities.ts';

export interface ClockName {
  organizationId: string;
  clockId: string;
}

/** Rounds in which the same stays due and nothing is announced, before the walk is given up for this time. */
const mostIdleRounds = 50;
const idlePauseMs = 100;

/**
 * A process: takes an advancing clock through everything that falls due on its way, in order, each at the instant it
 * falls due, and then to its target. Stands still where it was when it is killed and goes on from there; a second
 * walker of the same clock finds it taken and leaves. Answers whether the clock has arrived (or was not advancing).
 * Left off, it stands where it is, and the next walker goes on. Throws if something stays due however often it is done.
 */
export async function walkTestClock(app: App, clock: ClockName, leaveOff?: AbortSignal): Promise<boolean> {
  const hold = await holdClock(app, clock);
  if (!hold) return false;
  try {
    for (let idle = 0, seen = ''; ; ) {
      if (leaveOff?.aborted) return false;
      const state = await readClock(app, clock);
      if (state?.status !== 'advancing' || !state.targetAt) return true;
      const timers = await dueTimers(app, clock);
      const due = timers[0]?.due ?? null;
      await hold.check();
      if (due === null || due > state.targetAt) {
        if (!(await arrive(app, clock, state.targetAt))) continue;
        await app.relay([clock.organizationId]);
        return true;
      }
      const sight = `${state.sequence} ${due.toISOString()}`;
      idle = sight === seen ? idle + 1 : 0;
      seen = sight;
      if (idle > mostIdleRounds) throw new Error(`a test clock stands still at ${due.toISOString()}`);
      // Somebody else may be at it, such as a worker that is charging a payment.
      if (idle > 0) await new Promise((done) => setTimeout(done, idlePauseMs));
      // What was due before the clock's own time is done at the clock's time: it never goes back.
      const at = due > state.nowAt ? due : state.nowAt;
      if (at > state.nowAt && !(await setTime(app, clock, at))) continue;
      for (const { timer, due: own } of inOrder(app, timers)) if (own <= at) await timer.runDue(app, clock, at);
      await app.relay([clock.organizationId]);
    }
  } finally {
    await hold.release();
  }
}

interface DueTimer {
  timer: Timer;
  due: Date;
}

/** Timers that have something to do at some time, the earliest first. */
async function dueTimers(app: App, clock: ClockName): Promise<DueTimer[]> {
  const found: DueTimer[] = [];
  for (const timer of timersOf(app)) {
    const due = await timer.nextDue(app, clock);
    if (due) found.push({ timer, due });
  }
  return found.sort((left, right) => left.due.getTime() - right.due.getTime());
}

/** Lower modules first: what falls due at one instant is done in the same order in every walk. */
function inOrder(app: App, timers: readonly DueTimer[]): DueTimer[] {
  const order = timersOf(app);
  return [...timers].sort((left, right) => order.indexOf(left.timer) - order.indexOf(right.timer));
}

function timersOf(app: App): Timer[] {
  return app.modules.flatMap((module) => module.timers ?? []);
}

function scopeOf(clock: ClockName): Scope {
  return { organizations: [clock.organizationId], actor: systemActor('test-clocks'), requestId: null };
}

async function readClock(app: App, { organizationId, clockId }: ClockName) {
  const reader = app.read(organizationId);
  try {
    const [row] = await reader.rows<{ status: string; now_at: Date; target_at: Date | null; sequence: bigint | null }>(
      `select c.status, c.now_at, c.target_at,
         (select s.last_sequence from fact_sequences s where s.organization_id = c.organization_id) as sequence
       from test_clocks c where c.organization_id = $1 and c.id = $2`,
      [organizationId, clockId],
    );
    return row ? { status: row.status, nowAt: row.now_at, targetAt: row.target_at, sequence: row.sequence } : null;
  } finally {
    await reader.close();
  }
}

/**
 * Moves the clock unless something has come to be due before: whoever makes something holds the clock while doing so, and
 * what was made since the walk looked is done first. Answers whether it moved.
 */
async function move(
  app: App,
  clock: ClockName,
  isTooLate: (due: Date) => boolean,
  write: (work: Work) => void,
): Promise<boolean> {
  return app.transact(scopeOf(clock), async (work) => {
    await work.rows('select 1 from test_clocks where organization_id = $1 and id = $2 for update', [
      clock.organizationId,
      clock.clockId,
    ]);
    const [first] = await dueTimers(app, clock);
    if (first && isTooLate(first.due)) return false;
    write(work);
    return true;
  });
}

/** The clock's time as everybody sees it from here on, with no fact of its own: what happens then says so itself. */
function setTime(app: App, clock: ClockName, at: Date): Promise<boolean> {
  const { organizationId, clockId: id } = clock;
  return move(
    app,
    clock,
    (due) => due < at,
    (work) => work.update(TestClockEntity, { organizationId, id, nowAt: at, updatedAt: work.recordedAt }),
  );
}

function arrive(app: App, clock: ClockName, at: Date): Promise<boolean> {
  const { organizationId, clockId: id } = clock;
  return move(
    app,
    clock,
    (due) => due <= at,
    (work) => {
      const values = { status: 'ready', nowAt: at, targetAt: null, updatedAt: work.recordedAt };
      work.update(TestClockEntity, { organizationId, id, ...values });
      work.announce({
        type: 'clock.advanced',
        organizationId,
        objectType: 'test_clock',
        objectId: id,
        accountId: null,
        at,
        data: { testClockId: id, nowAt: at.toISOString() },
      });
    },
  );
}

/** One walker a clock: a lock of a transaction that does nothing else, so it ends with its process. Null if taken. */
async function holdClock(app: App, { clockId }: ClockName) {
  const client: PoolClient = await app.database.pool.connect();
  const lost = (error: Error) => app.log.warn({ err: error, clockId }, 'the hold on a test clock was lost');
  client.on('error', lost);
  const release = async () => {
    client.off('error', lost);
    try {
      await client.query('rollback');
      client.release();
    } catch (error) {
      client.release(error as Error);
    }
  };
  try {
    await client.query('begin');
    const { rows } = await client.query<{ got: boolean }>(
      `select pg_try_advisory_xact_lock(lock_number(2, $1::text)) as got`,
      [clockId],
    );
    if (rows[0]?.got) return { check: () => client.query('select 1'), release };
  } catch (error) {
    await release();
    throw error;
  }
  await release();
  return null;
}
