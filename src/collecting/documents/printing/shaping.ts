import bidiFactory from 'bidi-js';
import type { GlyphRun } from 'fontkit';
import type { DocumentFont, DocumentFonts, Weight } from './fonts.ts';

export type Direction = 'ltr' | 'rtl';
/** `auto`: that of the first letter which has one, for what somebody else wrote; figures are read from the left. */
export type BaseDirection = Direction | 'auto';

/** A stretch of one font and one direction, as it stands on the page. */
export interface ShapedRun {
  readonly text: string;
  readonly font: DocumentFont;
  readonly direction: Direction;
  /** In thousandths of the font size. */
  readonly width: number;
}

const bidi = bidiFactory();
const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Stands for what no font can draw: a document must not hold glyphs that say nothing. */
const unknown = '?';

/** Text in one size of one weight: which fonts draw it, in what order from left to right, and how wide it is. */
export class Shaper {
  readonly #fonts: DocumentFonts;
  readonly #shaped = new Map<string, GlyphRun>();
  readonly #widths = new Map<string, number>();

  constructor(fonts: DocumentFonts) {
    this.#fonts = fonts;
  }

  /** One line's runs from left to right. `base` is the direction of the paragraph (UAX #9, rules L2 and L4). */
  line(text: string, weight: Weight, base: BaseDirection): ShapedRun[] {
    const plain = base !== 'rtl' && !turning.test(text);
    const levels = plain ? null : bidi.getEmbeddingLevels(text, base === 'auto' ? undefined : base).levels;
    const runs = this.#logicalRuns(text, levels, weight);
    return reorder(runs).map(({ level, font, text: part }) => {
      const direction: Direction = level % 2 === 1 ? 'rtl' : 'ltr';
      const drawn = direction === 'rtl' ? mirror(part) : part;
      return { text: drawn, font, direction, width: widthOf(this.glyphs(font, drawn, direction), font) };
    });
  }

  /** Width in thousandths of the font size. */
  width(text: string, weight: Weight, base: BaseDirection): number {
    const key = `${weight} ${base} ${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    const width = this.line(text, weight, base).reduce((sum, run) => sum + run.width, 0);
    this.#widths.set(key, width);
    return width;
  }

  /** The glyphs of a run, from left to right. */
  glyphs(font: DocumentFont, text: string, direction: Direction): GlyphRun {
    const key = `${font.key} ${direction} ${text}`;
    const known = this.#shaped.get(key);
    if (known) return known;
    const shaped = font.font.layout(text, [], undefined, undefined, direction);
    this.#shaped.set(key, shaped);
    return shaped;
  }

  #logicalRuns(line: string, levels: Uint8Array | null, weight: Weight): LogicalRun[] {
    const runs: LogicalRun[] = [];
    for (const { segment, index } of clusters.segment(line)) {
      if (directionMark.test(segment)) continue;
      const level = levels?.[index] ?? 0;
      const last = runs.at(-1)?.level === level ? runs.at(-1) : undefined;
      // Blanks and signs go with what stands before them, if that font has them: words of a line stay in one run.
      const joins = last && neutral.test(segment) && isDrawnBy(last.font, segment);
      const own = joins ? last.font : this.#fonts.for(segment, weight);
      const font = own ?? this.#fonts.for(unknown, weight)!;
      const text = own ? segment : unknown;
      if (last?.font === font) last.text += text;
      else runs.push({ text, level, font });
    }
    return runs;
  }
}

interface LogicalRun {
  text: string;
  level: number;
  font: DocumentFont;
}

/** Whatever may turn the order of a line: letters read from the right, and marks of direction. */
const turning =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** They have done their work once the levels are known; most fonts have no glyph for them. */
const directionMark = /^[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+$/;
const neutral = /^[\s\p{P}\p{S}]+$/u;

function isDrawnBy({ font }: DocumentFont, segment: string): boolean {
  return [...segment].every((character) => font.hasGlyphForCodePoint(character.codePointAt(0)!));
}

function mirror(text: string): string {
  return [...text].map((character) => bidi.getMirroredCharacter(character) ?? character).join('');
}

/** Rule L2: from the highest level down to the lowest odd one, reverse what stands at that level or above. */
function reorder(runs: readonly LogicalRun[]): LogicalRun[] {
  const ordered = [...runs];
  const highest = Math.max(0, ...runs.map((run) => run.level));
  for (let level = highest; level > 0; level -= 1) {
    for (let start = 0; start < ordered.length; start += 1) {
      if (ordered[start]!.level < level) continue;
      let end = start;
      while (end < ordered.length && ordered[end]!.level >= level) end += 1;
      ordered.splice(start, end - start, ...ordered.slice(start, end).reverse());
      start = end;
    }
  }
  return ordered;
}

function widthOf(run: GlyphRun, { font }: DocumentFont): number {
  return (run.positions.reduce((sum, position) => sum + position.xAdvance, 0) * 1000) / font.unitsPerEm;
}
