import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccount, updateAccount } from '../../src/accounts/index.ts';
import { grantCredit } from '../../src/collecting/credits/index.ts';
import {
  addCharge,
  createInvoice,
  createLegalEntity,
  finalizeInvoice,
  refreshInvoice,
  replaceInvoice,
  updateDraftInvoice,
} from '../../src/collecting/invoicing/index.ts';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import { topUpCredit } from '../../src/collecting/wallets/index.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { sandboxMethod } from '../support/payments.ts';
import { clockAccount, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;
let planId: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization();
  ({ planId } = await sellPlan(organization));
  for (const [percent, taxCategory] of [['20'], ['10', 'books']] as const) {
    await organization.transact((work) =>
      createTaxRate(work, {
        name: 'VAT',
        country: 'AT',
        percent,
        inclusive: false,
        ...(taxCategory ? { taxCategory } : {}),
      }),
    );
  }
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

interface Stored {
  id: string;
  status: string;
  number: string | null;
  total: string;
  bill_to: string;
  lines: { id: string; amount: number; account: string; quantity: string }[];
  finalized: string | null;
  po: string | null;
}

const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);

const invoicesOf = (accountId: string) =>
  sql<Stored>(
    `select i.id, i.status, i.number, i.total::text, i.bill_to_account_id as bill_to, i.purchase_order_number as po,
       to_char(i.finalized_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as finalized,
       (select json_agg(json_build_object('id', l.id, 'amount', l.amount, 'account', l.account_id, 'quantity', l.quantity::text)
          order by l.position) from invoice_lines l where l.invoice_id = i.id) as lines
     from invoices i where i.account_id = $1 order by i.created_at, i.id`,
    [accountId],
  );
const amounts = (invoice: Stored | undefined) => invoice?.lines.map((line) => line.amount);
const change = (id: string, input: Parameters<typeof updateAccount>[2]) =>
  organization.transact((work) => updateAccount(work, id, input));
const line = (amount: bigint) => ({
  description: 'Extra',
  unitAmount: { amountMinor: amount, currency: 'EUR' },
});

describe('days of grace', () => {
  it('keep renewals as drafts that can be refreshed and adjusted, and end by themselves at the local time of day', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-03-27T23:30:00Z', {
      invoiceGraceDays: 3,
      timezone: 'Europe/Vienna',
    });
    await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2026-04-28T00:00:00Z');
    const [first, draft] = await invoicesOf(accountId);
    expect(first).toMatchObject({ status: 'open', finalized: '2026-03-27T23:30' });
    expect(draft).toMatchObject({ status: 'draft', number: null });

    await organization.transact((work) => addCharge(work, { accountId, line: line(250n) }));
    const id = draft!.id;
    await organization.transact((work) => refreshInvoice(work, { id }));
    const updateLines = [{ lineId: draft!.lines[0]!.id, amount: { amountMinor: 800n, currency: 'EUR' } }];
    await organization.transact((work) => updateDraftInvoice(work, { id, updateLines }));
    for (let again = 0; again < 3; again += 1) {
      await organization.transact((work) => refreshInvoice(work, { id }));
    }
    expect(amounts((await invoicesOf(accountId))[1])).toEqual([800, 250]);
    await checkBooks(world, { quiet: false });
    // What a refresh says is what finalizing bills, also once the buyer has moved to where it is taxed, and back.
    await change(accountId, { billingAddress: { country: 'AT' } });
    await organization.transact((work) => refreshInvoice(work, { id }));
    expect((await invoicesOf(accountId))[1]).toMatchObject({ total: '1260' });
    await change(accountId, { billingAddress: null });
    await organization.transact((work) => refreshInvoice(work, { id }));

    await walk(world.app, organization, clockId, '2026-05-10T00:00:00Z');
    expect((await invoicesOf(accountId))[1]).toMatchObject({
      status: 'open',
      total: '1050',
      finalized: '2026-04-30T22:30',
    });
    const [hashed] = await sql<{ from: object }>(
      `select derivation->'adjustedFrom' as from from invoice_lines where id = $1`,
      [draft!.lines[0]!.id],
    );
    expect(hashed).toMatchObject({ from: { amount: '1000' } });
    expect(await sql('select 1 from invoice_graces where invoice_id = $1', [id])).toEqual([]);
  });

  it('are those of the organization unless the account has its own; a late job dates drafts as a punctual one', async () => {
    const own = await world.organization();
    await sql('update organizations set invoice_grace_days = 2 where id = $1', [own.id]);
    const { planId: plan } = await sellPlan(own);
    const prompt = await own.account({ timezone: 'UTC', invoiceGraceDays: 0 });
    const slow = await own.account({ timezone: 'UTC' });
    await subscribe(own, prompt.id, plan);
    await subscribe(own, slow.id, plan);
    world.clock.advance({ days: 31 });
    await world.settle();
    expect((await invoicesOf(prompt.id)).map(({ status }) => status)).toEqual(['open', 'open']);
    expect((await invoicesOf(slow.id)).map(({ status }) => status)).toEqual(['open', 'draft']);
    const credit = { amountMinor: 400n, currency: 'EUR' };
    const expiresAt = new Date('2026-02-04T00:00:00Z');
    await own.transact((work) => grantCredit(work, { accountId: slow.id, amount: credit, expiresAt }));
    world.clock.advance({ days: 5 });
    // Credit that lapsed after the draft was to be final waits for it.
    await world.app.jobs.get('expire-credit')!.run(world.app, undefined);
    await world.settle();
    expect((await invoicesOf(slow.id))[1]).toMatchObject({ status: 'open', finalized: '2026-02-03T00:00' });
    expect(
      await sql(
        'select credits_applied::int as spent from invoices where bill_to_account_id = $1 and credits_applied > 0',
        [slow.id],
      ),
    ).toEqual([{ spent: 400 }]);
  });
});

