import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../../src/accounts/index.ts';
import { grantCredit } from '../../../src/collecting/credits/index.ts';
import { createInvoice, createLegalEntity } from '../../../src/collecting/invoicing/index.ts';
import {
  archiveTaxRate,
  archiveTaxRegistration,
  createTaxRate,
  createTaxRegistration,
} from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let issuer: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-05-01T12:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  issuer = await organization.transact(async (work) => {
    const address = { country: 'FR' };
    const { id } = await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'FR-', address, isDefault: true });
    for (const scheme of ['standard', 'oss'] as const)
      await createTaxRegistration(work, { legalEntityId: id, country: 'FR', scheme });
    await createTaxRegistration(work, { legalEntityId: id, country: 'US', region: 'New York' });
    await createTaxRate(work, { name: 'TVA', country: 'FR', percent: '20', inclusive: false });
    await createTaxRate(work, { name: 'Sales tax', country: 'US', region: 'N.Y.', percent: '4', inclusive: false });
    return id;
  });
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

const line = (taxCategory: string | null = null, amountMinor = 10_000n) => ({
  ...{ description: 'Thing', unitAmount: { amountMinor, currency: 'EUR' }, taxCategory },
});

const customer = (country: string, more: object = {}) =>
  organization.account({ timezone: 'UTC', billingAddress: { country, ...more } });

const bill = (accountId: string, lines = [line()], more = {}) =>
  organization.transact((work) =>
    createInvoice(work, { accountId, lines, finalize: true, legalEntityId: issuer, ...more }),
  );

const rate = (country: string, percent: string, more = {}) =>
  organization.transact((work) => createTaxRate(work, { name: 'VAT', country, percent, inclusive: false, ...more }));

async function ask<T>(text: string, variables: Record<string, unknown>): Promise<T> {
  const { data, errors } = await world.graphql<T>(text, variables, { as: organization });
  expect(errors).toBeUndefined();
  return data!;
}

const invoiceOf = async (id: string) =>
  (
    await ask<{ invoice: object }>(
      `query ($id: ID!) { invoice(id: $id) { status taxStatus taxPending { reason problem finalizesAsOf nextTryAt } finalizedAt number
         total { amountMinor } taxes { percent amount { amountMinor } } lines { derivation { taxReason { rule country category } } } } }`,
      { id: toGlobalId('inv', id) },
    )
  ).invoice;

const waiting = async (...reasons: string[]) =>
  (
    await ask<{ invoices: { nodes: { id: string }[] } }>(
      `query ($filter: InvoiceFilter) { invoices(filter: $filter, first: 50) { nodes { id } } }`,
      { filter: { taxPending: reasons } },
    )
  ).invoices.nodes.map(({ id }) => id);

const facts = (invoiceId: string) =>
  query<{ type: string; reason: string; problem: string | null }>(
    world.database.superuserUrl,
    `select type, data->>'taxPendingReason' as reason, data->>'taxProblem' as problem from facts
     where object_id = $1 and type = 'invoice.tax_pending' order by recorded_at, id`,
    [invoiceId],
  );

const missing = (place: string, more = '') =>
  `No tax rate holds in ${place}${more} on 2026-05-01, where the legal entity is registered: create one (0 % is a rate).`;

