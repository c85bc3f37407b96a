import { invalidInput } from '../../../platform/errors.ts';
import { countsSeats, pricesEvents, pricesQuantity, type SellablePlan } from '../../catalog/index.ts';
import { type ChosenOverride, chooseOverride } from '../items/override-price.ts';
import type { ItemInput } from './create-subscription.input.ts';

/** What an input asks for of one component. */
export interface AskedComponent {
  /** Null where it says nothing of it. */
  quantity: string | null;
  override: ChosenOverride | null;
}

/**
 * How much of which component an input asks for, and at which price; components it says nothing of are left out.
 * INVALID_INPUT at its field for a component that the plan does not have or that is named twice, for a quantity that does not
 * fit the price, and for an override that is no sound price.
 */
export function askedOf(
  plan: SellablePlan,
  input: ItemInput,
  currency: string,
  path: string[],
): Map<string, AskedComponent> {
  const asked = new Map<string, AskedComponent>();
  const byComponent = new Map(plan.prices.map((price) => [price.component, price]));
  (input.components ?? []).forEach(({ component, quantity, price: terms }, index) => {
    const at = [...path, 'components', String(index)];
    const price = byComponent.get(component);
    if (!price) throw invalidInput([...at, 'component'], 'The plan has no such component.');
    if (asked.has(component)) throw invalidInput([...at, 'component'], 'The component is named twice.');
    const override = terms ? chooseOverride(price, terms, currency, [...at, 'price']) : null;
    const { model } = override ?? price;
    const given = quantity == null ? null : checkedQuantity(model, quantity, [...at, 'quantity']);
    asked.set(component, { quantity: given, override });
  });
  if (!input.quantity) return asked;
  const models = plan.prices.map((price) => asked.get(price.component)?.override?.model ?? price.model);
  // Ten of a plan that costs the same for one and for ten: whoever asks for them expects another price.
  if (!models.some(pricesQuantity) && Number(input.quantity) !== 1) {
    throw invalidInput([...path, 'quantity'], 'No price of the plan has a quantity: it is 1.');
  }
  plan.prices.forEach(({ component }, index) => {
    const { quantity = null, override = null } = asked.get(component) ?? {};
    if (quantity !== null || !pricesQuantity(models[index]!)) return;
    const given = checkedQuantity(models[index]!, input.quantity!, [...path, 'quantity']);
    asked.set(component, { quantity: given, override });
  });
  return asked;
}

/** A quantity in its shortest form. INVALID_INPUT at `path` unless it fits the model of its price. */
export function checkedQuantity(model: string, quantity: string, path: string[]): string {
  const plain = quantity.includes('.') ? quantity.replace(/\.?0+$/, '') : quantity;
  const canonical = plain.replace(/^0+(?=\d)/, '');
  if (!pricesQuantity(model) && canonical !== '1') {
    const what = pricesEvents(model) ? 'A price of events' : 'A flat price';
    throw invalidInput(path, `${what} has the quantity 1.`);
  }
  if (countsSeats(model) && canonical.includes('.')) {
    throw invalidInput(path, 'Seats are counted in whole numbers.');
  }
  return canonical;
}
