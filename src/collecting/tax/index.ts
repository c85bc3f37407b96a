export {
  holdsOn,
  loadTaxRates,
  ratesFor,
  ratesOfPlace,
  type TaxPlace,
  type TaxRates,
  type UsableTaxRate,
} from './rates-for.ts';
export { TaxRateEntity, type TaxRateRow } from './tax.entities.ts';
