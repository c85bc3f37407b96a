import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Step } from '../support/model/command.ts';
import { BrokenHistory, type Course, commands, play, shrink, stepsOf } from '../support/model/history.ts';
import { Inspector } from '../support/model/inspector.ts';
import { onceWrong } from '../support/model/once-wrong.ts';
import { testWorld, type World } from '../support/world.ts';

/**
 * Random histories against PostgreSQL and a model that was written apart from the product: after every step the two agree
 * on every invoice, line, balance, billed time and status, and the rules of the books hold.
 *
 * A failure names its seed and the few steps that are left of it. To play it again:
 *   PERENNIAL_HISTORY=<seed> (or <first>..<last>, or '[{"verb":…},…]') \
 *     npm run jest -- dist/test/scenarios/random-histories
 */
const nightly = process.env.PERENNIAL_PROFILE === 'nightly';
const asked = process.env.PERENNIAL_HISTORY;
const length = nightly ? 60 : 32;
const seeds = nightly ? Array.from({ length: 300 }, (_, index) => 1_000 + index) : [1, 2, 3, 4];
const shrinkTries = 60;

type History = readonly [name: string, steps: readonly Step[]];

const seeded = (list: readonly number[]): History[] => list.map((seed) => [`seed ${seed}`, stepsOf(seed, length)]);

function historiesToPlay(): readonly History[] {
  if (asked === undefined) return [...onceWrong, ...seeded(seeds)];
  return asked.startsWith('[') ? [['as given', JSON.parse(asked) as Step[]]] : seeded(rangeOf(asked));
}

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
  it.each(historiesToPlay())(
    '%s: model, books and rules agree after every step',
    async (name, steps) => {
      try {
        const course = await play(world, inspector, steps);
        if (asked) console.info(JSON.stringify(course));
        courses.push(course);
      } catch (error) {
        if (!(error instanceof BrokenHistory)) throw error;
        const least = await shrink(world, inspector, error, shrinkTries);
        throw new Error(`${name}: ${error.message}\n\nleast steps, ${least.message}\n\n${JSON.stringify(least.steps)}`);
      }
    },
    nightly ? 600_000 : 120_000,
  );

  it('has tried nearly every verb, mostly with success, and been refused at times', () => {
    if (asked) return;
    const verbs = new Set(courses.flatMap((course) => Object.keys(course.verbs)));
    const never = commands.map(({ verb }) => verb).filter((verb) => !verbs.has(verb));
    expect(never.length).toBeLessThan(3);
    const sum = (of: (course: Course) => number) => courses.reduce((total, course) => total + of(course), 0);
    expect(sum(({ refused }) => refused)).toBeGreaterThan(0);
    expect(sum(({ done }) => done)).toBeGreaterThan(3 * sum(({ refused }) => refused));
  });
});
