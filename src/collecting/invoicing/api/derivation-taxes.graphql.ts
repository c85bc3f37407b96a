import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';
import { isUuid, toGlobalId } from '../../../platform/id.ts';
import { CountryCodeScalar, DecimalScalar, ExactScalar, LocalDateScalar } from '../../../platform/scalars.ts';
import { digitsOf, minorToMajor } from '../../../rules/currency.ts';
import { movedPoint } from '../../../rules/decimal.ts';
import { TaxSchemeEnum } from '../../tax/index.ts';
import type { LineTaxShare } from '../lines/line-taxes.ts';
import { TaxRuleEnum } from './derivation.enums.ts';

@ObjectType('AppliedTaxRegistration', { description: 'The registration of the issuer that a tax goes by.' })
export class AppliedTaxRegistration {
  @Field(() => CountryCodeScalar, { description: 'Its country.' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'Its region; null for the whole country.' })
  region!: string | null;

  @Field(() => TaxSchemeEnum, { description: 'How the issuer is registered.' })
  scheme!: string;
}

@ObjectType('TaxReason', { description: 'Why a line is taxed as it is.' })
export class TaxReason {
  @Field(() => TaxRuleEnum, { description: 'The rule.' })
  rule!: string;

  @Field(() => LocalDateScalar, {
    nullable: true,
    description: 'The tax date, where the account is billed; null where the rule asks for none.',
  })
  on!: string | null;

  @Field(() => CountryCodeScalar, { nullable: true, description: 'The country of supply.' })
  country!: string | null;

  @Field(() => String, { nullable: true, description: 'The region of supply.' })
  region!: string | null;

  @Field(() => String, { nullable: true, description: 'What the line is taxed as; null: nothing in particular.' })
  category!: string | null;

  @Field(() => AppliedTaxRegistration, {
    nullable: true,
    description: 'The registration of the issuer; null where it has none at all, or none counts.',
  })
  registration!: AppliedTaxRegistration | null;
}

@ObjectType('TaxStep', {
  description:
    'How a line’s tax of one rate came about. On top: togetherAmount is togetherBase × percent ÷ 100, rounded once, half away from zero, and the line’s part of it is base × percent ÷ 100. Contained, of lines with the same contained rates: the tax of all of these is togetherBase − togetherBase ÷ (1 + includedPercent ÷ 100), whose net is rounded so, and each rate’s togetherAmount is in proportion to percent; the tax that a line contains is base × includedPercent ÷ (100 + includedPercent), and each rate’s part of that again in proportion to percent. What the parts of a rate then have more than togetherAmount goes in single units from the first such rate to the first that has less: line by line, as long as the one has some there or the other is below zero. Parts are rounded down to whole minor units (of a negative sum without the sign), and as many as are missing go, one each, to the largest remainders, the earlier line or rate first. Amounts are in the main unit of the currency.',
})
export class TaxStep {
  @Field(() => ID, { nullable: true, description: 'The tax rate; null where the buyer owes the tax.' })
  taxRateId!: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage.' })
  percent!: string;

  @Field(() => Boolean, { description: 'Whether the base already contains it.' })
  inclusive!: boolean;

  @Field(() => ExactScalar, {
    nullable: true,
    description:
      'What it was computed from: the amount of the line less its discount, and for a tax on top less what it contains of others. Null, with all that follows, where nothing was computed: told by a service, what was left of the tax of a line taken back, and on lines that are older than steps.',
  })
  base!: string | null;

  @Field(() => ExactScalar, { nullable: true, description: 'The base of all lines that were rounded together.' })
  togetherBase!: string | null;

  @Field(() => ExactScalar, { nullable: true, description: 'The tax of this rate of all these lines.' })
  togetherAmount!: string | null;

  @Field(() => ExactScalar, {
    nullable: true,
    description:
      'Where the base contains it: the percentages of all rates that it contains, added. Null for a tax on top.',
  })
  includedPercent!: string | null;

  @Field(() => ExactScalar, {
    nullable: true,
    description:
      'The line’s part before it was rounded: base × percent ÷ 100, contained base × percent ÷ (100 + includedPercent).',
  })
  exact!: string | null;

  @Field(() => ExactScalar, { description: 'The line’s part.' })
  amount!: string;
}

/** The API's view of the tax steps of a line in a currency. */
export function toTaxSteps(taxes: unknown, currency: string): TaxStep[] {
  const main = (minor: string): string => movedPoint(minor, -digitsOf(currency));
  const known = (minor: string | undefined): string | null => (minor === undefined ? null : main(minor));
  return ((taxes ?? []) as LineTaxShare[]).map(({ taxRateId, percent, inclusive, amount, base, exact, together }) =>
    Object.assign(new TaxStep(), {
      taxRateId: isUuid(taxRateId) ? toGlobalId('txr', taxRateId) : null,
      percent,
      inclusive,
      base: known(base),
      togetherBase: known(together?.base),
      togetherAmount: known(together?.amount),
      includedPercent: together?.includedPercent ?? null,
      exact: known(exact),
      amount: minorToMajor(BigInt(amount), currency),
    }),
  );
}
