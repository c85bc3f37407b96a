import { systemActor } from '../../../platform/actor.ts';
import type { Scope } from '../../../platform/work.ts';

/** The scope in which the payments' own work is done. */
export function paymentScope(organizationId: string): Scope {
  return { organizations: [organizationId], actor: systemActor('payments'), requestId: null };
}
