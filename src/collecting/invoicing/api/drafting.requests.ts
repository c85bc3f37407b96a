import 'reflect-metadata';
import { Field, ID, InputType, Int } from 'type-graphql';
import { CustomFieldFields } from '../../../accounts/index.ts';
import { MoneyInput } from '../../../platform/api-types.ts';
import { OneOf } from '../../../platform/one-of.ts';
import {
  CurrencyCode,
  DecimalScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
} from '../../../platform/scalars.ts';
import { ChargeLineFields } from './invoicing.requests.ts';

const ownKey = 'A key of your own that makes a repetition harmless, at most 255 characters.';

@OneOf()
@InputType('ManualDiscountInput', { description: 'What is taken off by hand: exactly one of these.' })
export class ManualDiscountFields {
  @Field(() => MoneyInput, { nullable: true, description: 'An amount, in the currency of the invoice.' })
  amount?: MoneyInput | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'A percentage, more than 0 and at most 100, with at most 4 decimals.',
  })
  percent?: string | null;
}

@InputType('InvoiceLineInput', { description: 'A line of an invoice: a quantity at a unit price, rounded once.' })
export class InvoiceLineFields extends ChargeLineFields {
  @Field(() => ManualDiscountFields, {
    nullable: true,
    description:
      'What is taken off this line, before what is taken off all of them; an amount is at most that of the line.',
  })
  discount?: ManualDiscountFields | null;
}

@InputType({ description: 'What an invoice can be told as long as it is a draft.' })
abstract class DraftValues {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether its money is collected by the payment method. Left out: of a new invoice it is not, a draft stays as it is.',
  })
  autoCollect?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Days from finalization to the due date, 0 to 365. Left out: a new invoice has those of the account, a draft keeps its own.',
  })
  netDays?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A note to the buyer, at most 2,000 characters. Left out: a new invoice has none, a draft keeps its own.',
  })
  memo?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The buyer’s own number for what was ordered, at most 100 characters. Left out: a new invoice has that of the account, a draft keeps its own.',
  })
  purchaseOrderNumber?: string | null;

  @Field(() => [CustomFieldFields], {
    nullable: true,
    description:
      'Names and values that the document shows, at most 10. Left out: a new invoice has those of the account, a draft keeps its own.',
  })
  customFields?: CustomFieldFields[] | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;
}

@InputType('DraftLineInput', { description: 'What changes of a line of a draft; its period stays.' })
export class DraftLineFields {
  @Field(() => ID, { description: 'The line.' })
  lineId!: string;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'What it asks for; negative only where it is an adjustment.',
  })
  amount?: MoneyInput | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How many, at its unit price or another, for the share of the period that the line bills; instead of amount. With a unit price where the line has tiers, packages or bounds. Not of usage, which is metered.',
  })
  quantity?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'The price of one for a whole period; instead of amount.' })
  unitAmount?: MoneyInput | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'The price of one in whole units of the currency, with at most 12 decimals; instead of unitAmount.',
  })
  unitPrice?: string | null;

  @Field(() => ManualDiscountFields, {
    nullable: true,
    description: 'What is taken off it by hand, in place of what was; coupons stay.',
  })
  discount?: ManualDiscountFields | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether nothing is taken off it by hand any more.' })
  removeDiscount?: boolean | null;

  @Field(() => String, { nullable: true, description: 'What it is for, at most 500 characters.' })
  description?: string | null;
}

@InputType({ description: 'An invoice made by hand.' })
export abstract class CreateInvoiceFields extends DraftValues {
  @Field(() => ID, { description: 'The account it is for; it goes to the account’s bill-to account.' })
  accountId!: string;

  @Field(() => CurrencyCode, { nullable: true, description: 'Its currency; if left out, that of the account.' })
  currency?: string | null;

  @Field(() => [InvoiceLineFields], { description: 'Its lines, at most 250.' })
  lines!: InvoiceLineFields[];

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the waiting charges of the account go onto it, and lines of subscriptions that wait for a next invoice: on a draft, those are billed when that is made final, and by no other.',
  })
  includeWaitingCharges?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it becomes final at once; otherwise it is a draft.' })
  finalize?: boolean | null;

  @Field(() => LocalDateScalar, {
    nullable: true,
    description:
      'The day by which it must be paid, in the zone of the account, where it becomes final at once; instead of netDays.',
  })
  dueOn?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Who issues it; if left out, the account’s legal entity, or else the default one.',
  })
  legalEntityId?: string | null;
}

@InputType('AddInvoiceDiscountInput', { description: 'What is taken off all lines of a draft by hand.' })
export class AddInvoiceDiscountFields {
  @Field(() => String, {
    nullable: true,
    description: 'What it is called in the API, at most 200 characters; documents print the amount alone.',
  })
  name?: string | null;

  @Field(() => ManualDiscountFields, { description: 'An amount or a percentage.' })
  off!: ManualDiscountFields;
}

@InputType('UpdateInvoiceDiscountInput', { description: 'What changes of a discount by hand; what is left out stays.' })
export class UpdateInvoiceDiscountFields {
  @Field(() => ID, { description: 'The discount of the invoice.' })
  discountId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What it is called in the API, at most 200 characters; documents print the amount alone.',
  })
  name?: string | null;

  @Field(() => ManualDiscountFields, { nullable: true, description: 'An amount or a percentage.' })
  off?: ManualDiscountFields | null;
}

@InputType('PreviewUpdateDraftInvoiceInput', { description: 'What would change of a draft; what is left out stays.' })
export class DraftChangeFields extends DraftValues {
  @Field(() => ID, { description: 'The invoice.' })
  id!: string;

  @Field(() => [InvoiceLineFields], { nullable: true, description: 'Lines to add behind the others, at most 250.' })
  addLines?: InvoiceLineFields[] | null;

  @Field(() => [DraftLineFields], { nullable: true, description: 'Lines to adjust, at most 250.' })
  updateLines?: DraftLineFields[] | null;

  @Field(() => [ID], { nullable: true, description: 'Lines to remove.' })
  removeLineIds?: string[] | null;

  @Field(() => [AddInvoiceDiscountFields], {
    nullable: true,
    description:
      'What is taken off all lines by hand, in this order, behind what is taken off already: each of what the earlier ones left. At most 10 with those there are.',
  })
  addDiscounts?: AddInvoiceDiscountFields[] | null;

  @Field(() => [UpdateInvoiceDiscountFields], {
    nullable: true,
    description: 'Discounts by hand of all lines to change in their places; coupons stay as they are.',
  })
  updateDiscounts?: UpdateInvoiceDiscountFields[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Discounts by hand of all lines to remove; that of one line is removed with removeDiscount of the line.',
  })
  removeDiscountIds?: string[] | null;
}

@InputType('UpdateDraftInvoiceInput', {
  description:
    'What changes of a draft; what is left out stays. Of a draft whose lines wait for the next invoice only lines, memo and metadata can be changed.',
})
export class UpdateDraftInvoiceFields extends DraftChangeFields {
  @Field(() => String, {
    nullable: true,
    description:
      'The token of a preview of the same input (memo, purchase order number, custom fields and metadata may differ): the draft comes to what it showed, to the last unit, or STALE_PREVIEW.',
  })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}