describe('a replaced invoice', () => {
  it('is void, and a draft bills the same time and charges once; what follows finalizing happens to the draft', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-31T00:00:00Z');
    await subscribe(organization, accountId, planId);
    await organization.transact((work) => addCharge(work, { accountId, line: line(90n) }));
    await walk(world.app, organization, clockId, '2026-03-01T00:00:00Z');
    const [, wrong] = await invoicesOf(accountId);
    const { id } = await organization.transact((work) => replaceInvoice(work, { id: wrong!.id }));
    const [, old, fresh] = await invoicesOf(accountId);
    expect(old).toMatchObject({ id: wrong!.id, status: 'void', number: wrong!.number });
    expect(fresh).toMatchObject({ id, status: 'draft', total: '1090' });
    expect(await sql('select 1 from released_periods where invoice_id = $1', [wrong!.id])).toEqual([]);
    expect(await sql('select invoice_line_id as line from charges where account_id = $1', [accountId])).toEqual([
      { line: fresh!.lines[1]!.id },
    ]);
    const field = async (name: string) => {
      const shown = await world.graphql<{ invoice: Record<string, { id: string } | null> }>(
        `query ($id: ID!) { invoice(id: $id) { replaces { id } replacedBy { id } } }`,
        { id: toGlobalId('inv', name === 'replaces' ? id : wrong!.id) },
        { as: organization },
      );
      return shown.data!.invoice[name]?.id;
    };
    expect(await field('replaces')).toBe(toGlobalId('inv', wrong!.id));
    expect(await field('replacedBy')).toBe(toGlobalId('inv', id));
    await checkBooks(world, { quiet: false });
    await organization.transact((work) => finalizeInvoice(work, { id }));
    expect((await invoicesOf(accountId))[2]).toMatchObject({ status: 'open', total: '1090' });
    const again = organization.transact((work) => replaceInvoice(work, { id: wrong!.id }));
    await expect(again).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });
});

