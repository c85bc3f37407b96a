import { isProduct } from '../../../rules/e-invoice.ts';
import type { ContentLine, InvoiceContent } from '../document-content.ts';
import { amountText, dateText, fill, moneyText, plainText, priceText } from './formats.ts';
import {
  drawFeet,
  drawHead,
  drawHeadline,
  drawNote,
  drawParty,
  drawSum,
  innerWidth,
  makeRoom,
  margin,
  type Pen,
} from './frame.ts';
import { gray, pale } from './sheet.ts';

const columns = { quantity: 62, price: 88, amount: 92, gap: 10 };

/** Draws an invoice or a credit note. */
export function drawInvoice(pen: Pen, content: InvoiceContent): void {
  const { words, sheet } = pen;
  const note = content.kind === 'credit_note';
  const title = note ? words.creditNote : words.invoice;
  drawHead(pen, content.voided ? `${title} · ${words.voided}` : title, [
    [note ? words.creditNoteNumber : words.invoiceNumber, content.number],
    [words.issuedOn, dateText(content.issuedOn, words)],
    ...(content.dueOn && !note ? [[words.dueOn, dateText(content.dueOn, words)] as const] : []),
    ...(content.purchaseOrder ? [[words.purchaseOrder, content.purchaseOrder] as const] : []),
    ...content.fields.map(({ name, value }) => [name, value] as const),
  ]);
  pen.y = sheet.text(words.billTo, pen.y, { from: margin, width: innerWidth(pen) }, { color: gray });
  pen.y = drawParty(pen, content.buyer, pen.y, 300) + 14;
  drawHeadline(pen, headline(pen, content));
  if (content.corrects) {
    const { number, issuedOn } = content.corrects;
    drawNote(pen, fill(words.corrects, { number, date: dateText(issuedOn, words) }));
    pen.y += 8;
  }
  drawTableHead(pen, content);
  for (const line of content.lines) drawLine(pen, content, line);
  drawSums(pen, content);
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

function columnsOf(pen: Pen): Columns {
  const amount = { from: pen.sheet.width - margin - columns.amount, width: columns.amount, align: 'end' as const };
  const price = { from: amount.from - columns.gap - columns.price, width: columns.price, align: 'end' as const };
  const quantity = {
    from: price.from - columns.gap - columns.quantity,
    width: columns.quantity,
    align: 'end' as const,
  };
  return { amount, price, quantity, description: { from: margin, width: quantity.from - columns.gap - margin } };
}

function drawTableHead(pen: Pen, content: InvoiceContent): void {
  const { words, sheet } = pen;
  const style = { size: 8, weight: 'bold' as const, color: content.dress.accentColor };
  const { description, quantity, price, amount } = columnsOf(pen);
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

/** A line, kept together: what it is, its period and discount below, its figures at the end. */
function drawLine(pen: Pen, content: InvoiceContent, line: ContentLine): void {
  const { words, sheet } = pen;
  const box = columnsOf(pen);
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
  if (makeRoom(pen, height)) drawTableHead(pen, content);
  const price = unitPrice(line);
  const figure = { direction: 'ltr' as const };
  sheet.text(plainText(line.quantity, words), pen.y, box.quantity, figure);
  if (price) sheet.text(priceText(price, content.currency, words), pen.y, box.price, figure);
  sheet.text(amountText(line.amount, content.currency, words), pen.y, box.amount, figure);
  let y = sheet.draw(description, pen.y, box.description);
  for (const { lines, amount } of details) {
    if (amount !== null)
      sheet.text(amountText(amount, content.currency, words), y, box.amount, { ...small, ...figure });
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

/** The price of one, where it is true: of tiers and shares of a period no single price is. */
const unitPrice = (line: ContentLine): string | null => (isProduct(line) ? line.unitAmount : null);

function drawSums(pen: Pen, content: InvoiceContent): void {
  const { words } = pen;
  const amount = (minor: bigint) => amountText(minor, content.currency, words);
  const exclusive = content.taxes.filter((tax) => !tax.inclusive);
  const included = content.taxes.filter((tax) => tax.inclusive);
  const taxText = (text: string, tax: (typeof included)[number]) =>
    fill(text, { name: tax.name, percent: plainText(tax.percent, words), base: amount(tax.taxable) });
  pen.y += 4;
  // Sums stay together: half of them on the next page would be easily overlooked.
  makeRoom(pen, 20 * (5 + content.taxes.length));
  drawSum(pen, words.subtotal, amount(content.subtotal));
  if (content.discountTotal !== 0n) {
    drawSum(pen, words.discountTotal, amount(-content.discountTotal));
    if (exclusive.length > 0) drawSum(pen, words.netTotal, amount(content.subtotal - content.discountTotal));
  }
  for (const tax of exclusive) drawSum(pen, taxText(words.taxOn, tax), amount(tax.amount));
  for (const tax of included) drawSum(pen, taxText(words.taxIncludedIn, tax), amount(tax.amount));
  if (content.carriedToCredit !== 0n) drawSum(pen, words.carriedToCredit, amount(content.carriedToCredit));
  const note = content.kind === 'credit_note';
  drawSum(pen, words.total, moneyText(content.total, content.currency, words), note);
  if (note) return;
  if (content.creditsApplied !== 0n) drawSum(pen, words.creditsApplied, amount(-content.creditsApplied));
  drawSum(pen, words.amountDue, moneyText(content.payable, content.currency, words), true);
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
