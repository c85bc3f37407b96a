import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CreateAccountInput } from '../../../src/accounts/index.ts';
import { createCreditNote, createInvoice, createLegalEntity } from '../../../src/collecting/invoicing/index.ts';
import { taxOfSupply } from '../../../src/collecting/tax/decide-tax.ts';
import { archiveTaxRegistration, createTaxRate, createTaxRegistration } from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { flat, sellPlan, subscribe } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let issuer: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-05-01T12:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  const rates = [
    { country: 'AT', percent: '20' },
    { country: 'AT', percent: '10', taxCategory: 'books' },
    { country: 'DE', percent: '19' },
    { country: 'US', region: 'CA', percent: '7.25' },
  ];
  issuer = await organization.transact(async (work) => {
    for (const rate of rates) await createTaxRate(work, { name: 'VAT', inclusive: false, ...rate });
    const address = { country: 'AT' };
    return (await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'AT-', address })).id;
  });
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

const register = (country: string, more = {}) =>
  organization.transact((work) => createTaxRegistration(work, { legalEntityId: issuer, country, ...more }));

/** The taxes of an invoice over 100.00 of each category, as `percent amount treatment name`. */
const taxesOf = async (account: Partial<CreateAccountInput>, ...categories: (string | null)[]) => {
  const { id } = await organization.account({ timezone: 'UTC', ...account });
  const lines = (categories.length > 0 ? categories : [null]).map((taxCategory) => ({
    description: 'Thing',
    unitAmount: { amountMinor: 10_000n, currency: 'EUR' },
    taxCategory,
  }));
  const invoice = await organization.transact((work) =>
    createInvoice(work, { accountId: id, lines, finalize: true, legalEntityId: issuer }),
  );
  const rows = await query<{ text: string }>(
    world.database.superuserUrl,
    `select trim_scale(percent) || ' ' || amount || ' ' || treatment as text from invoice_taxes where invoice_id = $1 order by percent`,
    [invoice.id],
  );
  return rows.map(({ text }) => text);
};

const of = (country: string, region: string | null = null) => ({ billingAddress: { country, region } });
const germanBusiness = { ...of('DE'), taxIds: [{ type: 'EU_VAT' as const, value: 'DE136695976' }] };

describe('an issuer without registrations', () => {
  it('charges what rates say, whoever the buyer is', async () => {
    expect(await taxesOf(of('DE'))).toEqual(['19 1900 taxed']);
    expect(await taxesOf(germanBusiness)).toEqual(['19 1900 taxed']);
    expect(await taxesOf(of('US', 'CA'))).toEqual(['7.25 725 taxed']);
  });
});

describe('tax categories', () => {
  it('choose the rate that is limited to them, and else the one for all', async () => {
    expect(await taxesOf(of('AT'), 'books', null, 'games')).toEqual(['10 1000 taxed', '20 4000 taxed']);
    expect(await taxesOf(of('DE'), 'books')).toEqual(['19 1900 taxed']);
  });

  it('come with the price of a plan, and the line says its rule', async () => {
    const account = await organization.account({ timezone: 'UTC', ...of('AT') });
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n, { taxCategory: 'books' })] });
    await subscribe(organization, account.id, planId);
    const { data, errors } = await world.graphql<{ invoices: { nodes: unknown[] } }>(
      `query ($filter: InvoiceFilter) { invoices(filter: $filter) { nodes {
         taxes { percent treatment amount { amountMinor } } lines { taxCategory taxes { percent rule amount { amountMinor } } } } } }`,
      { filter: { accountId: toGlobalId('acc', account.id) } },
      { as: organization },
    );
    expect(errors).toBeUndefined();
    expect(data?.invoices.nodes).toEqual([
      {
        taxes: [{ percent: '10', treatment: 'TAXED', amount: { amountMinor: '100' } }],
        lines: [{ taxCategory: 'books', taxes: [{ percent: '10', rule: 'AT books', amount: { amountMinor: '100' } }] }],
      },
    ]);
  });
});

