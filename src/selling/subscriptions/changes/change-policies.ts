import { z } from 'zod';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import type { FoundPlans } from '../../catalog/index.ts';
import type { CreditBasis, Settlement } from '../items/pending-change.ts';
import { ChangePolicyEntity } from '../subscriptions.entities.ts';
import type { ChangeDirection } from './change-direction.ts';

/** What happens to a change of a direction of which nothing else is said. */
export interface ChangePolicy {
  timing: 'now' | 'period_end';
  settle: Settlement;
  creditBasis: CreditBasis;
}

const atOnce: ChangePolicy = { timing: 'now', settle: 'invoice_now', creditBasis: 'time' };
const later: ChangePolicy = { ...atOnce, timing: 'period_end' };

/** What is paid for dearer is had at once; what was paid for is had to its end. */
export const usualPolicies: Readonly<Record<ChangeDirection, ChangePolicy>> = {
  upgrade: atOnce,
  downgrade: later,
  quantity_up: atOnce,
  quantity_down: later,
  interval_longer: atOnce,
  interval_shorter: later,
};

const directions = Object.keys(usualPolicies) as [ChangeDirection, ...ChangeDirection[]];

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
  await work.rows('select 1 from organizations where id = $1 for update', [organizationId]);
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

/** The policies of all directions. */
export function allPolicies(own: readonly (ChangePolicy & { direction: string })[]) {
  return directions.map((direction) => ({
    direction,
    ...(own.find((policy) => policy.direction === direction) ?? usualPolicies[direction]),
  }));
}

/** What a change has to know, read before it is resolved. */
export interface KnownTerms {
  /** The plans that its parts bring. */
  plans: FoundPlans;
  /** The organization's own policies. */
  policies: Awaited<ReturnType<typeof loadPolicies>>;
}

/** The organization's policy for a direction, or the usual one. */
export function policyOf(policies: KnownTerms['policies'], direction: ChangeDirection): ChangePolicy {
  return policies.find((own) => own.direction === direction) ?? usualPolicies[direction];
}

/** The organization's own policies; for other directions the usual ones hold. One statement. */
export function loadPolicies(work: Work): Promise<(ChangePolicy & { direction: string })[]> {
  return work.rows(
    `select p.direction, p.timing, p.settle, p.credit_basis as "creditBasis" from change_policies p
     where p.organization_id = $1`,
    [work.organizationId],
  );
}
