import { z } from 'zod';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { ChangePolicyEntity } from '../subscriptions.entities.ts';
import { directions } from './change-policies.ts';

const schema = z
  .object({
    direction: z.enum(directions),
    timing: z.enum(['now', 'period_end']),
    settle: z.enum(['invoice_now', 'next_invoice', 'none']),
    creditBasis: z.enum(['time', 'none']),
  })
  .refine(({ direction, settle }) => !direction.startsWith('interval') || settle !== 'none', {
    path: ['settle'],
    message: 'Another interval begins a new period, which is billed.',
  });

/**
 * Decides what happens to changes of a direction from now on; what is pending stays as it was agreed. INVALID_INPUT for another
 * interval that would not be billed.
 */
export async function setChangePolicy(work: Work, given: z.input<typeof schema>): Promise<void> {
  const { direction, ...policy } = readInput(schema, given);
  const { organizationId, recordedAt } = work;
  await work.rows('select 1 from organizations where id = $1 for no key update', [organizationId]);
  const known = await work.findOne(ChangePolicyEntity, { organizationId, direction });
  const old = known ? { timing: known.timing, settle: known.settle, creditBasis: known.creditBasis } : null;
  if (known) work.update(ChangePolicyEntity, { organizationId, id: known.id, ...policy, updatedAt: recordedAt });
  else {
    const stamps = { createdAt: recordedAt, updatedAt: recordedAt };
    work.insert(ChangePolicyEntity, [{ organizationId, id: newId(), direction, ...policy, ...stamps }]);
  }
  work.announce({
    type: 'organization.updated',
    organizationId,
    objectType: 'organization',
    objectId: organizationId,
    accountId: null,
    at: recordedAt,
    data: { organizationId, changed: ['changePolicies'] },
    change: { [`changePolicies.${direction}`]: { old, new: policy } },
  });
}
