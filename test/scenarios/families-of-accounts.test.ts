import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteAccount, eraseAccount, updateAccount, updateOrganization } from '../../src/accounts/index.ts';
import { grantCredit } from '../../src/collecting/credits/index.ts';
import {
  addCharge,
  createInvoice,
  createLegalEntity,
  finalizeInvoice,
  markUncollectible,
} from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { reversePayment } from '../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../src/collecting/payments/refunds/issue-credit-note.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { createCoupon } from '../../src/selling/coupons/index.ts';
import { applyCoupon, cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { creditOf, sandboxMethod } from '../support/payments.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;
let planId: string;
let prefixes = 0;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization();
  ({ planId } = await sellPlan(organization));
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);

interface Stored {
  id: string;
  account: string;
  payer: string;
  currency: string;
  status: string;
  total: number;
  discount: number;
  credits: number;
  lines: { id: string; account: string; amount: number }[];
}

/** Final invoices and drafts that bill any of these accounts, in their order. */
const billing = (...accounts: string[]) =>
  sql<Stored>(
    `select i.id, i.account_id as account, i.bill_to_account_id as payer, i.currency, i.status, i.total::int, i.discount_total::int as discount,
       i.credits_applied::int as credits,
       (select json_agg(json_build_object('id', l.id, 'account', l.account_id, 'amount', l.amount) order by l.position)
          from invoice_lines l where l.invoice_id = i.id) as lines
     from invoices i where exists (select from invoice_lines l where l.invoice_id = i.id and l.account_id = any($1::uuid[]))
     order by i.created_at, i.id`,
    [accounts],
  );
const change = (id: string, input: Parameters<typeof updateAccount>[2]) =>
  organization.transact((work) => updateAccount(work, id, input));
const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });

async function family(policy: 'self' | 'parent_pays' | 'parent_invoiced', start = '2026-01-31T00:00:00Z') {
  const { clockId, accountId: parent } = await clockAccount(organization, start);
  const { id: child } = await organization.account({
    ...{ timezone: 'UTC', testClockId: clockId, parentAccountId: parent, billingPolicy: policy },
  });
  return { clockId, parent, child, to: (instant: string) => walk(world.app, organization, clockId, instant) };
}

