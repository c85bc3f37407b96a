import type { Work } from '../../../platform/work.ts';
import { StripeRefusalEntity, type StripeRefusalRow } from '../payments.entities.ts';
import { patienceMilliseconds, type Shutting } from './stall.ts';

const minute = 60_000;
const shortest = 10 * minute;
const longest = 6 * 60 * minute;

/** Milliseconds until access is tried again: as long as it has been refused, at least ten minutes, at most six hours. */
export function tryAgainAfter(refusedMilliseconds: number): number {
  return Math.min(Math.max(refusedMilliseconds, shortest), longest);
}

/** Puts on record that Stripe refuses the organization access. Nothing for a provider that is not connected. */
export async function noteRefusal(work: Work, organizationId: string, refusal: Shutting): Promise<void> {
  if (refusal.shut === 'disconnected') return;
  await work.rows(
    `insert into stripe_refusals as r (organization_id, shut, reason, since, last_at, next_try_at)
     values ($1, $2, $3, $4, $4, $5)
     on conflict (organization_id) do update set shut = excluded.shut, reason = excluded.reason, last_at = excluded.last_at`,
    [organizationId, refusal.shut, refusal.reason, work.recordedAt, later(work.recordedAt, shortest)],
  );
}

/** Stripe lets us in again: what it had refused goes on. */
export async function forgetRefusal(work: Work, organizationId: string): Promise<void> {
  await work.rows(`delete from stripe_refusals where organization_id = $1`, [organizationId]);
  await resumeStalled(work, organizationId);
}

/** What is known of the refusal if its turn has come, and its next turn is set; `waits` if it has not come; null for none. */
export async function takeTurn(work: Work, organizationId: string): Promise<StripeRefusalRow | 'waits' | null> {
  await work.rows(`select 1 from stripe_refusals where organization_id = $1 for update`, [organizationId]);
  const refusal = await work.findOne(StripeRefusalEntity, { organizationId });
  if (!refusal) return null;
  const now = work.recordedAt;
  if (refusal.nextTryAt > now) return 'waits';
  const nextTryAt = later(now, tryAgainAfter(now.getTime() - refusal.since.getTime()));
  work.update(StripeRefusalEntity, { organizationId, nextTryAt });
  return refusal;
}

const later = (at: Date, milliseconds: number) => new Date(at.getTime() + milliseconds);

const decidedNot = `('pending', 'unknown', 'requires_action', 'requires_capture')`;
const standsStill = `s.failure_code in ('provider_disconnected', 'provider_access_refused') and s.next_attempt_at is null`;

/** Which of what stands still goes on. */
export interface Resumption {
  /** At most so many payments and so many refunds, those first that were tried longest ago. */
  most?: number;
  /** Only what waits for too long and cannot have been charged: it fails if access is refused once more. */
  overdue?: boolean;
}

/**
 * Lets payments, refunds and events of an organization that stand still go on. What another transaction holds waits for
 * the next time. Answers how many there were.
 */
export async function resumeStalled(work: Work, organizationId: string, which: Resumption = {}): Promise<number> {
  const before = which.overdue ? later(work.recordedAt, -patienceMilliseconds) : null;
  const parameters = [organizationId, work.recordedAt, before, which.most ?? null];
  const payments = await work.rows(
    `update payments p set next_attempt_at = coalesce((select c.now_at from test_clocks c
         where c.organization_id = p.organization_id and c.id = p.test_clock_id), $2)
     where p.organization_id = $1 and p.id in (select s.id from payments s
       where s.organization_id = $1 and ${standsStill} and s.status in ${decidedNot}
         and ($3::timestamptz is null or (s.refused_since <= $3 and s.status = 'pending' and not exists (
           select from payment_attempts a where a.organization_id = s.organization_id and a.payment_id = s.id
             and a.status in ${decidedNot})))
       order by s.updated_at limit $4 for update skip locked) returning 1`,
    parameters,
  );
  const refunds = await work.rows(
    `update refunds r set next_attempt_at = $2 where r.organization_id = $1 and r.id in (select s.id from refunds s
       where s.organization_id = $1 and ${standsStill} and s.status in ('approved', 'pending', 'unknown', 'requires_action')
         and ($3::timestamptz is null or (s.refused_since <= $3 and s.lookups = 0 and s.provider_ref is null))
       order by s.updated_at limit $4 for update skip locked) returning 1`,
    parameters,
  );
  const events = which.overdue ? [] : await resumeEvents(work, parameters);
  return payments.length + refunds.length + events.length;
}

/** Events go on in the order of their arrival: the job takes them by instant and id. */
function resumeEvents(work: Work, [organizationId, recordedAt, , most]: readonly unknown[]): Promise<unknown[]> {
  return work.rows(
    `update provider_events e set parked_at = null, tries = 0, next_attempt_at = $2
     where e.organization_id = $1 and e.id in (select s.id from provider_events s
       where s.organization_id = $1 and s.parked_at is not null order by s.id limit $3 for update skip locked) returning 1`,
    [organizationId, recordedAt, most],
  );
}

/** A new key has its own patience: nothing was refused to it yet. */
export async function beginAfresh(work: Work, organizationId: string): Promise<void> {
  for (const table of ['payments', 'refunds']) {
    await work.rows(
      `update ${table} t set refused_since = null where t.organization_id = $1 and t.id in (select s.id from ${table} s
         where s.organization_id = $1 and s.refused_since is not null for update skip locked)`,
      [organizationId],
    );
  }
  await forgetRefusal(work, organizationId);
}
