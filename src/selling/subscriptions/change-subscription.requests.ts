import 'reflect-metadata';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { OneOf } from '../../platform/one-of.ts';
import { DecimalScalar } from '../../platform/scalars.ts';
import {
  ComponentQuantityInput,
  PlanReferenceFields,
  previewTokenText,
  SubscriptionItemFields,
} from './subscriptions.requests.ts';

export const CreditBasisEnum = { TIME: 'time', NONE: 'none' } as const;
registerEnumType(CreditBasisEnum, {
  name: 'CreditBasis',
  description: 'Whether time that was billed and will not be used is given back.',
  valuesConfig: {
    TIME: { description: 'In proportion to the time that is left, never more than was billed for it.' },
    NONE: { description: 'Nothing is given back.' },
  },
});

export const ProrationModeEnum = { BY_SECOND: 'by_second', BY_DAY: 'by_day' } as const;
registerEnumType(ProrationModeEnum, {
  name: 'ProrationMode',
  description: 'How the share of a period is measured.',
  valuesConfig: {
    BY_SECOND: { description: 'By the clock.' },
    BY_DAY: {
      description: 'By calendar days where the subscription is billed; the day of a change is the first new one.',
    },
  },
});

@InputType('ReplacePlanInput', { description: 'Another plan, or the newest version of the same, in the place of one.' })
export class ReplacePlanFields {
  @Field(() => ID, {
    nullable: true,
    description: 'The plan that leaves; may be left out where the subscription has one plan.',
  })
  planId?: string | null;

  @Field(() => PlanReferenceFields, { description: 'The plan that comes.' })
  plan!: PlanReferenceFields;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How much of every component that is priced by seat or unit; if left out, as many as the component of the same code had, else 1.',
  })
  quantity?: string | null;

  @Field(() => [ComponentQuantityInput], { nullable: true, description: 'How much of single components instead.' })
  components?: ComponentQuantityInput[] | null;
}

@InputType('SetQuantityInput', { description: 'How much of a component from now on.' })
export class SetQuantityFields {
  @Field(() => ID, {
    nullable: true,
    description: 'The plan; may be left out where the subscription has one plan.',
  })
  planId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The component, by its code; may be left out where the plan has one that is priced by seat or unit.',
  })
  component?: string | null;

  @Field(() => DecimalScalar, { description: 'How many; whole numbers of seats, at most 6 decimals of units.' })
  quantity!: string;
}

@InputType('RemovePlanInput', { description: 'A plan that leaves.' })
export class RemovePlanFields {
  @Field(() => ID, { description: 'The plan.' })
  planId!: string;
}

@OneOf()
@InputType('SubscriptionChangePart', { description: 'One part of a change.' })
export class SubscriptionChangePart {
  @Field(() => ReplacePlanFields, {
    nullable: true,
    description: 'Puts a plan in the place of another; one of another interval begins a new period.',
  })
  replacePlan?: ReplacePlanFields | null;

  @Field(() => SetQuantityFields, { nullable: true, description: 'Sets the quantity of a component.' })
  setQuantity?: SetQuantityFields | null;

  @Field(() => SubscriptionItemFields, { nullable: true, description: 'Adds a plan of the same interval.' })
  addPlan?: SubscriptionItemFields | null;

  @Field(() => RemovePlanFields, { nullable: true, description: 'Takes a plan away; not the last one.' })
  removePlan?: RemovePlanFields | null;
}

@InputType('PreviewSubscriptionChangeInput', {
  description: 'What would change of a subscription, and how it would be settled.',
})
export class WantedChangeFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => [SubscriptionChangePart], { description: '1 to 20 parts, carried out together in their order.' })
  changes!: SubscriptionChangePart[];

  @Field(() => CreditBasisEnum, {
    nullable: true,
    description: 'Whether what was billed for the rest of the period is given back; TIME if left out.',
  })
  creditBasis?: 'time' | 'none' | null;

  @Field(() => ProrationModeEnum, {
    nullable: true,
    description: 'How shares of the period are measured; BY_SECOND if left out.',
  })
  prorationMode?: 'by_second' | 'by_day' | null;
}

@InputType('ChangeSubscriptionInput', { description: 'What changes of a subscription, and how it is settled.' })
export class ChangeSubscriptionFields extends WantedChangeFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}
