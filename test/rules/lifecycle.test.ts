import { describe, expect, test } from '@jest/globals';
import { isFinal, type LifecycleTable, moves, next } from '../../src/rules/lifecycle.ts';

type Status = 'draft' | 'open' | 'paid';
type Event = 'finalize' | 'settle' | 'remind';
const TABLE: LifecycleTable<Status, Event> = {
  draft: { finalize: 'open' },
  open: { settle: 'paid', remind: 'open' },
  paid: { remind: 'paid' },
};

describe('status tables', () => {
  test('every pair: what is listed moves, nothing else does', () => {
    const listed = new Map(moves(TABLE).map((move) => [`${move.from} ${move.event}`, move.to]));
    expect(listed.size).toBe(4);
    for (const from of ['draft', 'open', 'paid'] as const) {
      for (const event of ['finalize', 'settle', 'remind'] as const) {
        expect(next(TABLE, from, event)).toBe(listed.get(`${from} ${event}`));
      }
    }
  });

  test('names from outside cannot reach what every object inherits', () => {
    expect(next(TABLE, 'constructor' as Status, 'name' as Event)).toBeUndefined();
    expect(next(TABLE, 'open', 'toString' as Event)).toBeUndefined();
  });

  test('a final status leads nowhere else', () => {
    expect([isFinal(TABLE, 'draft'), isFinal(TABLE, 'open'), isFinal(TABLE, 'paid')]).toEqual([false, false, true]);
  });
});
