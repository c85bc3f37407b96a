import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { MoneyInput } from '../../../platform/api-types.ts';
import { InstantRange, OrderDirection } from '../../../platform/list-inputs.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { CurrencyCode, DateTimeScalar, DecimalScalar } from '../../../platform/scalars.ts';
import { InvoicePreview } from './invoice-preview.graphql.ts';
import { ChargeKindEnum, InvoiceStatusEnum, TaxPendingReasonEnum } from './invoicing.enums.ts';
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

  @Field(() => [TaxPendingReasonEnum], {
    nullable: true,
    description: 'Drafts whose tax is not known, for one of these reasons.',
  })
  taxPending?: string[] | null;

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

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The price of one; negative only for an adjustment. This or unitPrice.',
  })
  unitAmount?: MoneyInput | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'The price of one in whole units of the currency, with at most 12 decimals, such as 0.0045 for 0.45 cents. This or unitAmount.',
  })
  unitPrice?: string | null;

  @Field(() => PeriodInput, { nullable: true, description: 'The time in which it was or will be supplied.' })
  period?: PeriodInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it is taxed as, a code of your own such as books; rates may be limited to it.',
  })
  taxCategory?: string | null;
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

@ObjectType('PreviewUpdateDraftInvoicePayload', {
  description: 'The draft as it would be, or why nothing would be changed.',
})
export class PreviewUpdateDraftInvoicePayload extends MutationPayload {
  @Field(() => InvoicePreview, { nullable: true, description: 'The draft as it would be.' })
  invoice?: InvoicePreview | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Give it to updateDraftInvoice as previewToken: the draft then comes to exactly this, or STALE_PREVIEW, and nothing is written.',
  })
  token?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when the token can be used, by the wall clock.' })
  expiresAt?: Date | null;
}

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
