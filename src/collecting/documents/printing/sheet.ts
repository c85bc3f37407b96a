import type { Glyph } from 'fontkit';
import type PDFDocument from 'pdfkit';
import type { Weight } from './fonts.ts';
import { breakLines, type ParagraphStyle, type TextLine, toLine } from './paragraphs.ts';
import type { BaseDirection, Direction, ShapedRun, Shaper } from './shaping.ts';

export type Side = 'start' | 'end';

export interface TextStyle {
  readonly size?: number;
  readonly weight?: Weight;
  readonly color?: string;
  /** That of the document if left out. */
  readonly direction?: BaseDirection;
}

export interface Box {
  /** Distance from the edge where reading starts: left, or right in a document that is read from the right. */
  readonly from: number;
  readonly width: number;
  readonly align?: Side;
  readonly mostLines?: number;
}

type Pdf = InstanceType<typeof PDFDocument>;

export const ink = '#1b1f24';
export const gray = '#667085';
export const pale = '#d5d9e0';
const leading = 1.42;

/** A page in reading order: what is laid out from the start is mirrored as a whole where one reads from the right. */
export class Sheet {
  readonly pdf: Pdf;
  readonly direction: Direction;
  readonly #shaper: Shaper;

  constructor(pdf: Pdf, shaper: Shaper, direction: Direction) {
    this.pdf = pdf;
    this.#shaper = shaper;
    this.direction = direction;
  }

  get width(): number {
    return this.pdf.page.width;
  }

  get height(): number {
    return this.pdf.page.height;
  }

  lines(text: string, style: TextStyle, width: number, mostLines?: number): TextLine[] {
    return breakLines(this.#shaper, text, this.#paragraph(style), width, mostLines);
  }

  lineHeight(style: TextStyle): number {
    return (style.size ?? 9) * leading;
  }

  /** Draws text from `y` (top of its first line) downwards; answers where the next line would begin. */
  text(text: string, y: number, box: Box, style: TextStyle = {}): number {
    return this.draw(this.lines(text, style, box.width, box.mostLines), y, box, style);
  }

  /** The same for lines that were broken before. */
  draw(lines: readonly TextLine[], y: number, box: Box, style: TextStyle = {}): number {
    const height = this.lineHeight(style);
    lines.forEach((line, index) => {
      const offset = box.align === 'end' ? box.width - line.width : 0;
      this.#drawLine(line, box.from + offset, y + index * height + (style.size ?? 9) * 1.08, style);
    });
    return y + lines.length * height;
  }

  /** A figure: one line whatever it takes, drawn smaller where it is wider than its box. */
  figure(text: string, y: number, box: Box, style: TextStyle = {}): number {
    const plain: TextStyle = { ...style, direction: 'ltr' };
    const size = plain.size ?? 9;
    const fitting = { ...plain, size: size * Math.min(1, box.width / this.measure(text, plain)) };
    // On the same baseline as what stands beside it in full size.
    const line = toLine(this.#shaper, text, this.#paragraph(fitting));
    const offset = box.align === 'end' ? box.width - line.width : 0;
    this.#drawLine(line, box.from + offset, y + size * 1.08, fitting);
    return y + this.lineHeight(plain);
  }

  /** Width of one line in points. */
  measure(text: string, style: TextStyle = {}): number {
    return toLine(this.#shaper, text, this.#paragraph(style)).width;
  }

  rule(y: number, from: number, width: number, color: string, thickness = 0.6): void {
    this.pdf.rect(this.#left(from, width), y - thickness / 2, width, thickness).fill(color);
  }

  /** An image inside a box, kept in proportion, at its start. */
  image(data: Uint8Array, y: number, from: number, most: { width: number; height: number }): number {
    const opened = (this.pdf as unknown as { openImage(data: Buffer): { width: number; height: number } }).openImage(
      Buffer.from(data),
    );
    const scale = Math.min(most.width / opened.width, most.height / opened.height, 1);
    const [width, height] = [opened.width * scale, opened.height * scale];
    this.pdf.image(opened as never, this.#left(from, width), y, { width, height });
    return y + height;
  }

  #drawLine(line: TextLine, from: number, baseline: number, style: TextStyle): void {
    let x = this.#left(from, line.width);
    for (const run of line.runs) {
      this.#drawRun(run, x, baseline, style);
      x += (run.width * (style.size ?? 9)) / 1000;
    }
  }

  #drawRun(run: ShapedRun, x: number, baseline: number, style: TextStyle): void {
    const { pdf } = this;
    const color = style.color ?? ink;
    pdf.font(run.font.font as never, run.font.key).fontSize(style.size ?? 9);
    shapeWith(pdf, this.#shaper, run);
    pdf
      .fillColor(color)
      .strokeColor(color)
      .lineWidth((style.size ?? 9) * 0.03);
    pdf.text(run.text, x, baseline, {
      lineBreak: false,
      baseline: 'alphabetic',
      ...(run.font.embolden ? { fill: true, stroke: true } : {}),
    });
  }

  #left(from: number, width: number): number {
    return this.direction === 'rtl' ? this.width - from - width : from;
  }

  #paragraph(style: TextStyle): ParagraphStyle {
    return { size: style.size ?? 9, weight: style.weight ?? 'regular', direction: style.direction ?? this.direction };
  }
}

/** What we reach for inside the document's current font. */
interface EmbeddedFont {
  readonly scale: number;
  readonly subset: { glyphs: number[]; includeGlyph(id: number): number };
  readonly unicode: (readonly number[])[];
  readonly widths: number[];
  layout: unknown;
  encode: unknown;
  /** Which number a glyph has in the document, by glyph and what it stands for. */
  numbers?: Map<string, number>;
}

/**
 * Makes the document's current font lay out a run as we shaped it. By itself it shapes word by word and leaves the
 * direction to the script, which turns the words of a line that is read from the right around.
 */
function shapeWith(pdf: Pdf, shaper: Shaper, run: ShapedRun): void {
  const embedded = (pdf as unknown as { _font: EmbeddedFont })._font;
  const { glyphs, positions } = shaper.glyphs(run.font, run.text, run.direction);
  const { scale } = embedded;
  const scaled = positions.map((position, index) => ({
    xAdvance: position.xAdvance * scale,
    yAdvance: position.yAdvance * scale,
    xOffset: position.xOffset * scale,
    yOffset: position.yOffset * scale,
    advanceWidth: glyphs[index]!.advanceWidth * scale,
  }));
  const advanceWidth = scaled.reduce((sum, position) => sum + position.xAdvance, 0);
  embedded.layout = () => ({ glyphs, positions: scaled, advanceWidth });
  embedded.encode = () => [glyphs.map((glyph) => numberOf(embedded, glyph).toString(16).padStart(4, '0')), scaled];
}

/**
 * The number of a glyph in the document. Scripts whose letters are put together of parts share those parts: a glyph that
 * stands for another letter elsewhere goes into the document once more, so that what is copied or searched reads right.
 */
function numberOf(embedded: EmbeddedFont, glyph: Glyph): number {
  embedded.numbers ??= new Map();
  const key = `${glyph.id} ${glyph.codePoints.join(' ')}`;
  const known = embedded.numbers.get(key);
  if (known !== undefined) return known;
  let number = embedded.subset.includeGlyph(glyph.id);
  if (embedded.unicode[number] !== undefined) number = embedded.subset.glyphs.push(glyph.id) - 1;
  embedded.unicode[number] = glyph.codePoints;
  embedded.widths[number] = glyph.advanceWidth * embedded.scale;
  embedded.numbers.set(key, number);
  return number;
}
