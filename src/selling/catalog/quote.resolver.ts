import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { Derivation, PeriodInput, toDerivation } from '../../collecting/invoicing/index.ts';
import { Money, money } from '../../platform/api-types.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { notFound } from '../../platform/errors.ts';
import { fromGlobalId } from '../../platform/id.ts';
import { OneOf } from '../../platform/one-of.ts';
import { CurrencyCode, DecimalScalar } from '../../platform/scalars.ts';
import { priceToMinor } from '../../rules/currency.ts';
import { priceLoader } from './catalog.queries.ts';
import { PriceTermsInputFields } from './price.requests.ts';
import type { PricedBy } from './price-model.ts';
import { quotePrice, readQuotedPrice } from './quote-price.ts';

@InputType('QuotedPriceInput', { description: 'A price that is not in any plan.' })
export class QuotedPriceFields extends PriceTermsInputFields {
  @Field(() => CurrencyCode, { description: 'Its currency.' })
  currency!: string;
}

@OneOf()
@InputType('PriceToQuote', { description: 'Which price: one of a plan, or one that is only thought of.' })
export class PriceToQuote {
  @Field(() => ID, { nullable: true, description: 'The price of a plan.' })
  id?: string | null;

  @Field(() => QuotedPriceFields, { nullable: true, description: 'Any price.' })
  terms?: QuotedPriceFields | null;
}

@InputType('QuotePriceInput', { description: 'What is to be priced.' })
export class QuotePriceFields {
  @Field(() => PriceToQuote, { description: 'By which price.' })
  price!: PriceToQuote;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'How many seats or units; 1 if left out. Prices of events have none.',
  })
  quantity?: string | null;

  @Field(() => [DecimalScalar], {
    nullable: true,
    description:
      'For prices of events: their amounts in minor units, in their order, at most 1,000 with at most 8 decimals.',
  })
  events?: string[] | null;

  @Field(() => PeriodInput, { nullable: true, description: 'The period, where only a part of it is to be priced.' })
  period?: PeriodInput | null;

  @Field(() => PeriodInput, {
    nullable: true,
    description: 'The part of the period; by second. All of it if left out.',
  })
  part?: PeriodInput | null;
}

@ObjectType('PriceQuote', { description: 'What a price comes to; nothing is written.' })
export class PriceQuote {
  @Field(() => Money, { description: 'The amount, as a line would have it: before discount and tax.' })
  amount!: Money;

  @Field(() => DecimalScalar, {
    description: 'The price of one in minor units, perhaps finer than one; the average where a model has several.',
  })
  unitAmountMinor!: string;

  @Field(() => DecimalScalar, {
    description: 'How many were priced; for prices of events, how many events or how much.',
  })
  quantity!: string;

  @Field(() => Derivation, { description: 'How the amount came about.' })
  derivation!: Derivation;
}

@Resolver(() => PriceQuote)
export class QuotesResolver {
  @Query(() => PriceQuote, {
    description: 'What a price comes to for a quantity or for events, by the code that bills. Writes nothing.',
  })
  async quotePrice(
    @Arg('input', () => QuotePriceFields, { description: 'What is to be priced.' }) input: QuotePriceFields,
    @Ctx() context: Context,
  ): Promise<PriceQuote> {
    requirePermission(context, 'catalog:read');
    const { price, ...asked } = input;
    const uuid = price.id == null ? null : fromGlobalId('price', price.id);
    const quoted = price.id == null ? readQuotedPrice(price.terms) : await pricedBy(context, uuid);
    const { amountMinor, unitAmount, quantity, derivation } = quotePrice(quoted, asked);
    return Object.assign(new PriceQuote(), {
      amount: money(amountMinor, quoted.currency),
      unitAmountMinor: priceToMinor(unitAmount, quoted.currency),
      quantity,
      derivation: toDerivation(
        { derivation, currency: quoted.currency, taxes: [] },
        { priceUuid: uuid, subscriptionItemUuid: null },
      ),
    });
  }
}

async function pricedBy(context: Context, uuid: string | null): Promise<PricedBy> {
  const row = uuid === null ? null : await priceLoader(context).load(uuid);
  if (!row) throw notFound(['input', 'price', 'id'], 'There is no price with this id.');
  return row;
}
