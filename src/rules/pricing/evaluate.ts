import { digitsOf } from '../currency.ts';
import { formatExact, parseExact } from '../decimal.ts';
import {
  add,
  compare,
  greater,
  multiply,
  type Rational,
  rational,
  reduce,
  roundToScale,
  smaller,
} from '../rational.ts';
import { commitmentTrueUp } from '../true-up.ts';
import type { ChangeFacts, ContributionFacts, Derivation, DerivationStep, StepFacts } from './derivation.ts';
import { quantityStepResult } from './quantity.ts';
import { toMinimum, withinMaximum } from './spend-limits.ts';
import { countBlocks, countPackages } from './whole-parts.ts';

const ZERO = rational(0n);

/** A percentage as the fraction it stands for. */
const percent = (text: string): Rational => {
  const rate = parseExact(text);
  return rational(rate.numerator, rate.denominator * 100n);
};

function eventsAmount(facts: Extract<StepFacts, { step: 'events' }>): Rational {
  const events = rational(BigInt(facts.events));
  switch (facts.treatment) {
    case 'free':
      return ZERO;
    case 'minimum':
    case 'maximum':
      return multiply(events, parseExact(facts.bound ?? ''));
    default:
      return add(
        multiply(parseExact(facts.charged), percent(facts.ratePercent)),
        multiply(events, parseExact(facts.fixedAmount)),
      );
  }
}

/** What a contribution comes to; a flat amount is its own fact. */
function contribution(facts: ContributionFacts & { readonly amount?: string }): Rational {
  switch (facts.step) {
    case 'flat':
      return parseExact(facts.amount ?? '');
    case 'per_unit':
      return multiply(parseExact(facts.unitAmount), parseExact(facts.quantity));
    case 'tier':
      return add(multiply(parseExact(facts.unitAmount), parseExact(facts.quantity)), parseExact(facts.flatAmount));
    case 'percentage_tier':
      return add(multiply(parseExact(facts.base), percent(facts.ratePercent)), parseExact(facts.flatAmount));
    case 'packages':
      return multiply(rational(countPackages(facts)), parseExact(facts.packageAmount));
    case 'events':
      return eventsAmount(facts);
    case 'supplied':
      return multiply(parseExact(facts.totalMinor), rational(1n, 10n ** BigInt(facts.digits)));
    case 'blocks':
      return multiply(rational(countBlocks(facts)), parseExact(facts.blockAmount));
    case 'commitment':
      return missingOf(facts);
    case 'bucket':
      return evaluateSteps(facts.steps);
  }
}

/** What is missing to a commitment: its share is rounded by itself, as the lines that count towards it are. */
function missingOf(facts: Extract<StepFacts, { step: 'commitment' }>): Rational {
  const minor = (text: string): bigint => roundToScale(parseExact(text), facts.digits);
  const committed = commitmentTrueUp(minor(facts.commitment), 0n, parseExact(facts.share));
  return rational(commitmentTrueUp(committed, minor(facts.billed)), 10n ** BigInt(facts.digits));
}

/** What a change makes of the amount reached so far. */
function change(facts: ChangeFacts, reached: Rational): Rational {
  switch (facts.step) {
    case 'multiply':
      return multiply(reached, parseExact(facts.factor));
    case 'prorate':
      return multiply(reached, parseExact(facts.share));
    case 'maximum':
      return withinMaximum(reached, parseExact(facts.maximum), parseExact(facts.previouslyBilled));
    case 'minimum':
      return toMinimum(reached, parseExact(facts.minimum), parseExact(facts.previouslyBilled));
    case 'round':
      return rational(roundToScale(reached, facts.digits, facts.mode), 10n ** BigInt(facts.digits));
    case 'credit': {
      const credited = facts.cap === null ? reached : greater(ZERO, smaller(reached, parseExact(facts.cap)));
      return { numerator: -credited.numerator, denominator: credited.denominator };
    }
    case 'adjust':
      return parseExact(facts.to);
  }
}

