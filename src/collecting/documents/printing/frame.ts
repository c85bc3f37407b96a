import type { DocumentContent, Party, PostalAddress } from '../document-content.ts';
import type { Words } from '../words/index.ts';
import { fill } from './formats.ts';
import type { TextLine } from './paragraphs.ts';
import type { BaseDirection } from './shaping.ts';
import { type Box, gray, ink, pale, type Sheet, type TextStyle } from './sheet.ts';

export const margin = 50;
const top = 48;
const footerHeight = 84;
/** Where meta data and totals begin: they end at the far margin. */
const metaWidth = 220;

/** What a page of any document needs: the sheet, where the pen is, and the words. */
export interface Pen {
  readonly sheet: Sheet;
  readonly words: Words & { language: string };
  readonly content: DocumentContent;
  y: number;
}

export const innerWidth = (pen: Pen) => pen.sheet.width - 2 * margin;

/** Begins a new page if less than `height` is left on this one; answers whether it did. */
export function makeRoom(pen: Pen, height: number): boolean {
  if (pen.y + height <= pen.sheet.height - footerHeight) return false;
  pen.sheet.pdf.addPage();
  pen.y = top;
  return true;
}

/** Logo and issuer at the start, title and the data of the document at the end. */
export function drawHead(pen: Pen, title: string, data: readonly (readonly [label: string, value: string])[]): void {
  const { sheet, content, words } = pen;
  const { dress, issuer } = content;
  const end = { from: sheet.width - margin - metaWidth, width: metaWidth, align: 'end' as const };
  let left = top;
  if (dress.logo) left = sheet.image(dress.logo, left, margin, { width: 170, height: 56 }) + 14;
  left = drawParty(pen, issuer, left, 230);
  let right = drawTitle(pen, title, end) + 6;
  const labels = { ...end, align: 'start' as const, width: metaWidth * 0.45 };
  const values = { ...end, from: end.from + metaWidth * 0.48, width: metaWidth * 0.52 };
  for (const [label, value] of data) {
    const next = sheet.text(label, right, labels, { color: gray });
    right = Math.max(next, sheet.text(value, right, values, { weight: 'bold', direction: 'auto' })) + 1;
  }
  pen.y = Math.max(left, right) + 18;
  if (content.sandbox) {
    sheet.rule(pen.y, margin, innerWidth(pen), '#b54708', 0.8);
    pen.y = sheet.text(words.sandbox, pen.y + 4, { from: margin, width: innerWidth(pen) }, { color: '#b54708' });
    sheet.rule(pen.y + 3, margin, innerWidth(pen), '#b54708', 0.8);
    pen.y += 18;
  }
}

/** As large as its longest word allows. */
function drawTitle({ sheet, content }: Pen, title: string, box: Box): number {
  const style = { size: 21, weight: 'bold', color: content.dress.accentColor } as const;
  const widest = Math.max(...title.split(' ').map((word) => sheet.measure(word, style)));
  // What does not fit beside it (that it is void) stands below it.
  const whole = sheet.measure(title, style) <= box.width ? title : title.replace(' · ', '\n');
  return sheet.text(whole, top - 6, box, { ...style, size: style.size * Math.min(1, box.width / widest) });
}

/** Name, address, tax ids and e-mail address of somebody, one below the other. */
export function drawParty(pen: Pen, party: Party, y: number, width: number): number {
  const { sheet, words } = pen;
  const box = { from: margin, width };
  let at = sheet.text(party.name, y, box, { size: 10, weight: 'bold', direction: 'auto' });
  for (const line of addressLines(party.address, words)) at = sheet.text(line, at, box, { direction: 'auto' });
  for (const { type, value } of party.taxIds) {
    const label = /vat$/i.test(type) ? words.vatId : words.taxId;
    at = sheet.text(fill('{label}: {value}', { label, value }), at, box, { color: gray });
  }
  if (party.email) at = sheet.text(party.email, at, box, { color: gray });
  return at;
}

/** In the order of the country: the postal code stands before the city but where addresses are written otherwise. */
function addressLines(address: PostalAddress | null, words: Words & { language: string }): string[] {
  if (!address) return [];
  const { line1, line2, city, region, postalCode, country } = address;
  const name = country && countryName(country, words.language);
  const given = (lines: (string | null)[]) => lines.filter((line): line is string => line !== null && line !== '');
  if (/\p{Script=Han}/u.test(city ?? '')) {
    return given([postalCode, [region, city, line1].filter((part) => part).join(''), line2, name]);
  }
  const join = (parts: (string | null)[], by: string) => parts.filter((part) => part).join(by);
  const behind = ['US', 'CA', 'AU', 'GB', 'IE', 'IN', 'NZ', 'ZA'].includes(country ?? '');
  const place = behind
    ? join([join([city, region], ', '), postalCode], ' ')
    : join([join([postalCode, city], ' '), region], ', ');
  return given([line1, line2, place, name]);
}

