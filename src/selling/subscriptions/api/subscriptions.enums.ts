import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const CreditBasisEnum = { TIME: 'time', NONE: 'none' } as const;
registerEnumType(CreditBasisEnum, {
  name: 'CreditBasis',
  description: 'Whether time that was billed and will not be used is given back.',
  valuesConfig: {
    TIME: { description: 'In proportion to the time that is left, never more than was billed for it.' },
    NONE: {
      description: 'Nothing is given back. Of another quantity of the same only what is added is billed.',
    },
  },
});

export const CancelAtEnum = { NOW: 'now', PERIOD_END: 'period_end', DATE: 'date' } as const;
registerEnumType(CancelAtEnum, {
  name: 'CancelAt',
  description: 'When a subscription ends.',
  valuesConfig: {
    NOW: { description: 'At once; what is owed in arrears is billed up to now.' },
    PERIOD_END: { description: 'When the period it stands in is over.' },
    DATE: { description: 'On the date that is named; a period that begins before is billed up to it.' },
  },
});
