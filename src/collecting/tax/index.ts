export { archiveTaxRate, createTaxRate } from './create-tax-rate.ts';
export { archiveTaxRegistration, createTaxRegistration } from './create-tax-registration.ts';
export {
  type BilledTax,
  isReverseCharge,
  ratesAsBilled,
  ratesOfSupply,
  reverseChargeNote,
  type SupplyTax,
  type TaxParties,
  type TaxReason,
  type TaxRule,
  taxOfSupply,
} from './decide-tax.ts';
export { type ExemptParty, isExemptOn, taxDay } from './exemption.ts';
export {
  loadTaxRates,
  type TaxRates,
  type UsableTaxRate,
} from './rates-for.ts';
export { TaxRateEntity, type TaxRateRow, TaxRegistrationEntity } from './tax.entities.ts';
export type { CreateTaxRateInput } from './tax.inputs.ts';
export { taxCategoryInput } from './tax.inputs.ts';
export { showTaxRate, TaxRate } from './tax.resolver.ts';
export { TaxSchemeEnum } from './tax-registrations.resolver.ts';
