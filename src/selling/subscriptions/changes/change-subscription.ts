import { loadIssuingTerms } from '../../../collecting/invoicing/index.ts';
import { invalidInput, invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import type { FoundPlans } from '../../catalog/index.ts';
import { bringUpToDate, type Current } from '../billing/bring-up-to-date.ts';
import { dropChanges, type Settled, scheduleChange } from '../billing/schedule-change.ts';
import type { Billable } from '../items/billable.ts';
import { changeItems } from '../items/change-items.ts';
import type { GivenWay } from '../items/give-way.ts';
import { hasNotBegun } from '../items/not-begun.ts';
import type { ItemsPending } from '../items/pending-change.ts';
import { PriceBook } from '../items/price-book.ts';
import { withItemsChanged } from '../items/project-items.ts';
import { carryOut, checkChangeable, instantNow } from './carry-out.ts';
import { changeBeforeStart } from './change-before-start.ts';
import { directionOf } from './change-direction.ts';
import { type KnownTerms, loadPolicies, policyOf } from './change-policies.ts';
import {
  type ChangeSubscriptionInput,
  type CheckedChangeInput,
  changeSubscriptionSchema,
} from './change-subscription.input.ts';
import { checkMayChange } from './check-may-change.ts';
import { findComing, resolveChange } from './resolve-change.ts';
import { type LaterChange, resolveLater } from './resolve-later.ts';

export interface ChangedSubscription {
  id: string;
  /** The account's instant. */
  at: Date;
  /** The pending changes that gave way. */
  supersededIds: string[];
  /** The subscription as it is left. */
  standing: Billable;
}

/**
 * Changes what a subscription has: another plan in the place of one, other quantities, plans added and removed; now, when the
 * period ends, or on a date. What fell due before is billed first, as if on time; then the change is carried out by the code
 * of the billing run, or left to it. What the input does not say, the organization's policy for the direction does. One that
 * has not begun simply begins with the change. `at` is the instant of a change now, the account's own if left out; it lies in
 * the period that stands. `orBegin`: one that has not begun begins with the change, also where its period's end was
 * named. NOT_FOUND; INVALID_STATE unless it runs or its start lies ahead; ACCOUNT_BLOCKED where more would be owed; and
 * what `resolveChange` refuses.
 */
export async function changeSubscription(
  work: Work,
  given: ChangeSubscriptionInput,
  options: { at?: Date | undefined; orBegin?: boolean } = {},
): Promise<ChangedSubscription> {
  const input = readInput(changeSubscriptionSchema, given);
  const terms = loadIssuingTerms(work, [work.organizationId]);
  const [current, plans, policies] = await Promise.all([
    bringUpToDate(work, input.id, ['input', 'id']),
    findComing(work, input.changes),
    loadPolicies(work),
    terms,
  ]);
  const { subscription, account } = current;
  const answer = ({ superseded: supersededIds, standing }: Settled) => ({
    ...{ id: input.id, at: account.now, supersededIds, standing },
  });
  const known = { plans, policies };
  if (hasNotBegun(subscription)) {
    const wish = options.orBegin ? { ...input, when: null } : input;
    return answer(changeBeforeStart(work, current, wish, known));
  }
  checkChangeable(subscription, input.when !== 'period_end' && input.when !== 'date');
  const wanted = pendingChange(current, input, known, instantNow(current, options.at));
  if (!wanted) return answer({ superseded: [], standing: subscription });
  const { change, given: way } = wanted;
  if (!change) return answer(dropChanges(work, subscription, way, account.now));
  if (change.isStored) return answer(scheduleChange(work, subscription, change, account.now, way));
  return answer(await carryOut(work, current, change, terms));
}

interface Wanted {
  /** Null where nothing would change but what is pending. */
  change: ItemsPending | null;
  given: GivenWay;
}

/** What was asked for as a change with its instant; null if nothing would change. */
function pendingChange(
  current: Current,
  input: CheckedChangeInput,
  { plans, policies }: KnownTerms,
  now: Date,
): Wanted | null {
  const { subscription } = current;
  const instant = instantOf(input, subscription, now);
  const isSaid = input.when === 'period_end' || input.when === 'date';
  const present = isSaid
    ? resolveLater(subscription, input.changes, plans, instant)
    : resolveNow(subscription, input.changes, plans, instant);
  if (present.resolved.changes.length === 0) return present.given.gone.length > 0 ? { ...present, change: null } : null;
  const { direction, after } = outcomeOf(present);
  checkMayChange(current, present.ground, after);
  const policy = policyOf(policies, direction);
  const isNewInterval = direction === 'interval_longer' || direction === 'interval_shorter';
  if (isNewInterval && input.settle === 'none') {
    throw invalidInput(['input', 'settle'], 'Another interval begins a new period, which is billed.');
  }
  const when = input.when ?? policy.timing;
  const effectiveAt = instantOf({ ...input, when }, subscription, now);
  const isLater = when !== 'now';
  if (isLater && subscription.endsAt && subscription.endsAt <= effectiveAt) {
    throw invalidState('The subscription ends before: take its cancellation back first.', ['input', 'when']);
  }
  if (!isLater) checkChangeable(subscription, true);
  const later = isSaid || !isLater ? present : resolveLater(subscription, input.changes, plans, effectiveAt);
  if (later.resolved.changes.length === 0) return { ...later, change: null };
  const change: ItemsPending = {
    ...later.resolved,
    id: newId(),
    kind: 'items',
    direction,
    effectiveAt,
    atPeriodEnd: when === 'period_end',
    isStored: isLater,
    settle: input.settle ?? (isNewInterval && policy.settle === 'none' ? 'invoice_now' : policy.settle),
    creditBasis: input.creditBasis ?? policy.creditBasis,
    prorationMode: input.prorationMode ?? 'by_second',
  };
  return { change, given: later.given };
}

/** A change now takes the place of nothing that is pending; what does not fit it any more is let go once it is done. */
function resolveNow(
  subscription: Billable,
  parts: CheckedChangeInput['changes'],
  plans: FoundPlans,
  at: Date,
): LaterChange {
  const resolved = resolveChange(subscription, parts, plans, at);
  return { resolved, given: { pending: subscription.pending, narrowed: [], gone: [] }, ground: subscription };
}

function instantOf({ when, date }: Pick<CheckedChangeInput, 'when' | 'date'>, subscription: Billable, now: Date): Date {
  if (when === 'period_end') return subscription.currentPeriodEnd!;
  if (when !== 'date') return now;
  if (date! <= now) throw invalidInput(['input', 'date'], 'The date lies ahead; for a change at once say NOW.');
  return date!;
}

/** What a change makes of the subscription, and where it leads. */
function outcomeOf({ ground, resolved: { changes, interval } }: LaterChange) {
  const changed = changeItems(ground, { changes, interval }, ground.currentPeriodEnd!);
  const after = changed ? withItemsChanged(ground, changed) : ground;
  return { after, direction: directionOf(ground, after, changes, new PriceBook()) };
}
