import type { BillableItem } from './billable-item.ts';

/**
 * Which item of a change takes the place of which, by the id of the one that ends: the one in its position, else the same component of a
 * plan that comes; billed alike, and each of one only. Pure.
 */
export function heirsOf(ended: readonly BillableItem[], begun: readonly BillableItem[]): Map<string, BillableItem> {
  const heirs = new Map<string, BillableItem>();
  const isFree = (one: BillableItem) => ![...heirs.values()].includes(one);
  for (const by of ['position', 'component'] as const) {
    for (const item of ended.filter(({ id }) => !heirs.has(id))) {
      const heir = begun.find((one) => one[by] === item[by] && one.billingMode === item.billingMode && isFree(one));
      if (heir) heirs.set(item.id, heir);
    }
  }
  return heirs;
}

/**
 * The same, and with what an item goes that only the plan before had: with what came for that plan. What is missing was removed, and
 * nothing came for it. Pure.
 */
export function successorsOf(
  ended: readonly BillableItem[],
  begun: readonly BillableItem[],
): Map<string, BillableItem> {
  const heirs = heirsOf(ended, begun);
  const placed = new Set([...heirs.values(), ...ended].map(({ planId }) => planId));
  const successorOf = ({ id, planId }: BillableItem) => {
    const besides = ended.find((one) => one.planId === planId && heirs.has(one.id));
    const next = begun.find((one) => one.planId === planId) ?? begun.find((one) => !placed.has(one.planId));
    return heirs.get(id) ?? (besides ? heirs.get(besides.id) : next);
  };
  return new Map(
    ended.flatMap((item) => {
      const next = successorOf(item);
      return next ? [[item.id, next] as const] : [];
    }),
  );
}
