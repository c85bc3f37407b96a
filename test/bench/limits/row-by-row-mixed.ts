import { newId } from '../../../src/platform/id.ts';
import {
  type DiscountRow,
  type DueRow,
  type ItemRow,
  type LotRow,
  type Made,
  type MadeLine,
  makeInvoice,
  numbered,
} from './mixed-invoice.ts';
import { moveOn, runRowByRow, type Send, takeNumber, tell, writePayment } from './row-by-row-run.ts';

/** The row-by-row limit of the mixed load: the rows that the product writes for it, one statement a row. */
export function billMixedRowByRow(
  url: string,
  options: { cutoff: Date; connections: number; seconds: number },
): Promise<number> {
  return runRowByRow(url, options, billMixed);
}

async function billMixed(send: Send, id: string, now: Date): Promise<void> {
  const [due] = (await send<DueRow>('mixed due', selectDue, [id])).rows;
  const key = [due!.organization_id, id];
  const items = (await send<ItemRow>('items', selectItems, key)).rows;
  const [discount] = (await send<DiscountRow>('discount', selectDiscount, key)).rows;
  const [lot] = (await send<LotRow>('lot', selectLot, [due!.organization_id, due!.account_id, due!.currency])).rows;
  const made = makeInvoice(due!, items, discount ?? null, lot ?? null);
  const content = numbered(due!, made, await takeNumber(send, due!));
  await writeInvoice(send, due!, made, content, now);
  for (const line of made.lines) await writeLine(send, due!, made, line);
  if (discount) await writeDiscount(send, due!, made, discount);
  await writeLedger(send, due!, made, now);
  if (lot && made.credit > 0n) await spendCredit(send, due!, made, lot, now);
  await tellOf(send, due!, made, content.number, now);
  if (made.leftDue > 0n) await writePayment(send, due!, { invoice: made.id, amount: made.leftDue }, now);
  await moveOn(send, due!);
}

const selectDue = `
  select s.organization_id, s.id, s.account_id, s.currency, s.collection, s.next_billing_at, r.id as rate_id, r.name as rate_name,
    trim_scale(r.percent) as percent, r.country as rule, (s.next_billing_at at time zone s.timezone)::date::text as due_on,
    e.id as entity_id, e.invoice_prefix as prefix, o.net_days, m.id as method_id, m.provider,
    json_build_object('legalEntityId', e.id, 'name', e.name, 'address', e.address, 'country', e.country, 'taxIds', e.tax_ids, 'email', e.email)::text as issuer,
    json_build_object('accountId', a.id, 'name', a.name, 'email', a.email, 'billingAddress', a.billing_address, 'taxIds', a.tax_ids, 'taxExempt', a.tax_exempt)::text as buyer,
    (s.anchor_at at time zone s.timezone + make_interval(months => (
      extract(year from age(s.next_billing_at at time zone s.timezone, s.anchor_at at time zone s.timezone)) * 12
      + extract(month from age(s.next_billing_at at time zone s.timezone, s.anchor_at at time zone s.timezone)) + 1)::int)) at time zone s.timezone as period_end
  from subscriptions s
  join organizations o on o.id = s.organization_id
  join accounts a on a.organization_id = s.organization_id and a.id = s.account_id
  join legal_entities e on e.organization_id = s.organization_id and e.is_default
  left join payment_methods m on m.organization_id = s.organization_id and m.account_id = s.account_id and m.is_default and s.collection = 'automatic'
  left join tax_rates r on r.organization_id = s.organization_id and r.country = a.billing_address->>'country' and r.archived_at is null
  where s.id = $1 for update of s`;

const selectItems = `
  select i.id, i.component, i.quantity::text, c.id as price_id, c.model, c.parameters, p.name || ' – ' || c.name as description
  from subscription_items i
  join prices c on c.organization_id = i.organization_id and c.id = i.price_id
  join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
  where i.organization_id = $1 and i.subscription_id = $2 and i.active_to is null order by i.position, i.id`;

