import type { World } from '../world.ts';
import type { Command, Step } from './command.ts';
import { change } from './commands/changing.ts';
import { grant, note, voidNote, withdraw } from './commands/crediting.ts';
import { applyCoupon, removeDiscount } from './commands/discounting.ts';
import { addCharge, cancelCharge, invoice, pay, voidInvoice, writeOff } from './commands/owing.ts';
import { cancel, create, undoCancel, update } from './commands/subscribing.ts';
import { advance, foresee } from './commands/time.ts';
import type { Inspector } from './inspector.ts';
import { adoptDiscounts } from './pairs.ts';
import { Random } from './random.ts';
import { bookedSight, expectedSight } from './seen.ts';
import { Disagreement, Stage } from './stage.ts';

/** All that may happen in a history; a new verb of the product is a new line here. */
export const commands: readonly Command[] = [
  create,
  cancel,
  undoCancel,
  update,
  change,
  addCharge,
  cancelCharge,
  invoice,
  voidInvoice,
  writeOff,
  pay,
  note,
  voidNote,
  grant,
  withdraw,
  applyCoupon,
  removeDiscount,
  advance,
  foresee,
];

/**
 * The steps of a seed: some subscriptions, then by turns any verb by its weight and the next of the row, so that a few seeds
 * come to all of them.
 */
export function stepsOf(seed: number, length: number): Step[] {
  const random = new Random(seed);
  const drawn = commands.flatMap((command) => Array.from({ length: command.weight }, () => command));
  return Array.from({ length }, (_, index) => {
    const inTurn = commands[(seed * length + index) % commands.length]!;
    const command = index < 3 ? create : index % 3 === 0 ? inTurn : random.one(drawn);
    return { ...command.draw(random), verb: command.verb } as Step;
  });
}

/** How a history went: how many steps did what they were to, were refused, or had nothing to be done to. */
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

/** Plays steps in an organization of their own and looks at everything after each of them. BrokenHistory where it is wrong. */
export async function play(world: World, inspector: Inspector, steps: readonly Step[]): Promise<Course> {
  const stage = await Stage.open(world, inspector);
  const course: Course = { done: 0, refused: 0, idle: 0, verbs: {} };
  const names = new Map([...stage.accountIds].map(([account, id]) => [id, account.name]));
  for (const [index, step] of steps.entries()) {
    try {
      const outcome = await commands.find(({ verb }) => verb === step.verb)!.play(stage, step);
      course[outcome ?? 'idle'] += 1;
      if (outcome === null) continue;
      course.verbs[step.verb] = (course.verbs[step.verb] ?? 0) + 1;
      await look(stage, outcome, names);
    } catch (error) {
      if (error instanceof Disagreement) throw new BrokenHistory(steps.slice(0, index + 1), error.message);
      throw new BrokenHistory(steps.slice(0, index + 1), (error as Error).stack ?? String(error));
    }
  }
  return course;
}

async function look(stage: Stage, outcome: 'done' | 'refused', names: ReadonlyMap<string, string>): Promise<void> {
  const { inspector, organization, model } = stage;
  if (outcome === 'refused' && (await inspector.digest(organization.id)) !== stage.digest) {
    throw new Disagreement('it was refused, and yet something was written');
  }
  await stage.settled();
  await adoptDiscounts(stage);
  const expected = expectedSight(model);
  const booked = await bookedSight(inspector, organization.id, names);
  const different = differences('', expected, booked);
  if (different.length > 0) throw new Disagreement(`model and books differ:\n  ${different.join('\n  ')}`);
  const broken = await inspector.brokenRules(organization.id);
  if (broken.length > 0) throw new Disagreement(`the books do not add up:\n  ${broken.join('\n  ')}`);
}

function differences(path: string, expected: unknown, booked: unknown): string[] {
  if (typeof expected !== 'object' || typeof booked !== 'object' || expected === null || booked === null) {
    return expected === booked ? [] : [`${path}: expected ${String(expected)}, found ${String(booked)}`];
  }
  const [left, right] = [expected, booked] as Record<string, unknown>[];
  const keys = new Set([...Object.keys(left!), ...Object.keys(right!)]);
  return [...keys].flatMap((key) => differences(path ? `${path}.${key}` : key, left![key], right![key]));
}

/** Leaves out steps as long as it goes wrong without them, for so many tries. */
export async function shrink(
  world: World,
  inspector: Inspector,
  broken: BrokenHistory,
  tries: number,
): Promise<BrokenHistory> {
  let best = broken;
  let left = tries;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = best.steps.length - 1 - size; from > -size && left > 0; from -= size) {
      const kept = best.steps.filter((_, index) => index < from || index >= from + size);
      if (kept.length === best.steps.length) continue;
      left -= 1;
      const failed = await play(world, inspector, kept).then(
        () => null,
        (error: unknown) => (error instanceof BrokenHistory ? error : null),
      );
      if (failed) best = failed;
    }
  }
  return best;
}
