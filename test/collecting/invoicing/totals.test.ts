import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChargeDraft, finalizeInvoice, type InvoiceRow } from '../../../src/collecting/invoicing/index.ts';
import { archiveTaxRate, type CreateTaxRateInput, createTaxRate } from '../../../src/collecting/tax/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-07-01T12:00:00Z' });
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

const rate = (organization: TestOrganization, input: Partial<CreateTaxRateInput>) =>
  organization.transact((work) =>
    createTaxRate(work, { name: 'VAT', country: 'AT', percent: '20', inclusive: false, ...input }),
  );

const bill = async (organization: TestOrganization, accountId: string, charges: ChargeDraft[]): Promise<InvoiceRow> =>
  (await issueFor(world.app, organization, [accountId], () => ({ charges })))[0]!;

const taxesOf = (invoiceId: string) =>
  query<{ name: string; percent: string; taxable: string; amount: string }>(
    world.database.superuserUrl,
    'select name, percent::text, taxable::text, amount::text from invoice_taxes where invoice_id = $1 order by id',
    [invoiceId],
  );

const vienna = { country: 'AT', region: 'Wien' };

describe('tax', () => {
  it('is of the buyer’s country and region, several rates at once, each rounded once', async () => {
    const organization = await world.organization();
    await rate(organization, { name: 'VAT' });
    await rate(organization, { name: 'City tax', percent: '3.25', region: 'Wien' });
    await rate(organization, { name: 'Elsewhere', percent: '5', region: 'Graz' });
    await rate(organization, { name: 'Germany', percent: '19', country: 'DE' });
    const { id } = await organization.account({ billingAddress: vienna });
    const invoice = await bill(organization, id, [oneOff(id, 333n), oneOff(id, 333n), oneOff(id, 334n)]);
    expect(await taxesOf(invoice.id)).toEqual([
      { name: 'VAT', percent: '20', taxable: '1000', amount: '200' },
      { name: 'City tax', percent: '3.25', taxable: '1000', amount: '33' },
    ]);
    expect(invoice).toMatchObject({ subtotal: 1000n, taxTotal: 233n, taxIncluded: 0n, total: 1233n });
  });

  it('is contained in the price where the rate says so', async () => {
    const organization = await world.organization();
    await rate(organization, { inclusive: true });
    const { id } = await organization.account({ billingAddress: vienna });
    const invoice = await bill(organization, id, [oneOff(id, 1000n)]);
    expect(invoice).toMatchObject({ subtotal: 1000n, taxTotal: 167n, taxIncluded: 167n, total: 1000n });
    const revenue = await query(
      world.database.superuserUrl,
      `select account, amount::text from ledger_entries where source_id = $1 order by account`,
      [invoice.id],
    );
    expect(revenue).toEqual([
      { account: 'receivable', amount: '1000' },
      { account: 'revenue', amount: '-833' },
      { account: 'tax_payable', amount: '-167' },
    ]);
  });

  it('is the issuer’s where the buyer’s country is not known, and none for who is exempt', async () => {
    const organization = await world.organization();
    await rate(organization, {});
    await query(world.database.superuserUrl, `update legal_entities set country = 'AT' where organization_id = $1`, [
      organization.id,
    ]);
    const [unknown, exempt, abroad] = [
      await organization.account(),
      await organization.account({ billingAddress: vienna, taxExempt: true }),
      await organization.account({ billingAddress: { country: 'CH' } }),
    ];
    const taxes = [];
    for (const { id } of [unknown, exempt, abroad])
      taxes.push((await bill(organization, id, [oneOff(id, 1000n)])).taxTotal);
    expect(taxes).toEqual([200n, 0n, 0n]);
  });

  it('goes by the day of finalization, or the last day of the supply where that is earlier', async () => {
    const organization = await world.organization();
    await rate(organization, { name: 'Old', percent: '16', validTo: '2026-07-01' });
    await rate(organization, { name: 'New', percent: '20', validFrom: '2026-07-01' });
    const { id } = await organization.account({ billingAddress: vienna, timezone: 'Europe/Vienna' });
    const period = (start: string, end: string) => ({ periodStart: new Date(start), periodEnd: new Date(end) });
    const invoice = await bill(organization, id, [
      // June in Vienna: it ends at midnight there, two hours before midnight in UTC.
      oneOff(id, 100n, period('2026-05-31T22:00:00Z', '2026-06-30T22:00:00Z')),
      oneOff(id, 1000n, period('2026-06-30T22:00:00Z', '2026-07-31T22:00:00Z')),
      oneOff(id, 10000n),
    ]);
    expect(await taxesOf(invoice.id)).toEqual([
      { name: 'Old', percent: '16', taxable: '100', amount: '16' },
      { name: 'New', percent: '20', taxable: '11000', amount: '2200' },
    ]);
  });

  it('is asked for anew when a draft becomes final, and no more by a rate that is archived', async () => {
    const organization = await world.organization();
    const old = await rate(organization, { name: 'Old', percent: '10' });
    const { id } = await organization.account({ billingAddress: vienna });
    const [draft] = await issueFor(world.app, organization, [id], () => ({
      charges: [oneOff(id, 1000n)],
      finalize: false,
    }));
    expect(draft).toMatchObject({ status: 'draft', taxTotal: 100n, total: 1100n, amountDue: 1100n, number: null });
    await organization.transact((work) => archiveTaxRate(work, { id: old.id }));
    await expect(organization.transact((work) => archiveTaxRate(work, { id: old.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await rate(organization, { name: 'New', percent: '12' });
    const invoice = await organization.transact((work) => finalizeInvoice(work, { id: draft!.id }));
    expect(invoice).toMatchObject({ status: 'open', taxTotal: 120n, total: 1120n });
    expect(await taxesOf(invoice.id)).toEqual([{ name: 'New', percent: '12', taxable: '1000', amount: '120' }]);
  });

  it.each([
    [{ percent: '100.000001' }, 'percent'],
    [{ percent: '-1' }, 'percent'],
    [{ percent: '1e1' }, 'percent'],
    [{ country: 'XX' }, 'country'],
    [{ name: ' ' }, 'name'],
    [{ validFrom: '2026-02-01', validTo: '2026-02-01' }, 'validTo'],
    [{ validFrom: '2026-02-30' }, 'validFrom'],
  ])('refuses a rate with %j', async (input, field) => {
    const organization = await world.organization();
    await expect(rate(organization, input)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', field] },
    });
  });
});

describe('whatever the lines, rates and credit', () => {
  const percents = fc.constantFrom('0', '5', '7.7', '19', '20', '8.875', '33.333333', '100');
  const rates = fc.array(fc.record({ percent: percents, inclusive: fc.boolean() }), { maxLength: 3 });
  const amounts = fc.array(fc.oneof(fc.bigInt(-100_000n, 100_000n), fc.bigInt(-(10n ** 14n), 10n ** 14n)), {
    minLength: 1,
    maxLength: 8,
  });

  it('the sums agree to the last unit and the ledger balances', async () => {
    await fc.assert(
      fc.asyncProperty(
        rates,
        fc.array(amounts, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (given, invoices, later) => {
          const organization = await world.organization();
          for (const [index, one] of given.entries()) await rate(organization, { ...one, jurisdiction: `${index}` });
          const { id } = await organization.account({ billingAddress: vienna });
          for (const lines of invoices) {
            const charges = lines.map((amount) => oneOff(id, amount, { kind: 'adjustment' }));
            const [made] = await issueFor(world.app, organization, [id], () => ({ charges, finalize: !later }));
            const invoice = later
              ? await organization.transact((work) => finalizeInvoice(work, { id: made!.id }))
              : made!;
            const { total, subtotal, taxTotal, taxIncluded, carriedToCredit, creditsApplied, amountDue, status } =
              invoice;
            expect(subtotal).toBe(lines.reduce((sum, amount) => sum + amount, 0n));
            expect(total).toBe(subtotal + taxTotal - taxIncluded + carriedToCredit);
            expect(amountDue).toBe(total - creditsApplied);
            expect(status).toBe(amountDue === 0n ? 'paid' : 'open');
          }
        },
      ),
      { numRuns: 25 },
    );
    await checkBooks(world, { quiet: false });
  });
});
