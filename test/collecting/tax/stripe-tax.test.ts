import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CreateAccountInput, updateAccount } from '../../../src/accounts/index.ts';
import {
  createCreditNote,
  createInvoice,
  createLegalEntity,
  finalizeInvoice,
  updateDraftInvoice,
  voidCreditNote,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import { decideInvoiceTax } from '../../../src/collecting/invoicing/taxes/decide-taxes.ts';
import { fileTaxesJob } from '../../../src/collecting/invoicing/taxes/send-tax-filings.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { changeSubscription } from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';
import { away, type FakeVies, fakeVies, inUse } from '../../support/vies.ts';

let stage: StripeWorld;
let vies: FakeVies;
let organization: TestOrganization;
let issuer: string;

const minute = 60_000;
const losAngeles = { country: 'US', region: 'CA', postalCode: '90001', city: 'Los Angeles' };
const vienna = { country: 'AT', postalCode: '1010', city: 'Wien' };

beforeAll(async () => {
  vies = await fakeVies();
  const taxIds = { register: 'vies' as const, viesUrl: vies.url, timeoutMilliseconds: 5_000 };
  stage = await stripeWorld('2026-05-01T12:00:00Z', [], taxIds);
  organization = await stage.connected();
  issuer = await organization.transact(async (work) => {
    const terms = { taxProvider: 'stripe_tax' as const, taxCodes: [{ category: 'books', code: 'txcd_35010000' }] };
    const address = { country: 'AT' };
    return (await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'ST-', address, isDefault: true, ...terms }))
      .id;
  });
});

afterAll(async () => {
  await checkBooks(stage.world, { quiet: false });
  await stage.close();
  await vies.close();
});

const account = (billingAddress: CreateAccountInput['billingAddress'], more = {}) =>
  organization.account({ timezone: 'UTC', currency: 'EUR', billingAddress, ...more });

const line = (amount: bigint, taxCategory: string | null = null) => ({
  ...{ description: 'Thing', unitAmount: { amountMinor: amount, currency: 'EUR' }, taxCategory },
});

const bill = (accountId: string, lines: ReturnType<typeof line>[], more = {}) =>
  organization.transact((work) =>
    createInvoice(work, { accountId, lines, finalize: true, legalEntityId: issuer, ...more }),
  );

async function shown(id: string) {
  const { data, errors } = await stage.world.graphql<{ invoice: Record<string, unknown> }>(
    `query ($id: ID!) { invoice(id: $id) { status taxStatus taxPending { reason problem } finalizedAt total { amountMinor } taxTotal { amountMinor }
       taxes { name percent treatment taxable { amountMinor } amount { amountMinor } }
       lines { taxAmount { amountMinor } derivation { taxReason { rule } } taxes { percent rule amount { amountMinor } } } } }`,
    { id: toGlobalId('inv', id) },
    { as: organization },
  );
  expect(errors).toBeUndefined();
  return data!.invoice;
}

const filings = (invoiceId: string) =>
  query<{ kind: string; status: string; problem: string | null }>(
    stage.world.database.superuserUrl,
    `select f.kind, f.status, f.problem from tax_filings f left join tax_filings s on s.id = f.sale_id
     where coalesce(s.invoice_id, f.invoice_id) = $1 order by f.created_at, f.id`,
    [invoiceId],
  );

const transactions = () => [...stage.simulator.state.taxTransactions.values()];
const calculations = () => stage.simulator.state.taxCalculations.size;
const atStripe = (reference: string) =>
  transactions().filter(
    ({ object }) => String(object.reference).startsWith(reference) || `${reference}` === object.reference,
  );

