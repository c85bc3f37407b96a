import type { State } from '../engine/state.ts';

/** The page where a customer authenticates: served by the simulator, so that a walk-through can click it. */
export function authenticationPage(state: State, intentId: string): string {
  return `${state.baseUrl()}/_simulator/authenticate/${intentId}`;
}
