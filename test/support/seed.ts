import { randomInt } from 'node:crypto';

const given = process.env.PERENNIAL_SEED;

/**
 * The seed of generated cases: the same in every run, so that what makes a test fail is a change, and another one each night, so
 * that new cases are met. `PERENNIAL_SEED` repeats one.
 */
export const seed: number = given
  ? Number(given)
  : process.env.PERENNIAL_PROFILE === 'nightly'
    ? randomInt(2 ** 31)
    : 20_260_101;
