import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grantCredit } from '../../../src/collecting/credits/index.ts';
import { createLegalEntity } from '../../../src/collecting/invoicing/index.ts';
import { createTaxRate, createTaxRegistration } from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let planId: string;
let issuer: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  ({ planId } = await sellPlan(organization, { prices: [flat(3_333n)] }));
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

interface Figures {
  at: string;
  tax: number;
  credits: number;
  due: number;
}

/** The first invoice that is to come. */
async function shown(input: Record<string, string>): Promise<Figures> {
  const amounts = 'taxTotal { amountMinor } creditsApplied { amountMinor } amountDue { amountMinor }';
  const { data, errors } = await world.graphql<{ previewInvoice: { invoices: Shown[]; userErrors: unknown[] } }>(
    `query ($input: PreviewInvoiceInput!) { previewInvoice(input: $input) { invoices { at ${amounts} } userErrors { code message } } }`,
    { input },
    { as: organization },
  );
  expect([errors, data?.previewInvoice.userErrors]).toEqual([undefined, []]);
  const [{ at, taxTotal, creditsApplied, amountDue }] = data!.previewInvoice.invoices as [Shown];
  return {
    at,
    tax: Number(taxTotal.amountMinor),
    credits: Number(creditsApplied.amountMinor),
    due: Number(amountDue.amountMinor),
  };
}

type Shown = { at: string } & Record<'taxTotal' | 'creditsApplied' | 'amountDue', { amountMinor: string }>;

/** The latest invoice of an account; it is final. */
async function billed(accountId: string): Promise<Figures> {
  const [row] = await query<Omit<Figures, 'at'> & { at: Date; status: string }>(
    world.database.superuserUrl,
    `select created_at as at, tax_total::int as tax, credits_applied::int as credits, amount_due::int as due, status
     from invoices where account_id = $1 order by created_at desc, id desc limit 1`,
    [accountId],
  );
  const { status, at, ...figures } = row!;
  expect(status).not.toBe('draft');
  return { at: at.toISOString(), ...figures };
}

const grant = (accountId: string, amountMinor: bigint, expiresAt?: string) =>
  organization.transact((work) =>
    grantCredit(work, {
      accountId,
      amount: { amountMinor, currency: 'EUR' },
      ...(expiresAt ? { expiresAt: new Date(expiresAt) } : {}),
    }),
  );
const ofAccount = (id: string) => shown({ accountId: toGlobalId('acc', id) });
const ofSubscription = (id: string) => shown({ subscriptionId: toGlobalId('sub', id) });

describe('the next invoice of an account with days of grace', () => {
  const start = '2026-04-01T00:00:00Z';
  async function graceful(overrides: Parameters<typeof clockAccount>[2] = {}) {
    const { clockId, accountId } = await clockAccount(organization, start, { invoiceGraceDays: 3, ...overrides });
    const { subscription } = await subscribe(organization, accountId, planId);
    return { accountId, id: subscription.id, to: (at: string) => walk(world.app, organization, clockId, at) };
  }

  it('spends the credit that there will be once it is final', async () => {
    const { accountId, id, to } = await graceful();
    await grant(accountId, 1_000n);
    await grant(accountId, 500n, '2026-05-03T00:00:00Z');
    const coming = await ofSubscription(id);
    expect(coming).toEqual({ at: '2026-05-01T00:00:00.000Z', tax: 0, credits: 1_000, due: 2_333 });
    expect(await ofAccount(accountId)).toEqual(coming);
    await to('2026-05-04T00:00:00Z');
    expect(await billed(accountId)).toEqual(coming);
  });

  it('leaves the credit to drafts that are final before', async () => {
    const { accountId, id, to } = await graceful();
    await to('2026-05-02T00:00:00Z');
    await grant(accountId, 4_000n);
    const coming = await ofSubscription(id);
    expect(coming).toEqual({ at: '2026-06-01T00:00:00.000Z', tax: 0, credits: 667, due: 2_666 });
    await to('2026-06-04T00:00:00Z');
    expect(await billed(accountId)).toEqual(coming);
  });

  it('is taxed by the rates of the day on which it is final', async () => {
    const rates = [
      { percent: '20', validTo: '2026-05-02' },
      { percent: '21', validFrom: '2026-05-02' },
    ];
    await organization.transact(async (work) => {
      for (const rate of rates) await createTaxRate(work, { name: 'VAT', country: 'AT', inclusive: false, ...rate });
    });
    const { accountId, id, to } = await graceful({ billingAddress: { country: 'AT' } });
    const coming = await ofSubscription(id);
    expect(coming).toEqual({ at: '2026-05-01T00:00:00.000Z', tax: 700, credits: 0, due: 4_033 });
    await to('2026-05-04T00:00:00Z');
    expect(await billed(accountId)).toEqual(coming);
  });

  it('waits for a tax that is not known, and shows itself with it once it is', async () => {
    await organization.transact(async (work) => {
      const address = { country: 'PL' };
      const { id } = await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'PL-', address });
      await createTaxRegistration(work, { legalEntityId: id, country: 'PL' });
      issuer = id;
    });
    const { accountId, id, to } = await graceful({ billingAddress: { country: 'PL' }, legalEntityId: issuer });
    await grant(accountId, 1_000n);
    expect(await ofSubscription(id)).toEqual({ at: '2026-05-01T00:00:00.000Z', tax: 0, credits: 0, due: 3_333 });
    await organization.transact((work) =>
      createTaxRate(work, { name: 'VAT', country: 'PL', percent: '23', inclusive: false, validFrom: '2026-05-03' }),
    );
    const coming = await ofSubscription(id);
    expect(coming).toEqual({ at: '2026-05-01T00:00:00.000Z', tax: 767, credits: 1_000, due: 3_100 });
    await to('2026-05-04T00:00:00Z');
    expect(await billed(accountId)).toEqual(coming);
  });
});

describe('the next invoice of accounts that one account pays for', () => {
  it.each([0, 3])('spends its credit in the order of the invoices (%s days of grace)', async (invoiceGraceDays) => {
    const days = { invoiceGraceDays };
    const { clockId, accountId: parent } = await clockAccount(organization, '2026-04-01T00:00:00Z', days);
    const below = { timezone: 'UTC', testClockId: clockId, parentAccountId: parent, ...days } as const;
    const { id: child } = await organization.account({ ...below, billingPolicy: 'parent_pays' });
    const { subscription: first } = await subscribe(organization, parent, planId);
    const { subscription: second } = await subscribe(organization, child, planId);
    await grant(parent, 4_000n);
    const coming = [await ofSubscription(first.id), await ofSubscription(second.id)];
    expect(coming.map(({ credits }) => credits).sort()).toEqual([3_333, 667]);
    expect([await ofAccount(parent), await ofAccount(child)]).toEqual(coming);
    await walk(world.app, organization, clockId, '2026-05-04T00:00:00Z');
    expect([await billed(parent), await billed(child)]).toEqual(coming);
  });
});