const selectDiscount = `
  select d.id, c.name as coupon_name, trim_scale(c.percent)::text as percent from discounts d
  join coupons c on c.organization_id = d.organization_id and c.id = d.coupon_id
  where d.organization_id = $1 and d.subscription_id = $2 and d.status = 'active' for update of d`;

const selectLot = `
  select g.id, g.remaining, b.balance, b.last_seq from credit_balances b
  join credit_grants g on g.organization_id = b.organization_id and g.account_id = b.account_id and g.currency = b.currency and g.remaining > 0
  where b.organization_id = $1 and b.account_id = $2 and b.currency = $3 for update of b`;

async function writeInvoice(
  send: Send,
  due: DueRow,
  made: Made,
  { seq, number, hash }: ReturnType<typeof numbered>,
  now: Date,
): Promise<void> {
  const { organization_id: organization, next_billing_at: at } = due;
  const { subtotal, discountTotal, taxTotal, total, credit, leftDue } = made;
  await send(
    'mixed invoice',
    `insert into invoices (organization_id, id, origin, status, reason, number, number_series, number_seq, legal_entity_id, account_id, bill_to_account_id, currency,
       collection, subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied, amount_paid, written_off, net_days,
       issuer, buyer, due_at, finalized_at, paid_at, content_hash, metadata, created_at, updated_at, recorded_at)
     values ($1, $2, 'native', $3, 'subscription_cycle', $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, 0, 0, $14, $15, 0, 0, 0, $16, $17, $18, $19, $19,
       case $3 when 'paid' then $19::timestamptz end, $20, '{}', $19, $19, $21)`,
    [
      ...[
        organization,
        made.id,
        leftDue > 0n ? 'open' : 'paid',
        number,
        due.prefix,
        seq,
        due.entity_id,
        due.account_id,
      ],
      ...[due.currency, due.collection, subtotal, discountTotal, taxTotal, total, credit, due.net_days],
      ...[due.issuer, due.buyer, at, hash, now],
    ],
  );
  if (!due.rate_id) return;
  await send(
    'tax',
    `insert into invoice_taxes (organization_id, id, invoice_id, tax_rate_id, name, percent, inclusive, taxable, amount, created_at) values ($1, $2, $3, $4, $5, $6, false, $7, $8, $9)`,
    [
      organization,
      made.taxId,
      made.id,
      due.rate_id,
      due.rate_name,
      due.percent,
      subtotal - discountTotal,
      taxTotal,
      at,
    ],
  );
}

async function writeLine(send: Send, due: DueRow, made: Made, line: MadeLine): Promise<void> {
  const { organization_id: organization, next_billing_at: at, period_end: end } = due;
  const { id, item } = line;
  await send(
    'mixed line',
    `insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, subscription_id, subscription_item_id, component, price_id, description,
       period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, taxes, currency, derivation, created_at)
     values ($1, $2, $3, $4, 'recurring', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $11)`,
    [
      ...[organization, id, made.id, line.position, due.account_id, due.id, item.id, item.component, item.price_id],
      ...[item.description, at, end, item.quantity, line.unitAmount, line.amount, line.discount, line.tax],
      ...[line.taxes, due.currency, line.derivation],
    ],
  );
  await send(
    'period',
    `insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id) values ($1, $2, $3, $4, 'recurring', $5, $6, $7)`,
    [organization, newId(), item.id, item.component, at, end, id],
  );
}

async function writeDiscount(send: Send, due: DueRow, made: Made, discount: DiscountRow): Promise<void> {
  const { organization_id: organization, next_billing_at: at, period_end: end } = due;
  const id = newId();
  const terms = {
    ...{
      kind: 'percentage',
      amount: null,
      currency: null,
      percent: discount.percent,
      frequency: 'forever',
      periods: null,
    },
    ...{ accountId: due.account_id, subscriptionId: due.id, priceIds: null },
  };
  await send(
    'taken',
    `insert into invoice_discounts (organization_id, id, invoice_id, discount_id, position, coupon_name, terms, amount, returned, covers_until, consumes, created_at)
     values ($1, $2, $3, $4, 1, $5, $6, $7, 0, $8, true, $9)`,
    [organization, id, made.id, discount.id, discount.coupon_name, JSON.stringify(terms), made.discountTotal, end, at],
  );
  for (const line of made.lines) {
    if (line.discount === 0n) continue;
    await send(
      'share',
      `insert into invoice_line_discounts (organization_id, invoice_line_id, invoice_discount_id, invoice_id, amount) values ($1, $2, $3, $4, $5)`,
      [organization, line.id, id, made.id, line.discount],
    );
  }
  await send(
    'use',
    `update discounts set used_amount = used_amount + $3, used_times = used_times + 1, covered_until = $4, period_used = $3, updated_at = $5
     where organization_id = $1 and id = $2`,
    [organization, discount.id, made.discountTotal, end, at],
  );
}

