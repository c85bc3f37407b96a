import { z } from 'zod';
import { DomainError } from '../platform/errors.ts';
import { freeText, metadataInput } from '../platform/free-text.ts';
import { newId } from '../platform/id.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { OrganizationEntity, TestClockEntity, type TestClockRow } from './accounts.entities.ts';

const createTestClockInput = z.object({
  name: freeText(200).nullish(),
  frozenTime: z.date(),
  metadata: metadataInput.nullish(),
});

export type CreateTestClockInput = z.input<typeof createTestClockInput>;

/** Makes a clock that stands at `frozenTime` until it is advanced. NOT_ALLOWED_IN_LIVE, INVALID_INPUT. */
export async function createTestClock(work: Work, given: CreateTestClockInput): Promise<TestClockRow> {
  const input = readInput(createTestClockInput, given);
  const organizationId = work.organizationId;
  const organization = await work.findOne(OrganizationEntity, { id: organizationId });
  if (organization?.mode !== 'sandbox') {
    throw new DomainError('NOT_ALLOWED_IN_LIVE', 'Only sandbox organizations have test clocks.');
  }
  const row: TestClockRow = {
    organizationId,
    id: newId(),
    name: input.name ?? 'Test clock',
    status: 'ready',
    nowAt: input.frozenTime,
    targetAt: null,
    metadata: input.metadata ?? {},
    createdAt: work.recordedAt,
    updatedAt: work.recordedAt,
  };
  work.insert(TestClockEntity, [row]);
  work.announce({
    type: 'clock.created',
    organizationId,
    objectType: 'test_clock',
    objectId: row.id,
    accountId: null,
    at: row.nowAt,
    data: { testClockId: row.id, nowAt: row.nowAt.toISOString() },
    change: { name: { old: null, new: row.name }, nowAt: { old: null, new: row.nowAt } },
  });
  return row;
}
