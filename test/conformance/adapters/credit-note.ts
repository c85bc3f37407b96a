import { creditRefusal } from '../../../src/rules/credit-limits.ts';
import {
  type CreditNoteAmounts,
  creditNoteAmounts,
  creditNoteSequence,
  taxShare,
  terminationCredit,
} from '../../../src/rules/credit-note.ts';
import { exactMinor, majorToMinor } from '../../../src/rules/currency.ts';
import { formatDecimal, parseDecimal } from '../../../src/rules/money.ts';
import { type Adapter, type JsonObject, list, number, objects, optionalText, text } from '../adapter.ts';
import { ratesOf } from './invoice.ts';

const minor = (inputs: JsonObject, key: string): bigint => majorToMinor(text(inputs, key), text(inputs, 'currency'));

/** An amount that a case may leave out, which is then none. */
const optionalMinor = (inputs: JsonObject, key: string): bigint =>
  majorToMinor(optionalText(inputs, key) ?? '0', text(inputs, 'currency'));

/** An object inside the inputs, with the currency of the case. */
function inner(inputs: JsonObject, key: string): JsonObject {
  return { currency: text(inputs, 'currency'), ...(inputs[key] as JsonObject) };
}

const figures = (note: CreditNoteAmounts, currency: string) => ({
  discount_share: formatDecimal(note.discountShareMinor, currency),
  sub_total: formatDecimal(note.subTotalMinor, currency),
  tax: formatDecimal(note.taxMinor, currency),
  total: formatDecimal(note.totalMinor, currency),
});

const amounts: Adapter = {
  op: 'credit_note.amounts',
  policies: ['sub_and_tax_rounded_total_is_their_sum'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const items = objects(inputs, 'items').map((item) => ({
      amount: exactMinor(text(item, 'amount'), currency),
      lineAmount: exactMinor(optionalText(item, 'line_amount') ?? text(item, 'amount'), currency),
      lineDiscount: exactMinor(optionalText(item, 'line_discount') ?? '0', currency),
      rates: ratesOf([text(item, 'tax_rate_percent')]),
    }));
    return figures(creditNoteAmounts(items), currency);
  },
};

const sequence: Adapter = {
  op: 'credit_note.sequence',
  policies: ['last_note_takes_the_rounding_difference'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const invoice = inner(inputs, 'invoice');
    const notes = creditNoteSequence(
      { netMinor: minor(invoice, 'sub_total'), taxMinor: minor(invoice, 'tax') },
      list(inputs, 'credit_notes_net_in_order').map((net) => majorToMinor(String(net), currency)),
      parseDecimal(text(inputs, 'tax_rate_percent')),
    );
    return {
      totals: notes.map((note) => formatDecimal(note.totalMinor, currency)),
      taxes: notes.map((note) => formatDecimal(note.taxMinor, currency)),
      creditable_after_each: notes.map((note) => formatDecimal(note.creditableMinor, currency)),
    };
  },
};

const termination: Adapter = {
  op: 'credit_note.termination',
  policies: ['refund_is_paid_share_minus_used_value'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const mode = optionalText(inputs, 'mode') ?? 'credit';
    if (mode !== 'refund' && mode !== 'credit') throw new TypeError('the mode of a termination is unknown');
    const note = terminationCredit(
      {
        feeMinor: minor(inputs, 'plan_fee'),
        usedShare: {
          numerator: BigInt(number(inputs, 'used_days')),
          denominator: BigInt(number(inputs, 'period_days')),
        },
        lineDiscountMinor: optionalMinor(inputs, 'line_discount'),
        rates: ratesOf([text(inputs, 'tax_rate_percent')]),
        alreadyCreditedMinor: optionalMinor(inputs, 'already_credited_net'),
        lineTotalMinor: optionalMinor(inputs, 'line_share_of_invoice'),
        invoiceTotalMinor: optionalMinor(inputs, 'invoice_total'),
        paidMinor: optionalMinor(inputs, 'paid'),
      },
      mode,
    );
    return {
      ...figures(note, currency),
      item_net: formatDecimal(note.itemNetMinor, currency),
      refund: formatDecimal(note.refundMinor, currency),
      credit: formatDecimal(note.creditMinor, currency),
    };
  },
};

const limits: Adapter = {
  op: 'credit_note.limits',
  policies: [],
  run(inputs) {
    const invoice = inner(inputs, 'invoice');
    const request = inner(inputs, 'request');
    const reason = creditRefusal(
      {
        totalMinor: minor(invoice, 'total'),
        paidMinor: minor(invoice, 'paid'),
        settled: invoice.settled === true,
        alreadyCreditedMinor: minor(invoice, 'already_credited_total'),
        alreadyRefundedMinor: minor(invoice, 'already_refunded'),
      },
      { creditMinor: minor(request, 'credit'), refundMinor: minor(request, 'refund') },
    );
    return { accepted: reason === null, reason };
  },
};

const refundedTax: Adapter = {
  op: 'refund.tax_share',
  policies: [],
  run(inputs) {
    const tax = taxShare(
      { netMinor: minor(inputs, 'net'), taxMinor: minor(inputs, 'tax') },
      { netMinor: minor(inputs, 'already_refunded_net'), taxMinor: minor(inputs, 'already_refunded_tax') },
      minor(inputs, 'refund_net'),
    );
    return { refund_tax: formatDecimal(tax, text(inputs, 'currency')) };
  },
};

export const creditNoteAdapters: readonly Adapter[] = [amounts, sequence, termination, limits, refundedTax];
