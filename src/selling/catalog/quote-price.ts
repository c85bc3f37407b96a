import { z } from 'zod';
import { DomainError, invalidInput } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import { minorUnitDigits } from '../../rules/currency.ts';
import { isDecimal, isStorableAmount } from '../../rules/money.ts';
import type { Period } from '../../rules/period.ts';
import type { PricedComponent } from '../../rules/pricing.ts';
import { shareOfPeriod } from '../../rules/proration.ts';
import { priceAmount } from './price-amount.ts';
import { priceModelSchema, priceTermsShape } from './price-input.ts';
import { countsSeats, type PricedBy, pricesEvents, ruleModel, storedModel } from './price-model.ts';
import { problemsOf } from './price-problems.ts';

/** Amounts of events in one quote. */
const mostEvents = 1_000;

const quantity = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 12, maxFractionDigits: 6 }) && !text.startsWith('-'),
    'A decimal that is not negative, at most 12 digits before the point and 6 after it.',
  );
const eventAmount = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 15, maxFractionDigits: 8 }) && !text.startsWith('-'),
    'A decimal of minor units, not negative, at most 15 digits before the point and 8 after it.',
  );
const period = z.object({ start: z.date(), end: z.date() }).refine(({ start, end }) => start < end, {
  message: 'The period must end after it starts.',
});

const quotedTerms = z
  .object({
    currency: z.string().refine((code) => minorUnitDigits(code) !== null, 'A currency with a minor unit.'),
    model: priceModelSchema,
    ...priceTermsShape,
  })
  .superRefine((price, context) => {
    if (context.issues.length > 0) return;
    for (const { path, message } of problemsOf(price, price.currency)) {
      context.addIssue({ code: 'custom', message, path });
    }
  });

/** The paths of problems lead through the input of the query. */
const quotedPrice = z.object({ price: z.object({ terms: quotedTerms }) });

const quoteSchema = z.object({
  quantity: quantity.nullish(),
  events: z.array(eventAmount).max(mostEvents).nullish(),
  period: period.nullish(),
  part: period.nullish(),
});

export type QuoteInput = z.input<typeof quoteSchema>;

/** A price that nobody offers yet, checked as a price of a plan is. INVALID_INPUT with the paths of `input.price.terms`. */
export function readQuotedPrice(given: unknown): PricedBy {
  const { terms } = readInput(quotedPrice, { price: { terms: given } }).price;
  return { ...storedModel(terms), currency: terms.currency };
}

/**
 * What a price comes to for a quantity or for events, for a whole period or by second for a part of one: by the code that
 * bills. INVALID_INPUT for a quantity that does not fit the price; AMOUNT_TOO_LARGE for more than the books hold.
 */
export function quotePrice(price: PricedBy, given: QuoteInput): PricedComponent {
  const input = readInput(quoteSchema, given);
  const asked = input.quantity ?? '1';
  checkFits(price, asked, input);
  const priced = priceAmount(ruleModel(price), {
    currency: price.currency,
    quantity: asked,
    events: input.events ?? [],
    share: shareOf(input),
  });
  if (!isStorableAmount(priced.amountMinor)) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'The amount would be too large.', { path: ['input', 'quantity'] });
  }
  return priced;
}

function checkFits(price: PricedBy, asked: string, input: z.output<typeof quoteSchema>): void {
  if (pricesEvents(price.model)) {
    if (input.quantity != null) {
      throw invalidInput(['input', 'quantity'], 'A price of events has no quantity: give the amounts of the events.');
    }
  } else if (input.events != null) {
    throw invalidInput(['input', 'events'], 'This price is not of events: give a quantity.');
  }
  if (price.model === 'flat' && Number(asked) !== 1) {
    throw invalidInput(['input', 'quantity'], 'A flat price has the quantity 1.');
  }
  if (countsSeats(price.model) && /\.\d*[1-9]/.test(asked)) {
    throw invalidInput(['input', 'quantity'], 'Seats are counted in whole numbers.');
  }
}

function shareOf({ period, part }: { period?: Period | null | undefined; part?: Period | null | undefined }) {
  if (!part) return undefined;
  if (!period) throw invalidInput(['input', 'period'], 'A part needs the period that it is a part of.');
  if (part.start < period.start || part.end > period.end) {
    throw invalidInput(['input', 'part'], 'The part lies within the period.');
  }
  return { fraction: shareOfPeriod(period, part), mode: 'by_second' };
}
