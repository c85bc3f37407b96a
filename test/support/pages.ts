import { crc32, deflateSync } from 'node:zlib';
import { picturesOf, textOf } from './pdf.ts';

/** A page as a picture: a dot a point, from the upper left corner. */
export class Page {
  readonly width: number;
  readonly height: number;
  readonly dots: Buffer;

  constructor(width: number, height: number, dots: Buffer) {
    this.width = width;
    this.height = height;
    this.dots = dots;
  }

  /** Red, green and blue, 0 to 255. */
  color(x: number, y: number): [number, number, number] {
    const at = (y * this.width + x) * 3;
    return [this.dots[at]!, this.dots[at + 1]!, this.dots[at + 2]!];
  }

  /** How many dots of a part of the page pass; the part ends before `right` and `bottom`. */
  count(
    passes: (color: [number, number, number]) => boolean,
    { left = 0, top = 0, right = this.width, bottom = this.height } = {},
  ): number {
    let found = 0;
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) if (passes(this.color(x, y))) found += 1;
    }
    return found;
  }
}

/** Whether a dot is printed on: all but white and the palest gray at the edge of a letter. */
export const isInk = ([red, green, blue]: [number, number, number]): boolean => Math.min(red, green, blue) < 225;

/** Whether a dot has a color (`#rrggbb`), nearly. */
export function isOf(wanted: string): (color: [number, number, number]) => boolean {
  const parts = [1, 3, 5].map((at) => Number.parseInt(wanted.slice(at, at + 2), 16));
  return (color) => color.every((part, index) => Math.abs(part - parts[index]!) <= 12);
}

/** All pages of a PDF as another program draws them. */
export function pagesOf(pdf: Buffer): Page[] {
  const pages: Page[] = [];
  for (let rest = picturesOf(pdf, 72); rest.length > 0; ) {
    const [head, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(rest.toString('latin1', 0, 40)) ?? [];
    if (!head) throw new Error('not a picture');
    const size = Number(width) * Number(height) * 3;
    pages.push(new Page(Number(width), Number(height), rest.subarray(head.length, head.length + size)));
    rest = rest.subarray(head.length + size);
  }
  return pages;
}

/** A word and where it stands, in points from the upper left corner. */
export interface Word {
  page: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  text: string;
}

/** The words of a PDF as another program reads them. */
export function wordsIn(pdf: Buffer): Word[] {
  const pages = textOf(pdf, '-bbox').split('<page ').slice(1);
  const word = /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</g;
  return pages.flatMap((source, page) =>
    [...source.matchAll(word)].map(([, left, top, right, bottom, text = '']) => ({
      ...{ page, left: Number(left), top: Number(top), right: Number(right), bottom: Number(bottom), text },
    })),
  );
}

/** Pairs of words that are printed over each other: boxes of letters hold their own leading, so they may touch a little. */
export function overlaps(words: readonly Word[]): [string, string][] {
  const shared = (from: number, to: number, otherFrom: number, otherTo: number) =>
    Math.min(to, otherTo) - Math.max(from, otherFrom);
  return words.flatMap((one, index) =>
    words
      .slice(index + 1)
      .filter(
        (other) =>
          other.page === one.page &&
          shared(one.left, one.right, other.left, other.right) > 1 &&
          shared(one.top, one.bottom, other.top, other.bottom) > 0.4 * (one.bottom - one.top),
      )
      .map((other): [string, string] => [one.text, other.text]),
  );
}

/** A green picture of this size. */
export function greenPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const made = Buffer.alloc(8 + body.length);
    made.writeUInt32BE(data.length, 0);
    body.copy(made, 4);
    made.writeUInt32BE(crc32(body), 4 + body.length);
    return made;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.of(11, 110, 79))]);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}
