export { decideTaxId } from './check-tax-id.ts';
export { archiveTaxRate, createTaxRate } from './create-tax-rate.ts';
export { archiveTaxRegistration, createTaxRegistration } from './create-tax-registration.ts';
export { decideTax } from './decide.ts';
export {
  type BilledTax,
  isReverseCharge,
  reverseChargeRate,
  type SupplyTax,
  type TaxReason,
} from './decide-tax.ts';
export { isExemptOn, taxDay } from './exemption.ts';
export { type KnownTax, prepaid } from './manual-tax.ts';
export {
  loadTaxRates,
  type TaxRates,
  type UsableTaxRate,
} from './rates-for.ts';
export { remoteTaxOf, remoteTaxPort } from './remote-tax.ts';
export type { CreateTaxRateInput } from './tax.inputs.ts';
export { taxCategoryInput } from './tax.inputs.ts';
export { showTaxRate, TaxRate } from './tax.resolver.ts';
export { loadStandings, type TaxIdStanding } from './tax-id-standings.ts';
export {
  type FiledAnswer,
  type RemoteTax,
  type TaxBuyer,
  type TaxDecision,
  type TaxFiling,
  type TaxPending,
  type TaxPendingReason,
  type TaxProviderName,
  type TaxQuestion,
  type TaxQuestionLine,
  type Told,
  type ToldAnswer,
  type ToldTax,
  taxProviderNames,
} from './tax-provider.ts';
export { TaxSchemeEnum } from './tax-registrations.resolver.ts';
export { askable, askedLines, questionHash } from './told-tax.ts';
export { watchOrganization, watchTaxIds } from './watch-tax-ids.ts';
