import 'reflect-metadata';
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { CurrencyCode, ExactScalar } from '../../../platform/scalars.ts';
import { RoundingModeEnum } from './derivation.enums.ts';
import { DiscountStep } from './derivation-discounts.graphql.ts';
import { DerivationStep } from './derivation-steps.graphql.ts';
import { TaxReason, TaxStep } from './derivation-taxes.graphql.ts';

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
    'How a line came about: the quantity is taken through its steps, then the steps of the amount are followed from the first to the last, whose amount is that of the line; discountSteps add up to its discount and taxSteps to its tax. It is written by the code that computes, and frozen with the invoice.',
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

  @Field(() => [DiscountStep], { description: 'What discounts did to it, in the order in which they were taken.' })
  discountSteps!: DiscountStep[];

  @Field(() => TaxReason, {
    nullable: true,
    description: 'Why it is taxed as it is; null on lines that are older than reasons.',
  })
  taxReason!: TaxReason | null;

  @Field(() => [TaxStep], { description: 'Its tax, rate by rate; empty where nothing is taxed.' })
  taxSteps!: TaxStep[];
}
