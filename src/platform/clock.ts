/** Where the wall clock is read, and nowhere else. Tests bring their own. */
export interface Clock {
  /** The wall-clock instant, to the millisecond. */
  now(): Date;
}

export const wallClock: Clock = { now: () => new Date() };
