import type { DocumentContent, Party, PostalAddress } from '../document-content.ts';
import type { Words } from '../words/index.ts';
import { fill } from './formats.ts';
import type { TextLine } from './paragraphs.ts';
import type { BaseDirection } from './shaping.ts';
import { type Box, gray, ink, pale, type Sheet, type TextStyle } from './sheet.ts';

export const margin = 50;
const top = 48;
/** Where meta data and totals begin: they end at the far margin. */
const metaWidth = 220;

/** What stands at the foot of every page; its height grows with its text. */
export interface Foot {
  readonly lines: readonly TextLine[];
  readonly height: number;
}

/** What a page of any document needs: the sheet, where the pen is, and the words. */
export interface Pen {
  readonly sheet: Sheet;
  readonly words: Words & { language: string };
  readonly content: DocumentContent;
  readonly foot: Foot;
  y: number;
}

export const innerWidth = (pen: Pen) => pen.sheet.width - 2 * margin;

/** Begins a new page if less than `height` is left on this one; answers whether it did. */
export function makeRoom(pen: Pen, height: number): boolean {
  if (pen.y + height <= pen.sheet.height - pen.foot.height) return false;
  pen.sheet.pdf.addPage();
  pen.y = top;
  return true;
}

/** What stands beside what it is called. */
export type Datum = readonly [label: string, value: string];

interface DataBoxes {
  readonly labels: Box;
  readonly values: Box;
}

function drawDatum({ sheet }: Pen, [label, value]: Datum, y: number, { labels, values }: DataBoxes): number {
  const next = sheet.text(label, y, labels, { color: gray });
  return Math.max(next, sheet.text(value, y, values, { weight: 'bold', direction: 'auto' })) + 1;
}

function heightOfDatum({ sheet }: Pen, [label, value]: Datum, { labels, values }: DataBoxes): number {
  const named = sheet.lines(label, {}, labels.width).length;
  const told = sheet.lines(value, { weight: 'bold', direction: 'auto' }, values.width).length;
  return Math.max(named, told) * sheet.lineHeight({}) + 1;
}

const headBox = ({ sheet }: Pen): Box => ({ from: sheet.width - margin - metaWidth, width: metaWidth, align: 'end' });

function headBoxes(pen: Pen): DataBoxes {
  const box = headBox(pen);
  return {
    labels: { from: box.from, width: metaWidth * 0.45 },
    values: { ...box, from: box.from + metaWidth * 0.48, width: metaWidth * 0.52 },
  };
}

/** Whether data leave the lower half of the first page to what follows the head. */
export function fitsHead(pen: Pen, data: readonly Datum[]): boolean {
  const boxes = headBoxes(pen);
  const height = data.reduce((sum, datum) => sum + heightOfDatum(pen, datum, boxes), 0);
  return top + height <= pen.sheet.height / 2;
}

/** Data over the whole width, each kept together. */
export function drawData(pen: Pen, data: readonly Datum[]): void {
  const [from, width] = [margin + 180, innerWidth(pen) - 180];
  const boxes = { labels: { from: margin, width: 170 }, values: { from, width } };
  for (const datum of data) {
    makeRoom(pen, heightOfDatum(pen, datum, boxes));
    pen.y = drawDatum(pen, datum, pen.y, boxes) + 2;
  }
  pen.y += 12;
}

/** Logo and issuer at the start, title and the data of the document at the end. */
export function drawHead(pen: Pen, title: string, data: readonly Datum[]): void {
  const { sheet, content, words } = pen;
  const { dress, issuer } = content;
  let left = top;
  if (dress.logo) left = sheet.image(dress.logo, left, margin, { width: 170, height: 56 }) + 14;
  const issuerBox = { from: margin, width: 230 };
  for (const [text, style] of textsOf(pen, issuer)) left = sheet.text(text, left, issuerBox, style);
  let right = drawTitle(pen, title, headBox(pen)) + 6;
  for (const datum of data) right = drawDatum(pen, datum, right, headBoxes(pen));
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
function textsOf({ words }: Pen, party: Party): [text: string, style: TextStyle][] {
  const label = (type: string) => (/vat$/i.test(type) ? words.vatId : words.taxId);
  const ids = party.taxIds.map(({ type, value }) => fill('{label}: {value}', { label: label(type), value }));
  return [
    [party.name, { size: 10, weight: 'bold', direction: 'auto' }],
    ...addressLines(party.address, words).map((line): [string, TextStyle] => [line, { direction: 'auto' }]),
    ...[...ids, ...(party.email ? [party.email] : [])].map((line): [string, TextStyle] => [line, { color: gray }]),
  ];
}

/** Who the document is made out to, under a label that says so. */
export function drawBuyer(pen: Pen, label: string): void {
  flow(pen, label, innerWidth(pen), { color: gray });
  for (const [text, style] of textsOf(pen, pen.content.buyer)) flow(pen, text, 300, style);
  pen.y += 14;
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
  flow(pen, text, innerWidth(pen), { direction });
  pen.y += 6;
}

/** Text that goes on on the next page where this one ends. */
function flow(pen: Pen, text: string, width: number, style: TextStyle): void {
  const { sheet } = pen;
  for (const line of sheet.lines(text, style, width)) {
    makeRoom(pen, sheet.lineHeight(style));
    pen.y = sheet.draw([line], pen.y, { from: margin, width }, style);
  }
}

const countryNames = new Map<string, Intl.DisplayNames>();

/** The name of a country in a language. */
function countryName(code: string, language: string): string {
  const names = countryNames.get(language) ?? new Intl.DisplayNames([language], { type: 'region', fallback: 'code' });
  countryNames.set(language, names);
  return names.of(code) ?? code;
}
