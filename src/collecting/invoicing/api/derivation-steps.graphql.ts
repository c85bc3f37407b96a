import 'reflect-metadata';
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { CurrencyCode, ExactScalar } from '../../../platform/scalars.ts';
import { EventTreatmentEnum, RoundingModeEnum } from './derivation.enums.ts';

@InterfaceType('DerivationStep', {
  description:
    'One step of how an amount came about: its facts and what they come to. Amounts of money are in the main unit of the currency, such as euros.',
})
export abstract class DerivationStep {
  @Field(() => ExactScalar, {
    description:
      'What it comes to. What adds to the amount says its own part; what changes the amount says all that is reached with it.',
  })
  amount!: string;
}

const step = (description: string) => ({ implements: DerivationStep, description });

@ObjectType('FlatStep', step('Adds one amount.'))
export class FlatStep extends DerivationStep {}

@ObjectType('PerUnitStep', step('Adds unit amount × quantity.'))
export class PerUnitStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'The price of one.' })
  unitAmount!: string;

  @Field(() => ExactScalar, { description: 'How many.' })
  quantity!: string;
}

@ObjectType('TierStep', step('Adds what lies in one tier: unit amount × quantity + flat amount.'))
export class TierStep extends DerivationStep {
  @Field(() => Int, { description: 'Which tier, from 1.' })
  tier!: number;

  @Field(() => ExactScalar, { description: 'What lies below the tier.' })
  from!: string;

  @Field(() => ExactScalar, { nullable: true, description: 'The last that belongs to it; null: it has no limit.' })
  upTo!: string | null;

  @Field(() => ExactScalar, { description: 'How many are priced here.' })
  quantity!: string;

  @Field(() => ExactScalar, { description: 'The price of one in this tier.' })
  unitAmount!: string;

  @Field(() => ExactScalar, {
    description: 'What entering the tier costs; 0 if it costs nothing or was entered before.',
  })
  flatAmount!: string;
}

@ObjectType('PercentageTierStep', step('Adds what lies in one tier of amounts: base × percentage + flat amount.'))
export class PercentageTierStep extends DerivationStep {
  @Field(() => Int, { description: 'Which tier, from 1.' })
  tier!: number;

  @Field(() => ExactScalar, { description: 'What lies below the tier.' })
  from!: string;

  @Field(() => ExactScalar, {
    nullable: true,
    description: 'The last amount that belongs to it; null: it has no limit.',
  })
  upTo!: string | null;

  @Field(() => ExactScalar, { description: 'The amount that is priced here.' })
  base!: string;

  @Field(() => ExactScalar, { description: 'The percentage of it.' })
  ratePercent!: string;

  @Field(() => ExactScalar, {
    description: 'What entering the tier costs; 0 if it costs nothing or was entered before.',
  })
  flatAmount!: string;
}

@ObjectType('PackagesStep', step('Adds package amount × packages.'))
export class PackagesStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'How many units.' })
  quantity!: string;

  @Field(() => ExactScalar, { description: 'Units of the period that were billed before.' })
  alreadyBilled!: string;

  @Field(() => ExactScalar, { description: 'Units that are free.' })
  freeUnits!: string;

  @Field(() => ExactScalar, { description: 'Units in one package.' })
  packageSize!: string;

  @Field(() => ExactScalar, { description: 'The price of one package.' })
  packageAmount!: string;

  @Field(() => RoundingModeEnum, { description: 'UP: a package that is begun counts. DOWN: it does not.' })
  rounding!: string;

  @Field(() => ExactScalar, { description: 'How many packages that makes.' })
  packages!: string;
}

@ObjectType(
  'EventsStep',
  step(
    'Adds the price of all events that were treated alike: nothing where they are free, events × bound where a bound holds, else charged × percentage + fixed amount × events.',
  ),
)
export class EventsStep extends DerivationStep {
  @Field(() => EventTreatmentEnum, { description: 'How they were priced.' })
  treatment!: string;

  @Field(() => Int, { description: 'How many events.' })
  events!: number;

  @Field(() => ExactScalar, { description: 'The sum of their amounts.' })
  base!: string;

  @Field(() => ExactScalar, { description: 'The part of it that is charged.' })
  charged!: string;

  @Field(() => ExactScalar, { description: 'The percentage.' })
  ratePercent!: string;

