import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createCoupon } from '../../src/selling/coupons/index.ts';
import { checkBooks } from '../support/checks.ts';
import { Broken, furnish, play, type Scene, type Step, shrink } from '../support/day-histories/day-play.ts';
import { onceWrong } from '../support/day-histories/once-wrong.ts';
import { Random } from '../support/model/random.ts';
import { testWorld, type World } from '../support/world.ts';

/**
 * Histories of one subscription by days: changes settled in every way, pauses, ends, and what of it is taken back, in any order. A model
 * that counts days says after every step what it has come to: no time is billed twice, none is missing, none is given back twice.
 *
 * A failure names its seed and the few steps that are left of it. To play it again:
 *   PERENNIAL_DAY_HISTORY=<seed> (or <first>..<last>, or '[{"verb":…},…]') \
 *     npm run jest -- dist/test/scenarios/day-histories
 */
const nightly = process.env.PERENNIAL_PROFILE === 'nightly';
const asked = process.env.PERENNIAL_DAY_HISTORY;
const seeds = nightly ? Array.from({ length: 400 }, (_, index) => 1_000 + index) : [1, 2, 3, 4, 5, 6];
const length = 30;
const shrinkTries = 40;

type History = readonly [name: string, source: Parameters<typeof play>[1]];

const seeded = (list: readonly number[]): History[] =>
  list.map((seed) => [`seed ${seed}`, { random: new Random(seed), length }]);

function historiesToPlay(): readonly History[] {
  if (asked === undefined) {
    return [...onceWrong.map(([what, steps]): History => [what, { steps }]), ...seeded(seeds)];
  }
  if (asked.startsWith('[')) return [['as given', { steps: JSON.parse(asked) as Step[] }]];
  const [first, last = first] = asked.split('..').map(Number);
  return seeded(Array.from({ length: last! - first! + 1 }, (_, index) => first! + index));
}

let world: World;
let scene: Scene;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  const organization = await world.organization();
  const coupon = await organization.transact((work) =>
    createCoupon(work, { name: 'Half', off: { percent: '50' }, frequency: 'forever', oncePerAccount: false }),
  );
  scene = { world, organization, plans: await furnish(organization), couponId: coupon.id };
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

describe('a history by days', () => {
  it.each(historiesToPlay())('%s: what is paid is the price of the time', async (name, source) => {
    try {
      await play(scene, source);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const least = await shrink(scene, error, shrinkTries);
      throw new Error(`${name}: ${error.message}\n\nleast steps, ${least.message}\n\n${JSON.stringify(least.steps)}`);
    }
  });
});
