import { conflict, invalidInput } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { SellablePlan, SellablePrice } from '../../catalog/index.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { lineText } from '../items/load-billable.ts';
import type { ChosenOverride } from '../items/override-price.ts';
import { askedOf } from './choose-quantities.ts';
import type { ItemInput } from './create-subscription.input.ts';

/** Components of one subscription in all. */
export const mostComponents = 100;

/**
 * One item for each price component of the plans, with its quantity. CONFLICT when the plans differ in their interval or
 * one is named twice, or all are add-ons; INVALID_INPUT for a component the plan does not have, for a quantity that does not
 * fit it, and for an override that is no sound price.
 */
export function chooseItems(
  plans: readonly SellablePlan[],
  inputs: readonly ItemInput[],
  subscription: { id: string; currency: string; activeFrom: Date },
): BillableItem[] {
  const [first] = plans;
  const chosen: BillableItem[] = [];
  plans.forEach((plan, index) => {
    const path = ['input', 'items', String(index)];
    if (plan.intervalUnit !== first!.intervalUnit || plan.intervalCount !== first!.intervalCount) {
      throw conflict('All plans of a subscription have the same interval.', [...path, 'plan']);
    }
    if (plans.findIndex((other) => other.planId === plan.planId) < index) {
      throw conflict('A plan stands in a subscription once.', [...path, 'plan']);
    }
    const asked = askedOf(plan, inputs[index]!, subscription.currency, path);
    for (const price of plan.prices) {
      const { quantity, override = null } = asked.get(price.component) ?? {};
      chosen.push({
        ...boughtItem(plan, price, subscription.currency, override),
        subscriptionId: subscription.id,
        quantity: quantity ?? '1',
        activeFrom: subscription.activeFrom,
        activeTo: null,
        position: chosen.length,
      });
    }
  });
  if (hasNoBase(chosen)) {
    throw conflict('An add-on is sold beside a base plan: add an item with one.', ['input', 'items']);
  }
  if (chosen.length > mostComponents) {
    throw invalidInput(['input', 'items'], `At most ${mostComponents} components fit in a subscription.`);
  }
  return chosen;
}

/** Whether items are all of add-ons, which are sold only beside a base plan. */
export function hasNoBase(items: readonly Pick<BillableItem, 'price'>[]): boolean {
  return items.every((item) => item.price.planKind === 'add_on');
}

/** An item of a price, under a new id: what does not depend on who buys it, how much and when. */
export function boughtItem(
  plan: SellablePlan,
  price: SellablePrice,
  currency: string,
  override: ChosenOverride | null,
): Omit<BillableItem, 'subscriptionId' | 'quantity' | 'activeFrom' | 'activeTo' | 'position'> {
  const { id, component, billingMode } = price;
  const { model, parameters } = override ?? price;
  return {
    id: newId(),
    planId: plan.planId,
    planVersionId: plan.versionId,
    priceId: id,
    priceOverrideId: override?.id ?? null,
    override,
    component,
    billingMode,
    price: {
      id: override?.id ?? id,
      model,
      parameters,
      currency,
      taxCategory: price.taxCategory,
      commitment: plan.minimumCommitments[currency] ?? null,
      planName: plan.planName,
      planKind: plan.kind,
      description: lineText(plan.planName, price.name),
    },
  };
}
