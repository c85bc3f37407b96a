import 'reflect-metadata';
import { Field, InputType, Int } from 'type-graphql';
import { OneOf } from '../../platform/one-of.ts';
import { BigIntScalar, DecimalScalar } from '../../platform/scalars.ts';
import { PackageRoundingEnum, ZeroUsageEnum } from './price-details.graphql.ts';

const fine = 'in minor units, not negative; it may be finer than one, with at most 8 decimals';

@InputType('FlatPriceInput', { description: 'One amount a period.' })
export class FlatPriceInput {
  @Field(() => BigIntScalar, { description: 'The amount in minor units, not negative.' })
  amount!: bigint;
}

@InputType('UnitPriceInput', { description: 'A price for each seat or unit.' })
export class UnitPriceInput {
  @Field(() => DecimalScalar, { description: `The price of one ${fine}.` })
  unitAmount!: string;
}

@InputType('PriceTierInput', { description: 'A tier of quantities.' })
export class PriceTierInput {
  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'The last quantity that belongs to it, at most 6 decimals; left out for the last tier, and only there.',
  })
  upTo?: string | null;

  @Field(() => DecimalScalar, { description: `The price of one ${fine}.` })
  unitAmount!: string;

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'What it costs, in minor units, once it is entered; nothing if left out.',
  })
  flatAmount?: bigint | null;
}

@InputType('TieredPriceInput', { description: 'Prices that depend on the quantity.' })
export class TieredPriceInput {
  @Field(() => [PriceTierInput], { description: 'The tiers, ascending, 1 to 100; the last is without limit.' })
  tiers!: PriceTierInput[];

  @Field(() => ZeroUsageEnum, {
    nullable: true,
    description: 'What a quantity of zero costs; BILLS_FIRST_FLAT if left out.',
  })
  zeroUsage?: string | null;
}

@InputType('PackagePriceInput', { description: 'A price for each package of units.' })
export class PackagePriceInput {
  @Field(() => DecimalScalar, { description: 'How many units are in a package, above zero, at most 6 decimals.' })
  packageSize!: string;

  @Field(() => DecimalScalar, { description: `The price of one package ${fine}.` })
  packageAmount!: string;

  @Field(() => PackageRoundingEnum, {
    nullable: true,
    description: 'Whether a package that is only begun counts; UP if left out.',
  })
  rounding?: string | null;
}

@InputType('PercentagePriceInput', { description: 'A part of the amount of each event.' })
export class PercentagePriceInput {
  @Field(() => DecimalScalar, { description: 'The percentage of an event’s amount, not negative, at most 8 decimals.' })
  percent!: string;

  @Field(() => DecimalScalar, { nullable: true, description: `What each event costs besides ${fine}.` })
  fixedAmount?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many events of a period are free, at most 1,000,000,000; none if left out.',
  })
  freeEvents?: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: `How much of a period’s amounts is free ${fine}. With freeEvents, both must still hold.`,
  })
  freeAmount?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: `The least that an event costs of which nothing is free ${fine}.`,
  })
  perTransactionMinimum?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: `The most that an event costs ${fine}.` })
  perTransactionMaximum?: string | null;
}

@InputType('PercentageTierInput', { description: 'A tier of amounts.' })
export class PercentageTierInput {
  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'The last amount that belongs to it, in minor units; left out for the last tier, and only there.',
  })
  upTo?: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage of what lies in it, not negative, at most 8 decimals.' })
  percent!: string;

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'What it costs, in minor units, once it is entered; nothing if left out.',
  })
  flatAmount?: bigint | null;
}

@InputType('GraduatedPercentagePriceInput', { description: 'A part of the sum of the events’ amounts, tier by tier.' })
export class GraduatedPercentagePriceInput {
  @Field(() => [PercentageTierInput], { description: 'The tiers, ascending, 1 to 100; the last is without limit.' })
  tiers!: PercentageTierInput[];

  @Field(() => ZeroUsageEnum, {
    nullable: true,
    description: 'What a period without amounts costs; BILLS_FIRST_FLAT if left out.',
  })
  zeroUsage?: string | null;
}

@InputType('DynamicPriceInput', { description: 'The amounts that come with the events.' })
export class DynamicPriceInput {
  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'What their sum is multiplied by, not negative, at most 6 decimals; 1 if left out.',
  })
  multiplier?: string | null;
}

@OneOf()
@InputType('PriceModelInput', { description: 'How a price becomes an amount: exactly one of these.' })
export class PriceModelInputFields {
  @Field(() => FlatPriceInput, { nullable: true, description: 'One amount, whatever the quantity.' })
  flat?: FlatPriceInput | null;

  @Field(() => UnitPriceInput, { nullable: true, description: 'A price for each seat; seats are whole numbers.' })
  perSeat?: UnitPriceInput | null;

  @Field(() => UnitPriceInput, { nullable: true, description: 'A price for each unit; quantities may have decimals.' })
  perUnit?: UnitPriceInput | null;

  @Field(() => TieredPriceInput, { nullable: true, description: 'Each unit at the price of the tier it lies in.' })
  graduated?: TieredPriceInput | null;

  @Field(() => TieredPriceInput, {
    nullable: true,
    description: 'All units at the price of the tier that the whole quantity falls in.',
  })
  volume?: TieredPriceInput | null;

  @Field(() => PackagePriceInput, { nullable: true, description: 'A price for each package of units.' })
  package?: PackagePriceInput | null;

  @Field(() => PercentagePriceInput, {
    nullable: true,
    description:
      'A part of the amount of each event. Until events are metered a subscription has none: it is billed its minimum, or a line of zero.',
  })
  percentage?: PercentagePriceInput | null;

  @Field(() => GraduatedPercentagePriceInput, {
    nullable: true,
    description: 'A part of the sum of the events’ amounts, tier by tier; events as with percentage.',
  })
  graduatedPercentage?: GraduatedPercentagePriceInput | null;

  @Field(() => DynamicPriceInput, {
    nullable: true,
    description: 'The amounts that come with the events; events as with percentage.',
  })
  dynamic?: DynamicPriceInput | null;
}

@InputType({ description: 'How much something costs.' })
export abstract class PriceTermsInputFields {
  @Field(() => PriceModelInputFields, { description: 'How it becomes an amount.' })
  model!: PriceModelInputFields;

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'The least that a period costs, in minor units; a part of a period has its share of it.',
  })
  minimumSpend?: bigint | null;

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'The most that a period costs, in minor units; a part of a period has its share of it.',
  })
  maximumSpend?: bigint | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Units of a period that cost nothing, at most 6 decimals; for models with a quantity.',
  })
  freeUnits?: string | null;
}

@InputType('PriceOverrideInput', {
  description: 'What one subscription pays instead of the price of its plan, for as long as it has the component.',
})
export class PriceOverrideFields extends PriceTermsInputFields {}
