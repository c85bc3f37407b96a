import 'reflect-metadata';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { CurrencyCode, DateTimeScalar, DecimalScalar, LocalDateScalar } from '../../platform/scalars.ts';
import { ratesOn } from './exchange-rates.queries.ts';
import { setExchangeRate } from './set-exchange-rate.ts';

@ObjectType('ExchangeRate', { description: 'What one unit of a currency was worth in another from a day on.' })
export class ExchangeRateObject {
  @Field(() => CurrencyCode, { description: 'The currency of the one unit.' })
  base!: string;

  @Field(() => CurrencyCode, { description: 'The currency it is expressed in.' })
  quote!: string;

  @Field(() => LocalDateScalar, { description: 'The day from which it holds, until the next rate of the pair.' })
  validOn!: string;

  @Field(() => DecimalScalar, { description: 'The rate, exact.' })
  rate!: string;

  @Field(() => DateTimeScalar, { description: 'When it was last set.' })
  updatedAt!: Date;
}

@InputType('SetExchangeRateInput', { description: 'A rate of a pair of currencies; one of the same day is replaced.' })
export class SetExchangeRateFields {
  @Field(() => CurrencyCode, { description: 'The currency of the one unit.' })
  base!: string;

  @Field(() => CurrencyCode, { description: 'The currency it is expressed in.' })
  quote!: string;

  @Field(() => LocalDateScalar, { description: 'The day from which it holds.' })
  validOn!: string;

  @Field(() => DecimalScalar, { description: 'The rate: above 0, at most 12 digits before and after the point.' })
  rate!: string;
}

@ObjectType('SetExchangeRatePayload', { description: 'The rate, or why it was not set.' })
export class SetExchangeRatePayload extends MutationPayload {
  @Field(() => ExchangeRateObject, { nullable: true, description: 'The rate of the pair on that day.' })
  exchangeRate?: ExchangeRateObject | null;
}

@Resolver(() => ExchangeRateObject)
export class ExchangeRatesResolver {
  @Query(() => [ExchangeRateObject], {
    description:
      'The rates that hold on a day, one a pair: that of the day, or the last one before it. For reports; nothing that is owed is converted.',
  })
  async exchangeRates(
    @Arg('on', () => LocalDateScalar, { description: 'The day.' }) on: string,
    @Arg('base', () => CurrencyCode, { nullable: true, description: 'Only of this currency.' }) base: string | null,
    @Arg('quote', () => CurrencyCode, { nullable: true, description: 'Only in this currency.' }) quote: string | null,
    @Ctx() context: Context,
  ): Promise<ExchangeRateObject[]> {
    requirePermission(context, 'settings:read');
    const rates = await ratesOn(context.reader, on, base, quote);
    return rates.map((rate) => Object.assign(new ExchangeRateObject(), rate));
  }

  @Mutation(() => SetExchangeRatePayload, { description: 'Sets an exchange rate for reports.' })
  async setExchangeRate(
    @Arg('input', () => SetExchangeRateFields, { description: 'Which pair, from when on, and the rate.' })
    input: SetExchangeRateFields,
    @Ctx() context: Context,
  ): Promise<SetExchangeRatePayload> {
    requirePermission(context, 'settings:write');
    return runMutation(
      context,
      { operation: 'setExchangeRate', input },
      (work) => setExchangeRate(work, input),
      async () => {
        const [rate] = await ratesOn(context.reader, input.validOn, input.base, input.quote);
        return { exchangeRate: rate ? Object.assign(new ExchangeRateObject(), rate) : null };
      },
    );
  }
}
