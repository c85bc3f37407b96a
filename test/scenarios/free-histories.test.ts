import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { onceWrong } from '../support/free-histories/once-wrong.ts';
import {
  BrokenHistory,
  type Course,
  play,
  shrink,
  stepsOf,
  type Theater,
  verbs,
} from '../support/free-histories/play.ts';
import type { Step } from '../support/model/command.ts';
import { Inspector } from '../support/model/inspector.ts';
import { testWorld } from '../support/world.ts';

/**
 * Free histories: any verb of the product in any order, with cards that fail and settings that change, judged by what must
 * always hold: the rules of the books, previews equal to what is done, nothing written where something was refused, nobody
 * stuck. What each amount has to be is said by the model of `random-histories`, which knows fewer verbs.
 *
 * A failure names its seed and the few steps that are left of it. To play it again:
 *   PERENNIAL_FREE_HISTORY=<seed> (or <first>..<last>, or '[{"verb":…},…]') \
 *     npm run jest -- dist/test/scenarios/free-histories
 */
const nightly = process.env.PERENNIAL_PROFILE === 'nightly';
const asked = process.env.PERENNIAL_FREE_HISTORY;
const length = nightly ? 70 : 30;
const seeds = nightly ? Array.from({ length: 300 }, (_, index) => 1_000 + index) : [1, 2, 3];
const shrinkTries = 40;

type History = readonly [name: string, steps: readonly Step[]];

const seeded = (list: readonly number[]): History[] => list.map((seed) => [`seed ${seed}`, stepsOf(seed, length)]);

function historiesToPlay(): readonly History[] {
  if (asked === undefined) return [...onceWrong, ...seeded(seeds)];
  if (asked.startsWith('[')) return [['as given', JSON.parse(asked) as Step[]]];
  const [first, last = first] = asked.split('..').map(Number);
  return seeded(Array.from({ length: last! - first! + 1 }, (_, index) => first! + index));
}

let theater: Theater;
const courses: Course[] = [];

beforeAll(async () => {
  const complaints: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => complaints.push(line) });
  const world = await testWorld({ start: '2026-01-30T10:00:00Z', log });
  theater = { world, inspector: await Inspector.open(world), complaints };
});

afterAll(async () => {
  await theater.inspector.close();
  await theater.world.close();
});

describe('a free history', () => {
  it.each(historiesToPlay())(
    '%s: books, previews and laws hold after every step',
    async (name, steps) => {
      try {
        const course = await play(theater, steps);
        if (asked) console.info(JSON.stringify(course));
        courses.push(course);
      } catch (error) {
        if (!(error instanceof BrokenHistory)) throw error;
        if (asked || nightly) console.error(`${name}: ${error.message}\n${JSON.stringify(error.steps)}`);
        const least = await shrink(theater, error, shrinkTries);
        throw new Error(`${name}: ${error.message}\n\nleast steps, ${least.message}\n\n${JSON.stringify(least.steps)}`);
      }
    },
    asked || nightly ? 900_000 : 120_000,
  );

  it('has done most verbs, and been refused at times', () => {
    if (asked) return;
    const done = new Set(courses.flatMap((course) => Object.keys(course.verbs)));
    const never = verbs.map(({ verb }) => verb).filter((verb) => !done.has(verb));
    expect(never.length).toBeLessThan(verbs.length / 2);
    if (nightly) expect(never).toEqual([]);
    expect(courses.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(0);
  });
});