describe('a place where the issuer is registered and no rate holds', () => {
  it('keeps the invoice a draft that says what is missing, until there is a rate', async () => {
    const { id } = await customer('DE');
    const invoice = await bill(id);
    expect(await invoiceOf(invoice.id)).toEqual({
      ...{ status: 'DRAFT', taxStatus: 'PENDING', finalizedAt: null, number: null, taxes: [] },
      taxPending: {
        ...{ reason: 'NO_RATE', problem: missing('DE'), nextTryAt: null },
        finalizesAsOf: '2026-05-01T12:00:00.000Z',
      },
      total: { amountMinor: '10000' },
      lines: [{ derivation: { taxReason: { rule: 'RATE_PENDING', country: 'DE', category: null } } }],
    });
    expect(await facts(invoice.id)).toEqual([
      { type: 'invoice.tax_pending', reason: 'no_rate', problem: missing('DE') },
    ]);
    expect(await waiting('NO_RATE')).toEqual([toGlobalId('inv', invoice.id)]);
    expect(await waiting('TAX_ID', 'REGION', 'PROVIDER', 'REFUSED')).toEqual([]);
    const { finalizeInvoice } = await ask<{ finalizeInvoice: object }>(
      `mutation ($input: FinalizeInvoiceInput!) { finalizeInvoice(input: $input) { invoice { id } userErrors { code path message } } }`,
      { input: { id: toGlobalId('inv', invoice.id) } },
    );
    expect(finalizeInvoice).toEqual({
      invoice: null,
      userErrors: [{ code: 'TAX_PENDING', path: ['input', 'id'], message: missing('DE') }],
    });
    // One that holds later, and one of another place, are none.
    world.clock.advance({ days: 3 });
    await rate('DE', '19', { validFrom: '2026-05-02' });
    await rate('ES', '21');
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({ status: 'DRAFT', taxPending: { problem: missing('DE') } });
    await rate('DE', '16', { validTo: '2026-05-02' });
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({
      ...{ status: 'OPEN', taxStatus: 'KNOWN', taxPending: null, finalizedAt: '2026-05-01T12:00:00.000Z' },
      ...{ total: { amountMinor: '11600' }, taxes: [{ percent: '16', amount: { amountMinor: '1600' } }] },
    });
    expect(await facts(invoice.id)).toHaveLength(1);
    expect(await waiting('NO_RATE')).toEqual([]);
  });

  it('waits for the category that has none, and takes 0 % for one; what asks for nothing needs none', async () => {
    await rate('IT', '4', { taxCategory: 'books' });
    const { id } = await customer('IT');
    const mixed = await bill(id, [line('books'), line('games')]);
    expect(await invoiceOf(mixed.id)).toMatchObject({
      ...{ status: 'DRAFT', total: { amountMinor: '20000' }, taxes: [] },
      taxPending: { reason: 'NO_RATE', problem: expect.stringContaining(' in IT for the tax category games on ') },
      lines: [
        { derivation: { taxReason: { rule: 'CATEGORY' } } },
        { derivation: { taxReason: { rule: 'RATE_PENDING', category: 'games' } } },
      ],
    });
    const free = await bill(id, [line('games', 0n)]);
    expect(await invoiceOf(free.id)).toMatchObject({
      status: 'PAID',
      lines: [{ derivation: { taxReason: { rule: 'NO_RATE' } } }],
    });
    await rate('IT', '0', { taxCategory: 'games' });
    await world.settle();
    expect(await invoiceOf(mixed.id)).toMatchObject({
      ...{ status: 'OPEN', total: { amountMinor: '20400' } },
      lines: [{}, { derivation: { taxReason: { rule: 'CATEGORY' } } }],
    });
  });

  it('is no hindrance where nothing is charged: exempt buyers, businesses under reverse charge, places without registration', async () => {
    const exempt = await organization.account({ billingAddress: { country: 'PL' }, taxExempt: true });
    const taxIds = [{ type: 'EU_VAT' as const, value: 'ATU13585627' }];
    const business = await organization.account({ billingAddress: { country: 'AT' }, taxIds });
    const elsewhere = await customer('CH');
    for (const { id } of [exempt, business, elsewhere]) {
      expect(await bill(id)).toMatchObject({ status: 'open', taxTotal: 0n });
    }
  });

  it('shows in previews, and lets a subscription wait that begins with it', async () => {
    const { id } = await customer('PT');
    const { planId } = await sellPlan(organization);
    const input = { account: { id: toGlobalId('acc', id) }, items: [{ plan: { id: toGlobalId('plan', planId) } }] };
    const { previewSubscription } = await ask<{ previewSubscription: object }>(
      `query ($input: PreviewSubscriptionInput!) { previewSubscription(input: $input) { userErrors { code } preview { invoices {
         taxStatus taxPendingReason taxPendingProblem total { amountMinor } } } } }`,
      { input },
    );
    expect(previewSubscription).toMatchObject({
      userErrors: [],
      preview: {
        invoices: [
          {
            ...{ taxStatus: 'PENDING', taxPendingReason: 'NO_RATE', total: { amountMinor: '1000' } },
            taxPendingProblem: expect.stringContaining('No tax rate holds in PT on '),
          },
        ],
      },
    });
    const { subscription } = await subscribe(organization, id, planId, { collection: 'manual' });
    const statusOf = async () => {
      const [row] = await query<{ status: string; tax: bigint }>(
        world.database.superuserUrl,
        `select i.status || ' ' || i.tax_total || ' ' || s.status as status from subscriptions s
         join invoice_lines l on l.subscription_id = s.id join invoices i on i.id = l.invoice_id where s.id = $1`,
        [subscription.id],
      );
      return row?.status;
    };
    expect(await statusOf()).toMatch(/^draft 0 /);
    await rate('PT', '23');
    await world.settle();
    expect(await statusOf()).toBe('open 230 active');
  });

  it('does not hold up a test clock, is dated as of the instant it was to be, and due and paid from when it is known', async () => {
    const billingAddress = { country: 'SE' };
    const { clockId, accountId } = await clockAccount(organization, '2026-06-01T00:00:00Z', { billingAddress });
    const advance = (to: string) => walk(world.app, organization, clockId, to);
    const { planId } = await sellPlan(organization);
    for (const [amountMinor, expiresAt] of [
      [500n, new Date('2026-06-03T00:00:00Z')],
      [300n, null],
    ] as const) {
      const amount = { amountMinor, currency: 'EUR' };
      await organization.transact((work) => grantCredit(work, { accountId, amount, expiresAt }));
    }
    await subscribe(organization, accountId, planId, { collection: 'manual', netDays: 2 });
    await advance('2026-07-15T00:00:00Z');
    const shown = () =>
      query(
        world.database.superuserUrl,
        `select status, tax_total, finalized_at, due_at, credits_applied from invoices where account_id = $1 order by created_at`,
        [accountId],
      );
    const draft = { status: 'draft', tax_total: '0', finalized_at: null, due_at: null, credits_applied: '0' };
    expect(await shown()).toEqual([draft, draft]);
    await rate('SE', '25');
    await advance('2026-07-16T00:00:00Z');
    const due = { due_at: new Date('2026-07-17T00:00:00Z') };
    const final = (at: string) => ({ status: 'open', tax_total: '250', finalized_at: new Date(at), ...due });
    expect(await shown()).toEqual([
      { ...final('2026-06-01T00:00:00Z'), credits_applied: '300' },
      { ...final('2026-07-01T00:00:00Z'), credits_applied: '0' },
    ]);
    const history = await query(
      world.database.superuserUrl,
      'select amount, at from credit_entries where account_id = $1 order by seq offset 2',
      [accountId],
    );
    expect(history).toEqual([
      { amount: '-500', at: new Date('2026-06-03T00:00:00Z') },
      { amount: '-300', at: new Date('2026-07-15T00:00:00Z') },
    ]);
  });
});