describe('an issuer whose taxes Stripe tells', () => {
  it('issues drafts, and makes them final with the taxes that it was told, to the cent', async () => {
    const { id } = await account(losAngeles);
    const invoice = await bill(id, [line(10_099n), line(333n), line(5_000n, 'books')]);
    expect(await shown(invoice.id)).toMatchObject({
      ...{ status: 'DRAFT', taxStatus: 'PENDING', taxPending: { reason: 'PROVIDER', problem: null } },
      ...{ total: { amountMinor: '15432' }, taxTotal: { amountMinor: '0' }, taxes: [] },
    });
    await stage.settle();
    const final = await shown(invoice.id);
    // 10,099 at 6 % are 605.94, 333 are 19.98, and so on: each line and each tax rounded by itself; books are exempt.
    expect(final).toMatchObject({
      ...{
        status: 'OPEN',
        taxStatus: 'KNOWN',
        finalizedAt: '2026-05-01T12:00:00.000Z',
        taxTotal: { amountMinor: '991' },
      },
      total: { amountMinor: String(15_432 + 606 + 25 + 328 + 20 + 1 + 11) },
    });
  });

  it('keeps the sums of the books whatever rounding Stripe has', async () => {
    const { id } = await account(losAngeles);
    const lines = Array.from({ length: 9 }, (_, index) => line(BigInt(7 + 13 * index)));
    const invoice = await bill(id, lines);
    await stage.settle();
    const [calculated] = [...stage.simulator.state.taxCalculations.values()].slice(-1);
    expect(await shown(invoice.id)).toMatchObject({
      status: 'OPEN',
      taxTotal: { amountMinor: String(calculated?.object.tax_amount_exclusive) },
      total: { amountMinor: String(calculated?.object.amount_total) },
    });
    await checkBooks(stage.world, { quiet: false });
  });

  it('tells Stripe of exemptions, VAT ids and prices that contain tax', async () => {
    const exempt = await bill((await account(vienna, { taxExempt: true })).id, [line(1_000n)]);
    const taxIds = [{ type: 'EU_VAT', value: 'DE136695976' }];
    const business = await bill((await account({ country: 'DE' }, { taxIds })).id, [line(1_000n)]);
    const gross = await organization.transact((work) =>
      createLegalEntity(work, {
        ...{ name: 'Gross', invoicePrefix: 'GR-', address: { country: 'AT' } },
        ...{ taxProvider: 'stripe_tax', pricesIncludeTax: true },
      }),
    );
    const contained = await bill((await account(vienna)).id, [line(1_200n)], { legalEntityId: gross.id });
    await stage.settle();
    expect(await shown(exempt.id)).toMatchObject({ status: 'OPEN', total: { amountMinor: '1000' }, taxes: [] });
    expect(await shown(business.id)).toMatchObject({
      ...{ status: 'OPEN', total: { amountMinor: '1000' } },
      taxes: [{ name: 'Reverse charge: VAT is owed by the recipient', treatment: 'REVERSE_CHARGE' }],
    });
    expect(await shown(contained.id)).toMatchObject({
      ...{ status: 'OPEN', total: { amountMinor: '1200' }, taxTotal: { amountMinor: '200' } },
      lines: [
        {
          derivation: { taxReason: { rule: 'TOLD' } },
          taxes: [{ percent: '20', rule: 'AT', amount: { amountMinor: '200' } }],
        },
      ],
    });
  });

  it('waits while Stripe is away or refuses, and guesses nothing', async () => {
    stage.simulator.fail({ kind: 'server_error_before_effect', path: '/v1/tax/calculations', times: 2 });
    const invoice = await bill((await account(vienna)).id, [line(1_000n)]);
    await stage.settle();
    expect(await shown(invoice.id)).toMatchObject({
      status: 'DRAFT',
      taxPending: { reason: 'PROVIDER', problem: 'Stripe Tax could not be reached.' },
    });
    stage.world.clock.advance({ milliseconds: minute });
    await stage.settle();
    expect(await shown(invoice.id)).toMatchObject({ status: 'DRAFT' });
    stage.world.clock.advance({ milliseconds: 2 * minute });
    await stage.settle();
    expect(await shown(invoice.id)).toMatchObject({ status: 'OPEN', total: { amountMinor: '1200' } });

    const nowhere = await account({ country: 'US' });
    const refused = await bill(nowhere.id, [line(1_000n)]);
    await stage.settle();
    expect(await shown(refused.id)).toMatchObject({ status: 'DRAFT', taxPending: { reason: 'REFUSED' } });
    await organization.transact((work) => updateAccount(work, nowhere.id, { billingAddress: losAngeles }));
    await stage.settle();
    expect(await shown(refused.id)).toMatchObject({ status: 'OPEN', total: { amountMinor: '1096' } });
  });

  it('asks again about a draft that changed, and lets nothing become final by an old answer', async () => {
    const draft = await bill((await account(vienna)).id, [line(1_000n)], { finalize: false });
    await stage.settle();
    expect(await shown(draft.id)).toMatchObject({
      status: 'DRAFT',
      taxStatus: 'KNOWN',
      total: { amountMinor: '1200' },
    });
    await organization.transact((work) => updateDraftInvoice(work, { id: draft.id, addLines: [line(500n)] }));
    expect(await shown(draft.id)).toMatchObject({ taxStatus: 'PENDING', total: { amountMinor: '1500' } });
    // A day later the answer of today is none; who finalizes asks at once.
    stage.world.clock.advance({ days: 1 });
    const asked = calculations();
    const { data } = await stage.world.graphql<{ finalizeInvoice: unknown }>(
      `mutation ($input: FinalizeInvoiceInput!) { finalizeInvoice(input: $input) { invoice { status total { amountMinor } } userErrors { code path } } }`,
      { input: { id: toGlobalId('inv', draft.id) } },
      { as: organization },
    );
    expect(data?.finalizeInvoice).toEqual({
      invoice: { status: 'OPEN', total: { amountMinor: '1800' } },
      userErrors: [],
    });
    expect(calculations()).toBe(asked + 1);
  });

  it('previews without asking anybody, and says that the tax is not in it', async () => {
    const { id } = await account(vienna);
    const { planId } = await sellPlan(organization);
    const asked = calculations();
    const { data, errors } = await stage.world.graphql<{ previewSubscription: unknown }>(
      `query ($input: PreviewSubscriptionInput!) { previewSubscription(input: $input) { preview { invoices { taxStatus taxPendingReason total { amountMinor } } } userErrors { code } } }`,
      { input: { account: { id: toGlobalId('acc', id) }, items: [{ plan: { id: toGlobalId('plan', planId) } }] } },
      { as: organization },
    );
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toContain(
      '"taxStatus":"PENDING","taxPendingReason":"PROVIDER","total":{"amountMinor":"1000"}',
    );
    await stage.settle();
    expect(calculations()).toBe(asked);
  });

  it('bills subscriptions, and taxes what a change takes back as it was billed', async () => {
    const { id } = await account(vienna);
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const bigger = await sellPlan(organization, { prices: [flat(6_000n)] });
    const made = await subscribe(organization, id, planId);
    await stage.settle();
    stage.world.clock.advance({ days: 10 });
    await organization.transact((work) =>
      changeSubscription(work, {
        ...{ id: made.subscription.id, when: 'now', settle: 'invoice_now' },
        changes: [{ replacePlan: { plan: { id: bigger.planId } } }],
      }),
    );
    await stage.settle();
    const rows = await query<{ status: string; id: string; subtotal: string; tax_total: string }>(
      stage.world.database.superuserUrl,
      `select id, status, subtotal, tax_total from invoices where account_id = $1 order by created_at, id`,
      [id],
    );
    expect(rows.map(({ status }) => status)).toEqual(['open', 'open']);
    // 4,065 at 20 % are 813 as Stripe says; 2,032 of the old price take back 406 as they were billed.
    expect(rows[1]).toMatchObject({ subtotal: '2033', tax_total: '407' });
    await stage.settle();
    expect(await filings(rows[0]!.id)).toEqual([
      { kind: 'sale', status: 'filed', problem: null },
      { kind: 'reversal', status: 'filed', problem: null },
    ]);
  });
});

