import { readId, readOptionalId } from '../../../platform/id-input.ts';
import { withoutNulls } from '../../../platform/input.ts';
import type { ChangeSubscriptionInput } from '../changes/change-subscription.input.ts';
import type { PauseSubscriptionInput } from '../changes/pause-subscription.ts';
import type { SubscriptionChangePart, WantedChangeFields } from './change-subscription.requests.ts';
import { readPlan } from './read-creation.ts';
import type { WantedPauseFields } from './subscription-life.requests.ts';

/** What was asked for, with the ids behind those of the API. NOT_FOUND at the path of one that is none. */
export function readChange(input: WantedChangeFields): ChangeSubscriptionInput {
  return {
    ...input,
    id: readId('sub', input.id, ['input', 'id']),
    changes: input.changes.map((part, index) => readPart(part, ['input', 'changes', String(index)])),
  } as ChangeSubscriptionInput;
}

function readPart({ replacePlan, setQuantity, addPlan, removePlan }: SubscriptionChangePart, path: string[]) {
  const planOf = <T extends { planId?: string | null }>(field: string, part: T) => ({
    ...part,
    planId: readOptionalId('plan', part.planId, [...path, field, 'planId']),
  });
  return {
    ...(replacePlan && {
      replacePlan: {
        ...planOf('replacePlan', replacePlan),
        plan: readPlan(replacePlan.plan, [...path, 'replacePlan', 'plan']),
      },
    }),
    ...(setQuantity && { setQuantity: planOf('setQuantity', setQuantity) }),
    ...(addPlan && { addPlan: { ...addPlan, plan: readPlan(addPlan.plan, [...path, 'addPlan', 'plan']) } }),
    ...(removePlan && { removePlan: planOf('removePlan', removePlan) }),
  };
}

/** A pause as the API asks for it, as the verb reads it. */
export const readPause = (input: WantedPauseFields): PauseSubscriptionInput => ({
  ...(withoutNulls(input) as object),
  id: readId('sub', input.id, ['input', 'id']),
});
