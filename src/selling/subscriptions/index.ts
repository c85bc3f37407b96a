/** What accounts have bought for a time, and the billing run. Everything other modules may use. */
export { type ApplyCouponInput, applyCoupon } from './apply-coupon.ts';
export { type AccountReference, type BillingTally, billAccounts } from './bill-accounts.ts';
export { type CancelSubscriptionInput, cancelSubscription } from './cancel-subscription.ts';
export type { ChangeSubscriptionInput } from './change-subscription.input.ts';
export { changeSubscription } from './change-subscription.ts';
export type { CreateSubscriptionInput } from './create-subscription.input.ts';
export { type CreatedSubscription, createSubscription } from './create-subscription.ts';
export { currentAmount } from './current-amount.ts';
export { resumeBilling } from './resume-billing.ts';
export { type BillingRun, runBilling } from './run-billing.ts';
export * from './subscriptions.entities.ts';
export { Subscription, SubscriptionItem, SubscriptionStatusEnum, toSubscription } from './subscriptions.graphql.ts';
export * from './subscriptions.lifecycle.ts';
export { subscriptionLoader } from './subscriptions.queries.ts';
export { showSubscription } from './subscriptions.resolver.ts';
export { undoCancelSubscription } from './undo-cancel-subscription.ts';
export { type UpdateSubscriptionInput, updateSubscription } from './update-subscription.ts';
