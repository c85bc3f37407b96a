import { conflict, DomainError } from '../../../platform/errors.ts';
import type { FoundPlans } from '../../catalog/index.ts';
import type { Billable } from '../items/billable.ts';
import { standingItems } from '../items/change-items.ts';
import { type GivenWay, giveWay } from '../items/give-way.ts';
import type { ItemChange } from '../items/pending-change.ts';
import { projectItems } from '../items/project-items.ts';
import type { ChangePart } from './change-subscription.input.ts';
import { checkWhole, type ResolvedChange, resolveChange } from './resolve-change.ts';

/** A change of an instant ahead, with what it takes the place of there. */
export interface LaterChange {
  resolved: ResolvedChange;
  given: GivenWay;
  /** The subscription as it stands at that instant, before the change. */
  ground: Billable;
}

/**
 * Resolves a change for an instant ahead at which others may be pending. They stand side by side: what replaces or removes a
 * plan means what is held until then, and takes the place of what is pending for it; quantities and plans that are added may
 * also mean what comes by then. Errors as `resolveChange`; CONFLICT where the whole would not fit.
 */
export function resolveLater(
  subscription: Billable,
  parts: readonly ChangePart[],
  plans: FoundPlans,
  at: Date,
): LaterChange {
  const others = subscription.pending.some((change) => change.kind === 'items' && +change.effectiveAt === +at);
  if (!others) {
    const resolved = resolveChange(subscription, parts, plans, at);
    const given = { pending: subscription.pending, narrowed: [], gone: [] };
    return { resolved, given, ground: projectItems(subscription, at).projected };
  }
  const { resolved, buildsOn } = resolveEither(subscription, parts, plans, at);
  const given = giveWay(subscription.pending, at, resolved.changes, buildsOn);
  const ground = projectItems({ ...subscription, pending: given.pending }, after(at)).projected;
  const changes = resolved.changes.filter((part) => !isAsItWouldBe(ground, part));
  const whole = { ...resolved, changes };
  if (changes.length > 0) checkTogether(ground, whole);
  return { resolved: whole, given, ground };
}

const after = (at: Date) => new Date(at.getTime() + 1);

/** As things stand without what is pending for that instant, or with it: whatever fits, in the order that the parts suggest. */
function resolveEither(subscription: Billable, parts: readonly ChangePart[], plans: FoundPlans, at: Date) {
  const apart = () => ({ resolved: resolveChange(subscription, parts, plans, at), buildsOn: false });
  const onTop = () => ({ resolved: resolveChange(subscription, parts, plans, after(at)), buildsOn: true });
  const isMore = parts.every((part) => part.setQuantity || part.addPlan);
  const [first, second] = isMore ? [onTop, apart] : [apart, onTop];
  try {
    return first!();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    try {
      return second!();
    } catch {
      throw error;
    }
  }
}

/** A quantity that is what it would be anyway. */
function isAsItWouldBe(ground: Billable, part: ItemChange): boolean {
  if (part.kind !== 'set_quantity') return false;
  const item = standingItems(ground.items).find(
    ({ planId, component }) => planId === part.planId && component === part.component,
  );
  return item?.quantity === part.quantity;
}

function checkTogether(ground: Billable, resolved: ResolvedChange): void {
  try {
    checkWhole(ground, resolved);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const message =
      'It does not fit what is pending for the same instant: take that back first, or put both in one change.';
    throw conflict(message, ['input', 'changes']);
  }
}
