import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphql } from 'graphql';
import { closeContext } from '../../../src/platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { sellPlan, subscribe } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let accountId: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-07-01T12:00:00Z' });
  organization = await world.organization();
  const account = await organization.account({
    name: 'Zoë',
    email: 'zoe@example.com',
    billingAddress: { country: 'AT' },
  });
  accountId = toGlobalId('acc', account.id);
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

type Answer = Record<string, { userErrors: unknown[]; [field: string]: unknown }>;

async function mutate(
  name: string,
  input: Record<string, unknown>,
  answer: string,
  type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`,
) {
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${answer} userErrors { code path } } }`;
  const result = await world.graphql<Answer>(query, { input }, { as: organization });
  expect(result.errors).toBeUndefined();
  return result.data![name]!;
}

async function ask(query: string, variables: Record<string, unknown> = {}) {
  const result = await world.graphql<Record<string, never>>(query, variables, { as: organization });
  expect(result.errors).toBeUndefined();
  return result.data! as Record<string, unknown>;
}

const line = (amountMinor: string, more = {}) => ({
  description: 'Work',
  unitAmount: { amountMinor, currency: 'EUR' },
  ...more,
});
const invoiceFields = 'invoice { id number status amountDue { amountMinor } }';

describe('invoices through the API', () => {
  it('walk from rate to draft to paper, and show every part', async () => {
    const { taxRate } = await mutate(
      'createTaxRate',
      { name: 'VAT', country: 'AT', percent: '20', inclusive: false },
      'taxRate { id percent validFrom }',
    );
    expect(taxRate).toMatchObject({ percent: '20', validFrom: null });
    const created = await mutate(
      'createInvoice',
      { accountId, lines: [line('1000', { quantity: '2' })], netDays: 10, memo: 'Hello' },
      invoiceFields,
    );
    expect(created).toMatchObject({
      userErrors: [],
      invoice: { number: null, status: 'DRAFT', amountDue: { amountMinor: '2400' } },
    });
    const { id } = created.invoice as { id: string };
    const updated = await mutate(
      'updateDraftInvoice',
      { id, addLines: [line('50', { kind: 'SETUP_FEE' })] },
      invoiceFields,
    );
    expect(updated).toMatchObject({ invoice: { amountDue: { amountMinor: '2460' } } });
    const finalized = await mutate('finalizeInvoice', { id, idempotencyKey: 'once' }, invoiceFields);
    expect(finalized).toMatchObject({ invoice: { number: 'INV-000001', status: 'OPEN' } });
    const again = await mutate('finalizeInvoice', { id, idempotencyKey: 'once' }, invoiceFields);
    expect(again).toEqual(finalized);
    const { invoice } = await ask(
      `query ($number: String) { invoice(number: $number) { id status pastDue reason collection netDays memo
         subtotal { decimal } taxTotal { decimal } total { formatted(locale: "de") } issuer { name address { country } }
         buyer { name email billingAddress { country } } legalEntity { invoicePrefix isDefault }
         lines { kind quantity unitAmountMinor amount { decimal } taxAmount { decimal } derivation { steps { __typename amount } } invoice { id } }
         taxes { name percent amount { decimal } taxRate { id } } account { name invoices { nodes { id } } } billToAccount { name } } }`,
      { number: 'INV-000001' },
    );
    expect(invoice).toMatchObject({
      id,
      status: 'OPEN',
      pastDue: false,
      reason: 'MANUAL',
      collection: 'MANUAL',
      netDays: 10,
      subtotal: { decimal: '20.50' },
      taxTotal: { decimal: '4.10' },
      issuer: { name: 'Acme', address: null },
      buyer: { name: 'Zoë', email: 'zoe@example.com', billingAddress: { country: 'AT' } },
      legalEntity: { invoicePrefix: 'INV', isDefault: true },
      lines: [
        {
          kind: 'ONE_OFF',
          quantity: '2',
          unitAmountMinor: '1000',
          amount: { decimal: '20.00' },
          taxAmount: { decimal: '4.00' },
          derivation: {
            steps: [
              { __typename: 'PerUnitStep', amount: '20' },
              { __typename: 'RoundStep', amount: '20.00' },
            ],
          },
          invoice: { id },
        },
        { kind: 'SETUP_FEE', amount: { decimal: '0.50' }, taxAmount: { decimal: '0.10' } },
      ],
      taxes: [
        { name: 'VAT', percent: '20', amount: { decimal: '4.10' }, taxRate: { id: (taxRate as { id: string }).id } },
      ],
      account: { name: 'Zoë', invoices: { nodes: [{ id }] } },
      billToAccount: { name: 'Zoë' },
    });
  });

  it('are past due once the day they were due on has ended, by the clock and the zone of their account', async () => {
    const created = await mutate(
      'createInvoice',
      { accountId, lines: [line('100')], netDays: 1, finalize: true },
      invoiceFields,
    );
    const { id } = created.invoice as { id: string };
    const show = async () =>
      (await ask(
        `query ($id: ID) { invoice(id: $id) { pastDue status account { invoices(first: 100) { nodes { id pastDue } } } }
          invoices(filter: { pastDue: true }) { totalCount } }`,
        { id },
      )) as {
        invoice: {
          pastDue: boolean;
          status: string;
          account: { invoices: { nodes: { id: string; pastDue: boolean }[] } };
        };
      };
    const shown = async () => {
      const { pastDue, status, account } = (await show()).invoice;
      // The list of an account says the same.
      expect(account.invoices.nodes.find((one) => one.id === id)?.pastDue).toBe(pastDue);
      return { pastDue, status };
    };
    expect(await shown()).toEqual({ pastDue: false, status: 'OPEN' });
    // Due on 2 July at 14:00 in Vienna, whose day ends at 22:00 UTC.
    world.clock.set('2026-07-02T21:59:59.999Z');
    expect(await shown()).toEqual({ pastDue: false, status: 'OPEN' });
    world.clock.set('2026-07-02T22:00:00Z');
    expect(await shown()).toEqual({ pastDue: true, status: 'OPEN' });
    const voided = await mutate('voidInvoice', { id }, invoiceFields);
    expect(voided).toMatchObject({ invoice: { status: 'VOID', amountDue: { amountMinor: '0' } } });
    expect(await shown()).toEqual({ pastDue: false, status: 'VOID' });
  });

  it('say why they refuse', async () => {
    const foreign = await world.organization();
    const stranger = toGlobalId('acc', (await foreign.account()).id);
    expect(await mutate('createInvoice', { accountId: stranger, lines: [line('1')] }, invoiceFields)).toEqual({
      invoice: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['input', 'accountId'] }],
    });
    const paid = await mutate('createInvoice', { accountId, lines: [line('0')], finalize: true }, invoiceFields);
    expect(paid).toMatchObject({ invoice: { status: 'PAID' } });
    const { id } = paid.invoice as { id: string };
    for (const name of ['voidInvoice', 'markInvoiceUncollectible', 'finalizeInvoice']) {
      expect(await mutate(name, { id }, invoiceFields)).toEqual({
        invoice: null,
        userErrors: [{ code: 'INVALID_STATE', path: ['input', 'id'] }],
      });
    }
    const reader = { ...organization.identity, permissions: new Set(['invoices:read']) };
    const refused = await world.graphql(
      'mutation ($input: VoidInvoiceInput!) { voidInvoice(input: $input) { invoice { id } } }',
      { input: { id } },
      { as: reader },
    );
    expect(refused.errors?.[0]?.extensions?.code ?? refused.errors?.[0]?.message).toMatch(/FORBIDDEN|invoices:write/);
    const shown = await world.graphql<{ invoice: { buyer: unknown } }>(
      'query ($id: ID) { invoice(id: $id) { buyer { name email billingAddress { country } taxIds { value } } } }',
      { id },
      { as: reader },
    );
    expect(shown.data?.invoice.buyer).toEqual({ name: 'Zoë', email: null, billingAddress: null, taxIds: [] });
  });

  it('are listed with lines and accounts in three statements, and paged to the last one', async () => {
    const { planId } = await sellPlan(organization);
    for (let made = 0; made < 7; made += 1) await subscribe(organization, (await organization.account()).id, planId);
    const context = world.context(organization);
    const source =
      '{ invoices(first: 5, filter: { status: [OPEN] }) { nodes { number lines { description amount { amountMinor } } account { name } } pageInfo { endCursor hasNextPage } } }';
    const result = await graphql({ schema: world.schema, source, contextValue: context });
    expect(result.errors).toBeUndefined();
    expect(context.reader.statements).toBe(3);
    await closeContext(context);
    const numbers: string[] = [];
    let after: string | null = null;
    do {
      const { invoices } = (await ask(
        'query ($after: String) { invoices(first: 3, after: $after, orderBy: { direction: ASC }) { nodes { id } pageInfo { endCursor hasNextPage } totalCount } }',
        { after },
      )) as {
        invoices: {
          nodes: { id: string }[];
          pageInfo: { endCursor: string; hasNextPage: boolean };
          totalCount: number;
        };
      };
      numbers.push(...invoices.nodes.map((node) => node.id));
      after = invoices.pageInfo.hasNextPage ? invoices.pageInfo.endCursor : null;
      if (!after) expect(new Set(numbers).size).toBe(invoices.totalCount);
    } while (after);
    expect(fromGlobalId('inv', numbers[0]!)).not.toBeNull();
  });

  it('show charges, credit and the trial balance beside them', async () => {
    const { charge } = await mutate(
      'createCharge',
      { accountId, line: line('300') },
      'charge { id status amount { amountMinor } account { name } }',
    );
    expect(charge).toMatchObject({ status: 'WAITING', amount: { amountMinor: '300' }, account: { name: 'Zoë' } });
    const credit = await mutate(
      'createInvoice',
      { accountId, lines: [line('-5000', { kind: 'ADJUSTMENT' })], includeWaitingCharges: true, finalize: true },
      invoiceFields,
    );
    expect(credit).toMatchObject({ invoice: { status: 'PAID' } });
    const shown = await ask(
      `query ($accountId: ID!) {
         charges(accountId: $accountId, status: INVOICED) { nodes { id invoiceLine { invoice { status } } } totalCount }
         account(id: $accountId) { creditBalances { decimal } }
         ledgerBalances { account balance { amountMinor currency } }
         legalEntities { name } taxRates(country: "AT") { name }
         node(id: "${(charge as { id: string }).id}") { __typename id } }`,
      { accountId },
    );
    expect(shown).toMatchObject({
      charges: { nodes: [{ invoiceLine: { invoice: { status: 'PAID' } } }], totalCount: 1 },
      // −4,700 net and 20 % of it.
      account: { creditBalances: [{ decimal: '56.40' }] },
      node: { __typename: 'Charge' },
    });
    const { ledgerBalances } = shown as { ledgerBalances: { balance: { amountMinor: string } }[] };
    expect(ledgerBalances.reduce((sum, { balance }) => sum + BigInt(balance.amountMinor), 0n)).toBe(0n);
  });
});
