/** What accounts have bought for a time, and the billing run. Everything other modules may use. */

export { Subscription, SubscriptionItem, SubscriptionStatusEnum, toSubscription } from './api/subscriptions.graphql.ts';
export { subscriptionLoader } from './api/subscriptions.queries.ts';
export { showSubscription } from './api/subscriptions.resolver.ts';
export { type AccountReference, type BillingTally, billAccounts } from './billing/bill-accounts.ts';
export { resumeBilling } from './billing/resume-billing.ts';
export { type BillingRun, runBilling } from './billing/run-billing.ts';
export { type CancelSubscriptionInput, cancelSubscription } from './changes/cancel-subscription.ts';
export type { ChangeSubscriptionInput } from './changes/change-subscription.input.ts';
export { changeSubscription } from './changes/change-subscription.ts';
export { type PauseSubscriptionInput, pauseSubscription } from './changes/pause-subscription.ts';
export { reactivateSubscription } from './changes/reactivate-subscription.ts';
export { type ResumeSubscriptionInput, resumeSubscription } from './changes/resume-subscription.ts';
export { undoCancelSubscription } from './changes/undo-cancel-subscription.ts';
export { undoSubscriptionChange } from './changes/undo-subscription-change.ts';
export { type UpdateSubscriptionInput, updateSubscription } from './changes/update-subscription.ts';
export { type ApplyCouponInput, applyCoupon } from './creation/apply-coupon.ts';
export type { CreateSubscriptionInput } from './creation/create-subscription.input.ts';
export { type CreatedSubscription, createSubscription } from './creation/create-subscription.ts';
export { comingAmounts, currentAmount } from './previews/current-amount.ts';
export * from './subscriptions.entities.ts';
export * from './subscriptions.lifecycle.ts';
export { endTrial } from './trials/end-trial.ts';
export { extendTrial } from './trials/extend-trial.ts';
