import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { toGlobalId } from '../../platform/id.ts';
import { Node } from '../../platform/node.ts';
import { Connection } from '../../platform/pagination.ts';
import { DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import type { CouponRow, DiscountRow, PromotionCodeRow } from './coupons.entities.ts';

export const CouponFrequencyEnum = { ONCE: 'once', REPEATING: 'repeating', FOREVER: 'forever' } as const;
registerEnumType(CouponFrequencyEnum, {
  name: 'CouponFrequency',
  description: 'How often a coupon gives what it gives.',
  valuesConfig: {
    ONCE: { description: 'Once; what an invoice leaves of an amount stays for the next.' },
    REPEATING: {
      description:
        'For so many billed periods; what does not fit the invoices of one is lost. What comes back with time that is given back is there for later invoices. Of an account, what lies within the time that it covered last is the same time: beside a year, its months.',
    },
    FOREVER: { description: 'For every billed period.' },
  },
});

const DiscountStatusEnum = { ACTIVE: 'active', USED_UP: 'used_up', REMOVED: 'removed' } as const;
registerEnumType(DiscountStatusEnum, {
  name: 'DiscountStatus',
  description: 'Whether a discount still gives anything.',
  valuesConfig: {
    ACTIVE: { description: 'It is taken off what falls due.' },
    USED_UP: {
      description: 'The last of it was taken; it is active again when that invoice is voided or gives time back.',
    },
    REMOVED: { description: 'It was taken away.' },
  },
});

@ObjectType('Coupon', {
  implements: Node,
  description: 'Something that accounts can be given, to be taken off invoices.',
})
export class Coupon extends Node {
  uuid!: string;

  @Field(() => String, { description: 'What invoices call it.' })
  name!: string;

  @Field(() => Money, { nullable: true, description: 'The amount it takes off; null for a percentage.' })
  amountOff!: Money | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'The percentage it takes off; null for an amount.' })
  percentOff!: string | null;

  @Field(() => CouponFrequencyEnum, { description: 'How often.' })
  frequency!: string;

  @Field(() => Int, { nullable: true, description: 'Of a repeating one: how many times.' })
  periods!: number | null;

  @Field(() => Int, { nullable: true, description: 'The most times it may be redeemed; null without limit.' })
  maxRedemptions!: number | null;

  @Field(() => Int, { description: 'How often it was redeemed.' })
  redeemed!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when it may be redeemed, by the account’s clock.',
  })
  redeemBy!: Date | null;

  @Field(() => Boolean, { description: 'Whether an account can have it only once.' })
  oncePerAccount!: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was archived; null while it can be redeemed.' })
  archivedAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed or redeemed.' })
  updatedAt!: Date;
}

@ObjectType('PromotionCode', { implements: Node, description: 'A code that customers redeem for a coupon.' })
export class PromotionCode extends Node {
  uuid!: string;
  couponUuid!: string;

  @Field(() => String, { description: 'The code; letters are the same in any case.' })
  code!: string;

  @Field(() => Boolean, { description: 'False once it was deactivated.' })
  active!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'The most times it may be redeemed; null without limit of its own.',
  })
  maxRedemptions!: number | null;

  @Field(() => Int, { description: 'How often it was redeemed.' })
  redeemed!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it expires, by the account’s clock.' })
  expiresAt!: Date | null;

  @Field(() => Boolean, { description: 'Only for accounts that were never billed before.' })
  firstPurchaseOnly!: boolean;

  @Field(() => Money, { nullable: true, description: 'The least that what is bought must cost a period.' })
  minimumAmount!: Money | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed or redeemed.' })
  updatedAt!: Date;
}

@ObjectType('Discount', { implements: Node, description: 'A coupon that was given to an account or a subscription.' })
export class Discount extends Node {
  uuid!: string;
  couponUuid!: string;
  promotionCodeUuid!: string | null;
  accountUuid!: string;
  subscriptionUuid!: string | null;

  @Field(() => DiscountStatusEnum, { description: 'Whether it still gives anything.' })
  status!: string;

  @Field(() => Int, { description: 'Its place in the order in which discounts are taken.' })
  position!: number;

  @Field(() => Int, {
    description: 'How many times (billed periods) it was given; invoices that are void do not count.',
  })
  usedTimes!: number;

  @Field(() => DateTimeScalar, { description: 'From when on it is taken, on the account’s clock.' })
  startedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was used up or removed.' })
  endedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was given, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last used or changed.' })
  updatedAt!: Date;

  @Field(() => Money, {
    nullable: true,
    description:
      'What came back of it with time that was given back, and is there for later invoices, also when no times are left; null where nothing is. Of an amount given once that is part of what was not used.',
  })
  cameBack!: Money | null;

  /** Minor units taken so far; the coupon tells the currency. */
  usedMinor!: bigint;
}

export const CouponConnection = Connection(() => Coupon, 'Coupon');
export const PromotionCodeConnection = Connection(() => PromotionCode, 'PromotionCode');
export const DiscountConnection = Connection(() => Discount, 'Discount');

/** The API's view of a coupon's row. */
export function toCoupon(row: CouponRow): Coupon {
  const { organizationId: _organization, id, amount, currency, percent, kind: _kind, ...shown } = row;
  return Object.assign(new Coupon(), shown, {
    id: toGlobalId('cpn', id),
    uuid: id,
    amountOff: amount == null ? null : money(amount, currency!),
    percentOff: percent ?? null,
  }) as Coupon;
}

/** The API's view of a promotion code's row. */
export function toPromotionCode(row: PromotionCodeRow): PromotionCode {
  const { organizationId: _organization, id, couponId, minimumAmount, minimumCurrency, deactivatedAt, ...shown } = row;
  return Object.assign(new PromotionCode(), shown, {
    id: toGlobalId('promo', id),
    uuid: id,
    couponUuid: couponId,
    active: deactivatedAt == null,
    minimumAmount: minimumAmount == null ? null : money(minimumAmount, minimumCurrency!),
  }) as PromotionCode;
}

/** The API's view of a discount's row. */
export function toDiscount(row: DiscountRow): Discount {
  const { id, status, position, usedTimes, startedAt, endedAt, createdAt, updatedAt } = row;
  return Object.assign(new Discount(), {
    ...{ status, position, usedTimes, startedAt, endedAt: endedAt ?? null, createdAt, updatedAt },
    id: toGlobalId('dis', id),
    uuid: id,
    couponUuid: row.couponId,
    promotionCodeUuid: row.promotionCodeId ?? null,
    accountUuid: row.accountId,
    subscriptionUuid: row.subscriptionId ?? null,
    usedMinor: row.usedAmount,
    cameBack: row.backAmount > 0n ? money(row.backAmount, row.backCurrency!) : null,
  });
}
