import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MoneyInput } from '../../../platform/api-types.ts';
import { InstantRange } from '../../../platform/list-inputs.ts';
import { OneOf } from '../../../platform/one-of.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { DecimalScalar, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import type { CreateCreditNoteInput } from '../credit-notes/credit-notes.inputs.ts';
import { CreditNotePreview } from './credit-note-preview.graphql.ts';
import { CreditNote, CreditNoteReasonEnum, CreditNoteStatusEnum } from './credit-notes.graphql.ts';
import { PeriodInput } from './invoicing.requests.ts';

@InputType('CreditNoteFilter', { description: 'Which credit notes; all that is given must hold.' })
export class CreditNoteFilter {
  @Field(() => ID, { nullable: true, description: 'Of invoices of this account.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this invoice.' })
  invoiceId?: string | null;

  @Field(() => [CreditNoteStatusEnum], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;

  @Field(() => InstantRange, { nullable: true, description: 'Issued in this stretch of time.' })
  createdAt?: InstantRange | null;
}

@OneOf()
@InputType('CreditPartInput', { description: 'Which part of a line is credited; exactly one of them.' })
export class CreditPartFields {
  @Field(() => MoneyInput, { nullable: true, description: 'This much of its amount, before discount and tax.' })
  amount?: MoneyInput | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'This many of its quantity.' })
  quantity?: string | null;

  @Field(() => PeriodInput, { nullable: true, description: 'This part of its period, by the second.' })
  period?: PeriodInput | null;
}

@InputType('CreditNoteLineInput', { description: 'What is credited of one line.' })
export class CreditNoteLineFields {
  @Field(() => ID, {
    description:
      'The line of the invoice; one that asks for money. Also a line of a later invoice, as far as that paid for it by taking lines of this one back.',
  })
  invoiceLineId!: string;

  @Field(() => CreditPartFields, { nullable: true, description: 'Which part; all that is left if left out.' })
  part?: CreditPartFields | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the time that is credited (the part’s period, or that of the whole line) is free to be billed again; only where the line bills a period of a subscription.',
  })
  freesPeriod?: boolean | null;
}

@InputType({ description: 'What is credited.' })
abstract class CreditNoteWish {
  @Field(() => ID, { description: 'The invoice; it must be final and not void.' })
  invoiceId!: string;

  @Field(() => [CreditNoteLineFields], {
    nullable: true,
    description:
      'Line by line, at most 250; all that is left of the invoice if left out, with what later invoices paid for by taking its lines back.',
  })
  lines?: CreditNoteLineFields[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether money that was paid goes back, as much as there is. What is due on the invoice is lowered first in any case; what is not paid back becomes credit.',
  })
  refund?: boolean | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'Exactly this much goes back; refused where the note or the money paid leaves less.',
  })
  refundAmount?: MoneyInput | null;
}

@InputType('CreateCreditNoteInput', { description: 'What is credited, and why.' })
export class CreateCreditNoteFields extends CreditNoteWish {
  @Field(() => CreditNoteReasonEnum, { description: 'Why.' })
  reason!: CreateCreditNoteInput['reason'];

  @Field(() => String, { nullable: true, description: 'A note to the buyer, at most 2,000 characters.' })
  memo?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The token of a preview of the same lines and refund: what it showed is what is taken back, to the last unit, or STALE_PREVIEW.',
  })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('PreviewCreditNoteInput', { description: 'What would be credited.' })
export class PreviewCreditNoteFields extends CreditNoteWish {}

@InputType('VoidCreditNoteInput', { description: 'Which credit note is taken back.' })
export class VoidCreditNoteFields {
  @Field(() => ID, { description: 'The credit note.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The credit note, or why nothing was done.' })
abstract class CreditNoteAnswer extends MutationPayload {
  @Field(() => CreditNote, { nullable: true, description: 'The credit note as it is now.' })
  creditNote?: CreditNote | null;
}

@ObjectType('CreateCreditNotePayload', { description: 'The new credit note, or why none was issued.' })
export class CreateCreditNotePayload extends CreditNoteAnswer {}

@ObjectType('VoidCreditNotePayload', { description: 'The voided credit note, or why it was not voided.' })
export class VoidCreditNotePayload extends CreditNoteAnswer {}

@ObjectType('PreviewCreditNotePayload', { description: 'What the note would be, or why there would be none.' })
export class PreviewCreditNotePayload extends MutationPayload {
  @Field(() => CreditNotePreview, { nullable: true, description: 'What the credit note would come to.' })
  preview?: CreditNotePreview | null;
}
