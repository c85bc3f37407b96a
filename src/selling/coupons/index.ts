/** Coupons, the codes that lead to them, and who has been given one. Everything other modules may use. */
export { archiveCoupon } from './archive-coupon.ts';
export * from './coupons.entities.ts';
export { Discount, DiscountConnection, toDiscount } from './coupons.graphql.ts';
export {
  type CreateCouponInput,
  type CreatePromotionCodeInput,
  type DiscountReference,
  discountReference,
  mostDiscounts,
  type UpdateCouponInput,
} from './coupons.input.ts';
export { discountLifecycle } from './coupons.lifecycle.ts';
export { discountsOfSubscriptionLoader } from './coupons.queries.ts';
export { DiscountReferenceFields } from './coupons.requests.ts';
export { showDiscount } from './coupons.resolver.ts';
export { createCoupon } from './create-coupon.ts';
export { createPromotionCode } from './create-promotion-code.ts';
export { deactivatePromotionCode } from './deactivate-promotion-code.ts';
export { type Gift, giveDiscounts, writeGifts } from './give-discounts.ts';
export { issueDiscounted } from './issue-discounted.ts';
export { loadDiscounts } from './load-discounts.ts';
export { previewWritten } from './preview-written.ts';
export { removeDiscount } from './remove-discount.ts';
export { returnUnused } from './return-redemptions.ts';
export { updateCoupon } from './update-coupon.ts';
export { NewInvoiceFields } from './write-invoice.requests.ts';
export { writeInvoice } from './write-invoice.ts';
