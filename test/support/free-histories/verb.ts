import type { Arguments, Step } from '../model/command.ts';
import type { Random } from '../model/random.ts';
import type { Ground } from './ground.ts';

export type Outcome = 'done' | 'refused' | null;

/** Something that may happen in a free history. */
export interface Verb {
  verb: string;
  /** How often it is drawn, beside the others. */
  weight: number;
  draw(random: Random): Arguments;
  /** Does the step; null if there is nothing to do it to. */
  play(ground: Ground, step: Step): Promise<Outcome>;
}

export const day = 86_400_000;
export const iso = (at: number): string => new Date(at).toISOString();
export const euro = (amount: bigint | number) => ({ amountMinor: amount.toString(), currency: 'EUR' });
export const accountOf = (ground: Ground, step: Step): string =>
  ground.accountIds[Number(step.account) % ground.accountIds.length]!;
