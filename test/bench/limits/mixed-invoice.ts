import { createHash } from 'node:crypto';
import { newId } from '../../../src/platform/id.ts';
import { major, type PricedBy, percentageOf, priceItem } from './mixed-arithmetic.ts';
import type { Payer } from './row-by-row-run.ts';

/** A subscription that is due, with what its invoice says of issuer, buyer and tax. */
export interface DueRow extends Payer {
  due_on: string;
  rate_id: string | null;
  rate_name: string;
  percent: string;
  rule: string;
  entity_id: string;
  prefix: string;
  net_days: number;
  issuer: string;
  buyer: string;
}

/** An item and its price. */
export interface ItemRow extends PricedBy {
  id: string;
  component: string;
  price_id: string;
  description: string;
}

/** A percentage that a subscription was given. */
export interface DiscountRow {
  id: string;
  coupon_name: string;
  percent: string;
}

/** The credit of an account, of one lot. */
export interface LotRow {
  id: string;
  remaining: string;
  balance: string;
  last_seq: string;
}

/** A line as it is written. */
export interface MadeLine {
  id: string;
  item: ItemRow;
  position: number;
  unitAmount: string;
  amount: bigint;
  discount: bigint;
  tax: bigint;
  taxes: string;
  derivation: string;
}

/** An invoice as it is written, but for its number. Minor units. */
export interface Made {
  id: string;
  taxId: string;
  lines: MadeLine[];
  subtotal: bigint;
  discountTotal: bigint;
  taxTotal: bigint;
  total: bigint;
  credit: bigint;
  leftDue: bigint;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n);

/** Prices, discount, tax and credit of one invoice, each rounded once and shared out to its lines. */
export function makeInvoice(
  due: DueRow,
  items: readonly ItemRow[],
  discount: DiscountRow | null,
  lot: LotRow | null,
): Made {
  const priced = items.map(priceItem);
  const amounts = priced.map(({ amount }) => amount);
  const off = percentageOf(amounts, discount?.percent ?? '0');
  const nets = amounts.map((amount, index) => amount - off.shares[index]!);
  const tax = percentageOf(nets, due.rate_id ? due.percent : '0');
  const subtotal = sum(amounts);
  const total = subtotal - off.whole + tax.whole;
  const free = BigInt(lot?.remaining ?? 0);
  const credit = free < total ? free : total;
  const lines = items.map((item, index): MadeLine => {
    const { amount, unitAmount, steps } = priced[index]!;
    const [share, net] = [off.shares[index]!, nets[index]!];
    const discountSteps = discount && [
      {
        ...{ position: 1, discountId: discount.id, couponName: discount.coupon_name, kind: 'percentage' },
        ...{ percent: discount.percent, offered: null, togetherBase: major(subtotal), taken: major(off.whole) },
        ...{ capped: false, base: major(amount), exact: off.exact[index], amount: major(share) },
      },
    ];
    const reason = {
      rule: 'rates',
      on: due.due_on,
      country: due.rule,
      region: null,
      category: null,
      registration: null,
    };
    const taxed = {
      ...{
        taxRateId: due.rate_id,
        percent: due.percent,
        inclusive: false,
        amount: `${tax.shares[index]}`,
        rule: due.rule,
      },
      ...{
        base: `${net}`,
        exact: tax.exact[index],
        together: { base: `${subtotal - off.whole}`, amount: `${tax.whole}` },
      },
    };
    return {
      ...{ id: newId(), item, position: index + 1, unitAmount, amount, discount: share, tax: tax.shares[index]! },
      taxes: JSON.stringify(due.rate_id ? [taxed] : []),
      derivation: JSON.stringify({
        ...{ version: 1, currency: due.currency, steps },
        ...(discountSteps ? { discountSteps } : {}),
        tax: reason,
      }),
    };
  });
  const sums = { subtotal, discountTotal: off.whole, taxTotal: tax.whole, total, credit, leftDue: total - credit };
  return { id: newId(), taxId: newId(), lines, ...sums };
}

/** The number of an invoice, and the hash of what it says. */
export function numbered(due: DueRow, made: Made, seq: string): { seq: string; number: string; hash: string } {
  const number = `${due.prefix}-${seq.padStart(6, '0')}`;
  const micros = (date: Date) => `${date.getTime()}000`;
  const at = micros(due.next_billing_at);
  const text = JSON.stringify;
  const lines = made.lines.map(({ id, position, item, unitAmount, amount, discount, tax, derivation, taxes }) => {
    const sold = `${text(due.id)}, ${text(item.id)}, ${text(item.component)}, ${text(item.price_id)}, ${text(item.description)}`;
    const sums = `${item.quantity}, ${unitAmount}, ${amount}, ${discount}, ${tax}, ${text(due.currency)}`;
    return `[${text(id)}, ${position}, "recurring", ${text(due.account_id)}, ${sold}, ${at}, ${micros(due.period_end)}, ${sums}, null, ${derivation}, ${taxes}]`;
  });
  const net = made.subtotal - made.discountTotal;
  const tax = due.rate_id
    ? `[${text(made.taxId)}, ${text(due.rate_id)}, ${text(due.rate_name)}, ${due.percent}, false, ${net}, ${made.taxTotal}]`
    : '';
  const who = `${text(due.entity_id)}, ${text(due.account_id)}, ${text(due.account_id)}, ${text(due.currency)}`;
  const sums = `${made.subtotal}, ${made.discountTotal}, ${made.taxTotal}, 0, 0, ${made.total}`;
  const content = `["invoice 1", ${text(made.id)}, "native", "subscription_cycle", ${text(number)}, ${text(due.prefix)}, ${seq}, ${who}, ${at}, ${at}, ${at}, ${due.net_days}, null, ${due.issuer}, ${due.buyer}, ${sums}, [${lines.join(', ')}], [${tax}]]`;
  return { seq, number, hash: createHash('sha256').update(content).digest('hex') };
}
