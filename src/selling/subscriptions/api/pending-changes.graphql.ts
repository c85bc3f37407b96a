import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { DateTimeScalar, DecimalScalar } from '../../../platform/scalars.ts';
import { IntervalUnitEnum } from '../../catalog/index.ts';
import type { Interval, ItemChange } from '../items/pending-change.ts';
import type { ScheduledChangeRow } from '../subscriptions.entities.ts';
import {
  ChangeDirectionEnum,
  PolicyTimingEnum,
  ProrationModeEnum,
  SettlementEnum,
} from './change-subscription.requests.ts';
import { PauseAnchorEnum } from './subscription-life.requests.ts';
import { CreditBasisEnum } from './subscriptions.enums.ts';

const PendingChangeKindEnum = { ITEMS: 'items', PAUSE: 'pause', RESUME: 'resume', CANCEL: 'cancel' } as const;
registerEnumType(PendingChangeKindEnum, {
  name: 'PendingChangeKind',
  description: 'What a pending change does.',
  valuesConfig: {
    ITEMS: { description: 'Changes plans or quantities.' },
    PAUSE: { description: 'Lets the subscription stand still.' },
    RESUME: { description: 'Lets it go on after a pause.' },
    CANCEL: { description: 'Ends it.' },
  },
});

const PendingChangeStatusEnum = {
  PENDING: 'pending',
  APPLIED: 'applied',
  UNDONE: 'undone',
  SUPERSEDED: 'superseded',
} as const;
registerEnumType(PendingChangeStatusEnum, {
  name: 'PendingChangeStatus',
  description: 'What became of a change that was to come.',
  valuesConfig: {
    PENDING: { description: 'It is still to come, and can be taken back.' },
    APPLIED: { description: 'It was carried out.' },
    UNDONE: { description: 'It was taken back.' },
    SUPERSEDED: { description: 'It gave way to another, or did not fit what was there any more.' },
  },
});

const PendingPartKindEnum = {
  REPLACE_PLAN: 'replace_plan',
  SET_QUANTITY: 'set_quantity',
  ADD_PLAN: 'add_plan',
  REMOVE_PLAN: 'remove_plan',
} as const;
registerEnumType(PendingPartKindEnum, {
  name: 'PendingPartKind',
  description: 'What a part of a pending change does.',
  valuesConfig: {
    REPLACE_PLAN: { description: 'Puts a plan in the place of another.' },
    SET_QUANTITY: { description: 'Sets the quantity of a component.' },
    ADD_PLAN: { description: 'Adds a plan.' },
    REMOVE_PLAN: { description: 'Takes a plan away.' },
  },
});

@ObjectType('PendingItem', { description: 'A component that comes, or gets another quantity.' })
export class PendingItem {
  @Field(() => String, { description: 'The component, by its code within the plan.' })
  component!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'How many; null: as many as there are then.' })
  quantity!: string | null;
}

@ObjectType('PendingPart', { description: 'One part of a pending change of items.' })
export class PendingPart {
  planUuid!: string | null;
  newPlanUuid!: string | null;
  newPlanVersionUuid!: string | null;

  @Field(() => PendingPartKindEnum, { description: 'What it does.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'The id of the plan that leaves or is changed; null if none.' })
  planId!: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the plan that comes; null if none does.' })
  newPlanId!: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the version that comes; null if none does.' })
  newPlanVersionId!: string | null;

  @Field(() => [PendingItem], { description: 'What comes, component by component.' })
  items!: PendingItem[];
}

@ObjectType('PendingChange', {
  implements: Node,
  description: 'What is going to be done to a subscription, and can be taken back until then; or what became of it.',
})
export class PendingChangeType extends Node {
  uuid!: string;
  subscriptionUuid!: string;

  @Field(() => PendingChangeKindEnum, { description: 'What it does.' })
  kind!: string;

  @Field(() => PendingChangeStatusEnum, { description: 'Whether it is still to come, or what became of it.' })
  status!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was carried out, taken back or gave way; null while it is pending.',
  })
  closedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    description:
      'When it takes effect by what is known now, such as the present end of the period; once it is closed, when it was to take effect then.',
  })
  effectiveAt!: Date;

  @Field(() => Boolean, { description: 'Whether it moves with the end of the period.' })
  atPeriodEnd!: boolean;

  @Field(() => [PendingPart], { description: 'Of a change of items: its parts, in their order.' })
  parts!: PendingPart[];

  @Field(() => ChangeDirectionEnum, { nullable: true, description: 'Of a change of items: where it leads.' })
  direction!: string | null;

  @Field(() => IntervalUnitEnum, { nullable: true, description: 'Of plans that come: the unit of their periods.' })
  intervalUnit!: string | null;

  @Field(() => Int, { nullable: true, description: 'Of plans that come: how many units one period has.' })
  intervalCount!: number | null;

  @Field(() => SettlementEnum, { nullable: true, description: 'Of a change of items: what is done with its lines.' })
  settle!: string | null;

  @Field(() => CreditBasisEnum, { nullable: true, description: 'Whether time that is not used is given back.' })
  creditBasis!: string | null;

  @Field(() => ProrationModeEnum, { nullable: true, description: 'Of a change of items: how shares are measured.' })
  prorationMode!: string | null;

  @Field(() => PauseAnchorEnum, { nullable: true, description: 'Of a pause: where boundaries stand after it.' })
  anchor!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of a pause: when it ends by itself.' })
  until!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was asked for, on the account’s clock.' })
  createdAt!: Date;
}

