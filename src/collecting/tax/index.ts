export { archiveTaxRate, createTaxRate } from './create-tax-rate.ts';
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
export type { CreateTaxRateInput } from './tax.inputs.ts';
export { showTaxRate, TaxRate } from './tax.resolver.ts';
