import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar } from '../../platform/scalars.ts';

const TaxIdStatusEnum = { UNKNOWN: 'unknown', VALID: 'valid', INVALID: 'invalid' } as const;
registerEnumType(TaxIdStatusEnum, {
  name: 'TaxIdStatus',
  description: 'Where a tax id stands with the register.',
  valuesConfig: {
    UNKNOWN: { description: 'No answer is known yet. Invoices that depend on it stay drafts.' },
    VALID: { description: 'In use. It counts for as many days as the legal entity says (`taxIdMaxAgeDays`).' },
    INVALID: { description: 'Not in use: the account is taxed as a consumer, until another answer comes.' },
  },
});

const TaxIdSourceEnum = { VIES: 'vies', MERCHANT: 'merchant' } as const;
registerEnumType(TaxIdSourceEnum, {
  name: 'TaxIdSource',
  description: 'Who said what a tax id counts as.',
  valuesConfig: {
    VIES: { description: 'The register of the European Union.' },
    MERCHANT: { description: 'Somebody of the organization, by hand.' },
  },
});

const TaxIdOutcomeEnum = { VALID: 'valid', INVALID: 'invalid', UNAVAILABLE: 'unavailable' } as const;
registerEnumType(TaxIdOutcomeEnum, {
  name: 'TaxIdOutcome',
  description: 'What came of asking about a tax id.',
  valuesConfig: {
    VALID: { description: 'It is in use.' },
    INVALID: { description: 'It is not in use.' },
    UNAVAILABLE: { description: 'The register did not say; nothing follows from that.' },
  },
});

const TaxIdDecisionEnum = { ACCEPT: 'accept', TREAT_AS_CONSUMER: 'treat_as_consumer' } as const;
registerEnumType(TaxIdDecisionEnum, {
  name: 'TaxIdDecision',
  description: 'What a tax id is to count as.',
  valuesConfig: {
    ACCEPT: { description: 'As confirmed: the reverse charge applies.' },
    TREAT_AS_CONSUMER: { description: 'As none: tax is charged.' },
  },
});

@ObjectType('TaxIdCheck', { description: 'One answer about a tax id, kept as evidence; it never changes.' })
export class TaxIdCheck {
  @Field(() => TaxIdSourceEnum, { description: 'Who said it.' })
  source!: string;

  @Field(() => TaxIdOutcomeEnum, { description: 'What was said.' })
  outcome!: string;

  @Field(() => String, { nullable: true, description: 'The name that the register has, where it tells one.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'The address that the register has, where it tells one.' })
  address!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The number by which the register proves that it was asked; only where the issuer’s own VAT id is known.',
  })
  consultationNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'The VAT id under which the register was asked.' })
  requester!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was decided by hand, or what the register said instead of an answer.',
  })
  reason!: string | null;

  @Field(() => DateTimeScalar, { description: 'When, on the account’s clock.' })
  checkedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When, on the wall clock.' })
  recordedAt!: Date;
}

@ObjectType('TaxIdStanding', { description: 'Where a VAT id of an account stands with the register.' })
export class TaxIdStanding {
  @Field(() => String, { description: 'The VAT id, as documents show it.' })
  value!: string;

  @Field(() => TaxIdStatusEnum, { description: 'What the last answer was; failed tries change nothing.' })
  status!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When that answer came, on the account’s clock.' })
  decidedAt!: Date | null;

  @Field(() => TaxIdCheck, { nullable: true, description: 'That answer: who gave it, name, consultation number.' })
  decidedBy!: TaxIdCheck | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the register is asked next.' })
  nextCheckAt!: Date | null;

  @Field(() => Int, { description: 'How often in a row the register was asked without an answer.' })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why the last try brought no answer, such as MS_UNAVAILABLE; NO_REGISTER where none is configured.',
  })
  problem!: string | null;

  @Field(() => [TaxIdCheck], { description: 'What was answered and decided so far, the latest first; at most 51.' })
  history!: TaxIdCheck[];
}

@InputType('CheckTaxIdInput', { description: 'Which tax id the register is asked about.' })
export class CheckTaxIdFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => String, { description: 'One of its VAT ids of the European Union.' })
  value!: string;
}

@InputType('DecideTaxIdInput', { description: 'What a tax id counts as.' })
export class DecideTaxIdFields {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;

  @Field(() => String, { description: 'One of its VAT ids of the European Union.' })
  value!: string;

  @Field(() => TaxIdDecisionEnum, { description: 'What it counts as.' })
  decision!: 'accept' | 'treat_as_consumer';

  @Field(() => String, { description: 'Why, for the tax office; at most 500 characters.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'Where the tax id stands, or why nothing was done.' })
abstract class TaxIdAnswer extends MutationPayload {
  @Field(() => TaxIdStanding, { nullable: true, description: 'Where the tax id stands now.' })
  standing?: TaxIdStanding | null;
}

@ObjectType('CheckTaxIdPayload', { description: 'Where the tax id stands, or why the register was not asked.' })
export class CheckTaxIdPayload extends TaxIdAnswer {}

@ObjectType('DecideTaxIdPayload', { description: 'Where the tax id stands, or why nothing was decided.' })
export class DecideTaxIdPayload extends TaxIdAnswer {}
