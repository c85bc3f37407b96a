import type { Work } from '../../../platform/work.ts';
import type { FoundPlans } from '../../catalog/index.ts';
import type { CreditBasis, Settlement } from '../items/pending-change.ts';
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
const usualPolicies: Readonly<Record<ChangeDirection, ChangePolicy>> = {
  upgrade: atOnce,
  downgrade: later,
  quantity_up: atOnce,
  quantity_down: later,
  interval_longer: atOnce,
  interval_shorter: later,
};

export const directions = Object.keys(usualPolicies) as [ChangeDirection, ...ChangeDirection[]];

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

/** Of the organization $1, its own policies. */
export const policiesText = `select p.direction, p.timing, p.settle, p.credit_basis as "creditBasis" from change_policies p
  where p.organization_id = $1`;

/** The organization's own policies; for other directions the usual ones hold. One statement. */
export function loadPolicies(work: Work): Promise<(ChangePolicy & { direction: string })[]> {
  return work.rows(policiesText, [work.organizationId]);
}