interface StoredTerms {
  changes?: ItemChange[];
  interval?: Interval | null;
  direction?: string;
  settle?: string;
  creditBasis?: string;
  prorationMode?: string;
  anchor?: string;
  until?: string | null;
}

/** The API's view of a change's row. */
export function toPendingChange(row: ScheduledChangeRow): PendingChangeType {
  const { id, subscriptionId, kind, status, closedAt, effectiveAt, atPeriodEnd, createdAt } = row;
  const terms = row.terms as StoredTerms;
  return Object.assign(new PendingChangeType(), {
    id: toGlobalId('sch', id),
    uuid: id,
    subscriptionUuid: subscriptionId,
    kind,
    status,
    closedAt: closedAt ?? null,
    effectiveAt,
    atPeriodEnd,
    parts: (terms.changes ?? []).map(toPart),
    direction: terms.direction ?? null,
    intervalUnit: terms.interval?.unit ?? null,
    intervalCount: terms.interval?.count ?? null,
    settle: terms.settle ?? null,
    creditBasis: terms.creditBasis ?? null,
    prorationMode: terms.prorationMode ?? null,
    anchor: terms.anchor ?? null,
    until: terms.until ? new Date(terms.until) : null,
    createdAt,
  });
}

function toPart(part: ItemChange): PendingPart {
  const coming = 'items' in part ? part.items : [];
  const [first] = coming;
  const planUuid = 'planId' in part ? part.planId : null;
  const { planId: newPlanUuid = null, planVersionId: newPlanVersionUuid = null } = first ?? {};
  return Object.assign(new PendingPart(), {
    ...{ kind: part.kind, planUuid, newPlanUuid, newPlanVersionUuid },
    planId: planUuid && toGlobalId('plan', planUuid),
    newPlanId: newPlanUuid && toGlobalId('plan', newPlanUuid),
    newPlanVersionId: newPlanVersionUuid && toGlobalId('plv', newPlanVersionUuid),
    items: part.kind === 'set_quantity' ? [itemOf(part)] : coming.map(itemOf),
  });
}

function itemOf({ component, quantity }: { component: string; quantity: string | null }): PendingItem {
  return Object.assign(new PendingItem(), { component, quantity });
}

@ObjectType('SubscriptionPause', { description: 'A time in which a subscription stood still.' })
export class SubscriptionPause {
  @Field(() => DateTimeScalar, { description: 'From when on.' })
  pausedFrom!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it went on; null while it stands still.' })
  resumedAt!: Date | null;

  @Field(() => PauseAnchorEnum, { description: 'Where boundaries stand after it.' })
  anchor!: string;
}

@ObjectType('ChangePolicy', { description: 'What happens to changes of a direction where their input does not say.' })
export class ChangePolicyType {
  @Field(() => ChangeDirectionEnum, { description: 'The direction.' })
  direction!: string;

  @Field(() => PolicyTimingEnum, { description: 'When they hold.' })
  timing!: string;

  @Field(() => SettlementEnum, { description: 'What is done with their lines.' })
  settle!: string;

  @Field(() => CreditBasisEnum, { description: 'Whether time that is not used is given back.' })
  creditBasis!: string;
}
