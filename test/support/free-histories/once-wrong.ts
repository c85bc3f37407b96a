import type { Step } from '../model/command.ts';

/** Histories that once went wrong, cut down to what is needed, with what was wrong; they are played with every run. */
export const onceWrong: readonly (readonly [what: string, steps: readonly Step[]])[] = [];
