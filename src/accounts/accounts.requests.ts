import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { InstantRange, OrderDirection } from '../platform/list-inputs.ts';
import { MutationPayload } from '../platform/payload.ts';
import {
  CountryCodeScalar,
  CurrencyCode,
  EmailAddressScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
  TimeZoneScalar,
} from '../platform/scalars.ts';
import { Account, AccountBillingPolicy, AccountDunningStatus, TaxIdType } from './accounts.graphql.ts';
import type { AccountOrderField } from './accounts.queries.ts';

const AccountOrderFieldEnum = { CREATED_AT: 'CREATED_AT', NAME: 'NAME' } as const;
registerEnumType(AccountOrderFieldEnum, {
  name: 'AccountOrderField',
  description: 'What accounts are sorted by.',
  valuesConfig: { CREATED_AT: { description: 'When it was made.' }, NAME: { description: 'The name.' } },
});

@InputType('AccountFilter', { description: 'Which accounts; all that is given must hold.' })
export class AccountFilter {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case; at least 2 characters.' })
  search?: string | null;

  @Field(() => EmailAddressScalar, {
    nullable: true,
    description: 'The whole e-mail address, in any case; needs the permission personal:read.',
  })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system.' })
  externalId?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency.' })
  currency?: string | null;

  @Field(() => [AccountDunningStatus], { nullable: true, description: 'One of these dunning statuses.' })
  dunningStatus?: string[] | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Has all these pairs in its metadata.' })
  metadata?: Metadata | null;

  @Field(() => InstantRange, { nullable: true, description: 'Made in this stretch of time.' })
  createdAt?: InstantRange | null;

  @Field(() => ID, { nullable: true, description: 'Billed to this account.' })
  billToAccountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Directly below this account.' })
  parentAccountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Lives on this test clock.' })
  testClockId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Deleted ones too; otherwise they are left out.' })
  includeDeleted?: boolean | null;
}

@InputType('AccountOrder', { description: 'How accounts are sorted; equal ones by id.' })
export class AccountOrder {
  @Field(() => AccountOrderFieldEnum, { description: 'By what.' })
  field!: AccountOrderField;

  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@InputType('AddressInput', { description: 'A postal address.' })
export class AddressInput {
  @Field(() => String, { nullable: true, description: 'Street and number, at most 200 characters.' })
  line1?: string | null;

  @Field(() => String, { nullable: true, description: 'What goes below the street, at most 200 characters.' })
  line2?: string | null;

  @Field(() => String, { nullable: true, description: 'The city, at most 100 characters.' })
  city?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'State, province or region, at most 100 characters. Where tax goes by regions, its code of ISO 3166-2: NY, or US-NY; of the United States and Canada the name will do.',
  })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code, at most 20 characters.' })
  postalCode?: string | null;

  @Field(() => CountryCodeScalar, { description: 'The country.' })
  country!: string;
}

@InputType('TaxExemptionInput', { description: 'Why no tax is charged to an account, and when.' })
export class TaxExemptionInput {
  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'The number of the certificate, at most 100 characters.' })
  certificate?: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds.' })
  validFrom?: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds no longer.' })
  validTo?: string | null;
}

@InputType('TaxIdInput', { description: 'A number under which an account is known to a tax authority.' })
export class TaxIdInput {
  @Field(() => TaxIdType, { description: 'What kind of number it is.' })
  type!: string;

  @Field(() => String, {
    description:
      'The number, 2 to 40 characters. EU (with its prefix), GB, CH, NO and AU numbers must be right by form and check digits.',
  })
  value!: string;
}

@InputType('CustomFieldInput', { description: 'A name and a value that a document shows.' })
export class CustomFieldFields {
  @Field(() => String, { description: 'The name, at most 40 characters.' })
  name!: string;

  @Field(() => String, { description: 'The value, at most 200 characters.' })
  value!: string;
}

@InputType({ description: 'What an account can be told when it is made and later.' })
abstract class AccountValues {
  @Field(() => String, {
    nullable: true,
    description: 'The id in your own system, at most 255 characters, unique among accounts that are not deleted.',
  })
  externalId?: string | null;