describe('more than one thing at a time', () => {
  it('asks about more lines than Stripe takes in parts, and files and takes back each of them', async () => {
    const { id } = await account(vienna);
    const asked = calculations();
    const invoice = await bill(
      id,
      Array.from({ length: 205 }, (_, index) => line(BigInt(100 + index))),
    );
    await stage.settle();
    const tax = Array.from({ length: 205 }, (_, index) => Math.round((100 + index) / 5)).reduce((a, b) => a + b, 0);
    expect(await shown(invoice.id)).toMatchObject({ status: 'OPEN', taxTotal: { amountMinor: String(tax) } });
    expect(calculations()).toBe(asked + 3);
    await stage.settle();
    const reference = toGlobalId('inv', invoice.id);
    expect(atStripe(reference).map(({ object, lines }) => [object.reference, lines.length])).toEqual([
      [reference, 100],
      [`${reference}-part-2`, 100],
      [`${reference}-part-3`, 5],
    ]);
    const [last] = await query<{ id: string }>(
      stage.world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1 order by position desc limit 1',
      [invoice.id],
    );
    const { note } = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other', lines: [{ invoiceLineId: last!.id }] }),
    );
    const rest = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other' }),
    );
    expect(note.taxTotal + rest.note.taxTotal).toBe(BigInt(tax));
    await stage.settle();
    const back = (of: string) =>
      atStripe(toGlobalId('cn', of)).map(({ lines }) => lines.reduce((sum, { shown: { amount } }) => sum + amount, 0));
    expect(back(note.id)).toEqual([-304]);
    expect(back(rest.note.id)).toEqual([-14_950, -24_950, -1_206]);
    expect(await filings(invoice.id)).toEqual(
      ['sale', 'reversal', 'reversal'].map((kind) => ({ kind, status: 'filed', problem: null })),
    );
  });

  it('is claimed by one of two workers only', async () => {
    stage.simulator.fail({ kind: 'server_error_before_effect', path: '/v1/tax/calculations', times: 2 });
    const invoice = await bill((await account(vienna)).id, [line(1_000n)]);
    const { app } = stage.world;
    const name = { organizationId: organization.id, invoiceId: invoice.id };
    await Promise.all([decideInvoiceTax(app, name), decideInvoiceTax(app, name)]);
    const attempts = (table: string) =>
      query<{ attempts: number }>(
        stage.world.database.superuserUrl,
        `select attempts from ${table} where invoice_id = $1`,
        [invoice.id],
      );
    expect(await attempts('invoice_taxations')).toEqual([{ attempts: 1 }]);
    stage.world.clock.advance({ milliseconds: minute });
    await decideInvoiceTax(app, name);
    expect(await attempts('invoice_taxations')).toEqual([{ attempts: 2 }]);
    stage.world.clock.advance({ milliseconds: 2 * minute });
    await decideInvoiceTax(app, name);
    expect(await shown(invoice.id)).toMatchObject({ status: 'OPEN' });
    stage.simulator.fail({ kind: 'server_error_before_effect', path: '/v1/tax/transactions/create_from_calculation' });
    await Promise.all([fileTaxesJob.run(app, undefined), fileTaxesJob.run(app, undefined)]);
    expect(await attempts('tax_filings')).toEqual([{ attempts: 1 }]);
    stage.world.clock.advance({ milliseconds: 3 * minute });
    await stage.settle();
    expect(await filings(invoice.id)).toEqual([{ kind: 'sale', status: 'filed', problem: null }]);
  });
});

