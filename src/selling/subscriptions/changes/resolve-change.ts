import { conflict, DomainError, invalidInput, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import {
  chooseSellablePlans,
  type FoundPlans,
  findPlans,
  pricesQuantity,
  type SellablePlan,
} from '../../catalog/index.ts';
import { boughtItem, hasNoBase, mostComponents } from '../creation/choose-items.ts';
import { askedOf, checkedQuantity } from '../creation/choose-quantities.ts';
import type { ItemInput } from '../creation/create-subscription.input.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { changeItems, standingItems } from '../items/change-items.ts';
import type { ComingItem, Interval, ItemChange, ItemsTerms } from '../items/pending-change.ts';
import { projectItems } from '../items/project-items.ts';
import type { ChangePart } from './change-subscription.input.ts';

/** What a change does, in words that still hold when it is carried out. */
export type ResolvedChange = Pick<ItemsTerms, 'changes' | 'interval'>;

const pathOf = (index: number, ...more: string[]) => ['input', 'changes', String(index), ...more];

/**
 * Makes plans, prices and quantities of what was asked for, as the subscription stands at an instant, when what is pending
 * before is done. Parts that change nothing are left out. NOT_FOUND for a plan that is missing or not held;
 * CURRENCY_MISMATCH for a plan without prices in the subscription's currency; INVALID_STATE for plans not on sale; CONFLICT
 * where plans would differ in their interval or one would be held twice; INVALID_INPUT with paths. Pure.
 */
export function resolveChange(
  subscription: Billable,
  parts: readonly ChangePart[],
  found: FoundPlans,
  at: Date,
): ResolvedChange {
  const { projected } = projectItems(subscription, at);
  const plans = comingPlans(found, subscription.currency, parts);
  const resolved: ResolvedChange = { changes: [], interval: intervalOf(plans) };
  parts.forEach((part, index) => {
    const held = itemsAfter(projected, resolved);
    const change = resolvePart(part, index, held, plans.get(index), subscription.currency);
    if (change) resolved.changes.push(change);
  });
  if (resolved.changes.length > 0) checkWhole(projected, resolved);
  return resolved;
}

/** Reads the plans that parts of a change bring, in their order. One statement, none where no plan comes. */
export async function findComing(work: Work, parts: readonly ChangePart[]): Promise<FoundPlans> {
  const wanted = wantedPlans(parts).map(({ plan }) => plan);
  return wanted.length === 0 ? [] : findPlans(work, wanted);
}

function wantedPlans(parts: readonly ChangePart[]) {
  return parts.flatMap((part, index) => {
    const coming = part.replacePlan ?? part.addPlan;
    return coming ? [{ index, plan: coming.plan, field: part.replacePlan ? 'replacePlan' : 'addPlan' }] : [];
  });
}

function comingPlans(found: FoundPlans, currency: string, parts: readonly ChangePart[]): Map<number, SellablePlan> {
  const wanted = wantedPlans(parts);
  if (wanted.length === 0) return new Map();
  const plans = inCurrency(found, currency, (at) => pathOf(wanted[at]!.index, wanted[at]!.field, 'plan'));
  return new Map(plans.map((plan, at) => [wanted[at]!.index, plan]));
}

function inCurrency(...of: Parameters<typeof chooseSellablePlans>): SellablePlan[] {
  try {
    return chooseSellablePlans(...of);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'CURRENCY_MISMATCH') throw error;
    const advice = 'A subscription keeps its currency: cancel it and subscribe anew in the other one.';
    throw new DomainError(error.code, `${error.message} ${advice}`, error.details);
  }
}

function intervalOf(plans: ReadonlyMap<number, SellablePlan>): Interval | null {
  const [first, ...others] = plans.values();
  if (!first) return null;
  const { intervalUnit: unit, intervalCount: count } = first;
  if (others.some((plan) => plan.intervalUnit !== unit || plan.intervalCount !== count)) throw mixed();
  return { unit, count };
}

const mixed = () =>
  conflict('All plans of a subscription have the same interval: replace or remove the others in the same change.', [
    'input',
    'changes',
  ]);

/** The items as the parts so far leave them; whether they fit together is asked at the end. */
function itemsAfter(subscription: Billable, { changes }: ResolvedChange): BillableItem[] {
  const standing = standingItems(subscription.items);
  if (changes.length === 0) return standing;
  const changed = changeItems(subscription, { changes, interval: null }, new Date(0));
  if (!changed) return [];
  const ended = new Set(changed.ended.map((item) => item.id));
  return [...standing.filter((item) => !ended.has(item.id)), ...changed.begun];
}

