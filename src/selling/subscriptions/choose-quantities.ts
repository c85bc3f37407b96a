import { invalidInput } from '../../platform/errors.ts';
import { countsSeats, type SellablePlan } from '../catalog/index.ts';
import type { ItemInput } from './create-subscription.input.ts';

/**
 * How much of which component an input asks for; components it says nothing of are left out. INVALID_INPUT at its field for a
 * component that the plan does not have or that is named twice, and for a quantity that does not fit the price.
 */
export function givenQuantities(plan: SellablePlan, input: ItemInput, path: string[]): Map<string, string> {
  const quantities = new Map<string, string>();
  const byComponent = new Map(plan.prices.map((price) => [price.component, price]));
  (input.components ?? []).forEach(({ component, quantity }, index) => {
    const at = [...path, 'components', String(index)];
    const price = byComponent.get(component);
    if (!price) throw invalidInput([...at, 'component'], 'The plan has no such component.');
    if (quantities.has(component)) throw invalidInput([...at, 'component'], 'The component is named twice.');
    quantities.set(component, checkedQuantity(price.model, quantity, [...at, 'quantity']));
  });
  if (!input.quantity) return quantities;
  // Ten of a plan that costs the same for one and for ten: whoever asks for them expects another price.
  if (plan.prices.every((price) => price.model === 'flat') && Number(input.quantity) !== 1) {
    throw invalidInput([...path, 'quantity'], 'All prices of the plan are flat: its quantity is 1.');
  }
  for (const { component, model } of plan.prices) {
    if (quantities.has(component) || model === 'flat') continue;
    quantities.set(component, checkedQuantity(model, input.quantity, [...path, 'quantity']));
  }
  return quantities;
}

/** A quantity in its shortest form. INVALID_INPUT at `path` unless it fits the model of its price. */
export function checkedQuantity(model: string, quantity: string, path: string[]): string {
  const plain = quantity.includes('.') ? quantity.replace(/\.?0+$/, '') : quantity;
  const canonical = plain.replace(/^0+(?=\d)/, '');
  if (model === 'flat' && canonical !== '1') throw invalidInput(path, 'A flat price has the quantity 1.');
  if (countsSeats(model) && canonical.includes('.')) {
    throw invalidInput(path, 'Seats are counted in whole numbers.');
  }
  return canonical;
}
