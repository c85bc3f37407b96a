import { formatExact, parseScaled } from '../decimal.ts';
import { rational } from '../rational.ts';
import type { EventTreatment } from './derivation.ts';
import type { DerivationWriter } from './evaluate.ts';
import type { PercentageModel } from './model.ts';

/** All amounts and the rate as integers of this many decimals: they add up without fractions growing. */
const DECIMALS = 12;
const AMOUNT_SCALE = 10n ** 12n;
/** An amount times a rate in percent has the decimals of both, and two more. */
const COST_SCALE = 10n ** 26n;

interface Terms {
  readonly rate: bigint;
  readonly fixed: bigint;
  readonly freeEvents: number | null;
  readonly freeAmount: bigint | null;
  readonly minimum: bigint | null;
  readonly maximum: bigint | null;
}

interface Group {
  events: number;
  base: bigint;
  charged: bigint;
}

const scaled = (text: string | undefined): bigint | null => (text === undefined ? null : parseScaled(text, DECIMALS));

const shown = (amount: bigint): string => formatExact(rational(amount, AMOUNT_SCALE));

function termsOf(model: PercentageModel): Terms {
  return {
    rate: parseScaled(model.ratePercent, DECIMALS),
    fixed: scaled(model.fixedAmount) ?? 0n,
    freeEvents: model.freeEvents ?? null,
    freeAmount: scaled(model.freeAmount),
    minimum: scaled(model.perTransactionMinimum),
    maximum: scaled(model.perTransactionMaximum),
  };
}

/**
 * What of an event is charged, given how many and how much came before it. Free while every limit that is set still
 * holds; the event that crosses the free amount is charged on the excess.
 */
function chargedPart(terms: Terms, ordinal: number, before: bigint, amount: bigint): bigint | 'free' {
  const { freeEvents, freeAmount } = terms;
  if (freeEvents === null && freeAmount === null) return amount;
  if (freeEvents !== null && ordinal > freeEvents) return amount;
  if (freeAmount === null || before + amount <= freeAmount) return 'free';
  return before < freeAmount ? before + amount - freeAmount : amount;
}

/** How a charged event is priced: by its rate, or by the bound it meets. The minimum spares an event that is partly free. */
function treatmentOf(terms: Terms, charged: bigint, isPartlyFree: boolean): EventTreatment {
  const cost = charged * terms.rate + terms.fixed * (COST_SCALE / AMOUNT_SCALE);
  const atScale = (bound: bigint): bigint => bound * (COST_SCALE / AMOUNT_SCALE);
  if (terms.maximum !== null && cost > atScale(terms.maximum)) return 'maximum';
  if (isPartlyFree) return 'partly_free';
  return terms.minimum !== null && cost < atScale(terms.minimum) ? 'minimum' : 'rated';
}

/**
 * Prices events in their order: amount × rate + a fixed part each, bounded each, after free events and a free amount. Events
 * of one treatment are one step, so a derivation stays short however many there are. `events` are decimals in major units.
 * RangeError for a negative amount or a bad decimal. Source: corpus, `price.percentage`
 * (`no_minimum_on_event_already_partly_free_total`).
 */
export function pricePercentage(writer: DerivationWriter, model: PercentageModel, events: readonly string[]): void {
  const terms = termsOf(model);
  const groups = new Map<EventTreatment, Group>();
  let total = 0n;
  for (const [index, text] of events.entries()) {
    const amount = parseScaled(text, DECIMALS);
    if (amount < 0n) throw new RangeError('the amount of an event is not negative');
    const part = chargedPart(terms, index + 1, total, amount);
    const charged = part === 'free' ? 0n : part;
    const treatment = part === 'free' ? 'free' : treatmentOf(terms, charged, charged < amount);
    total += amount;
    const group = groups.get(treatment) ?? { events: 0, base: 0n, charged: 0n };
    groups.set(treatment, {
      events: group.events + 1,
      base: group.base + amount,
      charged: group.charged + charged,
    });
  }
  for (const [treatment, group] of groups) {
    writer.take({
      step: 'events',
      treatment,
      events: group.events,
      base: shown(group.base),
      charged: shown(group.charged),
      ratePercent: model.ratePercent,
      fixedAmount: model.fixedAmount ?? '0',
      bound: boundOf(model, treatment),
    });
  }
}

function boundOf(model: PercentageModel, treatment: EventTreatment): string | null {
  if (treatment === 'minimum') return model.perTransactionMinimum ?? null;
  return treatment === 'maximum' ? (model.perTransactionMaximum ?? null) : null;
}

/**
 * Adds up amounts that came with the events, decimals in minor units that may be fractional, and multiplies them.
 * RangeError for a bad decimal. Source: corpus, `price.dynamic` and `price.dynamic_multiplier`.
 */
export function priceSupplied(
  writer: DerivationWriter,
  suppliedMinor: readonly string[],
  digits: number,
  multiplier: string | undefined,
): void {
  let total = 0n;
  for (const text of suppliedMinor) total += parseScaled(text, DECIMALS);
  writer.take({ step: 'supplied', events: suppliedMinor.length, totalMinor: shown(total), digits });
  if (multiplier !== undefined) writer.take({ step: 'multiply', factor: multiplier });
}
