import { isProduct } from '../../../rules/e-invoice.ts';
import type { ContentLine, ContentTax, InvoiceContent } from '../document-content.ts';
import { drawFeet } from './foot.ts';
import { amountText, dateText, fill, moneyText, plainText, priceText } from './formats.ts';
import {
  type Datum,
  drawBuyer,
  drawData,
  drawHead,
  drawHeadline,
  drawNote,
  drawSums,
  fitsHead,
  heightOfSums,
  innerWidth,
  makeRoom,
  margin,
  type Pen,
  type Sum,
} from './frame.ts';
import { gray, pale } from './sheet.ts';

/** Draws an invoice or a credit note. */
export function drawInvoice(pen: Pen, content: InvoiceContent): void {
  const { words } = pen;
  const note = content.kind === 'credit_note';
  const title = note ? words.creditNote : words.invoice;
  const due = content.dueOn && !note && !content.voided ? content.dueOn : null;
  const data: Datum[] = [
    [note ? words.creditNoteNumber : words.invoiceNumber, content.number],
    [words.issuedOn, dateText(content.issuedOn, words)],
    ...(due ? [[words.dueOn, dateText(due, words)] as const] : []),
    ...(content.purchaseOrder ? [[words.purchaseOrder, content.purchaseOrder] as const] : []),
  ];
  const fields = content.fields.map(({ name, value }): Datum => [name, value]);
  const inHead = fitsHead(pen, [...data, ...fields]);
  drawHead(pen, content.voided ? `${title} · ${words.voided}` : title, inHead ? [...data, ...fields] : data);
  drawBuyer(pen, words.billTo);
  if (!inHead) drawData(pen, fields);
  drawHeadline(pen, headline(pen, content));
  if (content.corrects) {
    const { number, issuedOn } = content.corrects;
    drawNote(pen, fill(words.corrects, { number, date: dateText(issuedOn, words) }));
    pen.y += 8;
  }
  const columns = columnsOf(pen, content);
  const sums = sumsOf(pen, content);
  drawTableHead(pen, content, columns);
  content.lines.forEach((line, index) => {
    // The last line goes with the sums: they say little alone on a page.
    const after = index === content.lines.length - 1 ? heightOfSums(pen, sums) + 4 : 0;
    drawLine(pen, content, line, columns, after);
  });
  pen.y += 4;
  drawSums(pen, sums);
  drawRemarks(pen, content);
  drawFeet(pen);
}

function headline({ words }: Pen, content: InvoiceContent): string {
  if (content.kind === 'credit_note') {
    return fill(words.amountCredited, { amount: moneyText(content.total, content.currency, words) });
  }
  if (content.payable <= 0n || content.voided || !content.dueOn)
    return content.voided ? words.voided : words.nothingDue;
  const amount = moneyText(content.payable, content.currency, words);
  return fill(words.amountDueBy, { amount, date: dateText(content.dueOn, words) });
}

interface Columns {
  description: { from: number; width: number };
  quantity: { from: number; width: number; align: 'end' };
  price: { from: number; width: number; align: 'end' };
  amount: { from: number; width: number; align: 'end' };
}

const gap = 10;
/** No column of figures takes more: a wider figure is drawn smaller, so that descriptions keep room. */
const widestFigures = 118;

/** As wide as the widest figure in them needs, and the description as wide as is left. */
function columnsOf(pen: Pen, content: InvoiceContent): Columns {
  const { sheet } = pen;
  const figures = content.lines.map((line) => figuresOf(pen, content, line));
  const widthOf = (least: number, texts: readonly string[]) =>
    Math.min(widestFigures, Math.max(least, ...texts.map((text) => sheet.measure(text, { direction: 'ltr' }))));
  const column = (end: number, width: number) => ({ from: end - width, width, align: 'end' as const });
  const amount = column(
    sheet.width - margin,
    widthOf(
      92,
      figures.map((one) => one.amount),
    ),
  );
  const price = column(
    amount.from - gap,
    widthOf(
      88,
      figures.map((one) => one.price),
    ),
  );
  const quantity = column(
    price.from - gap,
    widthOf(
      62,
      figures.map((one) => one.quantity),
    ),
  );
  return { amount, price, quantity, description: { from: margin, width: quantity.from - gap - margin } };
}

/** What a line shows in its columns; '' for a price that no single one is true of. */
function figuresOf({ words }: Pen, { currency }: InvoiceContent, line: ContentLine) {
  return {
    quantity: plainText(line.quantity, words),
    price: isProduct(line) ? priceText(line.unitAmount, currency, words) : '',
    amount: amountText(line.amount, currency, words),
  };
}

