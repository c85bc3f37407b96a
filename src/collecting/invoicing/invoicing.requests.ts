import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { CustomFieldFields } from '../../accounts/index.ts';
import { MoneyInput } from '../../platform/api-types.ts';
import { InstantRange, OrderDirection } from '../../platform/list-inputs.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { CurrencyCode, DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import { ChargeKindEnum, InvoiceStatusEnum } from './invoicing.enums.ts';
import { Invoice } from './invoicing.graphql.ts';

const ownKey = 'A key of your own that makes a repetition harmless, at most 255 characters.';

@InputType('InvoiceFilter', { description: 'Which invoices; all that is given must hold.' })
export class InvoiceFilter {
  @Field(() => ID, { nullable: true, description: 'Of this account, whoever it is billed to.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Billed to this account.' })
  billToAccountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Bills this subscription.' })
  subscriptionId?: string | null;

  @Field(() => [InvoiceStatusEnum], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Past due, or not.' })
  pastDue?: boolean | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency.' })
  currency?: string | null;

  @Field(() => InstantRange, { nullable: true, description: 'Made in this stretch of time.' })
  createdAt?: InstantRange | null;
}

@InputType('InvoiceOrder', { description: 'How invoices are sorted: by when they were made, equal ones by id.' })
export class InvoiceOrder {
  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@InputType('PeriodInput', { description: 'A half-open stretch of time: the start belongs to it, the end does not.' })
export class PeriodInput {
  @Field(() => DateTimeScalar, { description: 'The first instant of the period.' })
  start!: Date;

  @Field(() => DateTimeScalar, { description: 'The first instant after the period.' })
  end!: Date;
}

@InputType('ChargeLineInput', { description: 'Something owed: a quantity at a unit price, rounded once.' })
export class ChargeLineFields {
  @Field(() => ChargeKindEnum, { nullable: true, description: 'What it is for; ONE_OFF if left out.' })
  kind?: 'one_off' | 'setup_fee' | 'adjustment' | null;

  @Field(() => String, { description: 'What it is for, in words; at most 500 characters.' })
  description!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'How many; 1 if left out.' })
  quantity?: string | null;

  @Field(() => MoneyInput, { description: 'The price of one; negative only for an adjustment.' })
  unitAmount!: MoneyInput;

  @Field(() => PeriodInput, { nullable: true, description: 'The time in which it was or will be supplied.' })
  period?: PeriodInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it is taxed as, a code of your own such as books; rates may be limited to it.',
  })
  taxCategory?: string | null;
}