describe('a replacement', () => {
  it('becomes final by itself after the days of its account, or a day, and is collected and taxed as the old one was', async () => {
    for (const [invoiceGraceDays, at] of [
      [3, '2026-02-03T00:00'],
      [0, '2026-02-01T00:00'],
    ] as const) {
      const { clockId, accountId } = await clockAccount(organization, '2026-01-31T00:00:00Z', {
        ...{ invoiceGraceDays, billingAddress: { country: 'AT' } },
      });
      await sandboxMethod(organization, accountId, 'success');
      await organization.transact((work) =>
        addCharge(work, { accountId, line: { ...line(1_000n), taxCategory: 'books' } }),
      );
      const { id } = await organization.transact((work) =>
        createInvoice(work, { accountId, lines: [line(500n)], includeWaitingCharges: true, finalize: true }),
      );
      expect((await invoicesOf(accountId))[0]).toMatchObject({ total: '1700' });
      await organization.transact((work) => replaceInvoice(work, { id }));
      const [, draft] = await invoicesOf(accountId);
      expect(draft).toMatchObject({ status: 'draft', total: '1700' });
      await organization.transact((work) => updateDraftInvoice(work, { id: draft!.id, autoCollect: true }));
      await walk(world.app, organization, clockId, '2026-02-10T00:00:00Z');
      expect((await invoicesOf(accountId))[1]).toMatchObject({ status: 'paid', finalized: at, total: '1700' });
    }
  });

  it('at once begins the subscription that waits for it, and is dunned for itself', async () => {
    const account = await organization.account({ timezone: 'UTC' });
    await sandboxMethod(organization, account.id, 'card_declined');
    const { subscription } = await subscribe(organization, account.id, planId, { collection: 'automatic' });
    await world.settle();
    const [first] = await invoicesOf(account.id);
    const waits = organization.transact((work) => replaceInvoice(work, { id: first!.id }));
    await expect(waits).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await sandboxMethod(organization, account.id, 'success');
    // The customer's new method pays the old one in the background; here the merchant is quicker.
    const shown = await world.graphql<{ replaceInvoice: unknown }>(
      `mutation ($input: ReplaceInvoiceInput!) { replaceInvoice(input: $input) {
         invoice { status replaces { status } } userErrors { code path } } }`,
      { input: { id: toGlobalId('inv', first!.id), finalize: true } },
      { as: organization },
    );
    expect(shown.data?.replaceInvoice).toEqual({
      invoice: { status: 'OPEN', replaces: { status: 'VOID' } },
      userErrors: [],
    });
    await world.settle();
    expect((await invoicesOf(account.id)).map(({ status }) => status)).toEqual(['void', 'paid']);
    const [stored] = await sql<{ status: string }>('select status from subscriptions where id = $1', [subscription.id]);
    expect(stored?.status).toBe('active');
  });

  it('is refused for an invoice that sold credit, and with days for what has none', async () => {
    const { id: accountId } = await organization.account();
    const { invoiceId: id } = await organization.transact((work) =>
      topUpCredit(work, { accountId, amount: { amountMinor: 500n, currency: 'EUR' }, autoCollect: false }),
    );
    const replace = (more: object) => organization.transact((work) => replaceInvoice(work, { id, ...more }));
    await expect(replace({})).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(replace({ finalize: true, graceDays: 2 })).rejects.toMatchObject({
      ...{ code: 'INVALID_INPUT', details: { path: ['input', 'graceDays'] } },
    });
  });
});

