import 'reflect-metadata';
import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { CollectionEnum } from '../../../collecting/invoicing/index.ts';
import { InstantRange, OrderDirection } from '../../../platform/list-inputs.ts';
import { OneOf } from '../../../platform/one-of.ts';
import {
  CurrencyCode,
  DateTimeScalar,
  DecimalScalar,
  type Metadata,
  MetadataScalar,
} from '../../../platform/scalars.ts';
import { PriceOverrideFields } from '../../catalog/index.ts';
import { DiscountReferenceFields } from '../../coupons/index.ts';
import { InvoiceTermsFields } from './invoice-terms.requests.ts';
import { SubscriptionStatusEnum } from './subscriptions.graphql.ts';

const keyText = 'A key of your own that makes a repetition harmless.';

const SubscriptionAnchorEnum = { ANNIVERSARY: 'anniversary', CALENDAR: 'calendar' } as const;
registerEnumType(SubscriptionAnchorEnum, {
  name: 'SubscriptionAnchor',
  description: 'Where the boundaries of a subscription’s periods stand.',
  valuesConfig: {
    ANNIVERSARY: {
      description:
        'At intervals from the first paid instant. No period is partial, but with MIDNIGHT a first one that begins at another time of day: it ends at the midnight with which its anniversary begins, and is prorated.',
    },
    CALENDAR: { description: 'With the calendar: the first period runs to the next boundary and is prorated.' },
  },
});

const BoundaryTimeEnum = { ANCHOR: 'anchor', MIDNIGHT: 'midnight' } as const;
registerEnumType(BoundaryTimeEnum, {
  name: 'BoundaryTime',
  description: 'The local time of day at which periods begin and end.',
  valuesConfig: {
    ANCHOR: { description: 'The time of day of the first paid instant.' },
    MIDNIGHT: { description: 'Local midnight.' },
  },
});

@InputType('SubscriptionFilter', { description: 'Which subscriptions; all that is given must hold.' })
export class SubscriptionFilter {
  @Field(() => [SubscriptionStatusEnum], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this account.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'With an item of this plan.' })
  planId?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system.' })
  externalId?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'Billed in this currency.' })
  currency?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those that the billing run set aside, or only the others.',
  })
  parked?: boolean | null;

  @Field(() => InstantRange, { nullable: true, description: 'Whose current period ends in this stretch of time.' })
  currentPeriodEnd?: InstantRange | null;

  @Field(() => InstantRange, { nullable: true, description: 'Made in this stretch of time.' })
  createdAt?: InstantRange | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Has all these pairs in its metadata.' })
  metadata?: Metadata | null;
}

const SubscriptionOrderFieldEnum = { CREATED_AT: 'CREATED_AT' } as const;
registerEnumType(SubscriptionOrderFieldEnum, {
  name: 'SubscriptionOrderField',
  description: 'What subscriptions are sorted by.',
  valuesConfig: { CREATED_AT: { description: 'When it was made.' } },
});

@InputType('SubscriptionOrder', { description: 'How subscriptions are sorted; equal ones by id.' })
export class SubscriptionOrder {
  @Field(() => SubscriptionOrderFieldEnum, { description: 'By what.' })
  field!: string;

  @Field(() => OrderDirection, { description: 'Which way.' })
  direction!: OrderDirection;
}

@OneOf()
@InputType('AccountReference', { description: 'An account, by exactly one of its ids.' })
export class AccountReference {
  @Field(() => ID, { nullable: true, description: 'Its id.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system.' })
  externalId?: string | null;
}

@OneOf()
@InputType('PlanReference', { description: 'A plan, meaning its newest published version, or one version of it.' })
export class PlanReferenceFields {
  @Field(() => ID, { nullable: true, description: 'The plan’s id.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the plan in your own system.' })
  externalId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of one published version.' })
  versionId?: string | null;
}