describe('an account on a test clock', () => {
  it('goes on while Stripe is away, and its invoices are final as of the instants they were to be', async () => {
    const billingAddress = { country: 'AT', postalCode: '1010', city: 'Wien' } as never;
    const { clockId, accountId } = await clockAccount(organization, '2026-06-01T00:00:00Z', { billingAddress });
    const { planId } = await sellPlan(organization);
    await subscribe(organization, accountId, planId, { collection: 'manual', legalEntityId: issuer });
    stage.simulator.fail({ kind: 'server_error_before_effect', path: '/v1/tax/calculations', times: 50 });
    await walk(stage.world.app, organization, clockId, '2026-07-15T00:00:00Z');
    const rows = () =>
      query(
        stage.world.database.superuserUrl,
        'select status, tax_total, finalized_at from invoices where account_id = $1 order by created_at',
        [accountId],
      );
    const draft = { status: 'draft', tax_total: '0', finalized_at: null };
    expect(await rows()).toEqual([draft, draft]);
    stage.simulator.faults.liftAll();
    stage.world.clock.advance({ hours: 2 });
    await stage.settle();
    await walk(stage.world.app, organization, clockId, '2026-08-02T00:00:00Z');
    const final = (at: string) => ({ status: 'open', tax_total: '200', finalized_at: new Date(at) });
    expect(await rows()).toEqual(['2026-06-01', '2026-07-01', '2026-08-01'].map((day) => final(`${day}T00:00:00Z`)));
  });
});

