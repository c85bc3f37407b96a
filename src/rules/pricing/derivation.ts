import type { RoundingMode } from '../rational.ts';

/** What adds to an amount. Every figure is text, exact (`parseExact`), amounts in major units. */
export type ContributionFacts =
  | { readonly step: 'flat' }
  | { readonly step: 'per_unit'; readonly unitAmount: string; readonly quantity: string }
  | {
      readonly step: 'tier';
      /** Counted from 1. */
      readonly tier: number;
      readonly from: string;
      readonly upTo: string | null;
      readonly quantity: string;
      readonly unitAmount: string;
      readonly flatAmount: string;
    }
  | {
      readonly step: 'percentage_tier';
      readonly tier: number;
      readonly from: string;
      readonly upTo: string | null;
      readonly base: string;
      readonly ratePercent: string;
      readonly flatAmount: string;
    }
  | {
      readonly step: 'packages';
      readonly quantity: string;
      readonly alreadyBilled: string;
      readonly freeUnits: string;
      readonly packageSize: string;
      readonly packageAmount: string;
      readonly rounding: 'up' | 'down';
      readonly packages: string;
    }
  | {
      readonly step: 'events';
      /** How these events were priced: `minimum` and `maximum` cost their bound each. */
      readonly treatment: EventTreatment;
      readonly events: number;
      /** Sum of their amounts, and the part of it that is charged. */
      readonly base: string;
      readonly charged: string;
      readonly ratePercent: string;
      readonly fixedAmount: string;
      readonly bound: string | null;
    }
  | { readonly step: 'supplied'; readonly events: number; readonly totalMinor: string; readonly digits: number }
  | {
      readonly step: 'blocks';
      readonly tier: number;
      readonly quantity: string;
      readonly blockSize: string;
      readonly blocks: string;
      readonly blockAmount: string;
    }
  | {
      readonly step: 'commitment';
      /** What was committed to for the whole period, and the share of it that is billed. */
      readonly commitment: string;
      readonly mode: string;
      readonly share: string;
      readonly digits: number;
      /** What the period cost without it. */
      readonly billed: string;
    }
  | { readonly step: 'bucket'; readonly quantity: string; readonly steps: readonly DerivationStep[] };

export type EventTreatment = 'free' | 'partly_free' | 'rated' | 'minimum' | 'maximum';

/** What changes the amount reached so far. */
export type ChangeFacts =
  | { readonly step: 'multiply'; readonly factor: string }
  | { readonly step: 'prorate'; readonly mode: string; readonly share: string }
  | {
      readonly step: 'maximum';
      readonly maximum: string;
      readonly previouslyBilled: string;
      /** The line asks for what was paid for its time, as the change that began it is not settled. */
      readonly unsettled?: true;
    }
  | { readonly step: 'minimum'; readonly minimum: string; readonly previouslyBilled: string }
  | { readonly step: 'round'; readonly mode: RoundingMode; readonly currency: string; readonly digits: number }
  | { readonly step: 'credit'; readonly cap: string | null }
  | { readonly step: 'adjust'; readonly to: string };

/** The facts of a step, without what they come to. */
export type StepFacts = ContributionFacts | ChangeFacts;

/**
 * One step of how an amount came about: its facts and what they come to. Safe to store as JSON. The amount of a
 * contribution is its own part; the amount of a change is all that is reached with it.
 */
export type DerivationStep = StepFacts & { readonly amount: string };

/** How a metered quantity became the priced one. */
export type QuantityStep =
  | {
      readonly step: 'convert';
      readonly operation: 'multiply' | 'divide';
      readonly factor: string;
      readonly rounding: RoundingMode | 'none';
      readonly decimals: number;
      readonly quantity: string;
      readonly result: string;
    }
  | {
      readonly step: 'free_usage';
      readonly freeUnits: string;
      readonly usedBefore: string;
      readonly quantity: string;
      /** What is left to pay for. */
      readonly result: string;
    };

/**
 * How a line's amount came about, in major units of `currency`: contributions are added, and each change takes what is
 * reached so far. The last step's amount is the line's.
 */
export interface Derivation {
  readonly version: 1;
  readonly currency: string;
  readonly quantitySteps?: readonly QuantityStep[];
  readonly steps: readonly DerivationStep[];
}
