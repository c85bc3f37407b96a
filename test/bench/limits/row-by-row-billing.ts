import { createHash } from 'node:crypto';
import { newId } from '../../../src/platform/id.ts';
import { moveOn, type Payer, runRowByRow, type Send, takeNumber, tell, writePayment } from './row-by-row-run.ts';

/** The row-by-row limit of flat prices: it writes the same rows as the product and the set-based limit. */
export function billRowByRow(
  url: string,
  options: { cutoff: Date; connections: number; seconds: number },
): Promise<number> {
  return runRowByRow(url, options, billFlat);
}

interface DueRow extends Payer {
  item_id: string;
  component: string;
  quantity: string;
  price_id: string;
  description: string;
  unit_amount: string;
  rate_id: string | null;
  rate_name: string;
  percent: string;
  entity_id: string;
  prefix: string;
  net_days: number;
  issuer: string;
  buyer: string;
}

async function billFlat(send: Send, id: string, now: Date): Promise<void> {
  const { rows } = await send<DueRow>('due', selectDue, [id]);
  const due = rows[0]!;
  const made = makeInvoice(due, await takeNumber(send, due));
  await writeInvoice(send, due, made, now);
  await writePayment(send, due, { invoice: made.invoice, amount: made.net + made.taxAmount }, now);
  await moveOn(send, due);
}

const selectDue = `
  select s.organization_id, s.id, s.account_id, s.currency, s.collection, s.next_billing_at, i.id as item_id, i.component, i.quantity, c.id as price_id,
    p.name || ' – ' || c.name as description, c.parameters->>'amount' as unit_amount, r.id as rate_id, r.name as rate_name, trim_scale(r.percent) as percent,
    e.id as entity_id, e.invoice_prefix as prefix, o.net_days, m.id as method_id, m.provider,
    json_build_object('legalEntityId', e.id, 'name', e.name, 'address', e.address, 'country', e.country, 'taxIds', e.tax_ids, 'email', e.email)::text as issuer,
    json_build_object('accountId', a.id, 'name', a.name, 'email', a.email, 'billingAddress', a.billing_address, 'taxIds', a.tax_ids, 'taxExempt', a.tax_exempt)::text as buyer,
    (s.anchor_at at time zone s.timezone + make_interval(months => (
      extract(year from age(s.next_billing_at at time zone s.timezone, s.anchor_at at time zone s.timezone)) * 12
      + extract(month from age(s.next_billing_at at time zone s.timezone, s.anchor_at at time zone s.timezone)) + 1)::int)) at time zone s.timezone as period_end
  from subscriptions s
  join organizations o on o.id = s.organization_id
  join accounts a on a.organization_id = s.organization_id and a.id = s.account_id
  join subscription_items i on i.organization_id = s.organization_id and i.subscription_id = s.id
  join prices c on c.organization_id = i.organization_id and c.id = i.price_id
  join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
  join legal_entities e on e.organization_id = s.organization_id and e.is_default
  left join payment_methods m on m.organization_id = s.organization_id and m.account_id = s.account_id and m.is_default and s.collection = 'automatic'
  left join tax_rates r on r.organization_id = s.organization_id and r.country = a.billing_address->>'country' and r.archived_at is null
  where s.id = $1 for update of s`;

interface Made {
  invoice: string;
  line: string;
  tax: string;
  number: string;
  seq: string;
  net: bigint;
  taxAmount: bigint;
  derivation: string;
  hash: string;
}

