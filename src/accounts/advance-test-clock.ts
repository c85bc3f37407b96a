import { invalidInput, invalidState, notFound } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import { TestClockEntity } from './accounts.entities.ts';

/**
 * Sends a clock forward to an instant; the walk itself is the job's, and the clock is `advancing` until all that falls
 * due on the way is done. NOT_FOUND, INVALID_STATE while it advances already, INVALID_INPUT if `to` is not later than
 * the clock's time.
 */
export async function advanceTestClock(work: Work, input: { id: string; to: Date }): Promise<void> {
  const organizationId = work.organizationId;
  const { id, to } = input;
  await work.rows('select 1 from test_clocks where organization_id = $1 and id = $2 for update', [organizationId, id]);
  const clock = await work.findOne(TestClockEntity, { organizationId, id });
  if (!clock) throw notFound(['input', 'id']);
  if (clock.status === 'advancing') throw invalidState('The clock is advancing already.', ['input', 'id']);
  if (to <= clock.nowAt) throw invalidInput(['input', 'to'], 'A clock goes forward only.');
  work.update(TestClockEntity, {
    organizationId,
    id,
    status: 'advancing',
    targetAt: to,
    updatedAt: work.recordedAt,
  });
  work.announce({
    type: 'clock.advance_started',
    organizationId,
    objectType: 'test_clock',
    objectId: id,
    accountId: null,
    at: clock.nowAt,
    data: { testClockId: id, nowAt: clock.nowAt.toISOString(), targetAt: to.toISOString() },
    change: { targetAt: { old: null, new: to } },
  });
}
