import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Step } from '../support/model/command.ts';
import { BrokenHistory, type Course, commands, play, shrink, stepsOf } from '../support/model/history.ts';
import { Inspector } from '../support/model/inspector.ts';
import { testWorld, type World } from '../support/world.ts';

/**
 * Random histories against PostgreSQL and a model that was written apart from the product: after every step the two agree
 * on every invoice, line, balance, billed time and status, and the rules of the books hold.
 *
 * A failure names its seed and the few steps that are left of it. To play it again:
 *   PERENNIAL_HISTORY=<seed>, =<first>..<last> or PERENNIAL_HISTORY='[{"verb":…},…]' npm run jest -- dist/test/scenarios/random-histories
 */
const nightly = process.env.PERENNIAL_PROFILE === 'nightly';
const asked = process.env.PERENNIAL_HISTORY;
const length = 40;
const seeds = nightly ? Array.from({ length: 300 }, (_, index) => 1_000 + index) : [1, 2, 3, 4];
const shrinkTries = 60;

const histories: [name: string, steps: readonly Step[]][] = asked?.startsWith('[')
  ? [['as given', JSON.parse(asked) as Step[]]]
  : (asked ? rangeOf(asked) : seeds).map((seed) => [`seed ${seed}`, stepsOf(seed, length)]);

/** `7`, or `7..20`. */
function rangeOf(text: string): number[] {
  const [first, last = first] = text.split('..').map(Number);
  return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
}

let world: World;
let inspector: Inspector;
const courses: Course[] = [];

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-30T10:00:00Z' });
  inspector = await Inspector.open(world);
});

afterAll(async () => {
  await inspector.close();
  await world.close();
});

describe('a random history', () => {
  it.each(histories)(
    '%s: model, books and rules agree after every step',
    async (name, steps) => {
      try {
        courses.push(await play(world, inspector, steps));
      } catch (error) {
        if (!(error instanceof BrokenHistory)) throw error;
        const least = await shrink(world, inspector, error, shrinkTries);
        throw new Error(`${name}: ${error.message}\n\nleast steps, ${least.message}\n\n${JSON.stringify(least.steps)}`);
      }
    },
    nightly ? 600_000 : 120_000,
  );

  it('has tried every verb, mostly with success, and been refused at times', () => {
    if (asked) return;
    const verbs = new Set(courses.flatMap((course) => Object.keys(course.verbs)));
    expect([...verbs].sort()).toEqual(commands.map(({ verb }) => verb).sort());
    const sum = (of: (course: Course) => number) => courses.reduce((total, course) => total + of(course), 0);
    expect(sum(({ refused }) => refused)).toBeGreaterThan(0);
    expect(sum(({ done }) => done)).toBeGreaterThan(3 * sum(({ refused }) => refused));
  });
});
