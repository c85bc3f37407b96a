import 'reflect-metadata';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { OneOf } from '../../../platform/one-of.ts';
import { DateTimeScalar, DecimalScalar } from '../../../platform/scalars.ts';
import { CreditBasisEnum } from './subscriptions.enums.ts';
import {
  ComponentQuantityInput,
  PlanReferenceFields,
  previewTokenText,
  SubscriptionItemFields,
} from './subscriptions.requests.ts';

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

const ChangeWhenEnum = { NOW: 'now', PERIOD_END: 'period_end', DATE: 'date' } as const;
registerEnumType(ChangeWhenEnum, {
  name: 'ChangeWhen',
  description: 'When a change holds.',
  valuesConfig: {
    NOW: { description: 'At once.' },
    PERIOD_END: { description: 'When the period that stands is over; it moves with that.' },
    DATE: { description: 'At an instant ahead.' },
  },
});

export const PolicyTimingEnum = { NOW: 'now', PERIOD_END: 'period_end' } as const;
registerEnumType(PolicyTimingEnum, {
  name: 'PolicyTiming',
  description: 'When something holds of which no date is given.',
  valuesConfig: {
    NOW: { description: 'At once.' },
    PERIOD_END: { description: 'When the period that stands is over.' },
  },
});

export const SettlementEnum = { INVOICE_NOW: 'invoice_now', NEXT_INVOICE: 'next_invoice', NONE: 'none' } as const;
registerEnumType(SettlementEnum, {
  name: 'Settlement',
  description: 'What is done with the lines of a change that falls within a period.',
  valuesConfig: {
    INVOICE_NOW: { description: 'They are invoiced at once.' },
    NEXT_INVOICE: {
      description:
        'They wait on a draft, which becomes the next invoice of the account in this currency; of another interval that is the one of the period that begins.',
    },
    NONE: {
      description:
        'Nothing is charged and nothing given back until the period ends. What was paid for a component goes over to the same one of what comes, as far as that costs as much; what is new is free, and what the new plan does not have stays with the merchant.',
    },
  },
});

export const ChangeDirectionEnum = {
  UPGRADE: 'upgrade',
  DOWNGRADE: 'downgrade',
  QUANTITY_UP: 'quantity_up',
  QUANTITY_DOWN: 'quantity_down',
  INTERVAL_LONGER: 'interval_longer',
  INTERVAL_SHORTER: 'interval_shorter',
} as const;
registerEnumType(ChangeDirectionEnum, {
  name: 'ChangeDirection',
  description: 'Where a change leads, by what the subscription is worth a month before and after.',
  valuesConfig: {
    UPGRADE: { description: 'To plans that are worth as much or more.' },
    DOWNGRADE: { description: 'To plans that are worth less.' },
    QUANTITY_UP: { description: 'More of the same.' },
    QUANTITY_DOWN: { description: 'Less of the same.' },
    INTERVAL_LONGER: { description: 'To longer periods.' },
    INTERVAL_SHORTER: { description: 'To shorter periods.' },
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

  @Field(() => ChangeWhenEnum, {
    nullable: true,
    description: 'When; if left out, as the organization’s policy for the direction says.',
  })
  when?: 'now' | 'period_end' | 'date' | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The instant, with DATE.' })
  date?: Date | null;

  @Field(() => SettlementEnum, {
    nullable: true,
    description: 'What is done with its lines; if left out, as the policy says.',
  })
  settle?: 'invoice_now' | 'next_invoice' | 'none' | null;

  @Field(() => CreditBasisEnum, {
    nullable: true,
    description: 'Whether what was billed for the rest of the period is given back; if left out, as the policy says.',
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

@InputType('PreviewUndoSubscriptionChangeInput', { description: 'Which pending change would be taken back.' })
export class WantedUndoChangeFields {
  @Field(() => ID, { description: 'The pending change.' })
  id!: string;
}

@InputType('UndoSubscriptionChangeInput', { description: 'Which pending change is taken back.' })
export class UndoSubscriptionChangeFields extends WantedUndoChangeFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('SetChangePolicyInput', {
  description: 'What happens to changes of a direction where their input does not say.',
})
export class SetChangePolicyFields {
  @Field(() => ChangeDirectionEnum, { description: 'The direction.' })
  direction!: string;

  @Field(() => PolicyTimingEnum, { description: 'When they hold.' })
  timing!: 'now' | 'period_end';

  @Field(() => SettlementEnum, { description: 'What is done with their lines.' })
  settle!: 'invoice_now' | 'next_invoice' | 'none';

  @Field(() => CreditBasisEnum, { description: 'Whether time that is not used is given back.' })
  creditBasis!: 'time' | 'none';
}
