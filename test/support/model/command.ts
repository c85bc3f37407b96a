import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** What a step says beside its verb: plain values, so that a history can be printed, cut and replayed. */
export type Arguments = Record<string, string | number | boolean | null>;
export type Step = { verb: string } & Arguments;

export interface Command {
  verb: string;
  /** How often it is drawn, beside the others. */
  weight: number;
  draw(random: Random): Arguments;
  /** Does the step to the model and to the product; null if there is nothing to do it to. */
  play(stage: Stage, step: Step): Promise<'done' | 'refused' | null>;
}

/**
 * What a step chooses: a place in a list that is not known when it is drawn. Four of five times the list is of what suits the
 * step; else it is everything, so that refusals are tried, too.
 */
export function drawChoice(random: Random): Arguments {
  return { which: random.between(0, 999), any: random.chance(0.2) };
}

export function choose<T>(step: Step, list: readonly T[], suits: (one: T) => boolean): T | undefined {
  const suitable = list.filter(suits);
  const from = step.any || suitable.length === 0 ? (step.any ? list : []) : suitable;
  return from[Number(step.which) % Math.max(1, from.length)];
}