/** The sum a document is about, large. */
export function drawHeadline(pen: Pen, text: string): void {
  makeRoom(pen, 40);
  const box = { from: margin, width: innerWidth(pen) };
  pen.y = pen.sheet.text(text, pen.y + 4, box, { size: 14, weight: 'bold', color: ink }) + 14;
}

/** A sum of a document. The strong one stands out. */
export interface Sum {
  readonly label: string;
  readonly amount: string;
  readonly strong?: boolean;
}

const sumStyle = ({ strong }: Sum): TextStyle => (strong ? { size: 10.5, weight: 'bold' } : {});
const labelWidth = 180;

interface LaidSum extends Sum {
  lines: readonly TextLine[];
  height: number;
}

function layOut({ sheet }: Pen, sums: readonly Sum[]): LaidSum[] {
  return sums.map((sum) => {
    const lines = sheet.lines(sum.label, sumStyle(sum), labelWidth);
    return { ...sum, lines, height: lines.length * sheet.lineHeight(sumStyle(sum)) + 5 };
  });
}

/** How much room sums take. */
export const heightOfSums = (pen: Pen, sums: readonly Sum[]): number =>
  layOut(pen, sums).reduce((height, sum) => height + sum.height, 0);

/** Sums at the end, one below the other and kept together: half of them on the next page would be easily overlooked. */
export function drawSums(pen: Pen, sums: readonly Sum[]): void {
  const { sheet } = pen;
  const widest = Math.max(110, ...sums.map((sum) => sheet.measure(sum.amount, { ...sumStyle(sum), direction: 'ltr' })));
  const amountWidth = Math.min(widest, 240);
  const width = labelWidth + amountWidth;
  const from = sheet.width - margin - width;
  makeRoom(pen, heightOfSums(pen, sums));
  layOut(pen, sums).forEach((sum, index) => {
    const style = sumStyle(sum);
    if (sum.strong) sheet.rule(pen.y, from, width, pen.content.dress.accentColor, 1);
    // What stands above the first one ends with a rule of its own.
    else if (index > 0) sheet.rule(pen.y, from, width, pale, 0.5);
    sheet.draw(sum.lines, pen.y + 3, { from, width: labelWidth }, sum.strong ? style : { color: gray });
    const end = { from: from + labelWidth, width: amountWidth, align: 'end' as const };
    sheet.figure(sum.amount, pen.y + 3, end, style);
    pen.y += sum.height;
  });
}

/** Something to read, over the whole width. */
export function drawNote(pen: Pen, text: string, direction: BaseDirection = pen.sheet.direction): void {
  const { sheet } = pen;
  const lines = sheet.lines(text, { direction }, innerWidth(pen));
  for (const line of lines) {
    makeRoom(pen, sheet.lineHeight({}));
    pen.y = sheet.draw([line], pen.y, { from: margin, width: innerWidth(pen) });
  }
  pen.y += 6;
}

/** The foot of every page, once all are there: footer text, number of the document and of the page. */
export function drawFeet(pen: Pen): void {
  const { sheet, words, content } = pen;
  const { start, count } = sheet.pdf.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    sheet.pdf.switchToPage(page);
    const y = sheet.height - footerHeight + 14;
    sheet.rule(y, margin, innerWidth(pen), pale, 0.5);
    const small = { size: 7.5, color: gray };
    const text = content.dress.footer;
    if (text)
      sheet.text(
        text,
        y + 6,
        { from: margin, width: innerWidth(pen) - 120, mostLines: 4 },
        { ...small, direction: 'auto' },
      );
    const at = fill(words.page, { page: page + 1, pages: count });
    const end = { from: sheet.width - margin - 115, width: 115, align: 'end' as const };
    sheet.text(`${content.number}\n${at}`, y + 6, end, small);
  }
}

const countryNames = new Map<string, Intl.DisplayNames>();

/** The name of a country in a language. */
function countryName(code: string, language: string): string {
  const names = countryNames.get(language) ?? new Intl.DisplayNames([language], { type: 'region', fallback: 'code' });
  countryNames.set(language, names);
  return names.of(code) ?? code;
}
