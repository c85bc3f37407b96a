import 'reflect-metadata';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { DecimalScalar } from '../../../platform/scalars.ts';
import type { DiscountTerms } from '../discounts/invoice-discount.ts';

const DiscountSkippedEnum = { CURRENCY: 'currency' } as const;
registerEnumType(DiscountSkippedEnum, {
  name: 'DiscountSkipped',
  description: 'Why a discount was passed by.',
  valuesConfig: { CURRENCY: { description: 'Its amount is in another currency than the invoice.' } },
});

@ObjectType('InvoiceDiscount', {
  implements: Node,
  description: 'What one discount took off an invoice, or why it took nothing.',
})
export class InvoiceDiscount extends Node {
  discountUuid!: string | null;

  @Field(() => String, { description: 'What the coupon was called then; of a discount by hand, its name.' })
  couponName!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'How many percent it takes; null for an amount.' })
  percent!: string | null;

  @Field(() => Money, {
    nullable: true,
    description:
      'The most that it could take here; null for a percentage, but for one that has only what came back of it.',
  })
  offered!: Money | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The line it is taken off by hand alone; null for all lines it is for.',
  })
  invoiceLineId!: string | null;

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

/** A row of `invoice_discounts` as SQL answers it. */
export interface InvoiceDiscountRecord extends DiscountRecord {
  id: string;
  terms: DiscountTerms;
  offered: bigint | null;
}

/** What discounts took of an invoice or of one line, as SQL answers it. */
export interface DiscountRecord {
  of: string;
  discount_id: string | null;
  coupon_name: string;
  amount: bigint;
  currency: string;
  skipped: string | null;
}

/** The API's view of what a discount took off an invoice. */
export function toInvoiceDiscount(record: InvoiceDiscountRecord): InvoiceDiscount {
  const { discount_id: discountUuid, coupon_name: couponName, skipped, currency, terms, offered } = record;
  const lineId = discountUuid === null ? terms.lineIds?.[0] : undefined;
  return Object.assign(new InvoiceDiscount(), {
    ...{ id: toGlobalId('invd', record.id), discountUuid, couponName, skipped, percent: terms.percent },
    offered: offered === null ? null : money(offered, currency),
    invoiceLineId: lineId ? toGlobalId('il', lineId) : null,
    amount: money(record.amount, currency),
  });
}

/** The API's view of what a discount took off a line. */
export function toLineDiscount(record: DiscountRecord): InvoiceLineDiscount {
  const { discount_id: discountUuid, coupon_name: couponName } = record;
  const amount = money(record.amount, record.currency);
  return Object.assign(new InvoiceLineDiscount(), { discountUuid, couponName, amount });
}
