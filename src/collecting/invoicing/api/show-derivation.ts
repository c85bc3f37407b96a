import type * as rules from '../../../rules/pricing.ts';
import { discountStepsOf, type LineDerivation } from '../lines/line-derivation.ts';
import * as shown from './derivation.graphql.ts';
import { toDiscountStep } from './derivation-discounts.graphql.ts';
import * as steps from './derivation-steps.graphql.ts';
import { TaxReason, toTaxSteps } from './derivation-taxes.graphql.ts';

/** The class of the API for each step of the rules: a step of a later rule does not compile until it has one. */
const stepTypes: Readonly<Record<rules.DerivationStep['step'], new () => steps.DerivationStep>> = {
  flat: steps.FlatStep,
  per_unit: steps.PerUnitStep,
  tier: steps.TierStep,
  percentage_tier: steps.PercentageTierStep,
  packages: steps.PackagesStep,
  events: steps.EventsStep,
  supplied: steps.SuppliedStep,
  blocks: steps.BlocksStep,
  commitment: steps.CommitmentStep,
  bucket: steps.BucketStep,
  multiply: steps.MultiplyStep,
  prorate: steps.ProrateStep,
  maximum: steps.MaximumStep,
  minimum: steps.MinimumStep,
  round: steps.RoundStep,
  credit: steps.CreditStep,
  adjust: steps.AdjustStep,
};

/** What a line keeps of how it came about. */
interface Explained {
  currency: string;
  derivation: unknown;
  /** Its tax by rate (`LineTaxShare[]`). */
  taxes: unknown;
}

/** The API's view of how a line came about, as the code that computed it wrote it down. */
export function toDerivation(
  { currency, derivation, taxes }: Explained,
  of: Pick<shown.Derivation, 'priceUuid' | 'subscriptionItemUuid'>,
): shown.Derivation {
  const written = (derivation ?? {}) as LineDerivation;
  return Object.assign(new shown.Derivation(), {
    ...of,
    currency,
    quantitySteps: (written.quantitySteps ?? []).map(toQuantityStep),
    steps: toSteps(written.steps ?? []),
    discountSteps: discountStepsOf(written).map(toDiscountStep),
    taxReason: written.tax ? Object.assign(new TaxReason(), written.tax) : null,
    taxSteps: toTaxSteps(taxes, currency),
  });
}

function toSteps(stored: readonly rules.DerivationStep[]): steps.DerivationStep[] {
  return stored.map(({ step, ...facts }) => {
    const made = Object.assign(new stepTypes[step](), facts);
    if ('steps' in facts) return Object.assign(made, { steps: toSteps(facts.steps) });
    return step === 'round' && 'mode' in facts ? Object.assign(made, { rounding: facts.mode }) : made;
  });
}

function toQuantityStep({ step, ...facts }: rules.QuantityStep): shown.QuantityStep {
  if (step === 'free_usage') return Object.assign(new shown.FreeUnitsStep(), facts);
  const exact = 'rounding' in facts && facts.rounding === 'none';
  return Object.assign(new shown.ConversionStep(), facts, exact ? { rounding: null } : {});
}
