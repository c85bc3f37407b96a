import 'reflect-metadata';
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { CurrencyCode, ExactScalar } from '../../platform/scalars.ts';
import { RoundingModeEnum } from './derivation.enums.ts';
import { DerivationStep } from './derivation-steps.graphql.ts';

@InterfaceType('QuantityStep', { description: 'One step from the quantity there is to the quantity that is priced.' })
export abstract class QuantityStep {
  @Field(() => ExactScalar, { description: 'What there was before.' })
  quantity!: string;

  @Field(() => ExactScalar, { description: 'What is left after it.' })
  result!: string;
}

@ObjectType('ConversionStep', {
  implements: QuantityStep,
  description: 'Multiplies or divides the quantity by a factor, and rounds it.',
})
export class ConversionStep extends QuantityStep {
  @Field(() => String, { description: 'multiply or divide.' })
  operation!: string;

  @Field(() => ExactScalar, { description: 'By what.' })
  factor!: string;

  @Field(() => RoundingModeEnum, { nullable: true, description: 'How it was rounded; null: it was not.' })
  rounding!: string | null;

  @Field(() => Int, { description: 'Decimals that are kept.' })
  decimals!: number;
}

@ObjectType('FreeUnitsStep', { implements: QuantityStep, description: 'Takes off the units that are free.' })
export class FreeUnitsStep extends QuantityStep {
  @Field(() => ExactScalar, { description: 'Units of the period that are free.' })
  freeUnits!: string;

  @Field(() => ExactScalar, { description: 'Units of the period that were used before and took theirs first.' })
  usedBefore!: string;
}

@ObjectType('Derivation', {
  description:
    'How an amount came about: the quantity is taken through its steps, then the steps of the amount are followed from the first to the last, whose amount is that of the line.',
})
export class Derivation {
  /** What was priced, for what upper modules say of it; not fields of the API. */
  priceUuid!: string | null;
  subscriptionItemUuid!: string | null;

  @Field(() => CurrencyCode, { description: 'The currency of all amounts, in its main unit.' })
  currency!: string;

  @Field(() => [QuantityStep], {
    description: 'From the quantity there was to the one that is priced; empty if alike.',
  })
  quantitySteps!: QuantityStep[];

  @Field(() => [DerivationStep], { description: 'Step by step, in their order.' })
  steps!: DerivationStep[];
}
