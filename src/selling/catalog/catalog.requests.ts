import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { MoneyInput } from '../../platform/api-types.ts';
import { OrderDirection } from '../../platform/list-inputs.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { CurrencyCode, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import {
  BillingModeEnum,
  IntervalUnitEnum,
  Plan,
  PlanKindEnum,
  PlanVersion,
  PriceChargeEnum,
} from './catalog.graphql.ts';
import type { PlanOrderField } from './catalog.queries.ts';
import { PriceTermsInputFields } from './price.requests.ts';

const keyText = 'A key of your own that makes a repetition harmless.';
const metadataText = 'Pairs of text of your own; they replace all before.';

const PlanOrderFieldEnum = { CREATED_AT: 'CREATED_AT', NAME: 'NAME' } as const;
registerEnumType(PlanOrderFieldEnum, {
  name: 'PlanOrderField',
  description: 'What plans are sorted by.',
  valuesConfig: { CREATED_AT: { description: 'When it was made.' }, NAME: { description: 'The name.' } },
});

@InputType('PlanOrder', { description: 'How plans are sorted; equal ones by id.' })
export class PlanOrder {
  @Field(() => PlanOrderFieldEnum, { description: 'By what.' })
  field!: PlanOrderField;

  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@InputType('PlanFilter', { description: 'Which plans; all that is given must hold.' })
export class PlanFilter {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case; at least 2 characters.' })
  search?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system.' })
  externalId?: string | null;

  @Field(() => String, { nullable: true, description: 'The tier.' })
  tierLabel?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Only archived ones, or only those for sale; all if left out.' })
  archived?: boolean | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Has all these pairs in its metadata.' })
  metadata?: Metadata | null;
}

@InputType('PriceInput', { description: 'What one component costs in one currency.' })
export class PriceFields extends PriceTermsInputFields {
  @Field(() => String, {
    description: 'The component: lower-case letters, digits and underscores, the same in every currency.',
  })
  component!: string;

  @Field(() => String, { description: 'What invoices call it, at most 200 characters.' })
  name!: string;

  @Field(() => CurrencyCode, {
    description: 'The currency; every component is priced in each currency of the version.',
  })
  currency!: string;

  @Field(() => BillingModeEnum, {
    nullable: true,
    description: 'When it is billed; if left out, ADVANCE, and ARREARS for prices of events.',
  })
  billing?: string | null;

  @Field(() => PriceChargeEnum, { nullable: true, description: 'How often it is billed; RECURRING if left out.' })
  charge?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it is taxed as, a code of your own such as books; tax rates may be limited to it.',
  })
  taxCategory?: string | null;
}

@InputType({ description: 'What a version of a plan says.' })
export abstract class PlanVersionValues {
  @Field(() => IntervalUnitEnum, { description: 'The unit of the billing interval.' })
  intervalUnit!: string;

  @Field(() => Int, { nullable: true, description: 'Units of one period, 1 to 366; 1 if left out.' })
  intervalCount?: number | null;

  @Field(() => Int, { nullable: true, description: 'Days of free trial, 0 to 730; none if left out.' })
  trialDays?: number | null;

  @Field(() => [PriceFields], { description: 'The prices of its components, 1 to 100.' })
  prices!: PriceFields[];

  @Field(() => [MoneyInput], {
    nullable: true,
    description:
      'What the recurring components cost at least in a whole period, one amount a currency; what is missing is billed when the period is over.',
  })
  minimumCommitment?: MoneyInput[] | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;
}

@InputType('FirstPlanVersionInput', { description: 'The first version of a plan.' })
export class FirstPlanVersionInput extends PlanVersionValues {
  @Field(() => Boolean, { nullable: true, description: 'Publish it at once; yes if left out.' })
  publish?: boolean | null;
}

@InputType('CreatePlanVersionInput', { description: 'The next version of a plan.' })
export class CreatePlanVersionFields extends PlanVersionValues {
  @Field(() => ID, { description: 'The plan.' })
  planId!: string;