describe('what an invoice shows', () => {
  it('is issuer, series, order number and fields: of the subscription, else of the account', async () => {
    const issuer = await organization.transact((work) =>
      createLegalEntity(work, { name: 'Acme Berlin', address: { country: 'DE' }, invoicePrefix: 'BLN' }),
    );
    const fields = [{ name: 'Cost center "X"', value: '4711' }];
    const { accountId } = await clockAccount(organization, '2026-01-31T00:00:00Z', {
      legalEntityId: issuer.id,
      purchaseOrderNumber: 'PO-1',
      customFields: fields,
    });
    await subscribe(organization, accountId, planId);
    await subscribe(organization, accountId, planId, { purchaseOrderNumber: 'PO-2' });
    const shown = await sql(
      'select number, purchase_order_number as po, custom_fields as fields from invoices where account_id = $1 order by number',
      [accountId],
    );
    expect(shown).toEqual([
      { number: 'BLN-000001', po: 'PO-1', fields },
      { number: 'BLN-000002', po: 'PO-2', fields },
    ]);
    await expect(
      sql(`update invoices set purchase_order_number = 'X' where account_id = $1`, [accountId]),
    ).rejects.toThrow(/does not change/);
    await expect(change(accountId, { legalEntityId: accountId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { path: ['input', 'legalEntityId'] },
    });
    const twice = [...fields, ...fields];
    await expect(change(accountId, { customFields: twice })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('accounts above accounts', () => {
  it('are invoiced for those below as the policy of each edge says, from the next invoice on', async () => {
    const { clockId, accountId: top } = await clockAccount(organization, '2026-01-31T00:00:00Z');
    const below = (parentAccountId: string, billingPolicy: 'self' | 'parent_pays' | 'parent_invoiced') =>
      organization.account({ timezone: 'UTC', testClockId: clockId, parentAccountId, billingPolicy });
    const division = await below(top, 'parent_invoiced');
    const team = await below(division.id, 'parent_invoiced');
    const branch = await below(division.id, 'parent_pays');
    const free = await below(top, 'self');
    expect(team).toMatchObject({ billToAccountId: top, invoiceAccountId: top });
    expect(branch).toMatchObject({ billToAccountId: top, invoiceAccountId: null });
    for (const { id } of [{ id: top }, division, team, branch, free]) await subscribe(organization, id, planId);
    await walk(world.app, organization, clockId, '2026-02-28T00:00:00Z');
    const renewal = (await invoicesOf(top)).at(-1)!;
    expect(renewal.lines.map(({ account }) => account).sort()).toEqual([top, division.id, team.id].sort());
    expect((await invoicesOf(branch.id)).map(({ bill_to }) => bill_to)).toEqual([top, top]);
    expect((await invoicesOf(free.id)).map(({ bill_to }) => bill_to)).toEqual([free.id, free.id]);
    expect(await invoicesOf(team.id)).toEqual([]);

    await change(division.id, { billingPolicy: 'self' });
    await walk(world.app, organization, clockId, '2026-03-31T00:00:00Z');
    expect((await invoicesOf(division.id)).map(({ lines }) => lines.map(({ account }) => account).sort())).toEqual([
      [division.id, team.id].sort(),
    ]);
    expect((await invoicesOf(branch.id)).at(-1)).toMatchObject({ bill_to: division.id });
    await checkBooks(world, { quiet: false });

    const shown = await world.graphql(
      'query ($id: ID!) { account(id: $id) { children(first: 1) { totalCount } } }',
      { id: toGlobalId('acc', division.id) },
      { as: organization },
    );
    expect(shown.data).toEqual({ account: { children: { totalCount: 2 } } });
  });

  it('form no circle, whoever writes, and at most ten levels', async () => {
    const one = await organization.account();
    const two = await organization.account({ parentAccountId: one.id });
    const three = await organization.account({ parentAccountId: two.id, billingPolicy: 'parent_pays' });
    for (const parentAccountId of [one.id, two.id, three.id]) {
      await expect(change(one.id, { parentAccountId })).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await expect(sql('update accounts set parent_account_id = $2 where id = $1', [one.id, three.id])).rejects.toThrow(
      /its own ancestor/,
    );
    await expect(change(one.id, { billingPolicy: 'parent_pays' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const both = { billToAccountId: one.id, parentAccountId: two.id };
    await expect(organization.transact((work) => createAccount(work, { name: 'Both', ...both }))).rejects.toMatchObject(
      { code: 'INVALID_INPUT' },
    );
    let lowest = three.id;
    for (let level = 4; level <= 10; level += 1) {
      lowest = (await organization.account({ parentAccountId: lowest, billingPolicy: 'parent_pays' })).id;
    }
    await expect(organization.account({ parentAccountId: lowest })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    // Moving the top of a family moves who pays for all below it.
    const payer = await organization.account();
    const crossing = await Promise.allSettled([
      change(two.id, { parentAccountId: null, billingPolicy: 'self' }),
      change(payer.id, { parentAccountId: one.id }),
    ]);
    expect(crossing.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    const [row] = await sql('select bill_to_account_id as payer from accounts where id = $1', [lowest]);
    expect(row).toEqual({ payer: two.id });
  });
});

describe('exchange rates', () => {
  it('are those of the day or the last before it, one way', async () => {
    const set = (base: string, quote: string, validOn: string, rate: string) =>
      world.graphql<{ setExchangeRate: { userErrors: { code: string }[] } }>(
        'mutation ($input: SetExchangeRateInput!) { setExchangeRate(input: $input) { exchangeRate { rate } userErrors { code } } }',
        { input: { base, quote, validOn, rate } },
        { as: organization },
      );
    await set('EUR', 'USD', '2026-01-02', '1.08');
    await set('EUR', 'USD', '2026-01-05', '1.1');
    await set('EUR', 'USD', '2026-01-05', '1.0900');
    const on = async (day: string) => {
      const answer = await world.graphql<{ exchangeRates: { rate: string; validOn: string }[] }>(
        'query ($on: Date!) { exchangeRates(on: $on, base: EUR) { rate validOn } }',
        { on: day },
        { as: organization },
      );
      return answer.data!.exchangeRates;
    };
    expect(await on('2026-01-01')).toEqual([]);
    expect(await on('2026-01-04')).toEqual([{ rate: '1.08', validOn: '2026-01-02' }]);
    expect(await on('2026-06-01')).toEqual([{ rate: '1.09', validOn: '2026-01-05' }]);
    expect((await set('USD', 'EUR', '2026-01-05', '0.9')).data!.setExchangeRate.userErrors).toEqual([
      { code: 'CONFLICT' },
    ]);
    expect((await set('EUR', 'EUR', '2026-01-05', '1')).data!.setExchangeRate.userErrors).toEqual([
      { code: 'INVALID_INPUT' },
    ]);
  });
});
