import { majorToMinor } from '../../../src/rules/currency.ts';
import { applyDiscounts } from '../../../src/rules/discount.ts';
import { formatDecimal } from '../../../src/rules/money.ts';
import { invoiceTotals } from '../../../src/rules/totals.ts';
import { allocateWallets, ongoingBalance, type PayableLine, topUp } from '../../../src/rules/wallet.ts';
import { type Adapter, type Json, type JsonObject, list, objects, optionalText, text } from '../adapter.ts';
import { discountOf } from './invoice.ts';

const discountThenCredits: Adapter = {
  op: 'invoice.discount_then_credits',
  policies: ['discounts_then_prepaid_credits'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const amounts = list(inputs, 'lines').map((amount) => majorToMinor(String(amount), currency));
    const byLine = Object.entries((inputs.line_discounts_percent ?? {}) as JsonObject);
    const onInvoice = inputs.invoice_discount as JsonObject | null | undefined;
    const discounted = applyDiscounts(amounts, [
      ...byLine.map(([index, percent]) => ({
        kind: 'percentage' as const,
        percent: String(percent),
        lines: [Number(index)],
      })),
      ...(onInvoice ? [discountOf(onInvoice, currency)] : []),
    ]);
    const lines = amounts.map((amountMinor, index) => ({
      amountMinor,
      discountMinor: discounted.lines[index]!.discountMinor,
    }));
    const eligible = inputs.credit_eligible_lines as readonly Json[] | null | undefined;
    const use = allocateWallets(
      invoiceTotals(lines).totalMinor,
      lines.map((line, index) => ({ kind: String(index), dueMinor: invoiceTotals([line]).totalMinor })),
      list(inputs, 'prepaid_credits').map((balance, index) => ({
        id: String(index),
        balanceMinor: majorToMinor(String(balance), currency),
        lineKinds: eligible?.map(String) ?? null,
      })),
    );
    const invoice = invoiceTotals(lines, use.appliedMinor);
    return {
      discount: formatDecimal(invoice.discountTotalMinor, currency),
      credits: formatDecimal(invoice.creditsAppliedMinor, currency),
      total: formatDecimal(invoice.amountDueMinor, currency),
    };
  },
};

/** Lines as a list of kinds with amounts, or as amounts by kind. */
function payableLines(inputs: JsonObject): PayableLine[] | null {
  const { lines } = inputs;
  const currency = text(inputs, 'currency');
  if (lines === null || lines === undefined) return null;
  if (Array.isArray(lines)) {
    return objects(inputs, 'lines').map((line) => ({
      kind: text(line, 'kind'),
      dueMinor: majorToMinor(text(line, 'amount'), currency),
    }));
  }
  return Object.entries(lines).map(([kind, amount]) => ({ kind, dueMinor: majorToMinor(String(amount), currency) }));
}

const allocation: Adapter = {
  op: 'invoice.wallet_allocation',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const wallets = objects(inputs, 'wallets_in_priority_order').map((wallet) => ({
      id: text(wallet, 'name'),
      balanceMinor: majorToMinor(text(wallet, 'balance'), currency),
      lineKinds: Array.isArray(wallet.line_kinds) ? wallet.line_kinds.map(String) : null,
    }));
    const use = allocateWallets(majorToMinor(text(inputs, 'due'), currency), payableLines(inputs), wallets);
    return {
      applied: Object.fromEntries(use.wallets.map((one) => [one.id, formatDecimal(one.appliedMinor, currency)])),
    };
  },
};

const purchase: Adapter = {
  op: 'invoice.wallet_top_up',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const bought = topUp(text(inputs, 'credits'), optionalText(inputs, 'rate_amount') ?? '1', currency);
    return { credits: bought.credits, amount: formatDecimal(bought.amountMinor, currency) };
  },
};

const ongoing: Adapter = {
  op: 'invoice.wallet_ongoing_balance',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const balance = majorToMinor(text(inputs, 'balance'), currency);
    const unbilled = majorToMinor(text(inputs, 'unbilled_usage'), currency);
    return {
      ongoing_balance: formatDecimal(ongoingBalance(balance, unbilled), currency),
      balance: formatDecimal(balance, currency),
    };
  },
};

export const walletAdapters: readonly Adapter[] = [discountThenCredits, allocation, purchase, ongoing];