@InputType('ComponentQuantityInput', { description: 'How much of one component, and what it costs.' })
export class ComponentQuantityInput {
  @Field(() => String, { description: 'The component, by its code within the plan.' })
  component!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How many; whole numbers of seats, at most 6 decimals of units. If left out, the quantity of the item, or 1 where the price has none.',
  })
  quantity?: string | null;

  @Field(() => PriceOverrideFields, {
    nullable: true,
    description:
      'What is paid instead of the price of the plan, in the currency of the subscription. Later versions of the plan do not touch it.',
  })
  price?: PriceOverrideFields | null;
}

@InputType('SubscriptionItemInput', { description: 'A plan to subscribe to; each of its components becomes an item.' })
export class SubscriptionItemFields {
  @Field(() => PlanReferenceFields, { description: 'Which plan.' })
  plan!: PlanReferenceFields;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How much of every component that is priced by seat or unit; 1 if left out, and always 1 where all prices are flat.',
  })
  quantity?: string | null;

  @Field(() => [ComponentQuantityInput], { nullable: true, description: 'How much of single components instead.' })
  components?: ComponentQuantityInput[] | null;
}

@InputType('PreviewSubscriptionInput', {
  description: 'What would be subscribed to, by whom, from when, and how it would be paid.',
})
export class NewSubscriptionFields extends InvoiceTermsFields {
  @Field(() => AccountReference, { description: 'Who subscribes.' })
  account!: AccountReference;

  @Field(() => [SubscriptionItemFields], { description: 'To what: 1 to 20 plans of one interval.' })
  items!: SubscriptionItemFields[];

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency; if left out, that of the account.' })
  currency?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it starts, at most five years back or ahead; now if left out.',
  })
  startAt?: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days of free trial, 0 for none; if left out, as long as the plans say.',
  })
  trialDays?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the trial ends, instead of trialDays.' })
  trialEnd?: Date | null;

  @Field(() => SubscriptionAnchorEnum, {
    nullable: true,
    description: 'Where boundaries stand; ANNIVERSARY if left out.',
  })
  anchor?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Calendar anchors of months and longer: the day, 1 to 31; the first if left out.',
  })
  anchorDayOfMonth?: number | null;

  @Field(() => BoundaryTimeEnum, {
    nullable: true,
    description: 'At which time of day; if left out, ANCHOR for anniversaries and MIDNIGHT for the calendar.',
  })
  timeOfDay?: string | null;

  @Field(() => CollectionEnum, {
    nullable: true,
    description: 'How its invoices are collected; AUTOMATIC if left out.',
  })
  collection?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The payment method of the account that pays; its default one if left out.',
  })
  paymentMethodId?: string | null;

  @Field(() => [DiscountReferenceFields], {
    nullable: true,
    description: 'Coupons it is given, at most 10, taken in this order and before those of the account.',
  })
  discounts?: DiscountReferenceFields[] | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system, at most 255 characters.' })
  externalId?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;
}

export const previewTokenText =
  'The token of a preview of the same input: what it showed is what is billed, to the last unit, or STALE_PREVIEW.';

@InputType('CreateSubscriptionInput', { description: 'What is subscribed to, by whom, from when, and how it is paid.' })
export class CreateSubscriptionFields extends NewSubscriptionFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('UpdateSubscriptionInput', {
  description: 'What changes from the next invoice on: fields left out stay, null empties what may be empty.',
})
export class UpdateSubscriptionFields extends InvoiceTermsFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => CollectionEnum, { nullable: true, description: 'How its invoices are collected.' })
  collection?: string | null;

  @Field(() => ID, { nullable: true, description: 'The payment method of the account that pays.' })
  paymentMethodId?: string | null;

  @Field(() => String, { nullable: true, description: 'The id in your own system, at most 255 characters.' })
  externalId?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own; they replace all before.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('ResumeBillingInput', { description: 'Whose parked subscriptions are billed again.' })
export class ResumeBillingFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;
}

@InputType('RunBillingInput', { description: 'What a billing run bills.' })
export class RunBillingFields {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Bill what is due at or before this instant; now if left out, and never later.',
  })
  cutoff?: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Only count what is due, and write nothing.' })
  dryRun?: boolean | null;
}