  @Field(() => ExactScalar, { description: 'What each costs besides.' })
  fixedAmount!: string;

  @Field(() => ExactScalar, {
    nullable: true,
    description: 'What each costs at the minimum or the maximum; else null.',
  })
  bound!: string | null;
}

@ObjectType('SuppliedStep', step('Adds the amounts that came with the events.'))
export class SuppliedStep extends DerivationStep {
  @Field(() => Int, { description: 'How many events.' })
  events!: number;

  @Field(() => ExactScalar, { description: 'The sum of their amounts in minor units.' })
  totalMinor!: string;

  @Field(() => Int, { description: 'Decimals of the currency.' })
  digits!: number;
}

@ObjectType('BlocksStep', step('Adds block amount × blocks of one tier.'))
export class BlocksStep extends DerivationStep {
  @Field(() => Int, { description: 'Which tier, from 1.' })
  tier!: number;

  @Field(() => ExactScalar, { description: 'How many units lie in it.' })
  quantity!: string;

  @Field(() => ExactScalar, { description: 'Units in one block.' })
  blockSize!: string;

  @Field(() => ExactScalar, { description: 'How many blocks that makes.' })
  blocks!: string;

  @Field(() => ExactScalar, { description: 'The price of one block.' })
  blockAmount!: string;
}

@ObjectType('BucketStep', step('Adds what one stretch of time comes to, priced by itself.'))
export class BucketStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'How many units it has.' })
  quantity!: string;

  @Field(() => [DerivationStep], { description: 'How its amount came about.' })
  steps!: DerivationStep[];
}

@ObjectType(
  'CommitmentStep',
  step('Adds what is missing to a minimum commitment: commitment × share, rounded, − billed, not below zero.'),
)
export class CommitmentStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'What was committed to for a whole period.' })
  commitment!: string;

  @Field(() => String, { description: 'How the share was measured; whole_period if all of it is billed.' })
  mode!: string;

  @Field(() => ExactScalar, { description: 'The share of the period.' })
  share!: string;

  @Field(() => Int, { description: 'Decimals that the share of the commitment is rounded to.' })
  digits!: number;

  @Field(() => ExactScalar, { description: 'What the period cost without it.' })
  billed!: string;
}

@ObjectType('MultiplyStep', step('Multiplies what is reached.'))
export class MultiplyStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'By what.' })
  factor!: string;
}

@ObjectType('ProrateStep', step('Takes the share of the period that is billed.'))
export class ProrateStep extends DerivationStep {
  @Field(() => String, { description: 'How the share was measured: by_second or by_day.' })
  mode!: string;

  @Field(() => ExactScalar, { description: 'The share.' })
  share!: string;
}

@ObjectType(
  'MaximumStep',
  step(
    'Cuts what is reached to what is left of the most that the period costs; after a change that is not settled, to what was paid for the time.',
  ),
)
export class MaximumStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'The most that the billed part of the period costs.' })
  maximum!: string;

  @Field(() => ExactScalar, { description: 'What earlier lines of the period came to.' })
  previouslyBilled!: string;
}

@ObjectType('MinimumStep', step('Raises what is reached to what is missing of the least that the period costs.'))
export class MinimumStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'The least that the billed part of the period costs.' })
  minimum!: string;

  @Field(() => ExactScalar, { description: 'What earlier lines of the period came to.' })
  previouslyBilled!: string;
}

@ObjectType('RoundStep', step('Rounds what is reached to the currency: the amount of the line.'))
export class RoundStep extends DerivationStep {
  @Field(() => RoundingModeEnum, { description: 'How.' })
  rounding!: string;

  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;

  @Field(() => Int, { description: 'Decimals that are kept.' })
  digits!: number;
}

@ObjectType('CreditStep', step('Turns what is reached into a credit.'))
export class CreditStep extends DerivationStep {
  @Field(() => ExactScalar, {
    nullable: true,
    description: 'The most that may be credited; null if nothing limits it.',
  })
  cap!: string | null;
}

@ObjectType('AdjustStep', step('Somebody set what is reached to another amount while the invoice was a draft.'))
export class AdjustStep extends DerivationStep {
  @Field(() => ExactScalar, { description: 'To what.' })
  to!: string;
}