describe('an account that another one pays for', () => {
  it('spends the credit of who pays and not its own, whose payments and refunds they are', async () => {
    const { parent, child } = await family('parent_pays');
    for (const accountId of [parent, child]) {
      await organization.transact((work) => grantCredit(work, { accountId, amount: euro(300n) }));
    }
    const { invoice } = await subscribe(organization, child, planId);
    expect(await billing(child)).toMatchObject([{ account: child, payer: parent, total: 1_000, credits: 300 }]);
    expect([await creditOf(world, parent), await creditOf(world, child)]).toEqual([0n, 300n]);
    const pay = (accountId: string) =>
      organization.transact((work) =>
        recordManualPayment(work, { accountId, invoiceIds: [invoice!.id], amount: euro(900n), kind: 'check' }),
      );
    await expect(pay(child)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const { id: paymentId } = await pay(parent);
    // 200 too much are the payer's, and what a note gives back is, too.
    const [stored] = await billing(child);
    const given = await organization.transact((work) =>
      issueCreditNote(work, {
        ...{ invoiceId: invoice!.id, reason: 'other' as const },
        lines: [{ invoiceLineId: stored!.lines[0]!.id, part: { amount: euro(400n) } }],
      }),
    );
    expect(given).toMatchObject({ accountId: child, billToAccountId: parent, toBalance: 400n });
    expect([await creditOf(world, parent), await creditOf(world, child)]).toEqual([600n, 300n]);
    await organization.transact((work) => reversePayment(work, { paymentId, reason: 'other' }));
    // What the note gave lowers the debt that is there again.
    expect([await creditOf(world, parent), await creditOf(world, child)]).toEqual([0n, 300n]);
    expect(await billing(child)).toMatchObject([{ status: 'open', credits: 700 }]);
  });

  it('is billed to the new parent from its next invoice on; drafts and what is open stay with the old one', async () => {
    const { parent, child, clockId, to } = await family('parent_pays');
    await change(child, { invoiceGraceDays: 5 });
    await subscribe(organization, child, planId);
    const { id: other } = await organization.account({ timezone: 'UTC', testClockId: clockId });
    await to('2026-03-01T00:00:00Z');
    expect((await billing(child)).map(({ status, payer }) => [status, payer])).toEqual([
      ['open', parent],
      ['draft', parent],
    ]);
    await change(child, { parentAccountId: other });
    await to('2026-04-10T00:00:00Z');
    expect((await billing(child)).map(({ status, payer }) => [status, payer])).toEqual([
      ['open', parent],
      ['open', parent],
      ['open', other],
    ]);
    // The family may be moved below an account in another currency: what is sold keeps its own.
    const { id: dollars } = await organization.account({ timezone: 'UTC', testClockId: clockId, currency: 'USD' });
    await change(child, { parentAccountId: dollars });
    await to('2026-05-10T00:00:00Z');
    expect((await billing(child)).at(-1)).toMatchObject({ payer: dollars, currency: 'EUR', total: 1_000 });
  });

  it('tells of who pays for those below it when that changes', async () => {
    const { parent, child } = await family('parent_pays');
    const { id: grandchild } = await organization.account({
      ...{ timezone: 'UTC', parentAccountId: child, billingPolicy: 'parent_pays' },
      testClockId: (await sql<{ id: string }>('select test_clock_id as id from accounts where id = $1', [parent]))[0]!
        .id,
    });
    await change(child, { billingPolicy: 'self' });
    const [fact] = await sql<{ change: object }>(
      `select change from facts where type = 'account.updated' and object_id = $1`,
      [grandchild],
    );
    expect(fact?.change).toEqual({ billToAccountId: { old: parent, new: child } });
  });
});

describe('what a former payer paid', () => {
  it.each([
    ['parent_pays', 'self', 'parent', 'child'],
    ['self', 'parent_invoiced', 'child', 'parent'],
    ['parent_invoiced', 'self', 'parent', 'child'],
  ] as const)(
    'is given back to that one beside what the new one is billed (%s → %s)',
    async (before, after, old, now) => {
      const { to, ...ids } = await family(before, '2026-04-01T00:00:00Z');
      const dear = await sellPlan(organization, { prices: [flat(30_000n)] });
      const { subscription, invoice } = await subscribe(organization, ids.child, planId);
      const paid = { accountId: ids[old], invoiceIds: [invoice!.id], amount: euro(1_000n), kind: 'check' as const };
      await organization.transact((work) => recordManualPayment(work, paid));
      await to('2026-04-16T00:00:00Z');
      await change(ids.child, { billingPolicy: after });
      const wish = {
        ...{ id: subscription.id, when: 'now', settle: 'invoice_now', creditBasis: 'time' },
        changes: [{ replacePlan: { plan: { id: dear.planId } } }],
      };
      await organization.transact((work) => changeSubscription(work, wish as never));
      const [, back, next, ...more] = await billing(ids.child);
      expect(back).toMatchObject({ payer: ids[old], total: 0, status: 'paid', lines: [{ amount: -500 }] });
      expect(next).toMatchObject({ payer: ids[now], total: 15_000, status: 'open', lines: [{ amount: 15_000 }] });
      expect(more).toEqual([]);
      expect([await creditOf(world, ids[old]), await creditOf(world, ids[now])]).toEqual([500n, 0n]);
    },
  );
});

describe('lines that wait for the next invoice', () => {
  /** Half of April at 300 instead of 10 waits; then something of its account changes. */
  async function waiting(policy: 'self' | 'parent_pays' | 'parent_invoiced') {
    const made = await family(policy, '2026-04-01T00:00:00Z');
    const dear = await sellPlan(organization, { prices: [flat(30_000n)] });
    const { subscription } = await subscribe(organization, made.child, planId);
    await made.to('2026-04-16T00:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, {
        ...{ id: subscription.id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
        changes: [{ replacePlan: { plan: { id: dear.planId } } }],
      } as never),
    );
    return { ...made, subscription };
  }

  it.each([
    ['self', 'parent_pays', 'child', 'parent'],
    ['parent_pays', 'self', 'parent', 'child'],
    ['self', 'parent_invoiced', 'child', 'parent'],
    ['parent_invoiced', 'self', 'parent', 'child'],
  ] as const)('come with it as an invoice of who paid when they came: %s → %s', async (before, after, old, now) => {
    const { to, ...ids } = await waiting(before);
    await change(ids.child, { billingPolicy: after });
    await to('2026-05-02T00:00:00Z');
    const [, waited, next, ...more] = await billing(ids.child);
    expect(waited).toMatchObject({ payer: ids[old], total: 14_500, status: 'open' });
    expect(waited?.lines.map(({ amount }) => amount)).toEqual([-500, 15_000]);
    expect(next).toMatchObject({ payer: ids[now], total: 30_000, status: 'open', lines: [{ amount: 30_000 }] });
    expect(more).toEqual([]);
  });

  it('go onto that of the parent that paid for them before', async () => {
    const { child, parent, to } = await waiting('parent_pays');
    await change(child, { billingPolicy: 'parent_invoiced' });
    await to('2026-05-02T00:00:00Z');
    const [, next, ...more] = await billing(child);
    expect(next).toMatchObject({ account: parent, payer: parent, total: 44_500, status: 'open' });
    expect(next?.lines.map(({ amount }) => amount)).toEqual([-500, 15_000, 30_000]);
    expect(more).toEqual([]);
  });

  it.each([
    ['another payer', 'parent_invoiced'],
    ['another issuer', null],
  ] as const)(
    'of two drafts, before and after %s, are invoices that are settled with each other',
    async (_, policy) => {
      const { child, parent, subscription, to } = await waiting('self');
      if (policy) await change(child, { billingPolicy: policy });
      else {
        const legalEntity = { name: 'Next', invoicePrefix: 'NEXT-', address: { country: 'DE' }, isDefault: true };
        await organization.transact((work) => createLegalEntity(work, legalEntity));
      }
      await to('2026-04-21T00:00:00Z');
      await organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: planId } } }],
        } as never),
      );
      await to('2026-05-02T00:00:00Z');
      const invoices = (await billing(child)).slice(1);
      // 145.00 for the second half of April. The 100.00 of its last ten days pay the open 10.00 of the first invoice, and the rest of it;
      // who pays by then, or issues, asks for 13.33.
      expect(invoices.map(({ total, credits }) => [total, credits]).toSorted()).toEqual([
        [0, 0],
        [1_333, 0],
        [14_500, 9_000],
      ]);
      for (const accountId of [child, parent]) {
        const held = await sql('select id from credit_grants where account_id = $1 and remaining <> 0', [accountId]);
        expect(held).toEqual([]);
      }
    },
  );

  it('are found where their account is invoiced by itself and has another parent at once', async () => {
    const { clockId, child, parent, to } = await waiting('parent_invoiced');
    const { id: parentAccountId } = await organization.account({ timezone: 'UTC', testClockId: clockId });
    await change(child, { parentAccountId, billingPolicy: 'self' });
    await to('2026-05-02T00:00:00Z');
    const [, waited, next, ...more] = await billing(child);
    expect(waited).toMatchObject({ account: parent, payer: parent, total: 14_500, status: 'open' });
    expect(next).toMatchObject({ account: child, payer: child, total: 30_000, status: 'open' });
    expect(more).toEqual([]);
  });

  it('are an invoice of the parent once all accounts whose lines wait together have left it', async () => {
    const { clockId, child, parent, to } = await family('parent_invoiced', '2026-04-01T00:00:00Z');
    const { id: sister } = await organization.account({
      ...{ timezone: 'UTC', testClockId: clockId, parentAccountId: parent, billingPolicy: 'parent_invoiced' },
    });
    const dear = await sellPlan(organization, { prices: [flat(30_000n)] });
    const made = [await subscribe(organization, child, planId), await subscribe(organization, sister, planId)];
    await to('2026-04-16T00:00:00Z');
    for (const { subscription } of made)
      await organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: dear.planId } } }],
        }),
      );
    await change(child, { billingPolicy: 'self' });
    await to('2026-04-17T00:00:00Z');
    expect((await billing(child)).at(-1)).toMatchObject({ payer: parent, status: 'draft' });
    await change(sister, { billingPolicy: 'self' });
    await to('2026-04-18T00:00:00Z');
    expect((await billing(child)).at(-1)).toMatchObject({ payer: parent, status: 'open', total: 29_000 });
  });

  it('are an invoice of their own where their subscription ends and its billing had stopped', async () => {
    const { child, subscription, to } = await waiting('self');
    await sql(`update subscriptions set parked_at = '2026-04-16', parked_reason = 'spoiled' where id = $1`, [
      subscription.id,
    ]);
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    await to('2026-04-17T00:00:00Z');
    expect((await billing(child)).slice(1)).toMatchObject([{ status: 'open', total: 14_500 }]);
  });

  it.each([
    ['self', 'parent_pays'],
    ['parent_pays', 'self'],
    ['self', 'parent_invoiced'],
    ['parent_invoiced', 'self'],
  ] as const)(
    'come with whatever is next of their account where others pay by then (%s → %s)',
    async (before, after) => {
      const { child, to } = await family(before, '2026-04-01T00:00:00Z');
      const year = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(12_000n)] });
      const dear = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(120_000n)] });
      const { subscription } = await subscribe(organization, child, year.planId);
      await subscribe(organization, child, planId);
      await to('2026-04-16T00:00:00Z');
      await organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: dear.planId } } }],
        } as never),
      );
      await change(child, { billingPolicy: after });
      await to('2026-05-02T00:00:00Z');
      const drafts = await sql(`select invoice_id from invoice_holds where organization_id = $1`, [organization.id]);
      expect(drafts).toEqual([]);
    },
  );

  it('are invoices of their own where all subscriptions end whose lines wait on a draft, and billing of all had stopped', async () => {
    const own = await world.organization({ timezone: 'UTC' });
    const { clockId, accountId } = await clockAccount(own, '2026-04-01T00:00:00Z');
    const [cheap, dear] = [await sellPlan(own), await sellPlan(own, { prices: [flat(30_000n)] })];
    const made = [await subscribe(own, accountId, cheap.planId), await subscribe(own, accountId, cheap.planId)];
    await walk(world.app, own, clockId, '2026-04-16T00:00:00Z');
    for (const { subscription } of made) {
      await own.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: dear.planId } } }],
        } as never),
      );
    }
    const waiting = `select count(*)::int as count from invoice_holds where account_id = $1`;
    expect(await sql(waiting, [accountId])).toEqual([{ count: 1 }]);
    await sql(`update subscriptions set parked_at = '2026-04-16', parked_reason = 'spoiled' where account_id = $1`, [
      accountId,
    ]);
    const end = (id: string) => own.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    await end(made[0]!.subscription.id);
    expect(await sql(waiting, [accountId])).toEqual([{ count: 1 }]);
    await end(made[1]!.subscription.id);
    await walk(world.app, own, clockId, '2026-04-17T00:00:00Z');
    const [last] = await sql(
      `select status, total::int from invoices where account_id = $1 order by created_at desc, id desc`,
      [accountId],
    );
    expect(last).toEqual({ status: 'open', total: 29_000 });
  });

  it.each([
    ['what is collected by itself waits apart from what is not', 'account'],
    ['each waits for its own where every subscription has an invoice', 'subscription'],
  ] as const)('of one of two subscriptions: %s', async (_name, invoiceGrouping) => {
    const own = await world.organization({ timezone: 'UTC' });
    await own.transact((work) => updateOrganization(work, { invoiceGrouping }));
    const { clockId, accountId } = await clockAccount(own, '2026-04-01T00:00:00Z');
    await sandboxMethod(own, accountId, 'success');
    const [cheap, dear] = [await sellPlan(own), await sellPlan(own, { prices: [flat(30_000n)] })];
    const collection = invoiceGrouping === 'account' ? 'automatic' : 'manual';
    const made = [
      await subscribe(own, accountId, cheap.planId),
      await subscribe(own, accountId, cheap.planId, { collection }),
    ].map(({ subscription }) => subscription.id);
    await walk(world.app, own, clockId, '2026-04-16T00:00:00Z');
    for (const id of made) {
      await own.transact((work) =>
        changeSubscription(work, {
          ...{ id, when: 'now', settle: 'next_invoice', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: dear.planId } } }],
        } as never),
      );
    }
    await walk(world.app, own, clockId, '2026-05-02T00:00:00Z');
    const invoices = await sql<{ collection: string; lines: [string, number][] }>(
      `select i.collection, json_agg(json_build_array(l.subscription_id, l.amount) order by l.position) as lines
       from invoices i join invoice_lines l on l.invoice_id = i.id
       where i.account_id = $1 and i.created_at > '2026-04-02' group by i.id, i.collection order by min(l.subscription_id::text)`,
      [accountId],
    );
    const linesOf = (id: string) => [-500, 15_000, 30_000].map((amount) => [id, amount]);
    expect(invoices).toEqual(
      [
        { collection: 'manual', lines: linesOf(made[0]!) },
        { collection, lines: linesOf(made[1]!) },
      ].sort((one, other) => (one.lines[0]![0]! < other.lines[0]![0]! ? -1 : 1)),
    );
  });

  it('come with the end of the subscription, and with another issuer', async () => {
    const { child, subscription, to } = await waiting('self');
    await change(child, { billingPolicy: 'parent_pays' });
    await organization.transact((work) =>
      createLegalEntity(work, { name: 'New', invoicePrefix: 'NEW-', address: { country: 'DE' }, isDefault: true }),
    );
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'period_end' } as never));
    await to('2026-05-02T00:00:00Z');
    expect((await billing(child)).slice(1)).toMatchObject([{ status: 'open', total: 14_500 }]);
  });
});

