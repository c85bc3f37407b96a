import type { App } from '../../../platform/app-types.ts';
import { paymentScope } from './payment-scope.ts';

/** How long a claim holds unless it is kept: whatever a killed process was about is taken on by another after that. */
export const claimMilliseconds = 30_000;
const keptEvery = 10_000;

/**
 * Runs the calls of one claimed step and keeps its claim for as long as they take. A process that stands still for so long
 * that its claim ends is no harm: who takes the step on asks under the same key.
 */
export async function keepClaim<T>(
  app: App,
  claimed: { table: 'payments' | 'refunds'; organizationId: string; id: string },
  calls: () => Promise<T>,
  everyMs = keptEvery,
): Promise<T> {
  let keeping: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    keeping = keep(app, claimed).catch((error: unknown) => app.log.warn({ err: error }, 'a claim could not be kept'));
  }, everyMs);
  try {
    return await calls();
  } finally {
    clearInterval(timer);
    await keeping;
  }
}

function keep(app: App, { table, organizationId, id }: { table: string; organizationId: string; id: string }) {
  return app.transact(paymentScope(organizationId), (work) =>
    work.rows(
      `update ${table} set claimed_until = $3 where organization_id = $1 and id = $2 and claimed_until is not null`,
      [organizationId, id, new Date(work.recordedAt.getTime() + claimMilliseconds)],
    ),
  );
}
