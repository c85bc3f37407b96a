import type { Step } from '../model/command.ts';
import type { Inspector } from '../model/inspector.ts';
import { Random } from '../model/random.ts';
import type { World } from '../world.ts';
import { type Complaints, Disagreement, Ground } from './ground.ts';
import { checkLaws } from './laws.ts';
import { retell } from './retell.ts';
import type { Verb } from './verb.ts';
import * as billing from './verbs/billing.ts';
import * as money from './verbs/money.ts';
import * as subscriptions from './verbs/subscriptions.ts';
import * as around from './verbs/world.ts';

/** All that may happen in a free history; a new verb of the product is a new line in one of these files. */
export const verbs: readonly Verb[] = [subscriptions, billing, money, around].flatMap((one): Verb[] =>
  Object.values(one),
);

/** The steps of a seed: some subscriptions, then by turns any verb by its weight and the next of the row. */
export function stepsOf(seed: number, length: number): Step[] {
  const random = new Random(seed * 7_919);
  const drawn = verbs.flatMap((verb) => Array.from({ length: verb.weight }, () => verb));
  return Array.from({ length }, (_, index) => {
    const inTurn = verbs[Math.floor((seed * length + index) / 2) % verbs.length]!;
    const verb = index < 4 ? subscriptions.create : index % 2 === 0 ? inTurn : random.one(drawn);
    return { ...verb.draw(random), verb: verb.verb } as Step;
  });
}

export interface Course {
  done: number;
  refused: number;
  idle: number;
  verbs: Record<string, number>;
}

/** A history that went wrong, and where. */
export class BrokenHistory extends Error {
  readonly steps: readonly Step[];

  constructor(steps: readonly Step[], reason: string) {
    super(`after step ${steps.length}, ${JSON.stringify(steps.at(-1))}:\n${reason}`);
    this.steps = steps;
  }
}

/** Where free histories are played. */
export interface Theater {
  world: World;
  inspector: Inspector;
  complaints: Complaints;
}

/** Plays steps in an organization of their own and looks at everything after each of them. BrokenHistory where it is wrong. */
export async function play({ world, inspector, complaints }: Theater, steps: readonly Step[]): Promise<Course> {
  const ground = await Ground.open(world, inspector, complaints);
  const course: Course = { done: 0, refused: 0, idle: 0, verbs: {} };
  for (const [index, step] of steps.entries()) {
    try {
      const outcome = await verbs.find(({ verb }) => verb === step.verb)!.play(ground, step);
      course[outcome ?? 'idle'] += 1;
      if (outcome === null) continue;
      if (outcome === 'done') course.verbs[step.verb] = (course.verbs[step.verb] ?? 0) + 1;
      if (outcome === 'refused' && (await inspector.digest(ground.organization.id)) !== ground.digest) {
        throw new Disagreement('it was refused, and yet something was written');
      }
      await ground.settled();
      await checkLaws(ground);
    } catch (error) {
      const reason = error instanceof Disagreement ? error.message : ((error as Error).stack ?? String(error));
      const told = await retell(ground);
      await leaveBehind(ground);
      throw new BrokenHistory(steps.slice(0, index + 1), `${reason}\n${told}`);
    }
  }
  return course;
}

/** A clock that stands still in the middle of its way would stop the histories after this one, too. */
async function leaveBehind(ground: Ground): Promise<void> {
  await ground.rows('leave', `update test_clocks set status = 'ready', target_at = null where organization_id = $1`);
}

/** Leaves out steps as long as it goes wrong without them, for so many tries. */
export async function shrink(theater: Theater, broken: BrokenHistory, tries: number): Promise<BrokenHistory> {
  let best = broken;
  let left = tries;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = best.steps.length - 1 - size; from > -size && left > 0; from -= size) {
      const kept = best.steps.filter((_, index) => index < from || index >= from + size);
      if (kept.length === best.steps.length) continue;
      left -= 1;
      const failed = await play(theater, kept).then(
        () => null,
        (error: unknown) => (error instanceof BrokenHistory ? error : null),
      );
      if (failed) best = failed;
    }
  }
  return best;
}
