import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { toGlobalId } from '../platform/id.ts';
import { Node } from '../platform/node.ts';
import { Connection } from '../platform/pagination.ts';
import {
  CountryCodeScalar,
  CurrencyCode,
  DateTimeScalar,
  EmailAddressScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
  TimeZoneScalar,
} from '../platform/scalars.ts';
import { taxIdTypes } from './accounts.inputs.ts';
import type { AccountRecord } from './accounts.rows.ts';

export const AccountDunningStatus = { ACTIVE: 'active', WARNING: 'warning', BLOCKED: 'blocked' } as const;
registerEnumType(AccountDunningStatus, {
  name: 'AccountDunningStatus',
  description: 'How far dunning has gone with an account.',
  valuesConfig: {
    ACTIVE: { description: 'Nothing is the matter.' },
    WARNING: { description: 'A payment has failed and is being retried or awaits a new payment method.' },
    BLOCKED: { description: 'Dunning has given up; the account may not buy until it has paid.' },
  },
});

export const TaxIdType = Object.fromEntries(Object.keys(taxIdTypes).map((type) => [type, type]));
registerEnumType(TaxIdType, {
  name: 'TaxIdType',
  description: 'What kind of tax id a number is.',
  valuesConfig: Object.fromEntries(Object.entries(taxIdTypes).map(([type, description]) => [type, { description }])),
});

@ObjectType('Address', { description: 'A postal address.' })
export class Address {
  @Field(() => String, { nullable: true, description: 'Street and number.' })
  line1!: string | null;

  @Field(() => String, { nullable: true, description: 'What goes below the street.' })
  line2!: string | null;

  @Field(() => String, { nullable: true, description: 'The city.' })
  city!: string | null;

  @Field(() => String, { nullable: true, description: 'State, province or region.' })
  region!: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code.' })
  postalCode!: string | null;

  @Field(() => CountryCodeScalar, { description: 'The country.' })
  country!: string;
}

@ObjectType('TaxExemption', { description: 'Why no tax is charged to an account, and when.' })
export class TaxExemptionObject {
  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'The number of the certificate.' })
  certificate!: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds; null: always did.' })
  validFrom!: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds no longer; null: no end.' })
  validTo!: string | null;
}

@ObjectType('TaxId', { description: 'A number under which an account is known to a tax authority.' })
export class TaxIdObject {
  @Field(() => TaxIdType, { description: 'What kind of number it is.' })
  type!: string;

  @Field(() => String, { description: 'The number.' })
  value!: string;
}

export const AccountBillingPolicy = {
  SELF: 'self',
  PARENT_PAYS: 'parent_pays',
  PARENT_INVOICED: 'parent_invoiced',
} as const;
registerEnumType(AccountBillingPolicy, {
  name: 'AccountBillingPolicy',
  description: 'Who is invoiced for what an account uses.',
  valuesConfig: {
    SELF: { description: 'It is invoiced, and pays itself.' },
    PARENT_PAYS: { description: 'It has invoices of its own, which go to its parent, or to whoever pays for that.' },
    PARENT_INVOICED: {
      description: 'Its lines go onto the invoices of its parent, or of whoever is invoiced for that.',
    },
  },
});

@ObjectType('CustomField', { description: 'A name and a value that a document shows.' })
export class CustomFieldObject {
  @Field(() => String, { description: 'The name.' })
  name!: string;

  @Field(() => String, { description: 'The value.' })
  value!: string;
}

@ObjectType('Account', { implements: Node, description: 'Somebody whom the organization bills.' })
export class Account extends Node {
  /** The id inside; not a field of the API. */
  uuid!: string;
  billToAccountUuid!: string | null;
  testClockUuid!: string | null;
  parentUuid!: string | null;
  legalEntityUuid!: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the account in your own system.' })
  externalId!: string | null;

  @Field(() => String, { description: 'The name of the person or company.' })
  name!: string;

  @Field(() => EmailAddressScalar, {
    nullable: true,
    description: 'The e-mail address; null also without the permission personal:read.',
  })
  email!: string | null;

  @Field(() => CurrencyCode, { description: 'The currency the account is billed in.' })
  currency!: string;

  @Field(() => TimeZoneScalar, { description: 'The time zone whose days and months bound its periods.' })
  timezone!: string;

  @Field(() => String, { description: 'The language of its documents, as BCP 47 tag.' })
  locale!: string;

  @Field(() => Address, {
    nullable: true,
    description: 'Where its invoices go; null also without the permission personal:read.',
  })
  billingAddress!: Address | null;

  @Field(() => [TaxIdObject], { description: 'Its tax ids; empty without the permission personal:read.' })
  taxIds!: TaxIdObject[];

  @Field(() => Boolean, { description: 'Whether no tax is charged to it.' })
  taxExempt!: boolean;

  @Field(() => TaxExemptionObject, {
    nullable: true,
    description: 'Why no tax is charged to it, and when; null where nothing is said.',
  })
  taxExemption!: TaxExemptionObject | null;

  @Field(() => AccountDunningStatus, { description: 'How far dunning has gone with it.' })
  dunningStatus!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Days between finalization and due date of its invoices; null: those of the organization.',
  })
  netDays!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days for which its recurring invoices stay drafts; null: those of the organization.',
  })
  invoiceGraceDays!: number | null;

  @Field(() => String, { nullable: true, description: 'Its own number for what was ordered; on its invoices.' })
  purchaseOrderNumber!: string | null;

  @Field(() => [CustomFieldObject], { description: 'Names and values that its invoices show.' })
  customFields!: CustomFieldObject[];

  @Field(() => AccountBillingPolicy, { description: 'Who is invoiced for what it uses.' })
  billingPolicy!: string;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was deleted.' })
  deletedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its personal data was erased.' })
  erasedAt!: Date | null;
}

/** The API's view of an account's row; personal data only for those who may see it. */
export function toAccount(record: AccountRecord, viewer: { permissions: ReadonlySet<string> }): Account {
  const personal = viewer.permissions.has('personal:read');
  return Object.assign(new Account(), {
    id: toGlobalId('acc', record.id),
    uuid: record.id,
    billToAccountUuid: record.bill_to_account_id,
    testClockUuid: record.test_clock_id,
    parentUuid: record.parent_account_id,
    legalEntityUuid: record.legal_entity_id,
    externalId: record.external_id,
    name: record.name,
    email: personal ? record.email : null,
    currency: record.currency,
    timezone: record.timezone,
    locale: record.locale,
    billingAddress: personal ? record.billing_address : null,
    taxIds: personal ? record.tax_ids : [],
    taxExempt: record.tax_exempt,
    taxExemption: record.tax_exemption,
    dunningStatus: record.dunning_status,
    netDays: record.net_days,
    invoiceGraceDays: record.invoice_grace_days,
    purchaseOrderNumber: record.purchase_order_number,
    customFields: record.custom_fields,
    billingPolicy: record.billing_policy,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    deletedAt: record.deleted_at,
    erasedAt: record.erased_at,
  });
}

export const AccountConnection = Connection(() => Account, 'Account');
