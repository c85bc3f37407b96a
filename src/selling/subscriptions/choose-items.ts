import { conflict, invalidInput } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import type { SellablePlan, SellablePrice } from '../catalog/index.ts';
import type { BillableItem } from './billable-item.ts';
import { givenQuantities } from './choose-quantities.ts';
import type { ItemInput } from './create-subscription.input.ts';
import { lineText } from './load-billable.ts';

/** An item to be written. */
export type ChosenItem = BillableItem;

/** Components of one subscription in all. */
export const mostComponents = 100;

/**
 * One item for each price component of the plans, with its quantity. CONFLICT when the plans differ in their interval or
 * one is named twice; INVALID_INPUT for a component the plan does not have and for a quantity that does not fit it.
 */
export function chooseItems(
  plans: readonly SellablePlan[],
  inputs: readonly ItemInput[],
  subscription: { id: string; currency: string; activeFrom: Date },
): ChosenItem[] {
  const [first] = plans;
  const chosen: ChosenItem[] = [];
  plans.forEach((plan, index) => {
    const path = ['input', 'items', String(index)];
    if (plan.intervalUnit !== first!.intervalUnit || plan.intervalCount !== first!.intervalCount) {
      throw conflict('All plans of a subscription have the same interval.', [...path, 'plan']);
    }
    if (plans.findIndex((other) => other.planId === plan.planId) < index) {
      throw conflict('A plan stands in a subscription once.', [...path, 'plan']);
    }
    const quantities = quantitiesOf(plan, inputs[index]!, path);
    for (const price of plan.prices) {
      const position = chosen.length;
      chosen.push(toItem(plan, price, quantities.get(price.component)!, { ...subscription, position }));
    }
  });
  if (chosen.length > mostComponents) {
    throw invalidInput(['input', 'items'], `At most ${mostComponents} components fit in a subscription.`);
  }
  return chosen;
}

function quantitiesOf(plan: SellablePlan, input: ItemInput, path: string[]): Map<string, string> {
  const quantities = givenQuantities(plan, input, path);
  for (const { component } of plan.prices) if (!quantities.has(component)) quantities.set(component, '1');
  return quantities;
}

function toItem(
  plan: SellablePlan,
  price: SellablePrice,
  quantity: string,
  of: { id: string; currency: string; activeFrom: Date; position: number },
): ChosenItem {
  const { activeFrom, position } = of;
  return {
    ...boughtItem(plan, price, of.currency),
    subscriptionId: of.id,
    quantity,
    activeFrom,
    activeTo: null,
    position,
  };
}

/** An item of a price, under a new id: what does not depend on who buys it, how much and when. */
export function boughtItem(
  plan: SellablePlan,
  price: SellablePrice,
  currency: string,
): Omit<BillableItem, 'subscriptionId' | 'quantity' | 'activeFrom' | 'activeTo' | 'position'> {
  const { id, component, billingMode, model, parameters } = price;
  return {
    id: newId(),
    planId: plan.planId,
    planVersionId: plan.versionId,
    priceId: id,
    component,
    billingMode,
    price: { id, model, parameters, currency, description: lineText(plan.planName, price.name) },
  };
}