const CHANGES: Readonly<Record<ChangeFacts['step'], true>> = {
  multiply: true,
  prorate: true,
  maximum: true,
  minimum: true,
  round: true,
  credit: true,
  adjust: true,
};

const isChange = (facts: StepFacts): facts is ChangeFacts => Object.hasOwn(CHANGES, facts.step);

/** What a step comes to, and what is reached with it. RangeError for a figure that is none. */
function evaluateStep(facts: StepFacts, reached: Rational): { amount: Rational; reached: Rational } {
  if (isChange(facts)) {
    const amount = change(facts, reached);
    return { amount, reached: amount };
  }
  const amount = contribution(facts);
  return { amount, reached: reached.numerator === 0n ? amount : reduce(add(reached, amount)) };
}

/** What a row of steps comes to, from their facts alone. */
function evaluateSteps(steps: readonly DerivationStep[]): Rational {
  let reached = ZERO;
  for (const step of steps) reached = evaluateStep(step, reached).reached;
  return reached;
}

/**
 * The line's amount in minor units, computed again from the facts of a derivation alone: no step's own `amount` is read
 * (a flat amount is a fact). RangeError for a derivation that can not be read or does not end in a rounded amount.
 */
export function evaluateDerivation(derivation: Derivation): bigint {
  const exact = evaluateSteps(derivation.steps);
  const scaled = exact.numerator * 10n ** BigInt(digitsOf(derivation.currency));
  if (scaled % exact.denominator !== 0n) throw new RangeError('the derivation does not end in a rounded amount');
  return scaled / exact.denominator;
}

/**
 * Where a derivation says another figure than its own facts come to: paths such as `steps.1` or `quantitySteps.0`; none
 * if it agrees with itself. RangeError for a derivation that can not be read.
 */
export function contradictions(derivation: Derivation): string[] {
  const found = (derivation.quantitySteps ?? []).flatMap((step, index) =>
    compare(quantityStepResult(step), parseExact(step.result)) === 0 ? [] : [`quantitySteps.${index}`],
  );
  return [...found, ...contradictingSteps(derivation.steps, 'steps')];
}

function contradictingSteps(steps: readonly DerivationStep[], path: string): string[] {
  const found: string[] = [];
  let reached = ZERO;
  steps.forEach((step, index) => {
    if (step.step === 'bucket') found.push(...contradictingSteps(step.steps, `${path}.${index}.steps`));
    const evaluated = evaluateStep(step, reached);
    if (compare(evaluated.amount, parseExact(step.amount)) !== 0 || miscounts(step)) found.push(`${path}.${index}`);
    reached = evaluated.reached;
  });
  return found;
}

/** Whether a step states another number of packages or blocks than its quantity makes. */
function miscounts(step: DerivationStep): boolean {
  if (step.step === 'packages') return countPackages(step) !== BigInt(step.packages);
  return step.step === 'blocks' && countBlocks(step) !== BigInt(step.blocks);
}

/** Collects steps as they are taken: the figure of each comes from the facts that are written down, by `evaluateStep`. */
export class DerivationWriter {
  readonly steps: DerivationStep[] = [];
  #reached: Rational = ZERO;

  /** What is reached so far, exact, in major units. */
  get reached(): Rational {
    return this.#reached;
  }

  /** Adds a flat amount, given in major units. */
  flat(amount: string): void {
    this.#take({ step: 'flat', amount }, amount);
  }

  /** Takes a step; `shown` says how its figure is written where the shortest decimal is not wanted. */
  take(facts: Exclude<StepFacts, { step: 'flat' }>, shown?: (amount: Rational) => string): void {
    this.#take(facts, shown);
  }

  #take(facts: StepFacts & { readonly amount?: string }, shown?: string | ((amount: Rational) => string)): void {
    const { amount, reached } = evaluateStep(facts, this.#reached);
    this.#reached = reached;
    const text = typeof shown === 'string' ? shown : (shown ?? formatExact)(amount);
    this.steps.push({ ...facts, amount: text });
  }
}
