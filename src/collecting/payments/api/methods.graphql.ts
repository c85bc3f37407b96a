import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { DateTimeScalar, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import { PaymentProviderEnum } from './payments.enums.ts';
import type { MethodRecord } from './payments.records.ts';

@ObjectType('PaymentMethod', { implements: Node, description: 'Something an account can be charged by.' })
export class PaymentMethod extends Node {
  uuid!: string;
  accountUuid!: string;

  @Field(() => PaymentProviderEnum, { description: 'Who charges it.' })
  provider!: string;

  @Field(() => String, { description: 'What it is, in the words of the provider, such as card.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'The brand of a card.' })
  brand!: string | null;

  @Field(() => String, { nullable: true, description: 'Its last four digits.' })
  last4!: string | null;

  @Field(() => Int, { nullable: true, description: 'The month in which it expires, 1 to 12.' })
  expMonth!: number | null;

  @Field(() => Int, { nullable: true, description: 'The year in which it expires.' })
  expYear!: number | null;

  @Field(() => Boolean, { description: 'Whether it is charged when none is named.' })
  isDefault!: boolean;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was attached.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken out of use.' })
  detachedAt!: Date | null;
}

/** The API's view of a payment method. */
export function toPaymentMethod(record: MethodRecord): PaymentMethod {
  return Object.assign(new PaymentMethod(), {
    id: toGlobalId('pm', record.id),
    uuid: record.id,
    accountUuid: record.account_id,
    provider: record.provider,
    type: record.type,
    brand: record.brand,
    last4: record.last4,
    expMonth: record.exp_month,
    expYear: record.exp_year,
    isDefault: record.is_default,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    detachedAt: record.detached_at,
  });
}
