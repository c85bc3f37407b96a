import { invalidState } from '../../platform/errors.ts';
import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

export type DiscountStatus = 'active' | 'used_up' | 'removed';

/**
 * `use_up`: the last of it was taken · `give_back`: an invoice that took of it was voided, or what it took came back ·
 * `spend`: an invoice by hand took of it, and it was for that one alone · `remove`: taken away.
 */
export type DiscountEvent = 'use_up' | 'give_back' | 'spend' | 'remove';

export const discountLifecycle: LifecycleTable<DiscountStatus, DiscountEvent> = {
  active: { use_up: 'used_up', spend: 'removed', remove: 'removed' },
  used_up: { give_back: 'active' },
  removed: {},
};

/** The status an event leads to. INVALID_STATE where the table has no such move. */
export function nextDiscountStatus(from: string, event: DiscountEvent, path?: string[]): DiscountStatus {
  const to = next(discountLifecycle, from as DiscountStatus, event);
  if (to) return to;
  throw invalidState(`A discount that is ${from === 'used_up' ? 'used up' : from} does not take this.`, path);
}
