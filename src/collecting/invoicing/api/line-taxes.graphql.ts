import 'reflect-metadata';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../../platform/api-types.ts';
import { isUuid, toGlobalId } from '../../../platform/id.ts';
import { DecimalScalar } from '../../../platform/scalars.ts';
import type { LineTaxShare } from '../lines/line-taxes.ts';

export const TaxTreatmentEnum = { TAXED: 'taxed', REVERSE_CHARGE: 'reverse_charge' } as const;
registerEnumType(TaxTreatmentEnum, {
  name: 'TaxTreatment',
  description: 'How a tax of an invoice was treated.',
  valuesConfig: {
    TAXED: { description: 'It is charged.' },
    REVERSE_CHARGE: { description: 'The buyer, a business of another member state, owes it; nothing is charged.' },
  },
});

@ObjectType('InvoiceLineTax', { description: 'The tax of one rate on a line, and why that rate.' })
export class InvoiceLineTax {
  @Field(() => ID, { nullable: true, description: 'The tax rate; null where the buyer owes the tax.' })
  taxRateId!: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage.' })
  percent!: string;

  @Field(() => Boolean, { description: 'Whether the amount of the line already contains it.' })
  inclusive!: boolean;

  @Field(() => Money, { description: 'The line’s share of the tax, which is rounded once an invoice.' })
  amount!: Money;

  @Field(() => String, {
    nullable: true,
    description:
      'Why this rate: its place, behind it the tax category it is limited to (`AT`, `US/California`, `AT books`, `US/California (Los Angeles County)`), or `reverse_charge`. Null on lines that are older than rules.',
  })
  rule!: string | null;
}

/** The API's view of a line's tax by rate. */
export function toLineTaxes(stored: unknown, currency: string): InvoiceLineTax[] {
  return ((stored ?? []) as LineTaxShare[]).map(({ taxRateId, percent, inclusive, amount, rule = null }) =>
    Object.assign(new InvoiceLineTax(), {
      taxRateId: isUuid(taxRateId) ? toGlobalId('txr', taxRateId) : null,
      percent,
      inclusive,
      amount: money(BigInt(amount), currency),
      rule,
    }),
  );
}
