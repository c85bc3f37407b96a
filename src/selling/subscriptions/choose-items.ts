import { conflict, invalidInput } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { countsSeats, type SellablePlan, type SellablePrice } from '../catalog/index.ts';
import type { BillableItem } from './billable.ts';
import type { ItemInput } from './create-subscription.input.ts';
import { lineText } from './load-billable.ts';

/** An item to be written: what billing knows of it, and where it comes from. */
export type ChosenItem = BillableItem & { planId: string; planVersionId: string };

/** Components of one subscription in all. */
const mostComponents = 100;

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
  const quantities = new Map<string, string>();
  const byComponent = new Map(plan.prices.map((price) => [price.component, price]));
  (input.components ?? []).forEach(({ component, quantity }, index) => {
    const at = [...path, 'components', String(index)];
    const price = byComponent.get(component);
    if (!price) throw invalidInput([...at, 'component'], 'The plan has no such component.');
    if (quantities.has(component)) throw invalidInput([...at, 'component'], 'The component is named twice.');
    quantities.set(component, checkedQuantity(price, quantity, [...at, 'quantity']));
  });
  // Ten of a plan that costs the same for one and for ten: whoever asks for them expects another price.
  if (input.quantity && plan.prices.every((price) => price.model === 'flat') && Number(input.quantity) !== 1) {
    throw invalidInput([...path, 'quantity'], 'All prices of the plan are flat: its quantity is 1.');
  }
  for (const price of plan.prices) {
    if (quantities.has(price.component)) continue;
    const given = price.model === 'flat' ? '1' : (input.quantity ?? '1');
    quantities.set(price.component, checkedQuantity(price, given, [...path, 'quantity']));
  }
  return quantities;
}

function checkedQuantity(price: SellablePrice, quantity: string, path: string[]): string {
  const plain = quantity.includes('.') ? quantity.replace(/\.?0+$/, '') : quantity;
  const canonical = plain.replace(/^0+(?=\d)/, '');
  if (price.model === 'flat' && canonical !== '1') {
    throw invalidInput(path, 'A flat price has the quantity 1.');
  }
  if (countsSeats(price.model) && canonical.includes('.')) {
    throw invalidInput(path, 'Seats are counted in whole numbers.');
  }
  return canonical;
}

function toItem(
  plan: SellablePlan,
  price: SellablePrice,
  quantity: string,
  of: { id: string; currency: string; activeFrom: Date; position: number },
): ChosenItem {
  return {
    id: newId(),
    subscriptionId: of.id,
    planId: plan.planId,
    planVersionId: plan.versionId,
    priceId: price.id,
    component: price.component,
    billingMode: price.billingMode,
    quantity,
    activeFrom: of.activeFrom,
    activeTo: null,
    position: of.position,
    price: {
      id: price.id,
      model: price.model,
      parameters: price.parameters,
      currency: of.currency,
      description: lineText(plan.planName, price.name),
    },
  };
}
