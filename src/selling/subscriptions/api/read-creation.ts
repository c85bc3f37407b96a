import { readOptionalId } from '../../../platform/id-input.ts';
import { withoutNulls } from '../../../platform/input.ts';
import type { DiscountReferenceFields } from '../../coupons/index.ts';
import type { CreateSubscriptionInput } from '../creation/create-subscription.input.ts';
import type { NewSubscriptionFields, PlanReferenceFields } from './subscriptions.requests.ts';

/** What the API asks for, as the verb reads it. INVALID_INPUT for an id that is none. */
export function readCreation(input: NewSubscriptionFields): CreateSubscriptionInput {
  const path = ['input'];
  const items = input.items.map((item, index) => ({
    ...withoutNulls(item),
    plan: readPlan(item.plan, [...path, 'items', String(index), 'plan']),
  }));
  return {
    ...withoutNulls(input),
    account: { ...input.account, id: readOptionalId('acc', input.account.id, [...path, 'account', 'id']) },
    items,
    discounts: input.discounts?.map((one, index) => readDiscount(one, [...path, 'discounts', String(index)])) ?? [],
    paymentMethodId: readOptionalId('pm', input.paymentMethodId, [...path, 'paymentMethodId']),
    legalEntityId: readOptionalId('le', input.legalEntityId, [...path, 'legalEntityId']),
  } as CreateSubscriptionInput;
}

/** A reference with the ids behind those of the API. NOT_FOUND at `path` for one that is none. */
export function readPlan(plan: PlanReferenceFields, path: string[]) {
  return {
    ...plan,
    id: readOptionalId('plan', plan.id, [...path, 'id']),
    versionId: readOptionalId('plv', plan.versionId, [...path, 'versionId']),
  };
}

/** Which coupon the API asks for, as the verbs read it. */
export function readDiscount(reference: DiscountReferenceFields, path: string[]) {
  return { ...reference, couponId: readOptionalId('cpn', reference.couponId, [...path, 'couponId']) };
}
