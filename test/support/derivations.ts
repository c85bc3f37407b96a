import type { Derivation, DerivationStep, QuantityStep } from '../../src/rules/pricing.ts';

/** A derivation as the API answers `derivationFields`. */
export interface ShownDerivation {
  currency: string;
  quantitySteps: ({ __typename: string } & Record<string, unknown>)[];
  steps: ({ __typename: string } & Record<string, unknown>)[];
}

/** All that the API says of how an amount came about. */
export const derivationFields = `currency planVersion { id version plan { name } }
  quantitySteps { __typename quantity result ... on ConversionStep { operation factor rounding decimals } ... on FreeUnitsStep { freeUnits usedBefore } }
  steps { __typename amount
    ... on PerUnitStep { unitAmount quantity } ... on TierStep { tier from upTo quantity unitAmount flatAmount }
    ... on PercentageTierStep { tier from upTo base ratePercent flatAmount }
    ... on PackagesStep { quantity alreadyBilled freeUnits packageSize packageAmount rounding packages }
    ... on EventsStep { treatment events base charged ratePercent fixedAmount bound }
    ... on SuppliedStep { events totalMinor digits } ... on MultiplyStep { factor } ... on ProrateStep { mode share }
    ... on CommitmentStep { commitment mode share digits billed }
    ... on MaximumStep { maximum previouslyBilled } ... on MinimumStep { minimum previouslyBilled }
    ... on RoundStep { rounding currency digits } ... on CreditStep { cap } }`;

const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);
const snake = (name: string) => name.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

/** What the API said, in the words of the rules again, so that they can compute the amount from it alone. */
export function derivationOf(shown: ShownDerivation): Derivation {
  const quantitySteps = shown.quantitySteps.map(({ __typename, rounding, ...facts }) => {
    if (__typename === 'FreeUnitsStep') return { step: 'free_usage', ...facts };
    return { step: 'convert', ...facts, rounding: lower(rounding ?? 'none') };
  });
  const steps = shown.steps.map(({ __typename, rounding, treatment, ...facts }) => ({
    step: snake(__typename.replace(/Step$/, '')),
    ...facts,
    ...(treatment === undefined ? {} : { treatment: lower(treatment) }),
    ...(rounding === undefined ? {} : { [__typename === 'RoundStep' ? 'mode' : 'rounding']: lower(rounding) }),
  }));
  return {
    version: 1,
    currency: shown.currency,
    quantitySteps: quantitySteps as unknown as QuantityStep[],
    steps: steps as unknown as DerivationStep[],
  };
}