describe('rates of one place', () => {
  const rate = (more: object) =>
    organization.transact((work) =>
      createTaxRate(work, { name: 'Sales tax', inclusive: false, country: 'US', region: 'NY', percent: '4', ...more }),
    );

  it('hold one at a time', async () => {
    const refused = (field: string) => ({ code: 'CONFLICT', details: { path: ['input', field] } });
    await rate({ validFrom: '2026-01-01', validTo: '2027-01-01' });
    await expect(rate({})).rejects.toMatchObject(refused('validTo'));
    await expect(rate({ validFrom: '2026-12-31' })).rejects.toMatchObject(refused('validFrom'));
    await expect(rate({ validFrom: '2025-01-01', validTo: '2026-01-02' })).rejects.toMatchObject(refused('validTo'));
    await rate({ validFrom: '2027-01-01', percent: '4.1' });
    await rate({ validTo: '2026-01-01' });
    await rate({ taxCategory: 'games', percent: '0' });
    await expect(rate({ taxCategory: 'games' })).rejects.toMatchObject(refused('validTo'));
    await expect(
      query(
        world.database.superuserUrl,
        `update tax_rates set valid_to = null where region = 'NY' and valid_from is null`,
      ),
    ).rejects.toMatchObject({ constraint: 'tax_rates_one_at_a_time' });
  });

  it('add up where each has a jurisdiction, and a category stands for its own only', async () => {
    const illinois = (jurisdiction: string | null, more = {}) => rate({ region: 'IL', jurisdiction, ...more });
    await illinois('State');
    // As they were kept before.
    await query(
      world.database.superuserUrl,
      `update tax_rates set jurisdiction = 'State' where jurisdiction = 'state'`,
    );
    await expect(illinois('state')).rejects.toMatchObject({ code: 'CONFLICT' });
    await illinois('Chicago', { percent: '4.5' });
    await illinois('Cook', { percent: '0.375' });
    await illinois('State', { taxCategory: 'games', percent: '0' });
    await expect(illinois(' COOK ')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await taxesOf(of('US', 'IL'))).toEqual(['0.375 38 taxed', '4 400 taxed', '4.5 450 taxed']);
    expect(await taxesOf(of('US', 'IL'), 'games')).toEqual(['0 0 taxed', '0.375 38 taxed', '4.5 450 taxed']);
  });

  it('do not add up where one of them has no jurisdiction', async () => {
    const refused = { code: 'CONFLICT', details: { path: ['input', 'jurisdiction'] } };
    await expect(rate({ region: 'IL' })).rejects.toMatchObject(refused);
    await expect(rate({ jurisdiction: 'MCTD' })).rejects.toMatchObject(refused);
    await expect(
      query(
        world.database.superuserUrl,
        `update tax_rates set jurisdiction = '' where region = 'IL' and jurisdiction = 'cook'`,
      ),
    ).rejects.toMatchObject({ constraint: 'tax_rates_one_at_a_time' });
    expect(await taxesOf(of('US', 'NY'))).toEqual(['4 400 taxed']);
  });

  it('are found however the region is written', async () => {
    const { region } = await rate({ region: 'us-wa', percent: '6.5' });
    expect(region).toBe('WA');
    await expect(rate({ region: 'wa' })).rejects.toMatchObject({ code: 'CONFLICT' });
    for (const written of ['WA', 'wa', 'US-WA', ' us-wa ']) {
      expect(await taxesOf(of('US', written))).toEqual(['6.5 650 taxed']);
    }
    expect(await taxesOf(of('CA', 'US-WA'))).toEqual([]);
  });
});

