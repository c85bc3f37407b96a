import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Account } from '../../accounts/index.ts';
import { Money, MoneyInput } from '../../platform/api-types.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { CurrencyCode, DateTimeScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import { CreditHoldAnswer, CreditLineKindEnum } from '../credits/index.ts';
import { ChargeLineFields } from '../invoicing/index.ts';

const CreditTopUpStatusEnum = { PENDING: 'pending', GRANTED: 'granted', CANCELED: 'canceled' } as const;
registerEnumType(CreditTopUpStatusEnum, {
  name: 'CreditTopUpStatus',
  description: 'What has become of a purchase of credit.',
  valuesConfig: {
    PENDING: { description: 'Its invoice is not paid yet.' },
    GRANTED: { description: 'Its invoice was paid and the credit given.' },
    CANCELED: { description: 'Its invoice was voided; no credit was given.' },
  },
});

@ObjectType('CreditTopUp', { implements: Node, description: 'A purchase of credit, given once its invoice is paid.' })
export class CreditTopUp extends Node {
  uuid!: string;
  accountUuid!: string;
  invoiceUuid!: string;
  grantUuid!: string | null;

  @Field(() => CreditTopUpStatusEnum, { description: 'What has become of it.' })
  status!: string;

  @Field(() => Money, { description: 'The credit.' })
  amount!: Money;

  @Field(() => Money, { description: 'What it costs.' })
  price!: Money;

  @Field(() => Boolean, { description: 'Whether it was bought by itself because credit ran low.' })
  automatic!: boolean;

  @Field(() => String, { nullable: true, description: 'Why, in words.' })
  reason!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed, on the account’s clock.' })
  updatedAt!: Date;
}

export const CreditTopUpConnection = Connection(() => CreditTopUp, 'CreditTopUp');

const AutomaticTopUpStatusEnum = { ACTIVE: 'active', CAPPED: 'capped', PAUSED: 'paused' } as const;
registerEnumType(AutomaticTopUpStatusEnum, {
  name: 'AutomaticTopUpStatus',
  description: 'Whether credit is bought by itself now.',
  valuesConfig: {
    ACTIVE: { description: 'Whenever it falls to the threshold.' },
    CAPPED: { description: 'Not before the next month: this one’s cap is reached.' },
    PAUSED: {
      description:
        'Not before another payment method is the default one, or somebody resumes it: purchases were declined.',
    },
  },
});

@ObjectType('AutomaticTopUp', { description: 'When and how far an account’s credit is bought anew by itself.' })
export class AutomaticTopUp {
  @Field(() => AutomaticTopUpStatusEnum, { description: 'Whether credit is bought by itself now.' })
  status!: string;

  @Field(() => Int, { description: 'How many payments of purchases were declined in a row; the third one pauses it.' })
  failures!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when it is paused.' })
  pausedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it goes on by itself: the next month, if this one’s cap is reached.',
  })
  resumesAt!: Date | null;

  @Field(() => Money, { description: 'Credit is bought when what may be spent falls to this or below.' })
  threshold!: Money;

  @Field(() => Money, { nullable: true, description: 'How much is bought, where it is a fixed amount.' })
  amount!: Money | null;

  @Field(() => Money, { nullable: true, description: 'Up to how much is bought, where it is not a fixed amount.' })
  target!: Money | null;

  @Field(() => Money, { nullable: true, description: 'The most that is bought by itself in a calendar month.' })
  monthlyCap!: Money | null;

  @Field(() => Int, { nullable: true, description: 'After how many days the credit expires; null: never.' })
  expiresAfterDays!: number | null;
}

const keyText = 'A key of your own that makes a repetition harmless.';

@InputType('TopUpCreditInput', { description: 'A purchase of credit.' })
export class TopUpCreditFields {
  @Field(() => ID, { description: 'The account that buys it and is billed for it.' })
  accountId!: string;

  @Field(() => MoneyInput, { description: 'How much credit.' })
  amount!: MoneyInput;

