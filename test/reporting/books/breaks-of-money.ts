import type { Breaks } from './breaks.ts';

const copy = (table: string, id: string, changes: string) =>
  `insert into ${table} select (jsonb_populate_record(t, '${changes}')).* from ${table} t where t.id::text = '${id}'`;
const payment = (id: string, changes: string) => `update payments set ${changes} where id = '${id}'`;
const attempt = (id: string, changes: string) => `update payment_attempts set ${changes} where id = '${id}'`;
const applied = (id: string, changes: string) => `update payment_applications set ${changes} where id = '${id}'`;
const credit = (id: string, changes: string) => `update credit_entries set ${changes} where id = '${id}'`;
const ledger = (source: string, account: string, changes: string) =>
  `update ledger_entries set ${changes} where source_id = '${source}' and account = '${account}'`;

/** The ledger, and money as it comes, is in flight, goes back, or lies as credit. */
export const moneyBreaks: Breaks = {
  I01: {
    'an amount that was changed': ledger('open', 'revenue', 'amount = amount + 1'),
    'a side in another currency': ledger('gift', 'revenue', `currency = 'USD'`),
  },
  I02: {
    'a side that is gone': `delete from ledger_entries where source_id = 'p-part' and account = 'cash'`,
    'a side moved to another organization': ledger('p-part', 'cash', `org_id = 'b'`),
  },
  I03: { 'a side moved to another organization': ledger('p-part', 'cash', `org_id = 'b'`) },
  I04: {
    'the same posted again': `insert into ledger_entries select id + 1000, 'again', org_id, account, currency, amount, source_type, source_id, effect, at
      from ledger_entries where source_id = 'paid'`,
  },
  I08: {
    'paid is not what was applied': `update invoices set amount_paid = 1100 where id = 'paid'`,
    'money counted that was given free': applied('ap-paid', `status = 'released'`),
    'applied beyond the payment': applied('ap-usage', 'amount = 431'),
    'applied although it failed': payment('p-paid', `status = 'failed'`),
    'applied although it was taken back': payment('p-paid', `status = 'reversed'`),
    'reserved beyond the payment': applied('ap-open', 'amount = 1001'),
    'still reserved after success': payment('p-open', `status = 'succeeded'`),
    'left over more than was left': credit('c6', 'amount = 401'),
  },
  I09: {
    'in flight above what is asked for': applied('ap-open', 'amount = 1001'),
    'applied above what is asked for': copy('payment_applications', 'ap-paid', '{"id": "again"}'),
    'in flight for a void invoice': applied('ap-open', `invoice_id = 'void'`),
    'in flight for a draft': applied('ap-open', `invoice_id = 'draft', amount = 1`),
  },
  I10: {
    'two payments in flight for one invoice': applied('ap-usage', `invoice_id = 'open', status = 'pending'`),
    'two attempts in flight': copy('payment_attempts', 'at-open', '{"attempt_no": 2, "status": "unknown"}'),
    'two attempts that succeeded': copy('payment_attempts', 'at-part', '{"attempt_no": 2}'),
    'one that succeeded, one in flight': copy(
      'payment_attempts',
      'at-part',
      '{"attempt_no": 2, "status": "requires_action"}',
    ),
  },
  I11: {
    'one provider object for two payments': attempt('at-part', `provider_ref = 'pi_p-paid'`),
    'one provider refund for two refunds': copy('refunds', 'refund', '{"id": "again"}'),
  },
  I12: {
    'a key used twice': attempt('at-part', `idempotency_key = 'at-usage'`),
    'a number left out': attempt('at-paid-2', 'attempt_no = 3'),
    'numbers from zero': `${attempt('at-paid-1', 'attempt_no = 0')}; ${attempt('at-paid-2', 'attempt_no = 2')}`,
    'a number twice': `${attempt('at-paid-2', 'attempt_no = 3')}; ${copy('payment_attempts', 'at-paid-2', '{"status": "failed"}')}`,
  },
  I13: {
    'given back and withheld beyond the payment': `update refunds set amount = 1101`,
    'withheld beyond the payment': `update disputes set funds_withdrawn = 1150`,
    'given back of what never came in': payment('p-paid', `status = 'failed'`),
  },
  I15: {
    'spent before it was there': credit('c0', 'amount = 70'),
    'two entries in one place': credit('c4', 'seq = 4'),
  },
  I16: {
    'granted twice': copy('credit_entries', 'c0', '{"seq": 9}'),
    'expired twice': copy('credit_entries', 'c7', '{"seq": 9}'),
  },
  I17: {
    'spent is not what was applied': `update invoices set credits_applied = 70 where id = 'open'`,
    'spent on a draft': credit('c7', `source_type = 'invoice_application', source_id = 'draft'`),
    'not given back by a void': `delete from credit_entries where id = 'c3'`,
    'carried is not what came': credit('c4', 'amount = 290'),
    'still carried after a void': `update invoices set status = 'void' where id = 'carried'`,
  },
  I36: {
    'a number left out': `update dunning_attempts set attempt_no = 3 where id = 'd2'`,
    'numbers from zero': `update dunning_attempts set attempt_no = attempt_no * 2 - 2 where invoice_id = 'open'`,
    'a number twice': `update dunning_attempts set attempt_no = 3 where id = 'd2'; ${copy('dunning_attempts', 'd2', '{}')}`,
    'a reminder after the void': `update dunning_attempts set at = '2026-02-04' where id = 'd3'`,
    'a reminder after the money': `update dunning_attempts set at = '2026-02-04', invoice_id = 'paid' where id = 'd3'`,
  },
  I38: {
    'something owed that is in no ledger': `delete from ledger_entries where source_id = 'periods'`,
    'owed in the ledger and to nobody': `delete from invoices where id = 'foreign'`,
  },
  I39: {
    'money that is in no ledger': payment('p-open', `status = 'succeeded'`),
    'given back beside the ledger': `update refunds set amount = 61`,
    'withheld beside the ledger': `update disputes set funds_withdrawn = 0`,
    'cash that came from nowhere': ledger('p-part', 'cash', 'amount = 300'),
  },
  I41: {
    'parts that do not add up': `update installments set amount = 199 where id = 'n2'`,
    'a part dropped and the plan kept': `update installments set status = 'canceled' where id = 'n2'`,
  },
  I43: {
    'approved by nobody': `update refunds set approved_by = null`,
    'approved by who asked': `update refunds set approved_by = 'ann'`,
  },
  I46: {
    'a part paid beyond itself': applied('ap-part', 'amount = 201'),
    'paid without money': `update installments set status = 'paid' where id = 'n2'`,
    'money and not paid': `update installments set status = 'due' where id = 'n1'`,
  },
  P01: {
    'kept for what is final': `update invoices set status = 'open' where id = 'draft'`,
    'kept for nothing': `update invoice_lines set reverses_line_id = null where id = 'l-carried'`,
    'bought and paid': `update frozen_credits set invoice_id = 'paid' where id = 'bounced'`,
    given: `update frozen_credits set source_type = 'grant' where id = 'bounced'`,
  },
  I47: {
    'a balance beside the ledger': credit('c0', 'amount = 501'),
    'credit in the ledger that nobody has': ledger('gift', 'credits', 'amount = amount - 1'),
  },
};