describe('an exemption', () => {
  it('holds for its days only, and is refused where nobody is exempt', async () => {
    const until = (validTo: string) => ({ taxExemption: { reason: 'Charity', certificate: 'C-1', validTo } });
    expect(await taxesOf({ ...of('AT'), taxExempt: true })).toEqual([]);
    expect(await taxesOf({ ...of('AT'), taxExempt: true, ...until('2026-05-02') })).toEqual([]);
    expect(await taxesOf({ ...of('AT'), taxExempt: true, ...until('2026-05-01') })).toEqual(['20 2000 taxed']);
    await expect(organization.account({ ...until('2027-01-01') })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('a tax id', () => {
  it('is refused with its path where form or check digits are wrong', async () => {
    const wrong = [
      { type: 'EU_VAT' as const, value: 'DE136695977' },
      { type: 'EU_VAT' as const, value: 'GB980780684' },
      { type: 'GB_VAT' as const, value: '980780685' },
    ];
    for (const taxId of wrong) {
      await expect(organization.account({ taxIds: [taxId] })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        details: { path: ['input', 'taxIds', '0', 'value'] },
      });
    }
    const { taxIds } = await organization.account({
      taxIds: [
        { type: 'EU_VAT', value: 'de 136.695 976' },
        { type: 'GB_VAT', value: '980780684' },
        { type: 'OTHER', value: 'X-1' },
      ],
    });
    expect(taxIds.map(({ value }) => value)).toEqual(['DE136695976', 'GB980780684', 'X-1']);
  });
});

describe('an issuer with registrations', () => {
  it('charges only where it is registered on the tax date; businesses of other member states owe it themselves', async () => {
    await register('AT');
    expect(await taxesOf(of('AT'))).toEqual(['20 2000 taxed']);
    // Art. 59c of Directive 2006/112/EC: consumers of other member states are taxed at home below the threshold.
    expect(await taxesOf(of('DE'), null, 'books')).toEqual(['10 1000 taxed', '20 2000 taxed']);
    expect(await taxesOf(of('CH'))).toEqual([]);
    expect(await taxesOf(of('US', 'CA'))).toEqual([]);
    expect(await taxesOf(germanBusiness)).toEqual(['0 0 reverse_charge']);
    const [note] = await query<{ name: string }>(
      world.database.superuserUrl,
      `select name from invoice_taxes where treatment = 'reverse_charge'`,
    );
    expect(note?.name).toBe('Reverse charge: VAT is owed by the recipient');
    // What takes it back says the same.
    const [charged] = await query<{ invoice_id: string }>(
      world.database.superuserUrl,
      `select invoice_id from invoice_taxes where treatment = 'reverse_charge'`,
    );
    const back = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: charged!.invoice_id, reason: 'other' }),
    );
    const taxes = await query(
      world.database.superuserUrl,
      `select t.treatment, t.taxable = n.subtotal as whole, n.taxes->0->>'rule' as rule from credit_note_taxes t
       join credit_note_lines l on l.credit_note_id = t.credit_note_id cross join lateral (select l.taxes, l.amount as subtotal) n
       where t.credit_note_id = $1`,
      [back.note.id],
    );
    expect(taxes).toEqual([{ treatment: 'reverse_charge', whole: true, rule: 'reverse_charge' }]);
    // A number of another state than the address, and one at home, make no reverse charge.
    expect(await taxesOf({ ...of('FR'), taxIds: germanBusiness.taxIds })).toEqual(['20 2000 taxed']);
    expect(await taxesOf({ ...of('AT'), taxIds: [{ type: 'EU_VAT', value: 'ATU13585627' }] })).toEqual([
      '20 2000 taxed',
    ]);

    await expect(register('US', { scheme: 'oss' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'country'] },
    });
    const oss = await register('AT', { scheme: 'oss', validFrom: '2026-05-01' });
    expect(await taxesOf(of('DE'))).toEqual(['19 1900 taxed']);
    expect(await taxesOf(germanBusiness)).toEqual(['0 0 reverse_charge']);
    await organization.transact((work) => archiveTaxRegistration(work, { id: oss.id }));
    expect(await taxesOf(of('DE'))).toEqual(['20 2000 taxed']);

    await register('US', { region: 'us-ca', validFrom: '2026-05-02' });
    expect(await taxesOf(of('US', 'CA'))).toEqual([]);
    world.clock.advance({ days: 1 });
    expect(await taxesOf(of('US', 'US-CA'))).toEqual(['7.25 725 taxed']);
    expect(await taxesOf(of('US', 'CA'))).toEqual(['7.25 725 taxed']);
    expect(await taxesOf(of('US', 'NY'))).toEqual([]);
  });

  it('whose only registration has days charges nothing before and after them', async () => {
    const other = await organization.transact(async (work) => {
      const { id } = await createLegalEntity(work, { name: 'Short', invoicePrefix: 'SH-', address: { country: 'AT' } });
      const validTo = world.clock.now().toISOString().slice(0, 10);
      await createTaxRegistration(work, { legalEntityId: id, country: 'AT', validFrom: '2026-01-01', validTo });
      return id;
    });
    const { id: accountId } = await organization.account({ timezone: 'UTC', ...of('AT') });
    const lines = [{ description: 'Thing', unitAmount: { amountMinor: 10_000n, currency: 'EUR' } }];
    const invoice = await organization.transact((work) =>
      createInvoice(work, { accountId, lines, finalize: true, legalEntityId: other }),
    );
    expect(invoice).toMatchObject({ status: 'open', taxTotal: 0n });
  });

  it('is registered in a place once at a time', async () => {
    const again = { code: 'CONFLICT', details: { path: ['input', 'country'] } };
    await expect(register('AT')).rejects.toMatchObject(again);
    await expect(register('AT', { validFrom: '2030-01-01' })).rejects.toMatchObject(again);
    await register('DE', { validFrom: '2030-01-01', validTo: '2031-01-01', taxId: 'DE 136 695 976' });
    await expect(register('DE', { validFrom: '2030-12-31' })).rejects.toMatchObject(again);
    const next = await register('DE', { validFrom: '2031-01-01' });
    await organization.transact((work) => archiveTaxRegistration(work, { id: next.id }));
    await register('DE', { validFrom: '2031-01-01' });
    await expect(
      query(world.database.superuserUrl, `update tax_registrations set archived_at = null where id = $1`, [next.id]),
    ).rejects.toMatchObject({ constraint: 'tax_registrations_one_at_a_time' });
    const [stored] = await query(
      world.database.superuserUrl,
      `select tax_id from tax_registrations where tax_id is not null`,
    );
    expect(stored).toEqual({ tax_id: 'DE136695976' });
  });

  it('takes back what it did not tax without tax', async () => {
    const { id } = await organization.account({ timezone: 'UTC', ...germanBusiness });
    const lines = [{ description: 'Thing', unitAmount: { amountMinor: 10_000n, currency: 'EUR' } }];
    const invoice = await organization.transact((work) =>
      createInvoice(work, { accountId: id, lines, finalize: true, legalEntityId: issuer }),
    );
    const { note } = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice.id, reason: 'other' }),
    );
    expect([note.total, note.taxTotal]).toEqual([10_000n, 0n]);
  });

  it('is one of the organization', async () => {
    const other = await world.organization();
    const foreign = other.transact((work) => createTaxRegistration(work, { legalEntityId: issuer, country: 'AT' }));
    await expect(foreign).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const nobody = {
      standingOf: () => 'unknown' as const,
      organizationId: other.id,
      legalEntityId: issuer,
      issuerCountry: null,
      postalCode: null,
      country: null,
      region: null,
    };
    const none = { places: new Map(), registrations: new Map() };
    const supply = { on: '2026-05-01', category: null };
    expect(taxOfSupply(none, { ...nobody, taxIds: [], exemptOn: () => false }, supply).rates).toEqual([]);
  });
});
