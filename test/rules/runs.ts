/**
 * How often a property is tried: a million times in the nightly profile, else a number that stays in milliseconds; `PERENNIAL_RUNS`
 * says another.
 */
export function runs(usual = 1_000): { readonly numRuns: number } {
  const { PERENNIAL_RUNS: given, PERENNIAL_PROFILE: profile } = process.env;
  return { numRuns: given ? Number(given) : profile === 'nightly' ? 1_000_000 : usual };
}

/** A property over a million runs takes minutes, not seconds. */
export const LONG = process.env.PERENNIAL_PROFILE === 'nightly' ? 3_600_000 : 60_000;