function makeInvoice(due: DueRow, seq: string): Made {
  const net = BigInt(due.unit_amount);
  const taxAmount = due.rate_id ? (net * BigInt(due.percent) + 50n) / 100n : 0n;
  const ids = { invoice: newId(), line: newId(), tax: newId() };
  const number = `${due.prefix}-${seq.padStart(6, '0')}`;
  const major = `${net / 100n}.${(net % 100n).toString().padStart(2, '0')}`;
  const derivation = JSON.stringify({ version: 1, currency: due.currency, steps: [{ step: 'flat', amount: major }] });
  const micros = (date: Date) => `${date.getTime()}000`;
  const at = micros(due.next_billing_at);
  const text = JSON.stringify;
  const line = `[${text(ids.line)}, 1, "recurring", ${text(due.account_id)}, ${text(due.id)}, ${text(due.item_id)}, ${text(due.component)}, ${text(due.price_id)}, ${text(due.description)}, ${at}, ${micros(due.period_end)}, ${due.quantity}, ${net}, ${net}, 0, ${taxAmount}, ${text(due.currency)}, null, ${derivation}]`;
  const tax = due.rate_id
    ? `[${text(ids.tax)}, ${text(due.rate_id)}, ${text(due.rate_name)}, ${due.percent}, false, ${net}, ${taxAmount}]`
    : '';
  const content = `["invoice 1", ${text(ids.invoice)}, "native", "subscription_cycle", ${text(number)}, ${text(due.prefix)}, ${seq}, ${text(due.entity_id)}, ${text(due.account_id)}, ${text(due.account_id)}, ${text(due.currency)}, ${at}, ${at}, ${at}, ${due.net_days}, null, ${due.issuer}, ${due.buyer}, ${net}, 0, ${taxAmount}, 0, 0, ${net + taxAmount}, [${line}], [${tax}]]`;
  return { ...ids, number, seq, net, taxAmount, derivation, hash: createHash('sha256').update(content).digest('hex') };
}

async function writeInvoice(send: Send, due: DueRow, made: Made, now: Date): Promise<void> {
  const { organization_id: organization, next_billing_at: at } = due;
  const total = made.net + made.taxAmount;
  await send(
    'invoice',
    `insert into invoices (organization_id, id, origin, status, reason, number, number_series, number_seq, legal_entity_id, account_id, bill_to_account_id, currency,
       collection, subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied, amount_paid, written_off, net_days,
       issuer, buyer, due_at, finalized_at, content_hash, metadata, created_at, updated_at, recorded_at)
     values ($1, $2, 'native', 'open', 'subscription_cycle', $3, $4, $5, $6, $7, $7, $8, $9, $10, 0, $11, 0, 0, $12, 0, 0, 0, 0, $13, $14, $15, $16, $16, $17, '{}', $16, $16, $18)`,
    [
      organization,
      made.invoice,
      made.number,
      due.prefix,
      made.seq,
      due.entity_id,
      due.account_id,
      due.currency,
      due.collection,
      made.net,
      made.taxAmount,
      total,
      due.net_days,
      due.issuer,
      due.buyer,
      at,
      made.hash,
      now,
    ],
  );
  await send(
    'line',
    `insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, subscription_id, subscription_item_id, component, price_id, description,
       period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, currency, derivation, created_at)
     values ($1, $2, $3, 1, 'recurring', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::bigint, $13::bigint, 0, $14, $15, $16, $10)`,
    [
      organization,
      made.line,
      made.invoice,
      due.account_id,
      due.id,
      due.item_id,
      due.component,
      due.price_id,
      due.description,
      at,
      due.period_end,
      due.quantity,
      made.net,
      made.taxAmount,
      due.currency,
      made.derivation,
    ],
  );
  if (due.rate_id) {
    await send(
      'tax',
      `insert into invoice_taxes (organization_id, id, invoice_id, tax_rate_id, name, percent, inclusive, taxable, amount, created_at) values ($1, $2, $3, $4, $5, $6, false, $7, $8, $9)`,
      [organization, made.tax, made.invoice, due.rate_id, due.rate_name, due.percent, made.net, made.taxAmount, at],
    );
  }
  await send(
    'period',
    `insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id) values ($1, $2, $3, $4, 'recurring', $5, $6, $7)`,
    [organization, newId(), due.item_id, due.component, at, due.period_end, made.line],
  );
  // A ledger transaction must balance when its statement ends, so its entries come in one.
  await send(
    'ledger',
    `insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
     select $1, $2, e.account, $3, e.amount, 'invoice', $4, 'finalize', $5, $6
     from (values ('receivable', $7::bigint), ('deferred_revenue', $8::bigint), ('tax_payable', $9::bigint)) e(account, amount) where e.amount <> 0`,
    [organization, newId(), due.currency, made.invoice, at, now, total, -made.net, -made.taxAmount],
  );
  await tell(send, due, now, 'invoice.finalized', 'invoice', made.invoice, {
    invoiceId: made.invoice,
    number: made.number,
    status: 'open',
    accountId: due.account_id,
    billToAccountId: due.account_id,
    currency: due.currency,
    total: `${total}`,
    amountDue: `${total}`,
    amountPaid: '0',
    collection: due.collection,
    paymentMethodId: null,
    dueAt: at.toISOString(),
    subscriptionIds: [due.id],
  });
}
