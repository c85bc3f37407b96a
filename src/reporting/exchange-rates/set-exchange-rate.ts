import { z } from 'zod';
import { currencyInput } from '../../accounts/index.ts';
import { conflict } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { isDecimal, parseDecimal } from '../../rules/money.ts';
import { ExchangeRateEntity } from './exchange-rates.entities.ts';

const schema = z
  .object({
    base: currencyInput,
    quote: currencyInput,
    validOn: z.iso.date('A day is written YYYY-MM-DD.'),
    rate: z
      .string()
      .refine(
        (text) =>
          isDecimal(text, { maxIntegerDigits: 12, maxFractionDigits: 12 }) &&
          !text.startsWith('-') &&
          parseDecimal(text).numerator > 0n,
        'The rate must be a decimal above 0, with at most 12 digits before and after the point.',
      ),
  })
  .refine(({ base, quote }) => base !== quote, { message: 'A currency has no rate to itself.', path: ['quote'] });

export type SetExchangeRateInput = z.input<typeof schema>;

/**
 * Sets what one unit of a currency is worth in another from a day on, until the next rate of the pair; one of the same day is
 * replaced. INVALID_INPUT; CONFLICT where the pair is kept the other way round.
 */
export async function setExchangeRate(work: Work, given: SetExchangeRateInput): Promise<{ id: string }> {
  const { base, quote, validOn, rate } = readInput(schema, given);
  const { organizationId, recordedAt: at } = work;
  // One writer at a time, so that a pair is not begun both ways at once.
  await work.rows('select 1 from organizations where id = $1 for no key update', [organizationId]);
  const [turned] = await work.rows(
    'select 1 from exchange_rates where organization_id = $1 and base_currency = $2 and quote_currency = $3 limit 1',
    [organizationId, quote, base],
  );
  if (turned) throw conflict('This pair is kept the other way round.', ['input', 'base']);
  const [known] = await work.rows<{ id: string; rate: string }>(
    `select id, trim_scale(rate)::text as rate from exchange_rates
     where organization_id = $1 and base_currency = $2 and quote_currency = $3 and valid_on = $4::date`,
    [organizationId, base, quote, validOn],
  );
  const id = known?.id ?? newId();
  if (known) work.update(ExchangeRateEntity, { organizationId, id, rate, updatedAt: at });
  else {
    const row = { organizationId, id, baseCurrency: base, quoteCurrency: quote, validOn, rate };
    work.insert(ExchangeRateEntity, [{ ...row, createdAt: at, updatedAt: at }]);
  }
  work.announce({
    type: 'exchange_rate.set',
    organizationId,
    objectType: 'exchange_rate',
    objectId: id,
    accountId: null,
    at,
    data: { base, quote, validOn, rate },
    change: { rate: { old: known?.rate ?? null, new: rate } },
  });
  return { id };
}