describe('what was netted before others paid or issued', () => {
  const settlements = ['invoice_now', 'next_invoice', 'none'] as const;
  const turns = [
    ['the parent is invoiced', 'self', { billingPolicy: 'parent_invoiced' }],
    ['the parent pays', 'self', { billingPolicy: 'parent_pays' }],
    ['it is invoiced itself', 'parent_invoiced', { billingPolicy: 'self' }],
    ['another parent is invoiced', 'parent_invoiced', { parentAccountId: 'another', billingPolicy: 'parent_invoiced' }],
    ['another parent pays', 'parent_pays', { parentAccountId: 'another', billingPolicy: 'parent_pays' }],
    ['another entity issues', 'self', { legalEntityId: 'another' }],
  ] as const;
  const cases = turns.flatMap(([turn, before, after]) =>
    [
      ...settlements.map((settle) => ({ settle, isPaid: true })),
      { settle: 'next_invoice', isPaid: false } as const,
    ].map((how) => ({ turn, before, after, ...how })),
  );

  /** April at 10, 100 from the 11th; then others pay or issue; 30 from the 21st; May; and then all of it is credited. */
  it.each(cases)(
    'is given back to who paid: $turn, $settle, paid: $isPaid',
    async ({ before, after, settle, isPaid }) => {
      const { clockId, parent, child, to } = await family(before, '2026-04-01T00:00:00Z');
      const { id: aunt } = await organization.account({ timezone: 'UTC', testClockId: clockId });
      const dear = await sellPlan(organization, { prices: [flat(10_000n)] });
      const middle = await sellPlan(organization, { prices: [flat(3_000n)] });
      const { subscription } = await subscribe(organization, child, planId);
      const replace = (day: string, plan: string, how: (typeof settlements)[number]) =>
        to(`2026-04-${day}T00:00:00Z`).then(() =>
          organization.transact((work) =>
            changeSubscription(work, {
              ...{ id: subscription.id, when: 'now', settle: how, creditBasis: 'time' },
              changes: [{ replacePlan: { plan: { id: plan } } }],
            }),
          ),
        );
      const payAll = async () => {
        for (const { id, payer, due } of await ofFamily())
          if (due > 0) {
            const paid = { accountId: payer, invoiceIds: [id], amount: euro(BigInt(due)), kind: 'cash' as const };
            await organization.transact((work) => recordManualPayment(work, paid));
          }
      };
      const ofFamily = () =>
        sql<{ id: string; payer: string; status: string; due: number }>(
          `select id, bill_to_account_id as payer, status, amount_due::int as due from invoices
         where bill_to_account_id = any($1::uuid[]) order by created_at, id`,
          [[parent, child, aunt]],
        );
      if (isPaid) await payAll();
      await replace('11', dear.planId, 'next_invoice');
      if ('legalEntityId' in after) {
        const entity = { name: 'Other', invoicePrefix: `O${String(prefixes++)}-`, address: { country: 'AT' } };
        const { id: legalEntityId } = await organization.transact((work) => createLegalEntity(work, entity));
        await change(child, { legalEntityId });
      } else await change(child, { ...after, ...('parentAccountId' in after ? { parentAccountId: aunt } : {}) });
      await replace('21', middle.planId, settle);
      await to('2026-05-02T00:00:00Z');
      if (isPaid) await payAll();
      const all = await ofFamily();
      expect(all.every(({ status }) => status === 'open' || status === 'paid')).toBe(true);
      for (const { id: invoiceId } of [...all, ...all])
        await organization
          .transact((work) => issueCreditNote(work, { invoiceId, reason: 'other' }))
          .catch((error) => expect(error.code).toBe('INVALID_STATE'));
      for (const accountId of [parent, child, aunt]) {
        const [{ paid } = { paid: 0n }] = await sql<{ paid: bigint }>(
          `select coalesce(sum(amount), 0)::bigint as paid from payments where account_id = $1`,
          [accountId],
        );
        const owed = (await ofFamily()).reduce((sum, { payer, due }) => (payer === accountId ? sum + due : sum), 0);
        if (isPaid) expect(owed).toBe(0);
        expect((await creditOf(world, accountId)) - BigInt(owed)).toBe(BigInt(paid));
      }
    },
  );
});

