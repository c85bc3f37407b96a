/** What is for sale: plans, their immutable versions, prices. Everything other modules may use. */
export { archivePlan, unarchivePlan } from './archive-plan.ts';
export * from './catalog.entities.ts';
export {
  BillingModeEnum,
  billingOf,
  IntervalUnitEnum,
  Plan,
  PlanVersion,
  Price,
  PriceChargeEnum,
} from './catalog.graphql.ts';
export { showPlan, showPlanVersion, showPrice, versionOfPrice } from './catalog.resolver.ts';
export { type CreatePlanInput, createPlan } from './create-plan.ts';
export { type CreatePlanVersionInput, createPlanVersion } from './create-plan-version.ts';
export { type CreatePriceChargeInput, createPriceCharge } from './create-price-charge.ts';
export { deletePlanVersion } from './delete-plan-version.ts';
export { PriceOverrideFields } from './price.requests.ts';
export { type Priceable, priceAmount } from './price-amount.ts';
export { modelKind, type PriceTermsInput, priceModelSchema, priceTermsShape } from './price-input.ts';
export {
  countsSeats,
  type PricedBy,
  pricesEvents,
  pricesQuantity,
  ruleModel,
  storedModel,
} from './price-model.ts';
export { problemsOf } from './price-problems.ts';
export { PriceOverride, toPriceTerms } from './price-terms.graphql.ts';
export { publishPlanVersion } from './publish-plan-version.ts';
export {
  chooseSellablePlans,
  type FoundPlans,
  findPlans,
  type PlanReference,
  type SellablePlan,
  type SellablePrice,
} from './sellable-plans.ts';
export { type UpdatePlanInput, updatePlan } from './update-plan.ts';