@InputType({ description: 'What an invoice can be told as long as it is a draft.' })
abstract class DraftValues {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether its money is collected by the payment method; that of a new invoice is not unless this is true.',
  })
  autoCollect?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days from finalization to the due date, 0 to 365; if left out, those of the account.',
  })
  netDays?: number | null;

  @Field(() => String, { nullable: true, description: 'A note to the buyer, at most 2,000 characters.' })
  memo?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The buyer’s own number for what was ordered, at most 100 characters; that of the account if left out.',
  })
  purchaseOrderNumber?: string | null;

  @Field(() => [CustomFieldFields], {
    nullable: true,
    description: 'Names and values that the document shows, at most 10; those of the account if left out.',
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

  @Field(() => String, { nullable: true, description: 'What it is for, at most 500 characters.' })
  description?: string | null;
}

@InputType('NewInvoiceInput', { description: 'An invoice that would be made by hand.' })
export class NewInvoiceFields extends DraftValues {
  @Field(() => ID, { description: 'The account it is for; it goes to the account’s bill-to account.' })
  accountId!: string;

  @Field(() => CurrencyCode, { nullable: true, description: 'Its currency; if left out, that of the account.' })
  currency?: string | null;

  @Field(() => [ChargeLineFields], { description: 'Its lines, at most 250.' })
  lines!: ChargeLineFields[];

  @Field(() => Boolean, { nullable: true, description: 'Whether the waiting charges of the account go onto it.' })
  includeWaitingCharges?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it becomes final at once; otherwise it is a draft.' })
  finalize?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Who issues it; if left out, the default legal entity.' })
  legalEntityId?: string | null;
}

@InputType('CreateInvoiceInput', { description: 'An invoice made by hand.' })
export class CreateInvoiceFields extends NewInvoiceFields {
  @Field(() => String, {
    nullable: true,
    description:
      'The token of a preview of the same input (memo, purchase order number, custom fields and metadata may differ): what it showed is what is made, to the last unit, or STALE_PREVIEW.',
  })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('UpdateDraftInvoiceInput', { description: 'What changes of a draft; what is left out stays.' })
export class UpdateDraftInvoiceFields extends DraftValues {
  @Field(() => ID, { description: 'The invoice.' })
  id!: string;

  @Field(() => [ChargeLineFields], { nullable: true, description: 'Lines to add behind the others, at most 250.' })
  addLines?: ChargeLineFields[] | null;

  @Field(() => [DraftLineFields], { nullable: true, description: 'Lines to adjust, at most 250.' })
  updateLines?: DraftLineFields[] | null;

  @Field(() => [ID], { nullable: true, description: 'Lines to remove.' })
  removeLineIds?: string[] | null;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('RefreshInvoiceInput', { description: 'Which draft is brought up to date.' })
export class RefreshInvoiceFields {
  @Field(() => ID, { description: 'The invoice.' })
  id!: string;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType({ description: 'Which invoice.' })
export abstract class InvoiceIdFields {
  @Field(() => ID, { description: 'The invoice.' })
  id!: string;

  @Field(() => String, { nullable: true, description: ownKey })
  idempotencyKey?: string | null;
}

@InputType('FinalizeInvoiceInput', { description: 'Which draft becomes final.' })
export class FinalizeInvoiceFields extends InvoiceIdFields {}

@InputType('VoidInvoiceInput', { description: 'Which open invoice is taken back.' })
export class VoidInvoiceFields extends InvoiceIdFields {}

@InputType('ReplaceInvoiceInput', {
  description: 'Which open invoice is replaced, and when the new one becomes final.',
})
export class ReplaceInvoiceFields extends InvoiceIdFields {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the new one becomes final at once, for what was mended elsewhere, such as an address; otherwise it is a draft that becomes final by itself.',
  })
  finalize?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Local days after which the draft becomes final, 1 to 60; if left out, those of the account, and 1 where it has none.',
  })
  graceDays?: number | null;
}

@InputType('MarkInvoiceUncollectibleInput', { description: 'Which open invoice is given up.' })
export class MarkInvoiceUncollectibleFields extends InvoiceIdFields {}

@InputType('DeleteDraftInvoiceInput', { description: 'Which draft goes.' })
export class DeleteDraftInvoiceFields extends InvoiceIdFields {}

@ObjectType({ description: 'The invoice, or why nothing was done.' })
abstract class InvoiceAnswer extends MutationPayload {
  @Field(() => Invoice, { nullable: true, description: 'The invoice as it is now.' })
  invoice?: Invoice | null;
}

@ObjectType('CreateInvoicePayload', { description: 'The new invoice, or why none was made.' })
export class CreateInvoicePayload extends InvoiceAnswer {}

@ObjectType('UpdateDraftInvoicePayload', { description: 'The changed draft, or why nothing was changed.' })
export class UpdateDraftInvoicePayload extends InvoiceAnswer {}

@ObjectType('FinalizeInvoicePayload', { description: 'The final invoice, or why it is still a draft.' })
export class FinalizeInvoicePayload extends InvoiceAnswer {}

@ObjectType('RefreshInvoicePayload', { description: 'The draft as it is now, or why nothing was changed.' })
export class RefreshInvoicePayload extends InvoiceAnswer {}

@ObjectType('ReplaceInvoicePayload', { description: 'The new draft, or why nothing was replaced.' })
export class ReplaceInvoicePayload extends InvoiceAnswer {}

@ObjectType('VoidInvoicePayload', { description: 'The voided invoice, or why it was not voided.' })
export class VoidInvoicePayload extends InvoiceAnswer {}

@ObjectType('MarkInvoiceUncollectiblePayload', { description: 'The invoice given up, or why it was not.' })
export class MarkInvoiceUncollectiblePayload extends InvoiceAnswer {}

@ObjectType('DeleteDraftInvoicePayload', { description: 'The id of the draft that is gone, or why it is still there.' })
export class DeleteDraftInvoicePayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id that the draft had.' })
  deletedInvoiceId?: string | null;
}
