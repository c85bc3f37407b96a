import 'reflect-metadata';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { CurrencyCode, DecimalScalar } from '../../platform/scalars.ts';
import { PriceDetails, toPriceDetails } from './price-details.graphql.ts';
import type { PricedBy, StoredTerms } from './price-model.ts';

const PriceModelEnum = {
  FLAT: 'flat',
  PER_SEAT: 'per_seat',
  PER_UNIT: 'per_unit',
  GRADUATED: 'graduated',
  VOLUME: 'volume',
  PACKAGE: 'package',
  PERCENTAGE: 'percentage',
  GRADUATED_PERCENTAGE: 'graduated_percentage',
  DYNAMIC: 'dynamic',
} as const;
registerEnumType(PriceModelEnum, {
  name: 'PriceModel',
  description: 'How a price becomes an amount.',
  valuesConfig: {
    FLAT: { description: 'One amount a period, whatever the quantity.' },
    PER_SEAT: { description: 'A price for each seat; seats are whole numbers.' },
    PER_UNIT: { description: 'A price for each unit; quantities may have decimals.' },
    GRADUATED: { description: 'Each unit at the price of the tier it lies in.' },
    VOLUME: { description: 'All units at the price of the tier that the quantity falls in.' },
    PACKAGE: { description: 'A price for each package of units.' },
    PERCENTAGE: { description: 'A part of the amount of each event, perhaps with a fixed part and bounds.' },
    GRADUATED_PERCENTAGE: { description: 'A part of the sum of the events’ amounts, tier by tier.' },
    DYNAMIC: { description: 'The amounts that come with the events.' },
  },
});

@ObjectType({ description: 'How much something costs in one currency.' })
export abstract class PriceTermsFields {
  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;

  @Field(() => PriceModelEnum, { description: 'How it becomes an amount.' })
  model!: string;

  @Field(() => PriceDetails, { description: 'All that its model says.' })
  details!: typeof PriceDetails;

  @Field(() => Money, { nullable: true, description: 'The least that a period costs; null if nothing is agreed.' })
  minimumSpend!: Money | null;

  @Field(() => Money, { nullable: true, description: 'The most that a period costs; null if nothing is agreed.' })
  maximumSpend!: Money | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Units of a period that cost nothing; null if none do.' })
  freeUnits!: string | null;
}

@ObjectType('PriceOverride', { description: 'What one subscription pays instead of the price of its plan.' })
export class PriceOverride extends PriceTermsFields {}

/** The fields of the API that a price, an override and nothing else have in common. */
export function toPriceTerms(price: PricedBy): PriceTermsFields {
  const { currency, model } = price;
  const { minimumSpend, maximumSpend, freeUnits = null } = (price.parameters ?? {}) as StoredTerms;
  return {
    currency,
    model,
    details: toPriceDetails(price),
    minimumSpend: minimumSpend === undefined ? null : money(BigInt(minimumSpend), currency),
    maximumSpend: maximumSpend === undefined ? null : money(BigInt(maximumSpend), currency),
    freeUnits,
  };
}
