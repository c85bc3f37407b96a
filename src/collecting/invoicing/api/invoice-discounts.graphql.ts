import 'reflect-metadata';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../../platform/api-types.ts';

export const DiscountSkippedEnum = { CURRENCY: 'currency' } as const;
registerEnumType(DiscountSkippedEnum, {
  name: 'DiscountSkipped',
  description: 'Why a discount was passed by.',
  valuesConfig: { CURRENCY: { description: 'Its amount is in another currency than the invoice.' } },
});

@ObjectType('InvoiceDiscount', { description: 'What one discount took off an invoice, or why it took nothing.' })
export class InvoiceDiscount {
  discountUuid!: string | null;

  @Field(() => String, { description: 'What the coupon was called then; of a discount by hand, its name.' })
  couponName!: string;

  @Field(() => Money, { description: 'What it took off, over all lines.' })
  amount!: Money;

  @Field(() => DiscountSkippedEnum, { nullable: true, description: 'Why it took nothing; null if it was used.' })
  skipped!: string | null;
}

@ObjectType('InvoiceLineDiscount', { description: 'What one discount took off a line.' })
export class InvoiceLineDiscount {
  discountUuid!: string | null;

  @Field(() => String, { description: 'What the coupon was called then; of a discount by hand, its name.' })
  couponName!: string;

  @Field(() => Money, { description: 'Its share of the line’s discount.' })
  amount!: Money;
}

/** A row of `invoice_discounts`, or of a line's shares of one, as SQL answers it. */
export interface DiscountRecord {
  of: string;
  discount_id: string | null;
  coupon_name: string;
  amount: bigint;
  currency: string;
  skipped: string | null;
}

/** The API's view of what a discount took off an invoice. */
export function toInvoiceDiscount(record: DiscountRecord): InvoiceDiscount {
  const { discount_id: discountUuid, coupon_name: couponName, skipped } = record;
  const amount = money(record.amount, record.currency);
  return Object.assign(new InvoiceDiscount(), { discountUuid, couponName, amount, skipped });
}

/** The API's view of what a discount took off a line. */
export function toLineDiscount(record: DiscountRecord): InvoiceLineDiscount {
  const { discount_id: discountUuid, coupon_name: couponName } = record;
  const amount = money(record.amount, record.currency);
  return Object.assign(new InvoiceLineDiscount(), { discountUuid, couponName, amount });
}
