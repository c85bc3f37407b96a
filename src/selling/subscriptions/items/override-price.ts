import { DomainError, invalidInput } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import {
  modelKind,
  type PriceTermsInput,
  pricesEvents,
  problemsOf,
  type SellablePrice,
  storedModel,
} from '../../catalog/index.ts';

/** What an item will be billed by instead of the price of its plan. */
export interface ChosenOverride {
  id: string;
  priceId: string;
  model: string;
  parameters: unknown;
}

/**
 * An override of a price, checked as a price of a plan is: billed when the price is billed, by whatever model was agreed.
 * INVALID_INPUT with the path of each problem, from `path` on.
 */
export function chooseOverride(
  price: SellablePrice,
  terms: PriceTermsInput,
  currency: string,
  path: string[],
): ChosenOverride {
  const kind = modelKind(terms.model);
  if (pricesEvents(kind) && price.billingMode !== 'arrears') {
    throw invalidInput(
      [...path, 'model'],
      'The amounts of events are known when the period is over, and this component is billed before: take another model.',
    );
  }
  const issues = problemsOf(terms, currency).map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
  const [first] = issues;
  if (first) throw new DomainError('INVALID_INPUT', first.message, { path: first.path, issues });
  return { id: newId(), priceId: price.id, ...storedModel(terms) };
}
