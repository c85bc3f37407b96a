import type { App } from '../../../platform/app-types.ts';
import type { Job, PublishedFact, Reaction, Timer } from '../../../platform/module.ts';
import { knowsUs } from '../providers/gateways.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { forgetRefusal, resumeStalled, takeTurn } from '../providers/refusals.ts';
import { attemptRefund } from '../refunds/attempt-refund.ts';
import { attemptPayment, drivePayment } from './attempt-payment.ts';

const mostAtOnce = 200;
const atATime = 8;

/**
 * Runs a task for each item, a few at a time; one that fails is logged and does not hold up the others. Asked to leave
 * off, it begins no further one.
 */
export async function forEach<T>(
  app: App,
  items: readonly T[],
  task: (item: T) => Promise<unknown>,
  leaveOff?: AbortSignal,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined && !leaveOff?.aborted; item = left.shift()) {
      try {
        await task(item);
      } catch (error) {
        app.log.error({ err: error }, 'a payment could not be taken on; it is tried again');
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
}

interface Due {
  organization_id: string;
  id: string;
}

/** Takes every due payment one step on: attempts, look-ups, captures, cancellations. The table says what is due. */
export const attemptPaymentsJob: Job = {
  name: 'attempt-payments',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from payments_to_attempt($1, $2)', [app.clock.now(), mostAtOnce]);
    const attempt = (one: Due) => attemptPayment(app, { organizationId: one.organization_id, paymentId: one.id });
    await forEach(app, due, attempt, leaveOff);
    if (due.length >= mostAtOnce) app.wake('attempt-payments', undefined, { key: 'attempt-payments' });
  },
};

/** The same for refunds. */
export const attemptRefundsJob: Job = {
  name: 'attempt-refunds',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from refunds_to_attempt($1, $2)', [app.clock.now(), mostAtOnce]);
    const attempt = (one: Due) => attemptRefund(app, { organizationId: one.organization_id, refundId: one.id });
    await forEach(app, due, attempt, leaveOff);
    if (due.length >= mostAtOnce) app.wake('attempt-refunds', undefined, { key: 'attempt-refunds' });
  },
};

/**
 * Asks the provider of each organization for which something stands still whether it lets us in again; connecting by
 * mutation lets it go on at once.
 */
export const tryStalledJob: Job = {
  name: 'try-stalled-payments',
  everyMs: 10 * 60_000,
  concurrency: 1,
  run: async (app) => {
    const shutOut = await app.sweep<{ organization_id: string }>('select * from organizations_shut_out()');
    await forEach(app, shutOut, ({ organization_id: id }) => tryAgain(app, id));
  },
};

const tasters = 10;

/**
 * A key that is not accepted is tried with one question for all that stands still. What a key is not allowed to do can be
 * told by doing it only: some of what stands still is tried. What has waited for too long is tried for the last time.
 */
async function tryAgain(app: App, id: string): Promise<void> {
  const scope = paymentScope(id);
  const turn = await app.transact(scope, (work) => takeTurn(work, id));
  if (turn === 'waits') return;
  const resume = (which: Parameters<typeof resumeStalled>[2]) =>
    app.transact(scope, (work) => resumeStalled(work, id, which));
  if (turn?.shut === 'permission') {
    const tried = (await resume({ overdue: true })) + (await resume({ most: tasters }));
    if (tried > 0) return;
  }
  if (await knowsUs(app, id)) await app.transact(scope, (work) => forgetRefusal(work, id));
  else if (turn) await resume({ overdue: true });
}

const wake = (job: string) => async (app: App, _facts: readonly PublishedFact[]) =>
  app.wake(job, undefined, { key: job });

/** What there is to do at a provider is begun without waiting for the next look of the worker. */
export const paymentReactions: readonly Reaction[] = [
  {
    facts: ['payment.started', 'payment.retried', 'payment.cancel_requested', 'payment.capture_requested'],
    react: wake('attempt-payments'),
  },
  { facts: ['refund.created'], react: wake('attempt-refunds') },
];

interface Clock {
  organizationId: string;
  clockId: string;
}

/**
 * Payments of accounts on a test clock: their attempts and looks fall due on it. The clock waits for one that a worker is
 * busy with, but not for a provider that does not answer.
 */
export const paymentsTimer: Timer = {
  name: 'payments',
  nextDue: async (app, { organizationId, clockId }) => {
    const [row] = await app.transact(paymentScope(organizationId), (work) =>
      work.rows<{ at: Date | null }>(
        `select min(next_attempt_at) as at from payments where organization_id = $1 and test_clock_id = $2::uuid
         and next_attempt_at is not null and (claimed_until is null or claimed_until <= $3 or lookups < 3)`,
        [organizationId, clockId, app.clock.now()],
      ),
    );
    return row?.at ?? null;
  },
  runDue: async (app, clock, at) => {
    const due = await dueOnClock(app, clock, at);
    await forEach(app, due, (one) => drivePayment(app, { organizationId: clock.organizationId, paymentId: one.id }));
  },
};

function dueOnClock(app: App, clock: Clock, at: Date): Promise<Due[]> {
  return app.transact(paymentScope(clock.organizationId), (work) =>
    work.rows<Due>(
      `select organization_id, id from payments where organization_id = $1 and test_clock_id = $2::uuid
       and next_attempt_at <= $3 order by next_attempt_at, id`,
      [clock.organizationId, clock.clockId, at],
    ),
  );
}