describe('an account that is invoiced with another one', () => {
  it('begins with its trial’s end, takes its own coupons, and is credited line by line', async () => {
    const { parent, child, to } = await family('parent_invoiced');
    const { planId: trial } = await sellPlan(organization, { trialDays: 10, prices: [flat(3_000n)] });
    await subscribe(organization, parent, planId);
    await subscribe(organization, child, trial);
    const coupon = await organization.transact((work) =>
      createCoupon(work, { name: 'Half', off: { percent: '50' }, frequency: 'once' }),
    );
    await organization.transact((work) =>
      applyCoupon(work, { accountId: child, discount: { couponId: coupon.id } as never }),
    );
    await organization.transact((work) =>
      addCharge(work, { accountId: child, line: { description: 'Support', unitAmount: euro(700n) } }),
    );
    expect(await billing(child)).toEqual([]);
    await to('2026-02-10T00:00:00Z');
    const [ended] = await billing(child);
    expect(ended).toMatchObject({ account: parent, payer: parent, discount: 1_850, total: 1_850, status: 'open' });
    expect(ended!.lines.every(({ account }) => account === child)).toBe(true);
    await to('2026-03-10T00:00:00Z');
    expect((await billing(parent)).every(({ discount }) => discount === 0)).toBe(true);
    // A note about the child's line lowers the parent's invoice; the last one takes the rest.
    const line = ended!.lines.find(({ amount }) => amount === 3_000)!;
    const note = (lines?: object[]) =>
      organization.transact((work) =>
        issueCreditNote(work, { invoiceId: ended!.id, reason: 'other', ...(lines ? { lines: lines as never } : {}) }),
      );
    const first = await note([{ invoiceLineId: line.id, part: { amount: euro(999n) } }]);
    const last = await note();
    expect([first.total + last.total, first.billToAccountId]).toEqual([1_850n, parent]);
  });

  it('is on one invoice with what its parent has, by who issues for that one and with its order number', async () => {
    const { parent, child, to } = await family('parent_invoiced');
    const issuer = await organization.transact((work) =>
      createLegalEntity(work, { name: 'Acme Graz', address: { country: 'AT' }, invoicePrefix: 'GRZ' }),
    );
    await change(parent, { legalEntityId: issuer.id, purchaseOrderNumber: 'PO-7' });
    for (const accountId of [parent, child]) await subscribe(organization, accountId, planId);
    await to('2026-02-28T00:00:00Z');
    const [renewal] = await sql(
      `select i.number_series as series, i.purchase_order_number as order, i.total::int as total from invoices i
       where i.account_id = $1 and i.reason = 'subscription_cycle'`,
      [parent],
    );
    expect(renewal).toEqual({ series: 'GRZ', order: 'PO-7', total: 2_000 });
  });

  it('goes with its own subscription, is deleted and erased, and its line is still owed and paid', async () => {
    const { parent, child, to } = await family('parent_invoiced');
    const { subscription } = await subscribe(organization, child, planId);
    await expect(organization.transact((work) => deleteAccount(work, child))).rejects.toMatchObject({ code: 'IN_USE' });
    await expect(organization.transact((work) => deleteAccount(work, parent))).rejects.toMatchObject({
      code: 'IN_USE',
    });
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'none' }),
    );
    await organization.transact((work) => deleteAccount(work, child));
    await organization.transact((work) => eraseAccount(work, child));
    const [open] = await billing(child);
    expect(open).toMatchObject({ account: parent, status: 'open' });
    const shown = await world.graphql<{ invoice: { lines: { account: { name: string } | null }[] } }>(
      'query ($id: ID!) { invoice(id: $id) { lines { amount { amountMinor } } billToAccount { id } } }',
      { id: toGlobalId('inv', open!.id) },
      { as: organization },
    );
    expect(shown.data?.invoice).toEqual({
      lines: [{ amount: { amountMinor: '1000' } }],
      billToAccount: { id: toGlobalId('acc', parent) },
    });
    await organization.transact((work) =>
      recordManualPayment(work, { accountId: parent, invoiceIds: [open!.id], amount: euro(1_000n), kind: 'cash' }),
    );
    await to('2026-04-01T00:00:00Z');
    expect(await billing(child)).toMatchObject([{ status: 'paid' }]);
  });
});