describe('a region', () => {
  it('is read by its code and by its name', async () => {
    for (const region of ['NY', 'us-ny', 'New York', 'new york state', 'N.Y.', 'State of New York']) {
      expect(await bill((await customer('US', { region })).id)).toMatchObject({ status: 'open', taxTotal: 400n });
    }
    for (const region of ['Texas', 'TX', 'D.C.', 'Puerto Rico']) {
      expect(await bill((await customer('US', { region })).id)).toMatchObject({ status: 'open', taxTotal: 0n });
    }
  });

  it('that is missing or not known keeps the invoice a draft, until the address tells it', async () => {
    const problem = {
      Gotham:
        'The region “Gotham” of the billing address in US is not known: give it with its code of ISO 3166-2, such as NY.',
      '': 'The billing address in US has no region, which the tax depends on: give it with its code of ISO 3166-2, such as NY.',
    };
    for (const region of ['Gotham', ''] as const) {
      const { id } = await customer('US', { region: region || null });
      const invoice = await bill(id);
      expect(await invoiceOf(invoice.id)).toMatchObject({
        ...{ status: 'DRAFT', taxPending: { reason: 'REGION', problem: problem[region] } },
        lines: [{ derivation: { taxReason: { rule: 'REGION_PENDING' } } }],
      });
      expect(await facts(invoice.id)).toMatchObject([{ reason: 'region', problem: problem[region] }]);
      expect(await waiting('REGION')).toEqual([toGlobalId('inv', invoice.id)]);
      await organization.transact((work) =>
        updateAccount(work, id, { billingAddress: { country: 'US', region: region ? 'New York' : 'Ohio' } }),
      );
      await world.settle();
      const tax = region ? '10400' : '10000';
      expect(await invoiceOf(invoice.id)).toMatchObject({ status: 'OPEN', total: { amountMinor: tax } });
    }
  });

  it('decides, too, where the country has rates by region', async () => {
    await organization.transact((work) => createTaxRegistration(work, { legalEntityId: issuer, country: 'CA' }));
    await rate('CA', '5');
    expect(await bill((await customer('CA')).id)).toMatchObject({ taxTotal: 500n });
    await rate('CA', '7', { region: 'British Columbia' });
    expect(await bill((await customer('CA', { region: 'Colombie-Britannique' })).id)).toMatchObject({
      taxTotal: 1_200n,
    });
    expect(await bill((await customer('CA', { region: 'ON' })).id)).toMatchObject({ taxTotal: 500n });
    expect(await bill((await customer('CA')).id)).toMatchObject({ status: 'draft' });
  });

  it('of a rate or registration is one that there is', async () => {
    const refused = (field: string) => ({ code: 'INVALID_INPUT', details: { path: ['input', field] } });
    await expect(rate('US', '4', { region: 'Gotham' })).rejects.toMatchObject(refused('region'));
    await expect(rate('FR', '8.5', { region: '974' })).rejects.toMatchObject(refused('region'));
    const monaco = organization.transact((work) =>
      createTaxRegistration(work, { legalEntityId: issuer, country: 'MC' }),
    );
    await expect(monaco).rejects.toMatchObject(refused('country'));
  });
});

