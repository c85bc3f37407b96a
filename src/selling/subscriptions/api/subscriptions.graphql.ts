import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CollectionEnum } from '../../../collecting/invoicing/index.ts';
import { Period } from '../../../platform/api-types.ts';
import { publicValue, readActor } from '../../../platform/event-text.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { Connection } from '../../../platform/pagination.ts';
import {
  CurrencyCode,
  DateTimeScalar,
  DecimalScalar,
  JsonScalar,
  type Metadata,
  MetadataScalar,
  TimeZoneScalar,
} from '../../../platform/scalars.ts';
import { BillingModeEnum, billingOf, IntervalUnitEnum, PriceChargeEnum } from '../../catalog/index.ts';
import type { SubscriptionChangeRow, SubscriptionItemRow, SubscriptionRow } from '../subscriptions.entities.ts';

export const SubscriptionStatusEnum = {
  INCOMPLETE: 'incomplete',
  TRIALING: 'trialing',
  ACTIVE: 'active',
  PAST_DUE: 'past_due',
  PAUSED: 'paused',
  CANCELED: 'canceled',
} as const;
registerEnumType(SubscriptionStatusEnum, {
  name: 'SubscriptionStatus',
  description: 'Where a subscription is in its life.',
  valuesConfig: {
    INCOMPLETE: { description: 'Not begun: its start is ahead, or its first invoice is not paid yet.' },
    TRIALING: { description: 'In its free trial.' },
    ACTIVE: { description: 'Running.' },
    PAST_DUE: {
      description: 'Running, but collecting one of its invoices has failed; not one from before it was reactivated.',
    },
    PAUSED: { description: 'Standing still.' },
    CANCELED: { description: 'Ended, for good.' },
  },
});

@ObjectType('SubscriptionItem', {
  implements: Node,
  description: 'One price component that a subscription has, and how much of it.',
})
export class SubscriptionItem extends Node {
  uuid!: string;
  subscriptionUuid!: string;
  planUuid!: string;
  planVersionUuid!: string;
  priceUuid!: string;
  priceOverrideUuid!: string | null;

  @Field(() => String, { description: 'The component, by its code within the plan.' })
  component!: string;

  @Field(() => DecimalScalar, { description: 'How many seats or units; 1 for a flat price.' })
  quantity!: string;

  @Field(() => BillingModeEnum, {
    description: 'At which end of a period it is billed; what is billed once is billed at the start.',
  })
  billing!: string;

  @Field(() => PriceChargeEnum, { description: 'Whether it is billed for each period, or once.' })
  charge!: string;

  @Field(() => DateTimeScalar, { description: 'From when on it is held.' })
  activeFrom!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it is held; null while no end is known.' })
  activeTo!: Date | null;
}

@ObjectType('SubscriptionChange', { description: 'One change of a subscription, with the value before and after.' })
export class SubscriptionChange {
  @Field(() => String, { description: 'What changed, such as status or endsAt.' })
  field!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'The value before; null if there was none.' })
  oldValue!: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'The value after; null if there is none.' })
  newValue!: unknown;

  @Field(() => DateTimeScalar, { description: 'When it happened, on the account’s clock.' })
  at!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was recorded, on the wall clock.' })
  recordedAt!: Date;

  @Field(() => String, {
    description:
      'Who did it: the kind, and the id of the member or API key (api_key:key_…) or the name of the part of the system.',
  })
  actor!: string;
}

@ObjectType('Subscription', { implements: Node, description: 'What an account has bought for a time.' })
export class Subscription extends Node {
  uuid!: string;
  accountUuid!: string;
  paymentMethodUuid!: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the subscription in your own system.' })
  externalId!: string | null;

  @Field(() => SubscriptionStatusEnum, { description: 'Where it is in its life.' })
  status!: string;

  @Field(() => CurrencyCode, { description: 'The currency it is billed in.' })
  currency!: string;

  @Field(() => TimeZoneScalar, { description: 'The time zone it was made with, in which its periods begin and end.' })
  timezone!: string;

  @Field(() => DateTimeScalar, { description: 'What all boundaries of its periods are computed from.' })
  anchorAt!: Date;

  @Field(() => IntervalUnitEnum, { description: 'The unit of its periods.' })
  intervalUnit!: string;

  @Field(() => Int, { description: 'How many units one period has.' })
  intervalCount!: number;

  @Field(() => CollectionEnum, { description: 'How its invoices are collected.' })
  collection!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Days from an invoice to its due date; null: those of the account that pays.',
  })
  netDays!: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The legal entity that issues its invoices; null: that of the account.',
  })
  legalEntityId!: string | null;

  @Field(() => String, { nullable: true, description: 'The buyer’s own number for what was ordered.' })
  purchaseOrderNumber!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it started or starts.' })
  startedAt!: Date;

  @Field(() => Period, { nullable: true, description: 'The period it stands in; null before its start.' })
  currentPeriod!: Period | null;

  @Field(() => Period, { nullable: true, description: 'Its free trial, if it has one.' })
  trial!: Period | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is to end; null while no end is scheduled.' })
  endsAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended.' })
  endedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the scheduled end was asked for.' })
  cancelRequestedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was or is to be ended.' })
  cancelReason!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The next instant at which it is billed, started or ended; null if there is none.',
  })
  nextBillingAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when the first invoice must be paid, or the subscription lapses.',
  })
  lapsesAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the billing run set it aside because it could not be billed.',
  })
  parkedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it could not be billed.' })
  parkedReason!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed, on the account’s clock.' })
  updatedAt!: Date;
}

export const SubscriptionConnection = Connection(() => Subscription, 'Subscription');

/** The API's view of a subscription's row. */
export function toSubscription(row: SubscriptionRow): Subscription {
  const { id, currentPeriodStart, currentPeriodEnd, trialStart, trialEnd } = row;
  const shown = Object.assign(new Subscription(), row) as Subscription;
  shown.id = toGlobalId('sub', id);
  shown.uuid = id;
  shown.accountUuid = row.accountId;
  shown.paymentMethodUuid = row.paymentMethodId ?? null;
  shown.legalEntityId = row.legalEntityId ? toGlobalId('le', row.legalEntityId) : null;
  shown.currentPeriod = periodOf(currentPeriodStart, currentPeriodEnd);
  shown.trial = periodOf(trialStart, trialEnd);
  return shown;
}

function periodOf(start: Date | null | undefined, end: Date | null | undefined): Period | null {
  return start && end ? Object.assign(new Period(), { start, end }) : null;
}

/** The API's view of an item's row. */
export function toSubscriptionItem(row: SubscriptionItemRow): SubscriptionItem {
  const { id, component, quantity, billingMode, activeFrom, activeTo = null } = row;
  return Object.assign(new SubscriptionItem(), {
    id: toGlobalId('si', id),
    uuid: id,
    subscriptionUuid: row.subscriptionId,
    planUuid: row.planId,
    planVersionUuid: row.planVersionId,
    priceUuid: row.priceId,
    priceOverrideUuid: row.priceOverrideId ?? null,
    component,
    quantity,
    ...billingOf(billingMode),
    activeFrom,
    activeTo,
  });
}

/** The API's view of a row of the history. */
export function toSubscriptionChange(row: SubscriptionChangeRow): SubscriptionChange {
  const { field, at, recordedAt } = row;
  const { type, id } = readActor(row.actor);
  return Object.assign(new SubscriptionChange(), {
    ...{ field, at, recordedAt, actor: `${type}:${id}` },
    oldValue: publicValue(field, row.oldValue ?? null),
    newValue: publicValue(field, row.newValue ?? null),
  });
}
