import type { Reader } from '../../platform/database.ts';

/** What one unit of the base currency is worth in the quote currency, as exact decimal text. */
export interface ExchangeRate {
  id: string;
  base: string;
  quote: string;
  validOn: string;
  rate: string;
  updatedAt: Date;
}

const columns = `id, base_currency as base, quote_currency as quote, valid_on::text as "validOn", trim_scale(rate)::text as rate,
  updated_at as "updatedAt"`;

/** The rates that hold on a day (`YYYY-MM-DD`), one a pair: that of the day, or the last one before it. */
export function ratesOn(
  reader: Reader,
  day: string,
  base: string | null,
  quote: string | null,
): Promise<ExchangeRate[]> {
  return reader.rows<ExchangeRate>(
    `select distinct on (base_currency, quote_currency) ${columns} from exchange_rates
     where organization_id = $1 and valid_on <= $2::date and ($3::text is null or base_currency = $3)
       and ($4::text is null or quote_currency = $4)
     order by base_currency, quote_currency, valid_on desc`,
    [reader.organizationId, day, base, quote],
  );
}