describe('prices that contain the tax that Stripe tells', () => {
  it('are credited with the tax they contain, part by part, and so Stripe is told', async () => {
    const gross = await organization.transact((work) =>
      createLegalEntity(work, {
        ...{ name: 'Inclusive', invoicePrefix: 'IN-', address: { country: 'AT' } },
        ...{ taxProvider: 'stripe_tax', pricesIncludeTax: true },
      }),
    );
    const of = { legalEntityId: gross.id };
    const invoice = await bill((await account(losAngeles)).id, [line(10_950n), line(333n)], of);
    await stage.settle();
    const all = await shown(invoice.id);
    expect(all).toMatchObject({ status: 'OPEN', total: { amountMinor: '11283' } });
    const tax = BigInt((all.taxTotal as { amountMinor: string }).amountMinor);
    const [first] = await query<{ id: string; tax: string }>(
      stage.world.database.superuserUrl,
      'select id, tax_amount as tax from invoice_lines where invoice_id = $1 order by position',
      [invoice.id],
    );
    const part = { amount: { amountMinor: 3_650n, currency: 'EUR' } };
    const third = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other', lines: [{ invoiceLineId: first!.id, part }] }),
    );
    expect(third.note.total).toBe(3_650n);
    expect(Number(third.note.taxTotal)).toBeCloseTo(Number(first!.tax) / 3, -1);
    const rest = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other' }),
    );
    expect([rest.note.total, third.note.taxTotal + rest.note.taxTotal]).toEqual([7_633n, tax]);
    await stage.settle();
    const told = [third, rest].map(({ note }) =>
      atStripe(toGlobalId('cn', note.id))
        .flatMap(({ lines }) => lines)
        .reduce(([amount, owed], { shown: one }) => [amount! - one.amount, owed! - one.amount_tax], [0, 0]),
    );
    expect(told).toEqual([third, rest].map(({ note }) => [Number(note.total), Number(note.taxTotal)]));
  });
});

describe('an issuer that wants VAT ids confirmed before Stripe is told of them', () => {
  it('asks Stripe once the register answered, with the number only if it is in use', async () => {
    const confirming = await organization.transact((work) =>
      createLegalEntity(work, {
        ...{ name: 'Confirming', invoicePrefix: 'CO-', address: { country: 'AT' } },
        ...{ taxProvider: 'stripe_tax', taxIdCheck: 'register' },
      }),
    );
    const business = (value: string) =>
      account({ country: 'DE' }, { taxIds: [{ type: 'EU_VAT', value }], legalEntityId: confirming.id });
    vies.says('DE136695976', away());
    vies.says('DE129273398', away());
    const asked = calculations();
    const of = { legalEntityId: confirming.id };
    const known = await bill((await business('DE136695976')).id, [line(1_000n)], of);
    const unknown = await bill((await business('DE129273398')).id, [line(1_000n)], of);
    await stage.settle();
    for (const { id } of [known, unknown]) {
      expect(await shown(id)).toMatchObject({ status: 'DRAFT', taxPending: { reason: 'TAX_ID' } });
    }
    expect(calculations()).toBe(asked);
    vies.says('DE136695976', inUse());
    vies.says('DE129273398', { body: { valid: false, name: '---' } });
    stage.world.clock.advance({ minutes: 5 });
    await stage.settle();
    expect(await shown(known.id)).toMatchObject({
      ...{ status: 'OPEN', total: { amountMinor: '1000' }, taxes: [{ treatment: 'REVERSE_CHARGE' }] },
    });
    expect(await shown(unknown.id)).toMatchObject({ status: 'OPEN', total: { amountMinor: '1190' } });
    expect(calculations()).toBe(asked + 2);
  });
});

