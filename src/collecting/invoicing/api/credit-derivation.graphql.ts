import 'reflect-metadata';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { isUuid, toGlobalId } from '../../../platform/id.ts';
import { CurrencyCode, DecimalScalar, ExactScalar } from '../../../platform/scalars.ts';
import type * as rules from '../../../rules/credit-note-facts.ts';

const CreditedByEnum = { REST: 'rest', AMOUNT: 'amount', QUANTITY: 'quantity', TIME: 'time' } as const;
registerEnumType(CreditedByEnum, {
  name: 'CreditedBy',
  description: 'Which part of a line a credit note takes back.',
  valuesConfig: {
    REST: { description: 'All that was left of it.' },
    AMOUNT: { description: 'An amount.' },
    QUANTITY: { description: 'A part of its quantity.' },
    TIME: { description: 'A part of its time, to the second.' },
  },
});

const wholeAndBefore = {
  whole:
    'What the whole line was billed of it: of the amount before discount and tax, of a discount, or of the tax of one rate.',
  before: 'What was taken back of that before, by credit notes and by lines that take it back.',
};

@ObjectType('CreditedAmountStep', {
  description:
    'What is taken back of a line’s amount, before discount and tax: exact, rounded half away from zero, but no more than whole − before.',
})
export class CreditedAmountStep {
  @Field(() => CreditedByEnum, { description: 'Which part of the line.' })
  kind!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'By quantity: how many.' })
  quantity!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'By quantity: of how many.' })
  lineQuantity!: string | null;

  @Field(() => ExactScalar, { nullable: true, description: 'By quantity and by time: which part of the whole line.' })
  share!: string | null;

  @Field(() => ExactScalar, { description: wholeAndBefore.whole })
  whole!: string;

  @Field(() => ExactScalar, { description: wholeAndBefore.before })
  before!: string;

  @Field(() => ExactScalar, { description: 'What is asked for: whole × share, an amount, or the rest.' })
  exact!: string;

  @Field(() => ExactScalar, { description: 'What is taken back.' })
  amount!: string;
}

@ObjectType('CreditedShareStep', {
  description:
    'What goes back with it of a figure of the line: exact, rounded half away from zero, less before; nothing where more was taken before. So notes over any parts add up to the line.',
})
export class CreditedShareStep {
  @Field(() => ExactScalar, { description: wholeAndBefore.whole })
  whole!: string;

  @Field(() => ExactScalar, { description: wholeAndBefore.before })
  before!: string;

  @Field(() => ExactScalar, { description: 'whole × shareToDate.' })
  exact!: string;

  @Field(() => ExactScalar, { description: 'What goes back of it with this note: exact, rounded, less before.' })
  amount!: string;
}

@ObjectType('CreditedTaxStep', { description: 'The tax of one rate that goes back; read as a CreditedShareStep.' })
export class CreditedTaxStep extends CreditedShareStep {
  @Field(() => ID, {
    nullable: true,
    description: 'The tax rate; null where a tax service told it or the buyer owes the tax.',
  })
  taxRateId!: string | null;

  @Field(() => Boolean, { description: 'Whether the line’s amount contains it.' })
  inclusive!: boolean;
}

@ObjectType('CreditDerivation', {
  description:
    'How a line of a credit note came about, written by the code that computes it and frozen with the note. Its total is credited − discount + the taxes that are not contained. Amounts are in the main unit of the currency.',
})
export class CreditDerivation {
  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;

  @Field(() => CreditedAmountStep, { description: 'What is taken back, before discount and tax.' })
  credited!: CreditedAmountStep;

  @Field(() => ExactScalar, {
    description:
      'Which part of the line is taken back by now, this note included: (before + amount) ÷ whole of credited.',
  })
  shareToDate!: string;

  @Field(() => CreditedShareStep, { description: 'The discount that goes back.' })
  discount!: CreditedShareStep;

  @Field(() => [CreditedTaxStep], { description: 'The tax that goes back, rate by rate.' })
  taxes!: CreditedTaxStep[];
}

/** The API's view of how a line of a credit note came about; null where it does not say. */
export function toCreditDerivation(stored: unknown): CreditDerivation | null {
  const { version, taxes, ...facts } = stored as Partial<rules.CreditDerivation>;
  if (version === undefined) return null;
  return Object.assign(new CreditDerivation(), facts, {
    taxes: (taxes ?? []).map(({ rateId, ...tax }) =>
      Object.assign(new CreditedTaxStep(), tax, { taxRateId: isUuid(rateId) ? toGlobalId('txr', rateId) : null }),
    ),
  });
}
