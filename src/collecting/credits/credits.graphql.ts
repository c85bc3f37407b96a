import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Money, MoneyInput } from '../../platform/api-types.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import { CreditGrantStatusEnum, CreditHoldStatusEnum, CreditLineKindEnum, CreditSourceEnum } from './credits.enums.ts';

@ObjectType('CreditGrant', {
  implements: Node,
  description:
    'Credit that was given at once. Invoices spend grants by priority, then those that end sooner, then the older ones.',
})
export class CreditGrant extends Node {
  uuid!: string;
  accountUuid!: string;

  @Field(() => CreditGrantStatusEnum, { description: 'What has become of it.' })
  status!: string;

  @Field(() => CreditSourceEnum, { description: 'What gave it.' })
  source!: string;

  @Field(() => Money, { description: 'What was given.' })
  amount!: Money;

  @Field(() => Money, { description: 'What is left of it.' })
  remaining!: Money;

  @Field(() => Money, { description: 'The part of what is left that holds keep back.' })
  held!: Money;

  @Field(() => Money, { description: 'What was paid for it; nothing for a gift.' })
  paidAmount!: Money;

  @Field(() => Int, { description: 'Its turn: the smaller, the sooner it is spent; 100 unless said otherwise.' })
  priority!: number;

  @Field(() => [CreditLineKindEnum], { nullable: true, description: 'The kinds of lines it pays; null pays all.' })
  lineKinds!: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'The plans whose lines it pays, whatever their version; null pays all.',
  })
  planIds!: string[] | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'From when on it can no longer be spent. While it is frozen its time stands still: it is later by that.',
  })
  expiresAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was given, in words.' })
  reason!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was given, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last moved, on the account’s clock.' })
  updatedAt!: Date;
}

export const CreditGrantConnection = Connection(() => CreditGrant, 'CreditGrant');

@ObjectType('CreditEntry', {
  implements: Node,
  description: 'One movement of a credit balance; it never changes.',
})
export class CreditEntry extends Node {
  uuid!: string;
  accountUuid!: string;
  grantUuid!: string;

  @Field(() => CreditSourceEnum, { description: 'What moved it.' })
  source!: string;

  @Field(() => Money, { description: 'By how much: positive gives, negative takes.' })
  amount!: Money;

  @Field(() => Money, { description: 'The balance after it.' })
  balanceAfter!: Money;

  @Field(() => DateTimeScalar, { description: 'When it happened, on the account’s clock.' })
  createdAt!: Date;
}

export const CreditEntryConnection = Connection(() => CreditEntry, 'CreditEntry');

@InputType('CreditEntryFilter', { description: 'Which movements of credit.' })
export class CreditEntryFilter {
  @Field(() => CreditSourceEnum, { nullable: true, description: 'Moved by this.' })
  source?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this grant.' })
  grantId?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From this instant on.' })
  from?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Before this instant.' })
  to?: Date | null;
}

@ObjectType('CreditHold', { implements: Node, description: 'Credit that is kept back for an order.' })
export class CreditHold extends Node {
  uuid!: string;
  accountUuid!: string;
  invoiceUuid!: string | null;

  @Field(() => CreditHoldStatusEnum, { description: 'What has become of it.' })
  status!: string;

  @Field(() => Money, { description: 'How much it keeps back.' })
  amount!: Money;

  @Field(() => DateTimeScalar, { description: 'Until when, at the most.' })
  expiresAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended.' })
  endedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What for, in words.' })
  reason!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed, on the account’s clock.' })
  updatedAt!: Date;
}

export const CreditHoldConnection = Connection(() => CreditHold, 'CreditHold');

const keyText = 'A key of your own that makes a repetition harmless.';

@InputType('GrantCreditInput', { description: 'Credit that an account is given.' })
export class GrantCreditFields {
  @Field(() => ID, { description: 'The account that is billed.' })
  accountId!: string;

  @Field(() => MoneyInput, { description: 'How much; invoices of the same currency spend it.' })
  amount!: MoneyInput;

  @Field(() => Int, { nullable: true, description: 'Its turn, 0 to 1000: the smaller, the sooner; 100 if left out.' })
  priority?: number | null;

  @Field(() => [CreditLineKindEnum], {
    nullable: true,
    description: 'The kinds of lines it pays; all of them, and what is due beside them, if left out.',
  })
  lineKinds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The plans whose lines it pays, 1 to 100; all, and what has no plan, if left out. Orders with a hold have no plan.',
  })
  planIds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when on it can no longer be spent.' })
  expiresAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'Why, in words; at most 500 characters.' })
  reason?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('WithdrawCreditGrantInput', { description: 'Which credit is taken back.' })
export class WithdrawCreditGrantFields {
  @Field(() => ID, { description: 'The grant.' })
  id!: string;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('HoldCreditInput', { description: 'Credit to be kept back for an order.' })
export class HoldCreditFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => MoneyInput, { description: 'How much.' })
  amount!: MoneyInput;

  @Field(() => DateTimeScalar, { description: 'Until when, at the most. Credit that ends before is not used for it.' })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'What for, in words; at most 500 characters.' })
  reason?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('ReleaseCreditHoldInput', { description: 'Which hold lets its credit go.' })
export class ReleaseCreditHoldFields {
  @Field(() => ID, { description: 'The hold.' })
  id!: string;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The grant, or why nothing was done.' })
abstract class CreditGrantAnswer extends MutationPayload {
  @Field(() => CreditGrant, { nullable: true, description: 'The grant as it is now.' })
  creditGrant?: CreditGrant | null;
}

@ObjectType('GrantCreditPayload', { description: 'The new grant, or why none was made.' })
export class GrantCreditPayload extends CreditGrantAnswer {}

@ObjectType('WithdrawCreditGrantPayload', { description: 'The grant taken back, or why it was not.' })
export class WithdrawCreditGrantPayload extends CreditGrantAnswer {}

@ObjectType({ description: 'The hold, or why nothing was done.' })
export abstract class CreditHoldAnswer extends MutationPayload {
  @Field(() => CreditHold, { nullable: true, description: 'The hold as it is now.' })
  creditHold?: CreditHold | null;
}

@ObjectType('HoldCreditPayload', { description: 'The new hold, or why none was made.' })
export class HoldCreditPayload extends CreditHoldAnswer {}

@ObjectType('ReleaseCreditHoldPayload', { description: 'The hold that let its credit go, or why it did not.' })
export class ReleaseCreditHoldPayload extends CreditHoldAnswer {}
