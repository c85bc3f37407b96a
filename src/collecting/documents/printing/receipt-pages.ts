import type { ReceiptContent, ReceiptMethod } from '../document-content.ts';
import type { Words } from '../words/index.ts';
import { drawFeet } from './foot.ts';
import { amountText, dateText, fill, moneyText } from './formats.ts';
import { drawBuyer, drawHead, drawHeadline, drawSums, innerWidth, makeRoom, margin, type Pen } from './frame.ts';
import { type Box, pale } from './sheet.ts';

/** Draws the receipt of a payment. */
export function drawReceipt(pen: Pen, content: ReceiptContent): void {
  const { words } = pen;
  const paidOn = dateText(content.issuedOn, words);
  drawHead(pen, words.receipt, [
    [words.receiptNumber, content.number],
    [words.paidOn, paidOn],
    [words.method, methodText(content.method, words)],
    ...(content.method.reference ? [[words.reference, content.method.reference] as const] : []),
  ]);
  drawBuyer(pen, words.paidBy);
  const amount = moneyText(content.amount, content.currency, words);
  drawHeadline(pen, fill(words.amountPaidOn, { amount, date: paidOn }));
  drawCovers(pen, content);
  pen.y += 8;
  drawSums(pen, [{ label: words.amountPaid, amount, strong: true }]);
  drawFeet(pen);
}

function drawCovers(pen: Pen, content: ReceiptContent): void {
  const { words, sheet } = pen;
  const covered = content.covers.reduce((sum, cover) => sum + cover.amount, 0n);
  const rows = content.covers.map((cover): [string, bigint] => [
    fill(words.coveredInvoice, { number: cover.number }),
    cover.amount,
  ]);
  if (covered < content.amount) rows.push([words.toCreditBalance, content.amount - covered]);
  const figures = rows.map(([, amount]) => amountText(amount, content.currency, words));
  const width = Math.max(110, ...figures.map((figure) => sheet.measure(figure, { direction: 'ltr' })));
  const amountBox = { from: sheet.width - margin - width, width, align: 'end' as const };
  const textBox = { from: margin, width: innerWidth(pen) - width - 10 };
  makeRoom(pen, 90);
  drawTableHead(pen, content, textBox, amountBox);
  rows.forEach(([text], index) => {
    // The last row goes with the sum.
    const height = index === rows.length - 1 ? 60 : 24;
    if (makeRoom(pen, height)) drawTableHead(pen, content, textBox, amountBox);
    sheet.figure(figures[index]!, pen.y, amountBox);
    pen.y = sheet.text(text, pen.y, textBox) + 9;
    sheet.rule(pen.y - 5, margin, innerWidth(pen), pale, 0.4);
  });
}

function drawTableHead(pen: Pen, content: ReceiptContent, textBox: Box, amountBox: Box): void {
  const { words, sheet } = pen;
  const style = { size: 8, weight: 'bold' as const, color: content.dress.accentColor };
  sheet.text(words.description, pen.y, textBox, style);
  pen.y = sheet.text(fill(words.amountIn, { code: content.currency }), pen.y, amountBox, style) + 4;
  sheet.rule(pen.y, margin, innerWidth(pen), content.dress.accentColor, 1);
  pen.y += 6;
}

function methodText(method: ReceiptMethod, words: Words): string {
  const byHand = { cash: words.cash, check: words.check, bank_transfer: words.bankTransfer, other: words.otherMethod };
  if (method.manual) return byHand[method.manual];
  const brand = method.brand ? brandName(method.brand) : words.card;
  return method.last4 ? fill(words.endingIn, { brand, last4: method.last4 }) : brand;
}

/** Brands that do not write themselves with one capital letter. */
const brands: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
  mastercard: 'Mastercard',
};

const brandName = (brand: string) => brands[brand] ?? `${brand.charAt(0).toUpperCase()}${brand.slice(1)}`;