describe('a draft that asks for nothing in the end', () => {
  it('is no sale that Stripe is told of, though it was asked about it', async () => {
    const draft = await bill((await account(vienna)).id, [line(1_000n)], { finalize: false });
    await stage.settle();
    expect(await shown(draft.id)).toMatchObject({ taxStatus: 'KNOWN', total: { amountMinor: '1200' } });
    const [only] = await query<{ id: string }>(
      stage.world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1',
      [draft.id],
    );
    await organization.transact((work) =>
      updateDraftInvoice(work, {
        id: draft.id,
        updateLines: [{ lineId: only!.id, unitAmount: { amountMinor: 0n, currency: 'EUR' } }],
      }),
    );
    await organization.transact((work) => finalizeInvoice(work, { id: draft.id }));
    await stage.settle();
    expect(await shown(draft.id)).toMatchObject({ status: 'PAID', taxTotal: { amountMinor: '0' } });
    expect(await filings(draft.id)).toEqual([]);
  });
});

describe('what is taken back of an invoice that Stripe taxed', () => {
  const linesOf = (accountId: string) =>
    query<{
      id: string;
      invoice: string;
      amount: string;
      tax: string;
      taxes: { percent: string; taxable: string; amount: string }[];
    }>(
      stage.world.database.superuserUrl,
      `select l.id, l.invoice_id as invoice, l.amount, l.tax_amount as tax, l.taxes from invoice_lines l
       join invoices i on i.id = l.invoice_id where i.account_id = $1 and i.status <> 'void' order by l.created_at, l.position`,
      [accountId],
    );

  it('is the share of the tax that was billed, not the percentage of the price; all of it adds up to that', async () => {
    const { id } = await account({ country: 'US', region: 'TX', postalCode: '78701', city: 'Austin' });
    const { planId } = await sellPlan(organization, { prices: [flat(10_000n)] });
    const smaller = await sellPlan(organization, { prices: [flat(5_000n)] });
    const made = await subscribe(organization, id, planId);
    await stage.settle();
    const [billed] = await linesOf(id);
    // 80.00 of the 100.00 are taxed: 5.00 and 1.60, where 8.25 % of the price were 8.25.
    expect(billed).toMatchObject({
      ...{ amount: '10000', tax: '660' },
      taxes: [
        { percent: '6.25', taxable: '8000', amount: '500' },
        { percent: '2', taxable: '8000', amount: '160' },
      ],
    });
    stage.world.clock.advance({ days: 10 });
    await organization.transact((work) =>
      changeSubscription(work, {
        ...{ id: made.subscription.id, when: 'now', settle: 'invoice_now' },
        changes: [{ replacePlan: { plan: { id: smaller.planId } } }],
      }),
    );
    await stage.settle();
    const taken = (await linesOf(id)).filter(({ amount }) => amount.startsWith('-'));
    const share = Math.round((660 * -Number(taken[0]!.amount)) / 10_000);
    expect(taken).toHaveLength(1);
    expect(Math.abs(-Number(taken[0]!.tax) - share)).toBeLessThanOrEqual(1);
    expect(taken[0]!.taxes.map(({ taxable }) => Number(taxable) / Number(taken[0]!.amount))).toEqual([
      expect.closeTo(0.8, 3),
      expect.closeTo(0.8, 3),
    ]);
    await stage.settle();
    const told = () =>
      transactions().flatMap(({ lines }) =>
        lines.flatMap(({ shown }) =>
          shown.reversal && sold.has(String(shown.reference).split('-')[0] ?? '') ? [shown] : [],
        ),
      );
    const sold = new Set([toGlobalId('inv', taken[0]!.invoice)]);
    expect(told().map(({ amount, amount_tax }) => [amount, amount_tax])).toEqual([
      [Number(taken[0]!.amount), Number(taken[0]!.tax)],
    ]);
    const { note } = await organization.transact((work) =>
      createCreditNote(work, {
        ...{ invoiceId: billed!.invoice, reason: 'other', lines: [{ invoiceLineId: billed!.id }] },
      }),
    );
    expect([note.taxTotal - BigInt(taken[0]!.tax), note.total]).toEqual([
      660n,
      10_660n + BigInt(taken[0]!.amount) + BigInt(taken[0]!.tax),
    ]);
    const rows = await query<{ percent: string; taxable: string; amount: string }>(
      stage.world.database.superuserUrl,
      `select trim_scale(percent) as percent, taxable, amount from credit_note_taxes where credit_note_id = $1 order by percent`,
      [note.id],
    );
    const base = 8_000 + Number(taken[0]!.taxes[0]!.taxable);
    expect(rows.map(({ percent, taxable }) => [percent, taxable])).toEqual([
      ['2', String(base)],
      ['6.25', String(base)],
    ]);
    // What the later invoice paid for with that goes back of its own sale.
    const { note: rest } = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: billed!.invoice, reason: 'other' }),
    );
    await stage.settle();
    const reference = `${toGlobalId('cn', rest.id)}-${toGlobalId('inv', taken[0]!.invoice)}`;
    const [reversal] = atStripe(reference).map(({ object }) => object);
    expect(reversal).toMatchObject({ type: 'reversal' });
  });
});

