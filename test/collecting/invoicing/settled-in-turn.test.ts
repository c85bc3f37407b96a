import { describe, expect, it } from '@jest/globals';
import type { Finalizing } from '../../../src/collecting/invoicing/issuing/finalization.ts';
import { inTurn } from '../../../src/collecting/invoicing/issuing/settle-reversed.ts';

/** An invoice that has a line of its name, takes back the lines named, and is left with credit where it takes back any. */
function invoice(name: string, ...takesBack: string[]): Finalizing {
  const lines = [
    { id: name, reversesLineId: null },
    ...takesBack.map((line) => ({ id: `${name}-${line}`, reversesLineId: line })),
  ];
  return { lines, totals: { carriedToCreditMinor: takesBack.length > 0 ? 1n : 0n } } as unknown as Finalizing;
}

const namesOf = (batch: readonly Finalizing[]) => batch.map(({ lines }) => lines[0]!.id);

describe('invoices that become final together', () => {
  it('keep their order where none gives back lines of another', () => {
    expect(namesOf(inTurn([invoice('a'), invoice('b', 'elsewhere'), invoice('c')]))).toEqual(['a', 'b', 'c']);
  });

  it('come behind all that give back their lines', () => {
    expect(namesOf(inTurn([invoice('a'), invoice('b', 'a'), invoice('c', 'a')]))).toEqual(['b', 'c', 'a']);
  });

  it('come behind what gives back lines of those that give theirs back', () => {
    expect(namesOf(inTurn([invoice('a'), invoice('b', 'a'), invoice('c', 'b-a')]))).toEqual(['c', 'b', 'a']);
  });
});
