import 'reflect-metadata';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import { PolicyTimingEnum } from './change-subscription.requests.ts';
import { CancelAtEnum, CreditBasisEnum } from './subscriptions.enums.ts';
import { previewTokenText } from './subscriptions.requests.ts';

const keyText = 'A key of your own that makes a repetition harmless, at most 255 characters.';

export const PauseAnchorEnum = { KEEP: 'keep', SHIFT: 'shift' } as const;
registerEnumType(PauseAnchorEnum, {
  name: 'PauseAnchor',
  description: 'Where the boundaries of periods stand after a pause.',
  valuesConfig: {
    KEEP: {
      description:
        'Where they would have been, and the first period after it is a part of one. Time that is paid for, or a trial, runs out meanwhile unless it is given back.',
    },
    SHIFT: {
      description:
        'They move by the pause: what was paid for ahead, or is left of a trial, is used after it. Where nothing is, a new period begins with the end of the pause.',
    },
  },
});

@InputType('PreviewCancelSubscriptionInput', { description: 'Which subscription would end, and when.' })
export class WantedCancelFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => CancelAtEnum, { description: 'When it ends.' })
  at!: 'now' | 'period_end' | 'date';

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The instant of the end: required with DATE, and with nothing else.',
  })
  date?: Date | null;

  @Field(() => CreditBasisEnum, {
    nullable: true,
    description:
      'Whether what was billed of time that is not used is given back; NONE if left out. At the end of a period that is only what a pause with shifted boundaries has kept for later. Not TIME for an end NOW while its billing has stopped (INVALID_STATE).',
  })
  creditBasis?: 'time' | 'none' | null;
}

@InputType('CancelSubscriptionInput', { description: 'Which subscription ends, and when.' })
export class CancelSubscriptionFields extends WantedCancelFields {
  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewPauseSubscriptionInput', {
  description: 'Which subscription would stand still, from when and until when.',
})
export class WantedPauseFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => PolicyTimingEnum, { nullable: true, description: 'From when on; PERIOD_END if left out.' })
  when?: 'now' | 'period_end' | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it goes on by itself; if left out, when it is resumed.',
  })
  until?: Date | null;

  @Field(() => PauseAnchorEnum, { nullable: true, description: 'Where boundaries stand after it; KEEP if left out.' })
  anchor?: 'keep' | 'shift' | null;

  @Field(() => CreditBasisEnum, {
    nullable: true,
    description:
      'Whether time that is paid for ahead is given back as credit, and billed anew after the pause. NONE if left out: with KEEP it runs out during the pause, with SHIFT it is used after it.',
  })
  creditBasis?: 'time' | 'none' | null;
}

@InputType('PauseSubscriptionInput', { description: 'Which subscription stands still, from when and until when.' })
export class PauseSubscriptionFields extends WantedPauseFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewResumeSubscriptionInput', { description: 'Which subscription would go on, and when.' })
export class WantedResumeFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When; now if left out.' })
  date?: Date | null;
}

@InputType('ResumeSubscriptionInput', { description: 'Which subscription goes on, and when.' })
export class ResumeSubscriptionFields extends WantedResumeFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewUndoCancelSubscriptionInput', { description: 'Which subscription would go on.' })
export class WantedUndoCancelFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;
}

@InputType('UndoCancelSubscriptionInput', { description: 'Which subscription goes on.' })
export class UndoCancelSubscriptionFields extends WantedUndoCancelFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewExtendTrialInput', { description: 'Which trial would end later.' })
export class WantedTrialExtensionFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it ends; at most 730 days after it began.' })
  until!: Date;
}

@InputType('ExtendTrialInput', { description: 'Which trial ends later.' })
export class ExtendTrialFields extends WantedTrialExtensionFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewEndTrialInput', { description: 'Which trial would end now.' })
export class WantedTrialEndFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;
}

@InputType('EndTrialInput', { description: 'Which trial ends now.' })
export class EndTrialFields extends WantedTrialEndFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('PreviewReactivateSubscriptionInput', { description: 'Which ended subscription would begin anew.' })
export class WantedReactivationFields {
  @Field(() => ID, { description: 'The subscription.' })
  id!: string;
}

@InputType('ReactivateSubscriptionInput', { description: 'Which ended subscription begins anew.' })
export class ReactivateSubscriptionFields extends WantedReactivationFields {
  @Field(() => String, { nullable: true, description: previewTokenText })
  previewToken?: string | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}
