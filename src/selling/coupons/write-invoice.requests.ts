import 'reflect-metadata';
import { Field, InputType } from 'type-graphql';
import { CreateInvoiceFields, ManualDiscountFields } from '../../collecting/invoicing/index.ts';
import { DiscountReferenceFields } from './coupons.requests.ts';

@InputType('InvoiceDiscountInput', {
  description: 'What is taken off all lines of an invoice made by hand: off or coupon.',
})
export class InvoiceDiscountFields {
  @Field(() => String, {
    nullable: true,
    description: 'What it is called in the API, at most 200 characters; documents print the amount alone.',
  })
  name?: string | null;

  @Field(() => ManualDiscountFields, { nullable: true, description: 'An amount or a percentage of your own.' })
  off?: ManualDiscountFields | null;

  @Field(() => DiscountReferenceFields, {
    nullable: true,
    description: 'A coupon, redeemed for this invoice alone, however often it would be given otherwise.',
  })
  coupon?: DiscountReferenceFields | null;
}

@InputType('NewInvoiceInput', { description: 'An invoice that would be made by hand.' })
export class NewInvoiceFields extends CreateInvoiceFields {
  @Field(() => [InvoiceDiscountFields], {
    nullable: true,
    description:
      'What is taken off, in this order, each of what the earlier ones left and after what lines have of their own; at most 10.',
  })
  discounts?: InvoiceDiscountFields[] | null;
}

@InputType('CreateInvoiceInput', { description: 'An invoice made by hand.' })
export class WriteInvoiceFields extends NewInvoiceFields {
  @Field(() => String, {
    nullable: true,
    description:
      'The token of a preview of the same input (memo, purchase order number, custom fields and metadata may differ): what it showed is what is made, to the last unit, or STALE_PREVIEW.',
  })
  previewToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A key of your own that makes a repetition harmless, at most 255 characters.',
  })
  idempotencyKey?: string | null;
}
