import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { InvoicePreview } from '../../../collecting/invoicing/index.ts';
import { Money, Period } from '../../../platform/api-types.ts';
import { OneOf } from '../../../platform/one-of.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import { NewInvoiceFields } from '../../coupons/index.ts';
import { SubscriptionStatusEnum } from './subscriptions.graphql.ts';

@ObjectType('SubscriptionPreview', {
  description: 'What a mutation about a subscription would come to, and a promise of it.',
})
export class SubscriptionPreview {
  @Field(() => SubscriptionStatusEnum, {
    description:
      'Where the subscription would be in its life, before anything is collected: where there is no payment method, its invoices make it PAST_DUE.',
  })
  status!: string;

  @Field(() => Period, { nullable: true, description: 'The period it would stand in; null before its start.' })
  currentPeriod!: Period | null;

  @Field(() => Period, { nullable: true, description: 'Its free trial, if it would have one.' })
  trial!: Period | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'The next instant at which it would be billed, started or ended; where its first invoice has to be paid before, as it is once that is. Null if nothing comes any more.',
  })
  nextBillingAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it would end or would have ended; null if it goes on.',
  })
  endsAt!: Date | null;

  @Field(() => Money, { description: 'What would have to be paid at once, over all its final invoices.' })
  dueNow!: Money;

  @Field(() => Money, {
    description:
      'What its invoices would give back beyond what they ask for: it lowers what is still due on the invoices it was billed on, and is credit where they are paid.',
  })
  credited!: Money;

  @Field(() => [InvoicePreview], { description: 'The invoices that would be made at once.' })
  invoices!: InvoicePreview[];

  @Field(() => [InvoicePreview], {
    nullable: true,
    description: 'The invoices that would come next, once these are paid; null if nothing would be billed any more.',
  })
  upcoming?: InvoicePreview[] | null;

  @Field(() => String, {
    description:
      'Give it to the mutation as previewToken: it then bills exactly these lines, as of the instant of this preview, or refuses with STALE_PREVIEW and writes nothing.',
  })
  token!: string;

  @Field(() => DateTimeScalar, { description: 'Until when the token can be used, by the wall clock.' })
  expiresAt!: Date;
}

@ObjectType('PreviewSubscriptionPayload', { description: 'The preview, or why the mutation would be refused.' })
export class PreviewSubscriptionPayload extends MutationPayload {
  @Field(() => SubscriptionPreview, { nullable: true, description: 'What the mutation would do.' })
  preview?: SubscriptionPreview | null;
}

@ObjectType('PreviewSubscriptionChangePayload', { description: 'The preview, or why the change would be refused.' })
export class PreviewSubscriptionChangePayload extends PreviewSubscriptionPayload {}

@OneOf()
@InputType('PreviewInvoiceInput', {
  description: 'Whose next invoice, or which invoice that is made by hand: exactly one of them.',
})
export class PreviewInvoiceFields {
  @Field(() => ID, { nullable: true, description: 'The account: all that falls due for it next.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The subscription: the next invoice that bills it.' })
  subscriptionId?: string | null;

  @Field(() => NewInvoiceFields, { nullable: true, description: 'What createInvoice would make with this input.' })
  create?: NewInvoiceFields | null;
}

@ObjectType('PreviewInvoicePayload', { description: 'The invoices, or why there are none.' })
export class PreviewInvoicePayload extends MutationPayload {
  @Field(() => [InvoicePreview], {
    nullable: true,
    description:
      'What the billing run will issue next, one for each currency and way of collection; or the one invoice that would be created.',
  })
  invoices?: InvoicePreview[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'For next invoices: whether any of them comes only if the first invoice of a subscription is paid, which is INCOMPLETE until then and ends unpaid at lapsesAt.',
  })
  provisional?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'For an invoice that would be created: give it to createInvoice as previewToken, which then makes exactly these lines, or refuses with STALE_PREVIEW and writes nothing. Null for next invoices, which the billing run makes.',
  })
  token?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when the token can be used, by the wall clock.' })
  expiresAt?: Date | null;
}