  @Field(() => MoneyInput, { nullable: true, description: 'What it costs; as much as it is worth if left out.' })
  price?: MoneyInput | null;

  @Field(() => Int, { nullable: true, description: 'Its turn, 0 to 1000: the smaller, the sooner; 100 if left out.' })
  priority?: number | null;

  @Field(() => [CreditLineKindEnum], { nullable: true, description: 'The kinds of lines it pays; all if left out.' })
  lineKinds?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: 'After how many days it expires, without those on which it was frozen; never if left out.',
  })
  expiresAfterDays?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is collected by itself; true if left out.' })
  autoCollect?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Days until the invoice must be paid.' })
  netDays?: number | null;

  @Field(() => String, { nullable: true, description: 'Why, in words; at most 500 characters.' })
  reason?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('SetAutomaticTopUpInput', { description: 'When and how far credit is bought anew by itself.' })
export class SetAutomaticTopUpFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => MoneyInput, {
    description:
      'Credit is bought when what may be spent falls to this or below; at once where it lies there already. Not for what is taken back by a refund, a withdrawal or money that bounced: it looks again when credit is spent next, or when it is set anew.',
  })
  threshold!: MoneyInput;

  @Field(() => MoneyInput, { nullable: true, description: 'How much is bought; this or a target.' })
  amount?: MoneyInput | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Up to how much is bought; this or an amount.' })
  target?: MoneyInput | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The most that is bought by itself in a calendar month; not below the amount.',
  })
  monthlyCap?: MoneyInput | null;

  @Field(() => Int, {
    nullable: true,
    description: 'After how many days the credit expires, without those on which it was frozen; never if left out.',
  })
  expiresAfterDays?: number | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('RemoveAutomaticTopUpInput', {
  description:
    'Where nothing is bought by itself any more. What is not paid yet is collected, or voided once that fails.',
})
export class RemoveAutomaticTopUpFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => CurrencyCode, { description: 'The currency of the credit.' })
  currency!: string;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('ResumeAutomaticTopUpInput', { description: 'Which paused one goes on.' })
export class ResumeAutomaticTopUpFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => CurrencyCode, { description: 'The currency of the credit.' })
  currency!: string;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('CaptureCreditHoldInput', { description: 'The order that credit was held for.' })
export class CaptureCreditHoldFields {
  @Field(() => ID, { description: 'The hold.' })
  id!: string;

  @Field(() => [ChargeLineFields], { description: 'What is invoiced, in the currency of the credit.' })
  lines!: ChargeLineFields[];

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether what credit does not reach for is collected by itself.',
  })
  autoCollect?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Days until the rest must be paid.' })
  netDays?: number | null;

  @Field(() => String, { nullable: true, description: 'A note on the invoice.' })
  memo?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@ObjectType('TopUpCreditPayload', { description: 'The purchase, or why there is none.' })
export class TopUpCreditPayload extends MutationPayload {
  @Field(() => CreditTopUp, { nullable: true, description: 'The purchase as it is now.' })
  creditTopUp?: CreditTopUp | null;
}

@ObjectType({ description: 'The account, or why nothing was done.' })
abstract class AutomaticTopUpAnswer extends MutationPayload {
  @Field(() => Account, { nullable: true, description: 'The account as it is now.' })
  account?: Account | null;
}

@ObjectType('SetAutomaticTopUpPayload', { description: 'The account, or why nothing was set.' })
export class SetAutomaticTopUpPayload extends AutomaticTopUpAnswer {}

@ObjectType('RemoveAutomaticTopUpPayload', { description: 'The account, or why nothing was removed.' })
export class RemoveAutomaticTopUpPayload extends AutomaticTopUpAnswer {}

@ObjectType('ResumeAutomaticTopUpPayload', { description: 'The account, or why nothing goes on.' })
export class ResumeAutomaticTopUpPayload extends AutomaticTopUpAnswer {}

@ObjectType('CaptureCreditHoldPayload', { description: 'The hold whose order was invoiced, or why it was not.' })
export class CaptureCreditHoldPayload extends CreditHoldAnswer {}