  @Field(() => Boolean, { nullable: true, description: 'Publish it at once; no if left out.' })
  publish?: boolean | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('CreatePlanInput', { description: 'What a new plan is.' })
export class CreatePlanFields {
  @Field(() => String, { description: 'What customers call it, at most 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The id in your own system, at most 255 characters.' })
  externalId?: string | null;

  @Field(() => String, { nullable: true, description: 'The tier it belongs to, at most 100 characters.' })
  tierLabel?: string | null;

  @Field(() => String, { nullable: true, description: 'What it offers, at most 2,000 characters.' })
  description?: string | null;

  @Field(() => PlanKindEnum, { nullable: true, description: 'How it is sold; BASE if left out. It never changes.' })
  kind?: string | null;

  @Field(() => FirstPlanVersionInput, { nullable: true, description: 'Its first version.' })
  version?: FirstPlanVersionInput | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('UpdatePlanInput', {
  description: 'What changes: fields left out stay, null empties what may be empty and is refused for the rest.',
})
export class UpdatePlanFields {
  @Field(() => ID, { description: 'The plan.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What customers call it, at most 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system, at most 255 characters.' })
  externalId?: string | null;

  @Field(() => String, { nullable: true, description: 'The tier it belongs to, at most 100 characters.' })
  tierLabel?: string | null;

  @Field(() => String, { nullable: true, description: 'What it offers, at most 2,000 characters.' })
  description?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: metadataText })
  metadata?: Metadata | null;
}

@InputType('ArchivePlanInput', { description: 'Which plan to take off sale.' })
export class ArchivePlanInput {
  @Field(() => ID, { description: 'The plan.' })
  id!: string;
}

@InputType('UnarchivePlanInput', { description: 'Which plan to put on sale again.' })
export class UnarchivePlanInput {
  @Field(() => ID, { description: 'The plan.' })
  id!: string;
}

@InputType('PublishPlanVersionInput', { description: 'Which draft to publish.' })
export class PublishPlanVersionInput {
  @Field(() => ID, { description: 'The version.' })
  id!: string;
}

@InputType('DeletePlanVersionInput', { description: 'Which draft to throw away.' })
export class DeletePlanVersionInput {
  @Field(() => ID, { description: 'The version.' })
  id!: string;
}

@ObjectType({ description: 'The plan, or why nothing was done.' })
abstract class PlanAnswer extends MutationPayload {
  @Field(() => Plan, { nullable: true, description: 'The plan as it is now.' })
  plan?: Plan | null;
}

@ObjectType('CreatePlanPayload', { description: 'The new plan, or why none was made.' })
export class CreatePlanPayload extends PlanAnswer {}

@ObjectType('UpdatePlanPayload', { description: 'The changed plan, or why nothing was changed.' })
export class UpdatePlanPayload extends PlanAnswer {}

@ObjectType('ArchivePlanPayload', { description: 'The archived plan, or why it was not archived.' })
export class ArchivePlanPayload extends PlanAnswer {}

@ObjectType('UnarchivePlanPayload', { description: 'The plan on sale again, or why it is not.' })
export class UnarchivePlanPayload extends PlanAnswer {}

@ObjectType('DeletePlanVersionPayload', { description: 'The plan without the draft, or why it was not thrown away.' })
export class DeletePlanVersionPayload extends PlanAnswer {}

@ObjectType({ description: 'The version, or why nothing was done.' })
abstract class PlanVersionAnswer extends MutationPayload {
  @Field(() => PlanVersion, { nullable: true, description: 'The version as it is now.' })
  planVersion?: PlanVersion | null;
}

@ObjectType('CreatePlanVersionPayload', { description: 'The new version, or why none was made.' })
export class CreatePlanVersionPayload extends PlanVersionAnswer {}

@ObjectType('PublishPlanVersionPayload', { description: 'The published version, or why it was not published.' })
export class PublishPlanVersionPayload extends PlanVersionAnswer {}
