import { newId } from '../../../platform/id.ts';
import type { ItemChange, ItemsPending, PendingChange } from './pending-change.ts';

/** What a new change takes the place of, among those that are pending for the same instant. */
export interface GivenWay {
  /** What is pending besides the new change. */
  pending: PendingChange[];
  /** Changes of which only some parts gave way, as they are now. */
  narrowed: ItemsPending[];
  /** What gave way: whole changes, and of narrowed ones the parts, as a change of its own that is not pending any more. */
  gone: { change: PendingChange; isWhole: boolean }[];
}

/** What a part is about: a plan as a whole, or one of its components. */
function subjectOf(part: ItemChange): { planId: string; component: string | null } {
  if (part.kind === 'set_quantity') return part;
  return { planId: part.kind === 'add_plan' ? (part.items[0]?.planId ?? '') : part.planId, component: null };
}

function isAboutTheSame(one: ItemChange, other: ItemChange): boolean {
  const [a, b] = [subjectOf(one), subjectOf(other)];
  return a.planId === b.planId && (a.component === null || b.component === null || a.component === b.component);
}

const isQuantity = (part: ItemChange) => part.kind === 'set_quantity';

/** Whether a plan that comes goes on with as many of a component as there are by then: another version of it, with nothing said. */
function takesOver(coming: ItemChange, part: ItemChange): boolean {
  if (coming.kind !== 'replace_plan' || part.kind !== 'set_quantity') return false;
  return coming.items.some(
    (item) => item.planId === part.planId && item.component === part.component && item.quantity === null,
  );
}

/**
 * Changes of items for one instant stand side by side, but for parts that are about the same plan, or the same component of
 * it: there the last word counts. A quantity stands beside another version of its plan, which goes on with it. A change that builds
 * on what is pending takes the place of quantities only. Pure.
 */
export function giveWay(
  pending: readonly PendingChange[],
  at: Date,
  changes: readonly ItemChange[],
  buildsOn: boolean,
): GivenWay {
  const given: GivenWay = { pending: [], narrowed: [], gone: [] };
  const leaves = (part: ItemChange) =>
    changes.some(
      (other) =>
        isAboutTheSame(part, other) &&
        !takesOver(other, part) &&
        (!buildsOn || (isQuantity(part) && isQuantity(other))),
    );
  for (const change of pending) {
    const parts = change.kind === 'items' && +change.effectiveAt === +at ? change.changes : [];
    const gone = parts.filter(leaves);
    if (change.kind !== 'items' || gone.length === 0) given.pending.push(change);
    else if (gone.length === parts.length) given.gone.push({ change, isWhole: true });
    else {
      const rest = narrowedTo(
        change,
        parts.filter((part) => !gone.includes(part)),
      );
      given.pending.push(rest);
      given.narrowed.push(rest);
      given.gone.push({ change: { ...narrowedTo(change, gone), id: newId() }, isWhole: false });
    }
  }
  return given;
}

/** A change with these of its parts; the length of periods is that of plans that come. */
function narrowedTo(change: ItemsPending, changes: ItemChange[]): ItemsPending {
  return { ...change, changes, interval: changes.some((part) => 'items' in part) ? change.interval : null };
}
