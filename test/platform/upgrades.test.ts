import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate, migrationNames } from '../../src/platform/migrate.ts';
import { verifyBooks } from '../../src/reporting/books/index.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { testWorld } from '../support/world.ts';

/** Rows as they were before migrations that change data, brought through all of them at once. */
let database: TestDatabase;
let client: pg.Client;

const before = migrationNames()
  .filter((name) => name < '0075')
  .at(-1)!;
const id = (number: number): string => `00000000-0000-7000-8000-${number.toString().padStart(12, '0')}`;
const organization = id(1);

const blank: Record<string, unknown> = {
  ...{ uuid: id(0), text: 'x', bigint: 0, int4: 0, int8: 0, bool: false, numeric: 0, json: '{}', jsonb: '{}' },
  ...{ timestamptz: '2026-01-01T00:00:00Z', date: '2026-01-01' },
};

/** Adds rows by what is said of them, whatever they hang on; the other columns that must not be empty hold something. */
async function add(table: string, ...rows: Record<string, unknown>[]): Promise<void> {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `select column_name as name, udt_name as type from information_schema.columns where table_schema = 'public' and table_name = $1
       and is_nullable = 'NO' and column_default is null and is_generated = 'NEVER' and is_identity = 'NO'`,
    [table],
  );
  for (const row of rows) {
    const empty = Object.fromEntries(columns.map(({ name, type }) => [name, blank[type]]));
    const of = table === 'organizations' ? {} : { organization_id: organization };
    const values = Object.entries({ ...empty, ...of, ...row });
    await client.query(
      `insert into ${table} (${values.map(([name]) => name).join(', ')}) values (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
      values.map(([, value]) => value),
    );
  }
}

const rate = (number: number, country: string, region: string | null, percent: number, jurisdiction = '') => ({
  ...{ id: id(number), country, region, percent, jurisdiction, created_at: `2026-01-01T00:00:${number % 60}Z` },
});

async function addTaxes(): Promise<void> {
  await add(
    'tax_rates',
    rate(10, 'ES', 'CANARIAS', 7),
    rate(11, 'ES', 'GC', 7),
    rate(12, 'ES', null, 21),
    rate(13, 'FR', '971', 8.5),
    rate(14, 'FR', '974', 8.5),
    rate(15, 'RE', null, 2, 'octroi'),
    rate(16, 'FR', 'BRETAGNE', 1),
    rate(17, 'US', 'NEW YORK', 4),
    rate(18, 'US', 'NY', 4.5, 'city'),
    rate(19, 'US', 'CALIFORNIA', 7.25),
    rate(20, 'US', 'NEW JERSEY', 6),
    rate(21, 'US', 'NJ', 6.625),
    rate(22, 'FI', 'ÅLAND', 25.5),
  );
  const registration = (number: number, country: string, region: string | null) => ({
    ...{ id: id(number), legal_entity_id: id(2), country, region, scheme: 'standard' },
    created_at: `2026-01-01T00:00:${number}Z`,
  });
  await add(
    'tax_registrations',
    registration(30, 'ES', 'TF'),
    registration(31, 'ES', 'CANARIAS'),
    registration(32, 'FR', '972'),
    registration(33, 'US', 'NEW YORK'),
  );
}

async function addPauses(): Promise<void> {
  const pause = (number: number, from: number, to: number | null, anchor = 'keep') => ({
    ...{ id: id(number), subscription_id: id(40), anchor, paused_from: `2026-03-${from}T00:00:00Z` },
    resumed_at: to && `2026-03-${to}T00:00:00Z`,
  });
  await add('subscription_items', { id: id(41), subscription_id: id(40), billing_mode: 'advance' });
  const period = { subscription_item_id: id(41), kind: 'recurring' };
  await add(
    'billed_periods',
    { ...period, id: id(42), period_start: '2026-03-01T00:00:00Z', period_end: '2026-04-01T00:00:00Z' },
    { ...period, id: id(43), period_start: '2026-02-01T00:00:00Z', period_end: '2026-03-01T00:00:00Z' },
  );
  await add(
    'subscription_pauses',
    pause(44, 10, 12),
    pause(45, 15, 18),
    pause(46, 20, 22, 'shift'),
    pause(47, 25, null),
  );
}

/** An invoice of 100.00 whose payment was reversed after `refunded` of it was given back, by a note or without one. */
async function addReversed(
  number: number,
  refunded: number,
  { noted, writtenOff = false }: { noted: boolean; writtenOff?: boolean },
): Promise<void> {
  const [invoice, payment, refund, note] = [0, 1, 2, 3].map((index) => id(number + index));
  const at = '2026-02-01T00:00:00Z';
  await add('invoices', {
    ...{
      id: invoice,
      status: writtenOff ? 'uncollectible' : 'open',
      reason: 'manual',
      currency: 'EUR',
      collection: 'manual',
    },
    ...{ legal_entity_id: id(2), account_id: id(3), bill_to_account_id: id(3), subtotal: 10_000, total: 10_000 },
    ...{
      number: `A-${number}`,
      number_series: 'A-',
      number_seq: number,
      finalized_at: at,
      due_at: at,
      content_hash: '',
    },
    ...{ issuer: '{}', buyer: '{}', written_off: writtenOff ? 10_000 : 0, uncollectible_at: writtenOff ? at : null },
  });
  await add('payments', {
    ...{
      id: payment,
      account_id: id(3),
      provider: 'manual',
      status: 'reversed',
      amount: 10_000,
      amount_refunded: refunded,
    },
    ...{
      currency: 'EUR',
      capture_method: 'automatic',
      settled_at: at,
      reversed_at: at,
      reversal_reason: 'insufficient_funds',
    },
  });
  await add('payment_applications', {
    ...{ id: id(number + 4), payment_id: payment, invoice_id: invoice, amount: 10_000, status: 'reversed' },
  });
  await add('refunds', {
    ...{ id: refund, payment_id: payment, amount: refunded, currency: 'EUR', status: 'succeeded', provider: 'manual' },
    credit_note_id: noted ? note : null,
  });
  if (!noted) return;
  await add('credit_notes', {
    ...{ id: note, invoice_id: invoice, account_id: id(3), status: 'issued', total: refunded, to_refund: refunded },
    ...{
      to_balance: 0,
      to_invoice: 0,
      currency: 'EUR',
      reason: 'other',
      subtotal: refunded,
      number: `CN-${number}`,
      number_seq: number,
    },
    ...{ number_series: 'CN-', content_hash: '' },
  });
  await add('credit_note_lines', { id: id(number + 5), credit_note_id: note, amount: refunded, total: refunded });
}

/** A payment of 110.00 for invoices of 60.00 and, later, 40.00: 10.00 became credit; it was refunded with and without a note. */
async function addRefunded(): Promise<void> {
  const at = (minute: number) => `2026-02-01T00:0${minute}:00Z`;
  const invoice = (number: number, total: number) => ({
    ...{ id: id(number), status: 'paid', reason: 'manual', currency: 'EUR', collection: 'manual', paid_at: at(0) },
    ...{ legal_entity_id: id(2), account_id: id(3), bill_to_account_id: id(3), subtotal: total, total },
    ...{ amount_paid: total, number: `A-${number}`, number_series: 'A-', number_seq: number, finalized_at: at(0) },
    ...{ due_at: at(0), content_hash: '', issuer: '{}', buyer: '{}' },
  });
  await add('invoices', invoice(130, 6_000), invoice(131, 4_000));
  await add('payments', {
    ...{
      id: id(132),
      account_id: id(3),
      provider: 'manual',
      status: 'succeeded',
      amount: 11_000,
      amount_refunded: 7_000,
    },
    ...{ currency: 'EUR', capture_method: 'automatic', settled_at: at(0) },
  });
  const covers = (number: number, invoice_id: string, amount: number, minute: number) => ({
    ...{ id: id(number), payment_id: id(132), invoice_id, amount, status: 'applied', created_at: at(minute) },
  });
  await add('payment_applications', covers(133, id(130), 6_000, 1), covers(134, id(131), 4_000, 2));
  const refund = (number: number, amount: number, minute: number, more = {}) => ({
    ...{ id: id(number), payment_id: id(132), amount, currency: 'EUR', status: 'succeeded', provider: 'manual' },
    ...{ created_at: at(minute), ...more },
  });
  await add(
    'refunds',
    refund(135, 5_500, 3, { credit_withdrawn: 1_000 }),
    refund(136, 2_000, 4, { status: 'failed' }),
    refund(137, 500, 5, { credit_note_id: id(139) }),
    refund(138, 1_000, 6),
  );
  await add('credit_notes', {
    ...{ id: id(139), invoice_id: id(130), account_id: id(3), status: 'issued', total: 500, to_refund: 500 },
    ...{ to_balance: 0, to_invoice: 0, currency: 'EUR', reason: 'other', subtotal: 500, number: 'CN-139' },
    ...{ number_seq: 139, number_series: 'CN-', content_hash: '' },
  });
  await add('credit_note_lines', { id: id(140), credit_note_id: id(139), amount: 500, total: 500 });
}

beforeAll(async () => {
  database = await emptyDatabase();
  await migrate({ ownerUrl: database.ownerUrl, through: before });
  client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  await add('organizations', { id: organization, mode: 'live', default_currency: 'EUR', timezone: 'UTC' });
  await add('legal_entities', { id: id(2), invoice_prefix: 'A-', is_default: true });
  await add('number_series', { legal_entity_id: id(2), kind: 'invoice', last_number: 200 });
  await add('accounts', { id: id(3), currency: 'EUR', timezone: 'UTC' });
  await addTaxes();
  await addPauses();
  await addReversed(100, 3_000, { noted: false });
  await addReversed(110, 3_000, { noted: true });
  await addReversed(120, 10_000, { noted: true, writtenOff: true });
  await addRefunded();
  await migrate({ ownerUrl: database.ownerUrl, runtimeUrl: database.runtimeUrl });
}, 300_000);

afterAll(async () => {
  await client?.end();
  await database.drop();
});

const rows = async (sql: string) => (await client.query(sql)).rows;

test('rates of territories and states are where addresses are found now, each charged once', async () => {
  const rates = await rows(`
    select country || coalesce('/' || region, '') as place, trim_scale(percent)::text as percent,
      case when jurisdiction = id::text then 'own' else jurisdiction end as jurisdiction, archived_at is not null as archived
    from tax_rates order by id`);
  expect(
    rates.map(
      ({ place, percent, jurisdiction, archived }) =>
        `${place} ${percent} ${jurisdiction}${archived ? ' archived' : ''}`,
    ),
  ).toEqual([
    'ES/CN 7 ',
    'ES/GC 7  archived',
    'ES 21 ',
    'GP 8.5 ',
    'RE 8.5 own',
    'RE 2 octroi',
    'FR/BRETAGNE 1 ',
    'US/NY 4 own',
    'US/NY 4.5 city',
    'US/CA 7.25 ',
    'US/NEW JERSEY 6  archived',
    'US/NJ 6.625 ',
    'AX 25.5 ',
  ]);
  const registrations = await rows(`
    select country || coalesce('/' || region, '') as place, archived_at is not null as archived from tax_registrations order by id`);
  expect(registrations.map(({ place, archived }) => `${place}${archived ? ' archived' : ''}`)).toEqual([
    'ES/CN',
    'ES/CANARIAS archived',
    'MQ',
    'US/NY',
  ]);
});

test('pauses of before tell from when the time that they hold had been held', async () => {
  expect(await rows('select held_from from subscription_pauses order by id')).toEqual([
    { held_from: new Date('2026-03-01T00:00:00Z') },
    { held_from: new Date('2026-03-12T00:00:00Z') },
    { held_from: null },
    { held_from: null },
  ]);
});

test('an invoice may return more of a discount than it takes, but nothing below zero', async () => {
  await client.query('begin');
  await add('invoice_discounts', { id: id(50), discount_id: id(52), amount: 100, returned: 250 });
  await client.query('savepoint one');
  await expect(add('invoice_discounts', { id: id(51), amount: 100, returned: -1 })).rejects.toThrow('returned_check');
  await client.query('rollback');
});

test('refunds tell of which invoices they gave money back: a note’s of its own, others of what was covered last', async () => {
  const shares = await rows(`
    select refund_id as refund, invoice_id as invoice, credit_note_id as note, amount::int from refund_shares s
    where invoice_id in ('${id(130)}', '${id(131)}') order by refund_id, invoice_id`);
  const short = (of: string | null) => of && Number(of.slice(-3));
  expect(shares.map(({ refund, invoice, note, amount }) => [refund, invoice, note].map(short).concat(amount))).toEqual([
    [135, 130, null, 500],
    [135, 131, null, 4_000],
    [137, 130, 139, 500],
    [138, 130, null, 1_000],
  ]);
});

describe('payments reversed after some of their money was given back', () => {
  test('are what they would be today', async () => {
    expect(
      await rows(`
        select p.reversed_after_refund as known, a.status as applied, a.amount::int as covered, i.status, i.amount_paid::int as paid,
          i.amount_due::int as due, i.written_off::int as lost
        from payments p join payment_applications a on a.payment_id = p.id join invoices i on i.id = a.invoice_id
        where p.status = 'reversed' order by p.id`),
    ).toEqual([
      { known: true, applied: 'reversed', covered: 10_000, status: 'open', paid: 0, due: 10_000, lost: 0 },
      { known: true, applied: 'applied', covered: 3_000, status: 'open', paid: 3_000, due: 7_000, lost: 0 },
      { known: true, applied: 'applied', covered: 10_000, status: 'paid', paid: 10_000, due: 0, lost: 0 },
    ]);
    expect(
      await rows(`
        select i.total::int, i.status, g.finalize_at <= now() as becomes_final, l.amount::int as line from invoices i
        join invoice_graces g on g.invoice_id = i.id join invoice_lines l on l.invoice_id = i.id
        where i.reason = 'payment_reversed' order by i.total`),
    ).toEqual([3_000, 10_000].map((total) => ({ total, status: 'draft', becomes_final: true, line: total })));
    const entries = await rows(`
      select source_id::text as of, account, sum(amount)::int as amount from ledger_entries group by 1, 2 order by 1, 2`);
    expect(entries.map(({ of, account, amount }) => [Number(of.slice(-3)), account, amount])).toEqual([
      ...[
        [101, 'cash', 3_000],
        [101, 'overdrawn', -3_000],
      ],
      ...[
        [111, 'cash', 3_000],
        [111, 'overdrawn', -3_000],
        [111, 'receivable', -3_000],
        [111, 'revenue', 3_000],
      ],
      ...[
        [121, 'bad_debt', -10_000],
        [121, 'cash', 10_000],
        [121, 'overdrawn', -10_000],
        [121, 'revenue', 10_000],
      ],
    ]);
  });

  test('leave the rules of money given back unbroken, and what is asked for anew becomes final by itself', async () => {
    const world = await testWorld({ database, start: '2099-01-01T00:00:00Z' });
    await world.settle();
    await world.close();
    expect(
      await rows(
        `select status, tax_total::int as tax, amount_due::int as due from invoices where reason = 'payment_reversed' order by total`,
      ),
    ).toEqual([3_000, 10_000].map((due) => ({ status: 'open', tax: 0, due })));
    const findings = await verifyBooks({ url: database.ownerUrl });
    const ofMoney = ['I08', 'I09', 'I13', 'I14', 'I24'];
    expect(findings.filter(({ invariant, broken }) => ofMoney.includes(invariant.id) && broken > 0)).toEqual([]);
    expect(findings.filter(({ invariant }) => ofMoney.includes(invariant.id))).toHaveLength(ofMoney.length);
  });
});
