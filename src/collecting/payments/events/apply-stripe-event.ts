import type { App } from '../../../platform/app-types.ts';
import type { Job } from '../../../platform/module.ts';
import type { Work } from '../../../platform/work.ts';
import { forEach } from '../collection/payment-jobs.ts';
import { ProviderEventEntity, type ProviderEventRow } from '../payments.entities.ts';
import { clientOf, connectionOf } from '../providers/gateways.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { forgetRefusal, noteRefusal } from '../providers/refusals.ts';
import { isOfStripe, readFault } from '../providers/stripe-client.ts';
import { type Effect, Ignored } from './stripe-event-objects.ts';
import { readStripeEvent } from './stripe-events.ts';

const mostAtOnce = 200;
const mostTries = 12;
const minute = 60_000;

/** Applies stored events of Stripe. The table says which; the queue only wakes. */
export const applyEventsJob: Job = {
  name: 'apply-provider-events',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app) => {
    const due = await app.sweep<{ organization_id: string; id: string }>(
      'select * from provider_events_to_apply($1, $2)',
      [app.clock.now(), mostAtOnce],
    );
    await forEach(app, due, (one) => applyStripeEvent(app, { organizationId: one.organization_id, id: one.id }));
    if (due.length >= mostAtOnce) app.wake('apply-provider-events', undefined, { key: 'apply-provider-events' });
  },
};

/**
 * Process: applies one event. 1 reads it; 2 fetches the object as it is now, so that neither order nor age of events
 * matters; 3 in one transaction: the state moves, and the event is marked. Whatever arrives twice moves once. What cannot
 * be applied is tried again later, and after some days left with its reason.
 */
async function applyStripeEvent(app: App, input: { organizationId: string; id: string }): Promise<void> {
  const scope = paymentScope(input.organizationId);
  const event = await app.transact(scope, (work) => readDue(work, input.id));
  if (!event) return;
  try {
    const connection = await connectionOf(app, input.organizationId);
    if (!connection) return await app.transact(scope, (work) => park(work, input.id, 'Stripe is not connected.'));
    const effect = await readStripeEvent(app, clientOf(app, connection), event);
    await app.transact(scope, (work) => applyOnce(work, input.id, effect));
  } catch (error) {
    if (error instanceof Ignored) await app.transact(scope, (work) => ignore(work, input.id, error.message));
    else await app.transact(scope, (work) => notNow(app, work, input.id, error));
  }
}

/** Stripe lets nobody in: the event waits for that without end. Any other fault is tried for some days. */
async function notNow(app: App, work: Work, id: string, error: unknown): Promise<void> {
  const fault = readFault(error);
  if (fault.kind !== 'deferred' || !fault.shut) return tryLater(app, work, id, error);
  const { reason, shut } = fault;
  await park(work, id, `${refused}${reason}`);
  await noteRefusal(work, work.organizationId, { status: 'deferred', providerRef: null, reason, shut });
}

const refused = 'Stripe refuses access: ';

/** Sets an event aside until Stripe is connected and lets us in (`resumeStalled`). */
async function park(work: Work, id: string, lastError: string): Promise<void> {
  const event = await lockEvent(work, id);
  if (!event) return;
  const { organizationId } = event;
  work.update(ProviderEventEntity, { organizationId, id, lastError, nextAttemptAt: null, parkedAt: work.recordedAt });
}

async function readDue(work: Work, id: string): Promise<ProviderEventRow | null> {
  const event = await work.findOne(ProviderEventEntity, { organizationId: work.organizationId, id });
  return event?.nextAttemptAt ? event : null;
}

/** The event's row first: two workers at the same event do it one after the other, and the second finds it done. */
async function lockEvent(work: Work, id: string): Promise<ProviderEventRow | null> {
  await work.rows(`select 1 from provider_events where organization_id = $1 and id = $2::uuid for update`, [
    work.organizationId,
    id,
  ]);
  return readDue(work, id);
}

async function applyOnce(work: Work, id: string, effect: Effect): Promise<void> {
  const event = await lockEvent(work, id);
  if (!event) return;
  const moved = await effect(work);
  const { organizationId } = event;
  const done = { nextAttemptAt: null, tries: event.tries + 1, lastError: null };
  work.update(ProviderEventEntity, { organizationId, id, ...done, appliedAt: work.recordedAt, effects: moved ? 1 : 0 });
  // It was refused before: Stripe lets us in again.
  if (event.lastError?.startsWith(refused)) await forgetRefusal(work, organizationId);
}

async function ignore(work: Work, id: string, reason: string): Promise<void> {
  const event = await lockEvent(work, id);
  if (!event) return;
  const { organizationId } = event;
  const done = { nextAttemptAt: null, tries: event.tries + 1, lastError: null };
  work.update(ProviderEventEntity, {
    organizationId,
    id,
    ...done,
    ignoredAt: work.recordedAt,
    ignoredReason: reason.slice(0, 500),
  });
}

async function tryLater(app: App, work: Work, id: string, error: unknown): Promise<void> {
  const event = await lockEvent(work, id);
  if (!event) return;
  app.log.warn({ err: error, event: event.providerEventId }, 'an event of Stripe could not be applied');
  const tries = event.tries + 1;
  const { organizationId } = event;
  const lastError = describe(error);
  if (tries >= mostTries) {
    work.update(ProviderEventEntity, {
      organizationId,
      id,
      tries,
      lastError,
      nextAttemptAt: null,
      deadAt: work.recordedAt,
    });
    return;
  }
  const pause = Math.min(5_000 * 3 ** (tries - 1), 6 * 60 * minute);
  const nextAttemptAt = new Date(work.recordedAt.getTime() + pause);
  work.update(ProviderEventEntity, { organizationId, id, tries, lastError, nextAttemptAt });
}

/** What may be shown of a fault: the kind of refusal, or that something is wrong here; never what was sent. */
function describe(error: unknown): string {
  const fault = readFault(error);
  if (fault.kind === 'refused' || fault.kind === 'declined') return `Stripe refused to show the object: ${fault.code}`;
  if (fault.kind === 'deferred') return `Stripe was busy: ${fault.reason}`;
  if (isOfStripe(error)) return 'Stripe did not answer';
  return `It could not be applied (${error instanceof Error ? error.name : 'fault'})`;
}

/** Puts a dead or waiting event back to be applied now. Answers false if there is none, or it is applied already. */
export async function retryStripeEvent(work: Work, id: string): Promise<boolean> {
  await work.rows(`select 1 from provider_events where organization_id = $1 and id = $2::uuid for update`, [
    work.organizationId,
    id,
  ]);
  const organizationId = work.organizationId;
  const event = await work.findOne(ProviderEventEntity, { organizationId, id });
  if (!event || event.appliedAt || event.ignoredAt) return false;
  work.update(ProviderEventEntity, {
    organizationId,
    id,
    tries: 0,
    deadAt: null,
    parkedAt: null,
    nextAttemptAt: work.recordedAt,
  });
  return true;
}