  @Field(() => EmailAddressScalar, { nullable: true, description: 'The e-mail address.' })
  email?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency; if left out, that of the organization.' })
  currency?: string | null;

  @Field(() => TimeZoneScalar, { nullable: true, description: 'The time zone; if left out, that of the organization.' })
  timezone?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of its documents, as BCP 47 tag; en if left out.' })
  locale?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'Where its invoices go.' })
  billingAddress?: AddressInput | null;

  @Field(() => [TaxIdInput], { nullable: true, description: 'Its tax ids, at most 10.' })
  taxIds?: TaxIdInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether no tax is charged to it.' })
  taxExempt?: boolean | null;

  @Field(() => TaxExemptionInput, {
    nullable: true,
    description: 'Why no tax is charged to it, and when; only with taxExempt.',
  })
  taxExemption?: TaxExemptionInput | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The account that its invoices are billed to, which must pay for itself: short for parentAccountId with PARENT_PAYS. Give one of the two.',
  })
  billToAccountId?: string | null;

  @Field(() => Int, { nullable: true, description: 'Days between finalization and due date, 0 to 365.' })
  netDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days for which its recurring invoices stay drafts, 0 to 60; if null, those of the organization.',
  })
  invoiceGraceDays?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The legal entity that issues its invoices; if null, the default one of the organization.',
  })
  legalEntityId?: string | null;

  @Field(() => String, { nullable: true, description: 'Its own number for what was ordered, at most 100 characters.' })
  purchaseOrderNumber?: string | null;

  @Field(() => [CustomFieldFields], {
    nullable: true,
    description: 'What its invoices show, at most 10; they replace all before.',
  })
  customFields?: CustomFieldFields[] | null;

  @Field(() => ID, { nullable: true, description: 'The account above it; at most 10 levels.' })
  parentAccountId?: string | null;

  @Field(() => AccountBillingPolicy, {
    nullable: true,
    description: 'Who is invoiced for what it uses from now on; SELF if it has no parent or this is left out.',
  })
  billingPolicy?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own; they replace all before.' })
  metadata?: Metadata | null;
}

@InputType('CreateAccountInput', { description: 'What a new account is.' })
export class CreateAccountFields extends AccountValues {
  @Field(() => String, { description: 'The name of the person or company, at most 200 characters.' })
  name!: string;

  @Field(() => ID, { nullable: true, description: 'The test clock it lives on; only in sandboxes, and for good.' })
  testClockId?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('UpdateAccountInput', {
  description: 'What changes: fields left out stay, null clears what may be empty and is refused for the rest.',
})
export class UpdateAccountFields extends AccountValues {
  @Field(() => ID, { description: 'The account.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The name of the person or company, at most 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('DeleteAccountInput', { description: 'Which account to delete.' })
export class DeleteAccountInput {
  @Field(() => ID, { description: 'The account.' })
  id!: string;
}

@InputType('EraseAccountInput', { description: 'Which account to erase.' })
export class EraseAccountInput {
  @Field(() => ID, { description: 'The account; it must be deleted.' })
  id!: string;
}

@ObjectType({ description: 'The account, or why nothing was done.' })
abstract class AccountAnswer extends MutationPayload {
  @Field(() => Account, { nullable: true, description: 'The account as it is now.' })
  account?: Account | null;
}

@ObjectType('CreateAccountPayload', { description: 'The new account, or why none was made.' })
export class CreateAccountPayload extends AccountAnswer {}

@ObjectType('UpdateAccountPayload', { description: 'The changed account, or why nothing was changed.' })
export class UpdateAccountPayload extends AccountAnswer {}

@ObjectType('DeleteAccountPayload', { description: 'The deleted account, or why it was not deleted.' })
export class DeleteAccountPayload extends AccountAnswer {}

@ObjectType('EraseAccountPayload', { description: 'The erased account, or why it was not erased.' })
export class EraseAccountPayload extends AccountAnswer {}
