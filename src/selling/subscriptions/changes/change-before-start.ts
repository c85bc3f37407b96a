import { invalidInput } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import type { Current } from '../billing/bring-up-to-date.ts';
import { type Settled, scheduleChange, settlePending } from '../billing/schedule-change.ts';
import type { Billable } from '../items/billable.ts';
import { changeItems } from '../items/change-items.ts';
import type { ItemsPending } from '../items/pending-change.ts';
import { PriceBook } from '../items/price-book.ts';
import { withItemsChanged } from '../items/project-items.ts';
import { announceSubscription, recordChange, toldItem } from '../items/record-moves.ts';
import { insertItems } from '../items/write-items.ts';
import { SubscriptionEntity, SubscriptionItemEntity } from '../subscriptions.entities.ts';
import { directionOf } from './change-direction.ts';
import { type KnownTerms, policyOf } from './change-policies.ts';
import type { CheckedChangeInput } from './change-subscription.input.ts';
import { checkMayChange } from './check-may-change.ts';
import { resolveChange } from './resolve-change.ts';
import { resolveLater } from './resolve-later.ts';

/**
 * Changes a subscription whose start lies ahead: it begins with the change, and nothing is to be settled. A date after its
 * start is left for then. INVALID_INPUT for PERIOD_END, as no period stands, and for a date up to the start; ACCOUNT_BLOCKED;
 * errors as `resolveChange`.
 */
export function changeBeforeStart(work: Work, current: Current, input: CheckedChangeInput, known: KnownTerms): Settled {
  const { subscription, account } = current;
  const { when } = input;
  const start = subscription.nextBillingAt!;
  if (when === 'period_end') {
    const message =
      'The subscription has not begun, and no period stands: say NOW, and it begins with the change, or name a date.';
    throw invalidInput(['input', 'when'], message);
  }
  if (when === 'date') return changeAfterStart(work, current, input, known);
  const resolved = resolveChange(subscription, input.changes, known.plans, start);
  if (resolved.changes.length === 0) return { superseded: [], standing: subscription };
  const changed = changeItems(subscription, resolved, start)!;
  const after: Billable = withItemsChanged(subscription, changed);
  checkMayChange(current, subscription, after);
  const { organizationId, id } = subscription;
  const at = account.now;
  // They were never held; what is held at an end that comes before the start is told from them by when they went.
  const gone = new Date(at.getTime() - 1);
  for (const { id: itemId } of changed.ended) {
    work.update(SubscriptionItemEntity, {
      organizationId,
      id: itemId,
      activeFrom: gone,
      activeTo: gone,
      updatedAt: at,
    });
  }
  insertItems(work, organizationId, changed.begun, () => at);
  const { intervalUnit, intervalCount } = after;
  work.update(SubscriptionEntity, { organizationId, id, intervalUnit, intervalCount });
  const change = { items: { old: changed.ended.map(toldItem), new: changed.begun.map(toldItem) } };
  recordChange(work, subscription, change, at);
  const data = { status: subscription.status, from: start.toISOString() };
  announceSubscription(work, 'subscription.changed', subscription, at, data, change);
  return settlePending(work, after, at);
}

function changeAfterStart(
  work: Work,
  current: Current,
  input: CheckedChangeInput,
  { plans, policies }: KnownTerms,
): Settled {
  const { subscription, account } = current;
  const effectiveAt = input.date!;
  if (effectiveAt <= subscription.nextBillingAt!) {
    throw invalidInput(['input', 'date'], 'The subscription begins later: say NOW, and it begins with the change.');
  }
  const { resolved, given, ground } = resolveLater(subscription, input.changes, plans, effectiveAt);
  if (resolved.changes.length === 0) return { superseded: [], standing: subscription };
  const changed = changeItems(ground, resolved, effectiveAt);
  const after = changed ? withItemsChanged(ground, changed) : ground;
  checkMayChange(current, ground, after);
  const direction = directionOf(ground, after, resolved.changes, new PriceBook());
  const policy = policyOf(policies, direction);
  const change: ItemsPending = {
    ...resolved,
    ...{ id: newId(), kind: 'items', direction, effectiveAt, atPeriodEnd: false, isStored: true },
    settle: input.settle ?? (resolved.interval ? 'invoice_now' : policy.settle),
    creditBasis: input.creditBasis ?? policy.creditBasis,
    prorationMode: input.prorationMode ?? 'by_second',
  };
  return scheduleChange(work, subscription, change, account.now, given);
}
