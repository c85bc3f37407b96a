import 'reflect-metadata';
import { Arg, Field, InputType, ObjectType } from 'type-graphql';
import { digitsOf } from '../rules/currency.ts';
import { badUserInput, type UserErrorCode, UserErrorCode as UserErrorCodes } from './errors.ts';
import { BigIntScalar, CurrencyCode, DateTimeScalar, DecimalScalar } from './scalars.ts';

/** Exact decimal text of an amount in minor units: (1050n, 'EUR') is "10.50", (-5n, 'JPY') is "-5". */
export function decimalText(amountMinor: bigint, currency: string): string {
  const exponent = digitsOf(currency);
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(exponent + 1, '0');
  const sign = amountMinor < 0n ? '-' : '';
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Formatters are costly to make and few are in use at a time; the oldest one leaves when the shelf is full. */
const formatters = new Map<string, Intl.NumberFormat>();
const mostFormatters = 200;

function formatterFor(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  const known = formatters.get(key);
  if (known) return known;
  const exponent = digitsOf(currency);
  const made = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  if (formatters.size >= mostFormatters) formatters.delete(formatters.keys().next().value ?? '');
  formatters.set(key, made);
  return made;
}

/** The amount as people of a locale (BCP 47) write it, exact at any size. BAD_USER_INPUT for a locale that is none. */
export function formatMoney(amountMinor: bigint, currency: string, locale: string): string {
  if (locale.length > 35 || !isLocale(locale)) throw badUserInput(['locale'], 'The locale must be a BCP 47 tag.');
  return formatterFor(locale, currency).format(decimalText(amountMinor, currency) as Intl.StringNumericLiteral);
}

function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}

/** An amount as the API shows it; made by `money()`, since `decimal` and `formatted` are derived. */
@ObjectType('Money', { description: 'An amount of money in one currency.' })
export class Money {
  @Field(() => BigIntScalar, { description: 'The amount in the smallest unit of the currency, such as cents.' })
  readonly amountMinor!: bigint;

  @Field(() => CurrencyCode, { description: 'The currency.' })
  readonly currency!: string;

  @Field(() => DecimalScalar, { description: 'The amount in the main unit with the digits of the currency.' })
  get decimal(): string {
    return decimalText(this.amountMinor, this.currency);
  }

  @Field(() => String, { description: 'The amount as people of a locale write it.' })
  formatted(
    @Arg('locale', () => String, { description: 'A BCP 47 language tag, such as de-AT.', defaultValue: 'en' })
    locale: string,
  ): string {
    return formatMoney(this.amountMinor, this.currency, locale);
  }
}

/** The API's view of an amount in minor units. */
export function money(amountMinor: bigint, currency: string): Money {
  const made = new Money() as { -readonly [K in keyof Money]: Money[K] };
  made.amountMinor = amountMinor;
  made.currency = currency;
  return made;
}

@InputType('MoneyInput', { description: 'An amount of money in one currency.' })
export class MoneyInput {
  @Field(() => BigIntScalar, { description: 'The amount in the smallest unit of the currency, such as cents.' })
  amountMinor!: bigint;

  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;
}

@ObjectType('Period', { description: 'A half-open stretch of time: the start belongs to it, the end does not.' })
export class Period {
  @Field(() => DateTimeScalar, { description: 'The first instant of the period.' })
  start!: Date;

  @Field(() => DateTimeScalar, { description: 'The first instant after the period.' })
  end!: Date;
}

@ObjectType('UserError', { description: 'Why a mutation refused an input; nothing was changed.' })
export class UserError {
  @Field(() => UserErrorCodes, { description: 'The reason, for programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'The reason, for people.' })
  message!: string;

  @Field(() => [String], { nullable: true, description: 'The path of the input that is wrong, from the argument on.' })
  path?: string[] | null;
}
