import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const CreditBasisEnum = { TIME: 'time', NONE: 'none' } as const;
registerEnumType(CreditBasisEnum, {
  name: 'CreditBasis',
  description: 'Whether time that was billed and will not be used is given back.',
  valuesConfig: {
    TIME: { description: 'In proportion to the time that is left, never more than was billed for it.' },
    NONE: { description: 'Nothing is given back.' },
  },
});
