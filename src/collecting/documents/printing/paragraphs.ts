import LineBreaker from 'linebreak';
import type { Weight } from './fonts.ts';
import type { BaseDirection, ShapedRun, Shaper } from './shaping.ts';

export interface TextLine {
  readonly runs: readonly ShapedRun[];
  /** In points. */
  readonly width: number;
}

export interface ParagraphStyle {
  readonly size: number;
  readonly weight: Weight;
  readonly direction: BaseDirection;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Breaks text into lines no wider than `width` points: at its own line ends, where its script allows it (UAX #14), and
 * inside a word only if the word alone is too wide. At most `mostLines`; what is cut off is shown by an ellipsis.
 */
export function breakLines(
  shaper: Shaper,
  text: string,
  style: ParagraphStyle,
  width: number,
  mostLines = 200,
): TextLine[] {
  const most = (width * 1000) / style.size;
  const measure = (part: string) => shaper.width(part, style.weight, style.direction);
  const parts: string[] = [];
  for (const paragraph of cleaned(text).split('\n')) {
    let [line, taken] = ['', 0];
    for (const piece of pieces(paragraph)) {
      if (taken + measure(piece.trimEnd()) > most) {
        if (line) parts.push(line);
        const [full, rest] = chop(piece, most, measure);
        parts.push(...full);
        [line, taken] = [rest, measure(rest)];
      } else {
        line += piece;
        taken += measure(piece);
      }
    }
    parts.push(line);
  }
  const shown = parts.slice(0, mostLines).map((part) => part.trim());
  if (parts.length > mostLines) shown[mostLines - 1] += ' …';
  return shown.map((part) => toLine(shaper, part, style));
}

/** One line, however wide. */
export function toLine(shaper: Shaper, text: string, style: ParagraphStyle): TextLine {
  const runs = shaper.line(text, style.weight, style.direction);
  return { runs, width: (runs.reduce((sum, run) => sum + run.width, 0) * style.size) / 1000 };
}

/**
 * Composed characters (fonts draw those best), blanks for tabs, nothing for other control characters, nor for those
 * that would turn text around.
 */
export function cleaned(text: string): string {
  const blanks = text.normalize('NFC').replace(/\r\n?/g, '\n').replace(/\t/g, ' ');
  return blanks.replace(/[\p{Cc}\p{Co}\p{Cs}\u202a-\u202e]/gu, (character) => (character === '\n' ? character : ''));
}

function* pieces(text: string): Generator<string> {
  const breaker = new LineBreaker(text);
  let last = 0;
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    yield* words(text.slice(last, next.position));
    last = next.position;
  }
}

const thai = new Intl.Segmenter('th', { granularity: 'word' });

/** Thai writes no blanks between words, and UAX #14 leaves finding them to a dictionary. */
function* words(piece: string): Generator<string> {
  if (!/\p{Script=Thai}/u.test(piece)) yield piece;
  else for (const { segment } of thai.segment(piece)) yield segment;
}

function chop(word: string, most: number, measure: (part: string) => number): [full: string[], rest: string] {
  if (measure(word.trimEnd()) <= most) return [[], word];
  const full: string[] = [];
  let line = '';
  for (const { segment } of graphemes.segment(word)) {
    if (line && measure(line + segment) > most) {
      full.push(line);
      line = '';
    }
    line += segment;
  }
  return [full, line];
}
