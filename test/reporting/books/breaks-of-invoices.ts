import type { Breaks } from './breaks.ts';

const invoice = (id: string, changes: string) => `update invoices set ${changes} where id = '${id}'`;
const line = (id: string, changes: string) => `update invoice_lines set ${changes} where id = '${id}'`;
const note = (id: string, changes: string) => `update credit_notes set ${changes} where id = '${id}'`;

/** Documents: their sums, numbers, states, and what they freeze. */
export const invoiceBreaks: Breaks = {
  I05: {
    'a subtotal of its own': invoice('paid', 'subtotal = subtotal + 1'),
    'a line is gone': `delete from invoice_lines where id = 'l-draft'`,
    'a discount that adds': line('l-feb', 'discount_amount = -1'),
    'a discount larger than its line': line('l-feb', 'discount_amount = 1001'),
    'a discount on a credit that takes more': line('l-carried', 'discount_amount = 1'),
  },
  I06: {
    'a line with another share of the tax': line('l-jan', 'tax_amount = 199'),
    'a line with another discount': line('l-feb', 'discount_amount = 99'),
    'a rate is gone': `delete from invoice_taxes where id = 't-paid'`,
    'tax taken for included': invoice('lost', 'tax_included = 199'),
    'tax cut off instead of rounded': `update invoice_taxes set taxable = 1003 where id = 't-paid'`,
  },
  I07: {
    'a total of its own': invoice('open', 'total = total + 1, amount_due = amount_due + 1'),
    'a negative total': invoice('carried', 'carried_to_credit = 200, total = -100, amount_due = -100'),
    'carried to credit below zero': invoice('open', 'subtotal = subtotal + 10, carried_to_credit = -10'),
    'carried to credit although something is left': invoice(
      'carried',
      'carried_to_credit = 310, total = 10, amount_due = 10',
    ),
    'negative credits': invoice('open', 'credits_applied = -80, amount_due = 1160'),
    'negative credit notes': invoice('open', 'credit_notes_applied = -80, amount_due = 1080'),
    'negative money': invoice('open', 'amount_paid = -80, amount_due = 1080'),
    'a negative write-off': invoice('open', 'written_off = -80, amount_due = 1080'),
    'paid beyond its total': invoice('paid', 'amount_paid = 1300, amount_due = -100'),
    'an amount due of its own': invoice('open', 'amount_due = 999'),
    'a void invoice that asks for money': invoice('void', 'amount_due = 300'),
  },
  I14: {
    'notes above their invoice': `${note('note', 'total = 1300, to_balance = 1180, to_refund = 120')};
      update credit_note_lines set amount = 1300 where id = 'nl'`,
    'more to refund than was paid': invoice('paid', 'amount_paid = 50'),
    'a split that does not add up': note('note', 'to_balance = 61'),
    'a note of nothing': note('note', 'total = 0, to_balance = 0, to_refund = 0'),
    'a negative part': note('note', 'to_balance = -10, to_refund = 130'),
    'not applied as the notes say': invoice('parts', 'credit_notes_applied = 90'),
    'lines that do not add up': `update credit_note_lines set amount = 119 where id = 'nl'`,
  },
  I22: {
    'a number twice': invoice('open', `number = 'A-1'`),
    'a gap in the series': invoice('periods', 'number_seq = 99'),
    'a place in the series twice': invoice('open', 'number_seq = 1'),
    'a place without a number': invoice('open', 'number = null'),
    'a number without a place': invoice('open', 'number_seq = null'),
    'the number of a note twice': note('note-open', `number = 'CN-1'`),
    'a gap in the series of notes': note('note-open', 'number_seq = 3'),
    'a place in the series of notes twice': `insert into credit_notes select (n).* from (select n from credit_notes n where id = 'note') as copy;
      update credit_notes set number_seq = 2, number = null where id = 'note'`,
  },
  I23: {
    'content that changed': invoice('paid', `content_hash_now = 'other'`),
    'content that was never sealed': invoice('paid', 'content_hash = null, content_hash_now = null'),
  },
  I24: {
    'a status nobody knows': invoice('open', `status = 'past_due'`),
    'paid and owing': invoice('paid', 'amount_due = 1'),
    'written off and owing': invoice('lost', 'amount_due = 1'),
    'open without a number': invoice('open', 'number = null'),
    'paid without having been issued': invoice('paid', 'finalized_at = null'),
    'a draft with a number': invoice('draft', `number = 'A-9'`),
    'a draft that was issued': invoice('draft', 'finalized_at = now()'),
    'a draft with money': invoice('draft', 'amount_paid = 1'),
    'a draft with credits': invoice('draft', 'credits_applied = 1'),
    'open and owing nothing': invoice('open', 'amount_due = 0'),
    'paid at no time': invoice('paid', 'paid_at = null'),
    'open and paid at some time': invoice('open', 'paid_at = now()'),
    'void at no time': invoice('void', 'voided_at = null'),
    'open and void at some time': invoice('open', 'voided_at = now()'),
    'uncollectible and nothing written off': invoice('lost', 'written_off = 0'),
    'void with money': invoice('void', 'amount_paid = 1'),
  },
  I25: {
    'a line in another currency': line('l-jan', `currency = 'USD'`),
    'a payment in another currency': `update payments set currency = 'USD' where id = 'p-paid'`,
    'a refund in another currency': `update refunds set currency = 'USD'`,
    'a note in another currency': note('note', `currency = 'USD'`),
  },
  I26: {
    'a line of a foreign invoice': line('l-draft', `invoice_id = 'foreign'`),
    'a line of no invoice': line('l-draft', `invoice_id = 'none'`),
    'money for a foreign invoice': `update payment_applications set invoice_id = 'foreign' where id = 'ap-paid'`,
    'money of no payment': `update payment_applications set payment_id = 'none' where id = 'ap-paid'`,
    'an attempt of no payment': `update payment_attempts set payment_id = 'none' where id = 'at-part'`,
    'a refund of no payment': `update refunds set payment_id = 'none'`,
    'a note for a foreign invoice': note('note', `invoice_id = 'foreign'`),
    'usage of no item': `update usage_events set subscription_item_id = 'none' where id = 'u4'`,
    'usage on a foreign line': `update usage_events set billed_line_id = 'l-foreign' where id = 'u4'`,
    'a line for a foreign item': line('l-draft', `subscription_item_id = 'i-foreign'`),
    'an item of a foreign subscription': `update subscription_items set subscription_id = 'foreign' where id = 'i-weekly'`,
  },
  I48: {
    'taken back beyond itself': line('l-back', 'amount = -1501'),
    'credited beyond itself and its tax': `update credit_note_lines set amount = 1201 where id = 'nl'`,
    'taken back and credited beyond itself': `update credit_note_lines set invoice_line_id = 'l-whole', amount = 701 where id = 'nl'`,
  },
};