async function writeLedger(send: Send, due: DueRow, made: Made, now: Date): Promise<void> {
  const { organization_id: organization, next_billing_at: at, currency } = due;
  const post = (effect: string, entries: readonly (readonly [string, bigint])[]) => {
    const moved = entries.filter(([, amount]) => amount !== 0n);
    // A ledger transaction must balance when its statement ends, so its entries come in one.
    return send(
      'entries',
      `insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
       select $1, $2, e.account, $3, e.amount, 'invoice', $4, $5, $6, $7 from unnest($8::text[], $9::bigint[]) e(account, amount)`,
      [
        ...[organization, newId(), currency, made.id, effect, at, now],
        ...[moved.map(([account]) => account), moved.map(([, amount]) => amount)],
      ],
    );
  };
  const net = made.subtotal - made.discountTotal;
  await post('finalize', [
    ['receivable', made.total],
    ['deferred_revenue', -net],
    ['tax_payable', -made.taxTotal],
  ]);
  if (made.credit === 0n) return;
  await post('apply_credit', [
    ['credits', made.credit],
    ['receivable', -made.credit],
  ]);
}

/** Entry, lot and balance must agree when a statement ends, so they come in one. */
async function spendCredit(send: Send, due: DueRow, made: Made, lot: LotRow, now: Date): Promise<void> {
  const { organization_id: organization, next_billing_at: at } = due;
  await send(
    'spend',
    `with entered as (
       insert into credit_entries (organization_id, id, account_id, currency, amount, balance_after, source_type, source_id, grant_id, seq, at, recorded_at)
       values ($1, $2, $3, $4, -$5::bigint, $6, 'invoice_application', $7, $8, $9, $10, $11)
     ), lowered as (
       update credit_grants set remaining = remaining - $5, updated_at = $10 where organization_id = $1 and id = $8)
     update credit_balances set balance = $6, last_seq = $9 where organization_id = $1 and account_id = $3 and currency = $4`,
    [
      ...[organization, newId(), due.account_id, due.currency, made.credit, BigInt(lot.balance) - made.credit],
      ...[made.id, lot.id, BigInt(lot.last_seq) + 1n, at, now],
    ],
  );
  const left = `${BigInt(lot.balance) - made.credit}`;
  const { account_id: accountId, currency } = due;
  const data = { accountId, currency, amount: `${made.credit}`, balance: left, available: left, invoiceId: made.id };
  await tell(send, due, now, 'credit.applied', 'invoice', made.id, data);
}

async function tellOf(send: Send, due: DueRow, made: Made, number: string, now: Date): Promise<void> {
  const { account_id: accountId, currency, collection, next_billing_at: at } = due;
  const status = made.leftDue > 0n ? 'open' : 'paid';
  const data = {
    ...{ invoiceId: made.id, number, status, accountId, billToAccountId: accountId, currency, total: `${made.total}` },
    ...{
      amountDue: `${made.leftDue}`,
      amountPaid: '0',
      collection,
      reason: 'subscription_cycle',
      paymentMethodId: null,
    },
    ...{ dueAt: at.toISOString(), subscriptionIds: [due.id] },
  };
  await tell(send, due, now, 'invoice.finalized', 'invoice', made.id, data);
  if (status === 'paid') await tell(send, due, now, 'invoice.paid', 'invoice', made.id, data);
}
