import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { toGlobalId } from '../../platform/id.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import type { PlanRow, PlanVersionRow, PriceRow } from './catalog.entities.ts';
import { PriceTermsFields, toPriceTerms } from './price-terms.graphql.ts';

export const IntervalUnitEnum = {
  DAY: 'day',
  WEEK: 'week',
  MONTH: 'month',
  QUARTER: 'quarter',
  HALF_YEAR: 'half_year',
  YEAR: 'year',
} as const;
registerEnumType(IntervalUnitEnum, {
  name: 'IntervalUnit',
  description: 'The unit of a billing interval.',
  valuesConfig: {
    DAY: { description: 'A local day.' },
    WEEK: { description: 'Seven days.' },
    MONTH: { description: 'A month; a day it does not have becomes its last.' },
    QUARTER: { description: 'Three months.' },
    HALF_YEAR: { description: 'Six months.' },
    YEAR: { description: 'Twelve months.' },
  },
});

const PlanVersionStatusEnum = { DRAFT: 'draft', PUBLISHED: 'published' } as const;
registerEnumType(PlanVersionStatusEnum, {
  name: 'PlanVersionStatus',
  description: 'Whether a version can be sold.',
  valuesConfig: {
    DRAFT: { description: 'Still being written: it can be thrown away, and nobody can subscribe to it.' },
    PUBLISHED: { description: 'For sale, and unchangeable for ever.' },
  },
});

export const BillingModeEnum = { ADVANCE: 'advance', ARREARS: 'arrears' } as const;
registerEnumType(BillingModeEnum, {
  name: 'BillingMode',
  description: 'At which end of a period its price is billed.',
  valuesConfig: {
    ADVANCE: { description: 'At the start of the period.' },
    ARREARS: { description: 'At the end of the period.' },
  },
});

export const PriceChargeEnum = { RECURRING: 'recurring', ONCE: 'once' } as const;
registerEnumType(PriceChargeEnum, {
  name: 'PriceCharge',
  description: 'How often a price is billed.',
  valuesConfig: {
    RECURRING: { description: 'For each period.' },
    ONCE: { description: 'Once: a setup fee with the first paid period, or something sold by itself.' },
  },
});

export const PlanKindEnum = { BASE: 'base', ADD_ON: 'add_on' } as const;
registerEnumType(PlanKindEnum, {
  name: 'PlanKind',
  description: 'How a plan is sold.',
  valuesConfig: {
    BASE: { description: 'By itself.' },
    ADD_ON: { description: 'Only beside a base plan in the same subscription.' },
  },
});

/** `implements` is written out: a type that extends fields of another can not extend Node besides. */
@ObjectType('Price', { implements: Node, description: 'What one component of a plan version costs in one currency.' })
export class Price extends PriceTermsFields implements Node {
  @Field(() => ID, { description: 'The id of the object, unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'The component that it prices, by its code within the plan.' })
  component!: string;

  @Field(() => String, { description: 'What invoices call it.' })
  name!: string;

  @Field(() => Money, { nullable: true, description: 'The amount of a flat price; null for other models.' })
  amount!: Money | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'The price of one seat or unit in minor units, perhaps finer than one; null for other models.',
  })
  unitAmount!: string | null;

  @Field(() => BillingModeEnum, {
    description: 'At which end of the period it is billed; what is billed once is billed at the start.',
  })
  billing!: string;

  @Field(() => PriceChargeEnum, { description: 'Whether it is billed for each period, or once.' })
  charge!: string;

  @Field(() => String, { nullable: true, description: 'What it is taxed as; null: nothing in particular.' })
  taxCategory!: string | null;
}

@ObjectType('PlanVersion', { implements: Node, description: 'One edition of a plan; once published it never changes.' })
export class PlanVersion extends Node {
  uuid!: string;
  planUuid!: string;

  @Field(() => Int, { description: 'Its number within the plan, from 1.' })
  version!: number;

  @Field(() => PlanVersionStatusEnum, { description: 'Whether it can be sold.' })
  status!: string;

  @Field(() => IntervalUnitEnum, { description: 'The unit of the billing interval.' })
  intervalUnit!: string;

  @Field(() => Int, { description: 'How many units one period has.' })
  intervalCount!: number;

  @Field(() => Int, { description: 'Days of free trial, unless a subscription says otherwise.' })
  trialDays!: number;

  @Field(() => [Money], {
    description: 'What its recurring components cost at least in a whole period, by currency; the rest is a true-up.',
  })
  minimumCommitment!: Money[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was published.' })
  publishedAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@ObjectType('Plan', { implements: Node, description: 'Something for sale by the period.' })
export class Plan extends Node {
  uuid!: string;

  @Field(() => String, { nullable: true, description: 'The id of the plan in your own system.' })
  externalId!: string | null;

  @Field(() => String, { description: 'What customers call it.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The tier it belongs to, such as Gold.' })
  tierLabel!: string | null;

  @Field(() => PlanKindEnum, { description: 'Whether it is sold by itself.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'What it offers.' })
  description!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was taken off sale; null while it is for sale.',
  })
  archivedAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

export const PlanConnection = Connection(() => Plan, 'Plan');

/** The API's view of a plan's row. */
export function toPlan(row: PlanRow): Plan {
  const { id, externalId, name, tierLabel, kind, description, archivedAt, metadata, createdAt, updatedAt } = row;
  const shown = { externalId, name, tierLabel, kind, description, archivedAt, metadata, createdAt, updatedAt };
  return Object.assign(new Plan(), shown, { id: toGlobalId('plan', id), uuid: id }) as Plan;
}

/** The API's view of a version's row. */
export function toPlanVersion(row: PlanVersionRow): PlanVersion {
  const { organizationId: _organization, id, planId, minimumCommitments, ...shown } = row;
  const commitments = Object.entries(minimumCommitments).sort();
  return Object.assign(new PlanVersion(), shown, {
    id: toGlobalId('plv', id),
    uuid: id,
    planUuid: planId,
    minimumCommitment: commitments.map(([currency, amount]) => money(BigInt(amount), currency)),
  }) as PlanVersion;
}

/** At which end of a period a billing mode bills, as the API says it. */
export function billingOf(billingMode: string): { billing: string; charge: string } {
  const once = billingMode === 'once';
  return { billing: once ? 'advance' : billingMode, charge: once ? 'once' : 'recurring' };
}

/** The API's view of a price's row. */
export function toPrice(row: PriceRow): Price {
  const { id, component, name, currency, model, billingMode } = row;
  const { amount, unitAmount = null } = row.parameters as { amount?: string; unitAmount?: string };
  return Object.assign(new Price(), {
    ...toPriceTerms(row),
    id: toGlobalId('price', id),
    component,
    name,
    amount: model === 'flat' && amount !== undefined ? money(BigInt(amount), currency) : null,
    unitAmount,
    taxCategory: row.taxCategory ?? null,
    ...billingOf(billingMode),
  });
}
