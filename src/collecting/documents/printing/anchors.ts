import type { Font } from 'fontkit';

/** What we reach for inside the library: how it places marks (dots, vowels) on letters. */
interface MarkPlacing {
  applyAnchor(mark: unknown, anchor: object | null, letter: number): void;
  applyLookup(type: number, table: unknown): boolean;
}

/**
 * Lets letters be shaped that have no place for some mark: then the rule at hand does not apply and the next one is tried, as
 * OpenType has it. The library by itself fails on them, and the whole document with it.
 */
export function withMissingAnchors(font: Font): Font {
  const { engine } = (font as unknown as { _layoutEngine: { engine: { GPOSProcessor?: MarkPlacing | null } | null } })
    ._layoutEngine;
  const placing = engine?.GPOSProcessor;
  if (!placing) return font;
  const applyAnchor = placing.applyAnchor.bind(placing);
  const applyLookup = placing.applyLookup.bind(placing);
  let isMissing = false;
  placing.applyAnchor = (mark, anchor, letter) => {
    if (anchor) applyAnchor(mark, anchor, letter);
    else isMissing = true;
  };
  placing.applyLookup = (type, table) => {
    const applied = applyLookup(type, table) && !isMissing;
    isMissing = false;
    return applied;
  };
  return font;
}