describe('an issuer whose last registration is archived', () => {
  it('charges nothing, as one that is registered nowhere, until it is registered again', async () => {
    const register = (legalEntityId: string) =>
      organization.transact((work) => createTaxRegistration(work, { legalEntityId, country: 'FR' }));
    const short = await organization.transact((work) =>
      createLegalEntity(work, { name: 'Short', invoicePrefix: 'SH-', address: { country: 'FR' } }),
    );
    const { id } = await customer('FR');
    const taxOf = async () => (await bill(id, [line()], { legalEntityId: short.id })).taxTotal;
    expect(await taxOf()).toBe(2_000n);
    const { id: registration } = await register(short.id);
    const german = await customer('US', { region: 'TX' });
    const taxAbroad = async () => (await bill(german.id, [line()], { legalEntityId: short.id })).taxTotal;
    await organization.transact((work) =>
      createTaxRate(work, { name: 'Tax', country: 'US', region: 'TX', percent: '6.25', inclusive: false }),
    );
    expect([await taxOf(), await taxAbroad()]).toEqual([2_000n, 0n]);
    await organization.transact((work) => archiveTaxRegistration(work, { id: registration }));
    expect([await taxOf(), await taxAbroad()]).toEqual([0n, 0n]);
    await register(short.id);
    expect(await taxOf()).toBe(2_000n);
  });

  it('no longer waits for a rate, and an archived rate is none', async () => {
    const spare = await organization.transact((work) =>
      createLegalEntity(work, { name: 'Spare', invoicePrefix: 'SP-', address: { country: 'JP' } }),
    );
    const made = await organization.transact((work) =>
      createTaxRegistration(work, { legalEntityId: spare.id, country: 'JP' }),
    );
    const { id: rateId } = await rate('JP', '10');
    const { id } = await customer('JP');
    expect(await bill(id, [line()], { legalEntityId: spare.id })).toMatchObject({ status: 'open', taxTotal: 1_000n });
    await organization.transact((work) => archiveTaxRate(work, { id: rateId }));
    const invoice = await bill(id, [line()], { legalEntityId: spare.id });
    expect(invoice.status).toBe('draft');
    await organization.transact((work) => archiveTaxRegistration(work, { id: made.id }));
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({
      ...{ status: 'OPEN', total: { amountMinor: '10000' } },
      lines: [{ derivation: { taxReason: { rule: 'NOT_REGISTERED' } } }],
    });
  });
});

describe('an invoice that waits for a rate', () => {
  it('finds a rate that was made while the invoice was', async () => {
    const { id } = await customer('CZ');
    const { id: invoiceId } = await organization.transact(async (work) => {
      const invoice = await createInvoice(work, {
        ...{ accountId: id, lines: [line()], finalize: true, legalEntityId: issuer },
      });
      await rate('CZ', '21');
      return invoice;
    });
    expect(await invoiceOf(invoiceId)).toMatchObject({
      ...{ status: 'DRAFT', taxPending: { reason: 'NO_RATE', nextTryAt: null } },
    });
    world.clock.advance({ minutes: 1 });
    await world.settle();
    expect(await invoiceOf(invoiceId)).toMatchObject({ status: 'OPEN', total: { amountMinor: '12100' } });
    // One that there is no rate for is looked at once more, and then waits for it.
    const other = await customer('DK');
    const waits = await bill(other.id);
    const retry = () =>
      query(
        world.database.superuserUrl,
        'select retry_at is null as waits from invoice_taxations where invoice_id = $1',
        [waits.id],
      );
    expect(await retry()).toEqual([{ waits: false }]);
    world.clock.advance({ minutes: 1 });
    await world.settle();
    expect(await retry()).toEqual([{ waits: true }]);
    expect(await facts(waits.id)).toHaveLength(1);
    await rate('DK', '25');
    await world.settle();
  });
});
