import 'reflect-metadata';
import { createUnionType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { DecimalScalar } from '../../platform/scalars.ts';
import { type PricedBy, readStored, type StoredPrice } from './price-model.ts';

export const ZeroUsageEnum = { BILLS_FIRST_FLAT: 'bills_first_flat', BILLS_NOTHING: 'bills_nothing' } as const;
registerEnumType(ZeroUsageEnum, {
  name: 'ZeroUsage',
  description: 'What a quantity of zero costs where tiers have flat amounts.',
  valuesConfig: {
    BILLS_FIRST_FLAT: { description: 'The flat amount of the first tier.' },
    BILLS_NOTHING: { description: 'Nothing.' },
  },
});

export const PackageRoundingEnum = { UP: 'up', DOWN: 'down' } as const;
registerEnumType(PackageRoundingEnum, {
  name: 'PackageRounding',
  description: 'Whether a package that is only begun counts.',
  valuesConfig: {
    UP: { description: 'It counts as a whole one.' },
    DOWN: { description: 'It does not count.' },
  },
});

const unitText = 'in minor units, perhaps finer than one';

@ObjectType('FlatPrice', { description: 'One amount, whatever the quantity.' })
export class FlatPrice {
  @Field(() => Money, { description: 'The amount.' })
  amount!: Money;
}

@ObjectType('UnitPrice', { description: 'A price for each seat or unit.' })
export class UnitPrice {
  @Field(() => DecimalScalar, { description: `The price of one, ${unitText}.` })
  unitAmount!: string;
}

@ObjectType('PriceTier', { description: 'A tier of quantities.' })
export class PriceTier {
  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'The last quantity that belongs to it; null: it has no limit.',
  })
  upTo!: string | null;

  @Field(() => DecimalScalar, { description: `The price of one, ${unitText}.` })
  unitAmount!: string;

  @Field(() => Money, { nullable: true, description: 'What it costs once it is entered; null if nothing.' })
  flatAmount!: Money | null;
}

@ObjectType({ description: 'Prices that depend on the quantity.' })
abstract class TieredPrice {
  @Field(() => [PriceTier], { description: 'The tiers, ascending; the last is without limit.' })
  tiers!: PriceTier[];

  @Field(() => ZeroUsageEnum, { description: 'What a quantity of zero costs.' })
  zeroUsage!: string;
}

@ObjectType('GraduatedPrice', { description: 'Each unit at the price of the tier it lies in.' })
export class GraduatedPrice extends TieredPrice {}

@ObjectType('VolumePrice', { description: 'All units at the price of the tier that the whole quantity falls in.' })
export class VolumePrice extends TieredPrice {}

@ObjectType('PackagePrice', { description: 'A price for each package of units.' })
export class PackagePrice {
  @Field(() => DecimalScalar, { description: 'How many units are in a package.' })
  packageSize!: string;

  @Field(() => DecimalScalar, { description: `The price of one package, ${unitText}.` })
  packageAmount!: string;

  @Field(() => PackageRoundingEnum, { description: 'Whether a package that is only begun counts.' })
  rounding!: string;
}

@ObjectType('PercentagePrice', { description: 'A part of the amount of each event.' })
export class PercentagePrice {
  @Field(() => DecimalScalar, { description: 'The percentage of an event’s amount.' })
  percent!: string;

  @Field(() => DecimalScalar, { nullable: true, description: `What each event costs besides, ${unitText}.` })
  fixedAmount!: string | null;

  @Field(() => Int, { nullable: true, description: 'How many events of a period are free.' })
  freeEvents!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: `How much of a period’s amounts is free, ${unitText}.` })
  freeAmount!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: `The least that an event costs of which nothing is free, ${unitText}.`,
  })
  perTransactionMinimum!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: `The most that an event costs, ${unitText}.` })
  perTransactionMaximum!: string | null;
}

@ObjectType('PercentageTier', { description: 'A tier of amounts.' })
export class PercentageTier {
  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'The last amount that belongs to it, in minor units; null: it has no limit.',
  })
  upTo!: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage of what lies in it.' })
  percent!: string;

  @Field(() => Money, { nullable: true, description: 'What it costs once it is entered; null if nothing.' })
  flatAmount!: Money | null;
}

@ObjectType('GraduatedPercentagePrice', {
  description: 'A part of the sum of the events’ amounts: what lies in a tier at the percentage of that tier.',
})
export class GraduatedPercentagePrice {
  @Field(() => [PercentageTier], { description: 'The tiers, ascending; the last is without limit.' })
  tiers!: PercentageTier[];

  @Field(() => ZeroUsageEnum, { description: 'What a period without amounts costs.' })
  zeroUsage!: string;
}

@ObjectType('DynamicPrice', { description: 'The amounts that come with the events.' })
export class DynamicPrice {
  @Field(() => DecimalScalar, { description: 'What their sum is multiplied by; 1 leaves it as it is.' })
  multiplier!: string;
}

export const PriceDetails = createUnionType({
  name: 'PriceDetails',
  description: 'What a price says, by its model.',
  types: () =>
    [
      FlatPrice,
      UnitPrice,
      GraduatedPrice,
      VolumePrice,
      PackagePrice,
      PercentagePrice,
      GraduatedPercentagePrice,
      DynamicPrice,
    ] as const,
});

const moneyIf = (amount: string | undefined, currency: string) =>
  amount === undefined ? null : money(BigInt(amount), currency);

/** The API's view of what a price says. RangeError for a price this version can not read. */
export function toPriceDetails(price: PricedBy): typeof PriceDetails {
  return detailsOf(readStored(price), price.currency);
}

function detailsOf(stored: StoredPrice, currency: string): typeof PriceDetails {
  switch (stored.model) {
    case 'flat':
      return Object.assign(new FlatPrice(), { amount: money(BigInt(stored.parameters.amount), currency) });
    case 'per_seat':
    case 'per_unit':
      return Object.assign(new UnitPrice(), { unitAmount: stored.parameters.unitAmount });
    case 'graduated':
    case 'volume': {
      const { tiers, zeroUsage = 'bills_first_flat' } = stored.parameters;
      const shown = tiers.map((tier) => ({ ...tier, flatAmount: moneyIf(tier.flatAmount, currency) }));
      const made = stored.model === 'graduated' ? new GraduatedPrice() : new VolumePrice();
      return Object.assign(made, { tiers: shown, zeroUsage });
    }
    case 'package': {
      return Object.assign(new PackagePrice(), { rounding: 'up', ...stored.parameters });
    }
    case 'percentage':
      return Object.assign(new PercentagePrice(), stored.parameters);
    case 'graduated_percentage': {
      const { tiers, zeroUsage = 'bills_first_flat' } = stored.parameters;
      const shown = tiers.map((tier) => ({ ...tier, flatAmount: moneyIf(tier.flatAmount, currency) }));
      return Object.assign(new GraduatedPercentagePrice(), { tiers: shown, zeroUsage });
    }
    case 'dynamic':
      return Object.assign(new DynamicPrice(), { multiplier: stored.parameters.multiplier ?? '1' });
  }
}