describe('a parent that does not pay', () => {
  it('is blocked with what it pays for past due; written off and paid later, all is well again', async () => {
    const { parent, child, to } = await family('parent_pays');
    await sandboxMethod(organization, parent, 'expired_card');
    const { subscription } = await subscribe(organization, child, planId, { collection: 'automatic' });
    const statusOf = async () =>
      (await sql<{ status: string }>('select status from subscriptions where id = $1', [subscription.id]))[0]?.status;
    await world.settle();
    expect(await statusOf()).toBe('incomplete');
    await sandboxMethod(organization, parent, 'success');
    await world.settle();
    expect(await statusOf()).toBe('active');
    await sandboxMethod(organization, parent, 'insufficient_funds');
    await to('2026-03-15T00:00:00Z');
    expect(await statusOf()).toBe('past_due');
    const dunned = await sql(
      'select id, dunning_status as status from accounts where id = any($1::uuid[]) order by id',
      [[parent, child]],
    );
    expect(dunned).toEqual(
      expect.arrayContaining([
        { id: parent, status: 'blocked' },
        { id: child, status: 'active' },
      ]),
    );
    const owed = (await billing(child)).find(({ status }) => status === 'open')!;
    await organization.transact((work) => markUncollectible(work, { id: owed.id }));
    expect(await statusOf()).toBe('active');
    await organization.transact((work) =>
      recordManualPayment(work, { accountId: parent, invoiceIds: [owed.id], amount: euro(1_000n), kind: 'cash' }),
    );
    expect((await billing(child)).find(({ id }) => id === owed.id)).toMatchObject({ status: 'paid' });
    const drafted = await organization.transact((work) =>
      createInvoice(work, { accountId: child, lines: [{ description: 'Extra', unitAmount: euro(100n) }] }),
    );
    expect(await organization.transact((work) => finalizeInvoice(work, { id: drafted.id }))).toMatchObject({
      ...{ accountId: child, billToAccountId: parent, status: 'open' },
    });
  });
});
