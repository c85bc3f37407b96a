import 'reflect-metadata';
import { Field, InputType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from './scalars.ts';

/** Which way a list is sorted. */
export const OrderDirection = { ASC: 'asc', DESC: 'desc' } as const;
export type OrderDirection = (typeof OrderDirection)[keyof typeof OrderDirection];

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which way a list is sorted.',
  valuesConfig: {
    ASC: { description: 'Smallest or earliest first.' },
    DESC: { description: 'Largest or latest first.' },
  },
});

@InputType('InstantRange', { description: 'A half-open stretch of time as a filter; either side may be left out.' })
export class InstantRange {
  @Field(() => DateTimeScalar, { nullable: true, description: 'At this instant or later.' })
  from?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Before this instant.' })
  before?: Date | null;
}
