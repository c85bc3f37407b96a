import type { Dress } from '../document-content.ts';
import { fill } from './formats.ts';
import { type Foot, innerWidth, margin, type Pen } from './frame.ts';
import { gray, pale, type Sheet } from './sheet.ts';

const small = { size: 7.5, color: gray };
/** Beside the text stand the numbers of the document and of the page. */
const numbersWidth = 115;
/** As high as these it is at least. */
const leastLines = 4;
/** No text of the length that is taken needs more, but one of signs as wide as words; pages must keep room. */
const mostLines = 30;

export function layOutFoot(sheet: Sheet, { footer }: Dress): Foot {
  const width = sheet.width - 2 * margin - numbersWidth - 5;
  const lines = footer ? sheet.lines(footer, { ...small, direction: 'auto' }, width, mostLines) : [];
  return { lines, height: 84 + Math.max(0, lines.length - leastLines) * sheet.lineHeight(small) };
}

/** The foot of every page, once all are there: footer text, number of the document and of the page. */
export function drawFeet(pen: Pen): void {
  const { sheet, words, content, foot } = pen;
  const { start, count } = sheet.pdf.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    sheet.pdf.switchToPage(page);
    const y = sheet.height - foot.height + 14;
    sheet.rule(y, margin, innerWidth(pen), pale, 0.5);
    sheet.draw(foot.lines, y + 6, { from: margin, width: innerWidth(pen) - numbersWidth - 5 }, small);
    const at = fill(words.page, { page: page + 1, pages: count });
    const end = { from: sheet.width - margin - numbersWidth, width: numbersWidth, align: 'end' as const };
    sheet.text(`${content.number}\n${at}`, y + 6, end, small);
  }
}
