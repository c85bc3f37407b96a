/** What one currency was worth in another on a day: for reports. */
export { type ExchangeRate, ratesOn } from './exchange-rates.queries.ts';
export { type SetExchangeRateInput, setExchangeRate } from './set-exchange-rate.ts';
