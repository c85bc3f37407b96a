import type { Work } from '../../../platform/work.ts';
import { PriceOverrideEntity, SubscriptionItemEntity } from '../subscriptions.entities.ts';
import type { BillableItem } from './billable-item.ts';
import type { ChosenOverride } from './override-price.ts';

/** Writes new items, with the overrides that are new with them; `createdAt` says when each of them was made. */
export function insertItems(
  work: Work,
  organizationId: string,
  items: readonly BillableItem[],
  createdAt: (item: BillableItem) => Date,
): void {
  // Two versions of an item may come at once, and share what was agreed.
  const overrides = new Map<string, ChosenOverride & { createdAt: Date }>();
  for (const item of items) {
    if (item.override) overrides.set(item.override.id, { ...item.override, createdAt: createdAt(item) });
  }
  if (overrides.size > 0) {
    const rows = [...overrides.values()].map((override) => ({ organizationId, ...override }));
    work.insert(PriceOverrideEntity, rows);
  }
  work.insert(
    SubscriptionItemEntity,
    items.map((whole) => {
      const { price: _price, override: _override, ...item } = whole;
      const at = createdAt(whole);
      return {
        organizationId,
        ...item,
        billedOnceAt: item.billedOnceAt ?? null,
        metadata: {},
        createdAt: at,
        updatedAt: at,
      };
    }),
  );
}
