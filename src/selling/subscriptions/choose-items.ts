import { conflict, invalidInput } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { countsSeats, pricesEvents, pricesQuantity, type SellablePlan, type SellablePrice } from '../catalog/index.ts';
import type { BillableItem } from './billable.ts';
import type { ItemInput } from './create-subscription.input.ts';
import { lineText } from './load-billable.ts';
import { type ChosenOverride, chooseOverride } from './override-price.ts';

/** An item to be written: what billing knows of it, and where it comes from. */
export type ChosenItem = BillableItem & { planId: string; planVersionId: string; override: ChosenOverride | null };

/** Components of one subscription in all. */
const mostComponents = 100;

/**
 * One item for each price component of the plans, with its quantity. CONFLICT when the plans differ in their interval or
 * one is named twice, or all are add-ons; INVALID_INPUT for a component the plan does not have, for a quantity that does not
 * fit it, and for an override that is no sound price.
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
    const asked = askedOf(plan, inputs[index]!, subscription.currency, path);
    for (const price of plan.prices) {
      const position = chosen.length;
      chosen.push(toItem(plan, price, asked.get(price.component)!, { ...subscription, position }));
    }
  });
  if (plans.every((plan) => plan.kind === 'add_on')) {
    throw conflict('An add-on is sold beside a base plan: add an item with one.', ['input', 'items']);
  }
  if (chosen.length > mostComponents) {
    throw invalidInput(['input', 'items'], `At most ${mostComponents} components fit in a subscription.`);
  }
  return chosen;
}

/** What was asked for of a component. */
interface Asked {
  quantity: string;
  override: ChosenOverride | null;
}

function askedOf(plan: SellablePlan, input: ItemInput, currency: string, path: string[]): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  const byComponent = new Map(plan.prices.map((price) => [price.component, price]));
  (input.components ?? []).forEach(({ component, quantity, price: terms }, index) => {
    const at = [...path, 'components', String(index)];
    const price = byComponent.get(component);
    if (!price) throw invalidInput([...at, 'component'], 'The plan has no such component.');
    if (asked.has(component)) throw invalidInput([...at, 'component'], 'The component is named twice.');
    const override = terms ? chooseOverride(price, terms, currency, [...at, 'price']) : null;
    const { model } = override ?? price;
    const given = quantity ?? usualQuantity(model, input);
    asked.set(component, { quantity: checkedQuantity(model, given, [...at, 'quantity']), override });
  });
  const models = plan.prices.map((price) => asked.get(price.component)?.override?.model ?? price.model);
  // Ten of a plan that costs the same for one and for ten: whoever asks for them expects another price.
  if (input.quantity && !models.some(pricesQuantity) && Number(input.quantity) !== 1) {
    throw invalidInput([...path, 'quantity'], 'No price of the plan has a quantity: it is 1.');
  }
  for (const { component, model } of plan.prices) {
    if (asked.has(component)) continue;
    const quantity = checkedQuantity(model, usualQuantity(model, input), [...path, 'quantity']);
    asked.set(component, { quantity, override: null });
  }
  return asked;
}

/** The quantity of the whole item where the price has one. */
function usualQuantity(model: string, input: ItemInput): string {
  return pricesQuantity(model) ? (input.quantity ?? '1') : '1';
}

function checkedQuantity(model: string, quantity: string, path: string[]): string {
  const plain = quantity.includes('.') ? quantity.replace(/\.?0+$/, '') : quantity;
  const canonical = plain.replace(/^0+(?=\d)/, '');
  if (!pricesQuantity(model) && canonical !== '1') {
    const message = pricesEvents(model)
      ? 'A price of events has no quantity: it is 1.'
      : 'A flat price has the quantity 1.';
    throw invalidInput(path, message);
  }
  if (countsSeats(model) && canonical.includes('.')) {
    throw invalidInput(path, 'Seats are counted in whole numbers.');
  }
  return canonical;
}

function toItem(
  plan: SellablePlan,
  price: SellablePrice,
  { quantity, override }: Asked,
  of: { id: string; currency: string; activeFrom: Date; position: number },
): ChosenItem {
  return {
    id: newId(),
    subscriptionId: of.id,
    planId: plan.planId,
    planVersionId: plan.versionId,
    priceId: price.id,
    priceOverrideId: override?.id ?? null,
    override,
    component: price.component,
    billingMode: price.billingMode,
    quantity,
    activeFrom: of.activeFrom,
    activeTo: null,
    position: of.position,
    price: {
      id: override?.id ?? price.id,
      model: override?.model ?? price.model,
      parameters: override?.parameters ?? price.parameters,
      currency: of.currency,
      description: lineText(plan.planName, price.name),
    },
  };
}