function drawTableHead(pen: Pen, content: InvoiceContent, columns: Columns): void {
  const { words, sheet } = pen;
  const style = { size: 8, weight: 'bold' as const, color: content.dress.accentColor };
  const { description, quantity, price, amount } = columns;
  makeRoom(pen, 60);
  const ends = [
    sheet.text(words.description, pen.y, description, style),
    sheet.text(words.quantity, pen.y, quantity, style),
    sheet.text(words.unitPrice, pen.y, price, style),
    sheet.text(fill(words.amountIn, { code: content.currency }), pen.y, amount, style),
  ];
  pen.y = Math.max(...ends) + 4;
  sheet.rule(pen.y, margin, innerWidth(pen), content.dress.accentColor, 1);
  pen.y += 6;
}

/** A line, kept together and with `after` points of what follows: what it is, its period and discount below, its figures at the end. */
function drawLine(pen: Pen, content: InvoiceContent, line: ContentLine, box: Columns, after: number): void {
  const { words, sheet } = pen;
  const small = { size: 8, color: gray };
  const description = sheet.lines(line.description, { direction: 'auto' }, box.description.width, 12);
  const details = detailsOf(pen, line).map(([text, amount]) => ({
    lines: sheet.lines(text, small, box.description.width),
    amount,
  }));
  const height =
    description.length * sheet.lineHeight({}) +
    details.reduce((sum, detail) => sum + detail.lines.length * sheet.lineHeight(small), 0) +
    9;
  if (makeRoom(pen, height + after)) drawTableHead(pen, content, box);
  const { quantity, price, amount } = figuresOf(pen, content, line);
  sheet.figure(quantity, pen.y, box.quantity);
  if (price) sheet.figure(price, pen.y, box.price);
  sheet.figure(amount, pen.y, box.amount);
  let y = sheet.draw(description, pen.y, box.description);
  for (const { lines, amount: less } of details) {
    if (less !== null) sheet.figure(amountText(less, content.currency, words), y, box.amount, small);
    y = sheet.draw(lines, y, box.description, small);
  }
  pen.y += height;
  sheet.rule(pen.y - 5, margin, innerWidth(pen), pale, 0.4);
}

function detailsOf({ words }: Pen, line: ContentLine): [text: string, amount: bigint | null][] {
  const details: [string, bigint | null][] = [];
  if (line.period) {
    const { firstOn, lastOn } = line.period;
    const [first, last] = [dateText(firstOn, words), dateText(lastOn, words)];
    details.push([firstOn === lastOn ? first : `${first} – ${last}`, null]);
  }
  if (line.discount !== 0n) details.push([words.discount, -line.discount]);
  return details;
}

function sumsOf({ words }: Pen, content: InvoiceContent): Sum[] {
  const amount = (minor: bigint) => amountText(minor, content.currency, words);
  const money = (minor: bigint) => moneyText(minor, content.currency, words);
  const exclusive = content.taxes.filter((tax) => !tax.inclusive);
  const taxSum = (text: string, tax: ContentTax): Sum => ({
    label: fill(text, { name: tax.name, percent: plainText(tax.percent, words), base: amount(tax.taxable) }),
    amount: amount(tax.amount),
  });
  const sums: Sum[] = [{ label: words.subtotal, amount: amount(content.subtotal) }];
  if (content.discountTotal !== 0n) {
    sums.push({ label: words.discountTotal, amount: amount(-content.discountTotal) });
    if (exclusive.length > 0) {
      const net = content.subtotal - content.discountTotal - content.taxIncluded;
      sums.push({ label: words.netTotal, amount: amount(net) });
    }
  }
  sums.push(...exclusive.map((tax) => taxSum(words.taxOn, tax)));
  sums.push(...content.taxes.filter((tax) => tax.inclusive).map((tax) => taxSum(words.taxIncludedIn, tax)));
  if (content.carriedToCredit !== 0n) {
    sums.push({ label: words.carriedToCredit, amount: amount(content.carriedToCredit) });
  }
  const note = content.kind === 'credit_note';
  // What is void asks for nothing, and a note never does: they end with their total.
  const asks = !note && !content.voided;
  sums.push({ label: words.total, amount: money(content.total), strong: !asks });
  if (!asks) return sums;
  if (content.creditsApplied !== 0n) {
    sums.push({ label: words.creditsApplied, amount: amount(-content.creditsApplied) });
  }
  return [...sums, { label: words.amountDue, amount: money(content.payable), strong: true }];
}

function drawRemarks(pen: Pen, content: InvoiceContent): void {
  pen.y += 16;
  const untaxed = new Set(content.lines.map((line) => line.untaxed));
  if (untaxed.has('AE')) drawNote(pen, pen.words.reverseCharge);
  if (untaxed.has('E')) {
    drawNote(pen, pen.words.taxExempt);
    if (content.exemption) drawNote(pen, content.exemption, 'auto');
  }
  if (content.memo) drawNote(pen, content.memo, 'auto');
}