function resolvePart(
  part: ChangePart,
  index: number,
  held: readonly BillableItem[],
  plan: SellablePlan | undefined,
  currency: string,
): ItemChange | null {
  if (part.addPlan) {
    checkNotHeld(held, plan!, null, pathOf(index, 'addPlan', 'plan'));
    const items = comingItems(plan!, part.addPlan, currency, pathOf(index, 'addPlan'));
    return { kind: 'add_plan', items: items.map((item) => ({ ...item, quantity: item.quantity ?? '1' })) };
  }
  if (part.replacePlan) {
    const planId = heldPlan(held, part.replacePlan.planId, pathOf(index, 'replacePlan', 'planId'));
    checkNotHeld(held, plan!, planId, pathOf(index, 'replacePlan', 'plan'));
    const items = comingItems(plan!, part.replacePlan, currency, pathOf(index, 'replacePlan'));
    return { kind: 'replace_plan', planId, items };
  }
  if (part.removePlan) {
    const planId = heldPlan(held, part.removePlan.planId, pathOf(index, 'removePlan', 'planId'));
    if (held.every((item) => item.planId === planId)) {
      throw invalidInput(pathOf(index, 'removePlan'), 'It is the only plan: cancel the subscription instead.');
    }
    return { kind: 'remove_plan', planId };
  }
  return quantityPart(part.setQuantity!, index, held);
}

function quantityPart(
  wanted: NonNullable<ChangePart['setQuantity']>,
  index: number,
  held: readonly BillableItem[],
): ItemChange | null {
  const at = (field: string) => pathOf(index, 'setQuantity', field);
  const planId = heldPlan(held, wanted.planId, at('planId'));
  const ofPlan = held.filter((item) => item.planId === planId);
  const counted = ofPlan.filter((item) => pricesQuantity(item.price.model));
  const [item, ...others] = wanted.component
    ? ofPlan.filter((one) => one.component === wanted.component)
    : counted.length > 0
      ? counted
      : ofPlan;
  if (!item) throw notFound(at('component'), 'The plan has no such component.');
  if (others.length > 0) throw invalidInput(at('component'), 'The plan has several components: say which.');
  const quantity = checkedQuantity(item.price.model, wanted.quantity, at('quantity'));
  if (quantity === item.quantity) return null;
  return { kind: 'set_quantity', planId, component: item.component, quantity, itemId: newId() };
}

/** The plan meant: the one named, or the only one there is. */
function heldPlan(held: readonly BillableItem[], planId: string | null | undefined, path: string[]): string {
  const plans = [...new Set(held.map((item) => item.planId))];
  if (planId) {
    if (!plans.includes(planId)) throw notFound(path, 'The subscription does not have this plan.');
    return planId;
  }
  if (plans.length !== 1) throw invalidInput(path, 'The subscription has several plans: say which.');
  return plans[0]!;
}

function checkNotHeld(held: readonly BillableItem[], plan: SellablePlan, leaving: string | null, path: string[]): void {
  const same = held.filter((item) => item.planId === plan.planId);
  if (same.length === 0) return;
  if (leaving !== plan.planId) throw conflict('A plan stands in a subscription once.', path);
}

function comingItems(plan: SellablePlan, input: ItemInput, currency: string, path: string[]): ComingItem[] {
  const asked = askedOf(plan, input, currency, path);
  return plan.prices.map((price) => {
    const { quantity = null, override = null } = asked.get(price.component) ?? {};
    return { ...boughtItem(plan, price, currency, override), quantity };
  });
}

/** CONFLICT where a change leaves nothing that can be sold, INVALID_INPUT for too much. */
export function checkWhole(subscription: Billable, resolved: ResolvedChange): void {
  const changed = changeItems(subscription, resolved, new Date(0));
  if (!changed) throw mixed();
  if (hasNoBase(itemsAfter(subscription, resolved))) {
    const message =
      'Only add-ons would be left, and they are sold beside a base plan: keep one, or cancel the subscription.';
    throw conflict(message, ['input', 'changes']);
  }
  const count = standingItems(subscription.items).length - changed.ended.length + changed.begun.length;
  if (count > mostComponents) {
    throw invalidInput(['input', 'changes'], `At most ${mostComponents} components fit in a subscription.`);
  }
}
