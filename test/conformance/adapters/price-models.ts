import type { PercentageTier, QuantityModel, UnitTier } from '../../../src/rules/pricing.ts';
import { type JsonObject, objects, optionalText, text } from '../adapter.ts';

const upTo = (tier: JsonObject): string | null => optionalText(tier, 'up_to') ?? null;

/** The tiers of a case by unit price. */
export function unitTiers(inputs: JsonObject): UnitTier[] {
  return objects(inputs, 'tiers').map((tier) => ({
    upTo: upTo(tier),
    unitAmount: text(tier, 'unit_amount'),
    flatAmount: optionalText(tier, 'flat_amount'),
  }));
}

/** The tiers of a case by rate in percent. */
export function percentageTiers(inputs: JsonObject): PercentageTier[] {
  return objects(inputs, 'tiers').map((tier) => ({
    upTo: upTo(tier),
    ratePercent: text(tier, 'rate_percent'),
    flatAmount: optionalText(tier, 'flat_amount'),
  }));
}

/** The package price of a case. */
export function packageModel(inputs: JsonObject) {
  const rounding = optionalText(inputs, 'rounding') ?? 'up';
  if (rounding !== 'up' && rounding !== 'down') throw new TypeError(`rounding ${rounding} is unknown`);
  return {
    kind: 'package',
    packageSize: text(inputs, 'package_size'),
    packageAmount: text(inputs, 'package_amount'),
    freeUnits: optionalText(inputs, 'free_units') ?? '0',
    rounding,
  } as const;
}

function blocksModel(inputs: JsonObject): QuantityModel {
  const mode = text(inputs, 'mode');
  if (mode !== 'graduated' && mode !== 'volume') throw new TypeError(`mode ${mode} is unknown`);
  const tiers = objects(inputs, 'tiers').map((tier) => ({
    blockSize: text(tier, 'block_size'),
    maxBlocks: optionalText(tier, 'max_blocks') ?? null,
    blockAmount: text(tier, 'block_amount'),
  }));
  return { kind: 'tiered_blocks', mode, tiers };
}

/** The model that a case names by `type`. */
export function priceModel(inputs: JsonObject): QuantityModel {
  const type = text(inputs, 'type');
  switch (type) {
    case 'standard':
    case 'per_unit':
      return { kind: 'per_unit', unitAmount: text(inputs, 'unit_amount') };
    case 'graduated':
    case 'volume':
      return { kind: type, tiers: unitTiers(inputs) };
    case 'graduated_percentage':
      return { kind: type, tiers: percentageTiers(inputs) };
    case 'package':
      return packageModel(inputs);
    case 'tiered_blocks':
      return blocksModel(inputs);
    default:
      throw new TypeError(`model ${type} is unknown`);
  }
}
