import { invalidState } from '../../platform/errors.ts';
import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

const holdStatuses = ['held', 'released', 'captured', 'expired'] as const;
export type HoldStatus = (typeof holdStatuses)[number];

/** `release`: the credit is let go · `capture`: its order is invoiced · `expire`: its time is over. */
const holdEvents = ['release', 'capture', 'expire'] as const;
export type HoldEvent = (typeof holdEvents)[number];

/** A hold ends once; what it kept back is free, spent on its order, or gone with the money it came from. */
export const holdLifecycle: LifecycleTable<HoldStatus, HoldEvent> = {
  held: { release: 'released', capture: 'captured', expire: 'expired' },
  released: {},
  captured: {},
  expired: {},
};

/** The status an event leads to. INVALID_STATE where the hold has ended. */
export function nextOfHold(from: string, event: HoldEvent, path?: string[]): HoldStatus {
  const to = next(holdLifecycle, from as HoldStatus, event);
  if (!to) throw invalidState(`A hold that is ${from} can no longer be used.`, path);
  return to;
}
