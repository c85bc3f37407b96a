import type { Clock } from '../../src/platform/clock.ts';

/** A wall clock that stands until a test moves it, and never backwards. */
export class FakeClock implements Clock {
  #milliseconds: number;

  constructor(start: string) {
    this.#milliseconds = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#milliseconds);
  }

  /** Moves to an instant (RFC 3339). */
  set(instant: string | Date): void {
    const wanted = instant instanceof Date ? instant.getTime() : Date.parse(instant);
    if (!(wanted >= this.#milliseconds)) throw new Error('the clock goes forward only');
    this.#milliseconds = wanted;
  }

  /** Moves on by exact units of time; days are 24 hours. */
  advance(by: { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number }): void {
    const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = by;
    this.set(
      new Date(this.#milliseconds + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds),
    );
  }
}