describe('what Stripe is told of', () => {
  it('are sales that became final, once, and what is taken back of them', async () => {
    const { id } = await account(vienna);
    const invoice = await bill(id, [line(1_000n), line(2_000n)]);
    await stage.settle();
    const reference = toGlobalId('inv', invoice.id);
    expect(atStripe(reference).map(({ object }) => object.type)).toEqual(['transaction']);
    const { data } = await stage.world.graphql(
      `query ($id: ID!) { invoice(id: $id) { taxFilings { kind status reference providerReference problem nextTryAt } } }`,
      { id: reference },
      { as: organization },
    );
    const providerReference = atStripe(reference)[0]?.object.id;
    const filed = { kind: 'SALE', status: 'FILED', reference, providerReference, problem: null, nextTryAt: null };
    expect(data?.invoice).toEqual({ taxFilings: [filed] });
    const [first] = await query<{ id: string }>(
      stage.world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1 order by position',
      [invoice.id],
    );
    const { note } = await organization.transact((work) =>
      createCreditNote(work, {
        ...{ invoiceId: invoice.id, reason: 'other' },
        lines: [{ invoiceLineId: first!.id, part: { amount: { amountMinor: 333n, currency: 'EUR' } } }],
      }),
    );
    expect([note.total, note.taxTotal]).toEqual([400n, 67n]);
    stage.simulator.fail({ kind: 'reset_after_effect', path: '/v1/tax/transactions/create_reversal' });
    await stage.settle();
    stage.world.clock.advance({ milliseconds: 3 * minute });
    await stage.settle();
    const told = transactions().filter(({ object }) => object.reference === toGlobalId('cn', note.id));
    expect(told.map(({ lines }) => lines.map(({ shown: { amount, amount_tax } }) => [amount, amount_tax]))).toEqual([
      [[-333, -67]],
    ]);
    const rest = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other' }),
    );
    expect([note.taxTotal + rest.note.taxTotal, note.total + rest.note.total]).toEqual([600n, 3_600n]);
    await stage.settle();
    expect((await filings(invoice.id)).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      ...['sale filed', 'reversal filed', 'reversal filed'],
    ]);
    await organization.transact((work) => voidCreditNote(work, { id: rest.note.id }));
    expect((await filings(invoice.id)).at(-1)).toEqual({
      ...{ kind: 'reversal', status: 'refused' },
      problem: 'A reversal cannot be undone at Stripe Tax: record this sale there by hand.',
    });
  });

  it('is a void sale, taken back whole', async () => {
    const invoice = await bill((await account(vienna)).id, [line(1_000n)]);
    await stage.settle();
    await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    await stage.settle();
    const [back] = transactions().filter(({ object }) => object.reference === `${toGlobalId('inv', invoice.id)}-void`);
    expect(back?.lines.map(({ shown: { amount, amount_tax } }) => [amount, amount_tax])).toEqual([[-1_000, -200]]);
  });
});
