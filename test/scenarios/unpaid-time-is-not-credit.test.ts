import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../src/accounts/index.ts';
import {
  createCreditNote,
  markUncollectible,
  updateDraftInvoice,
  voidCreditNote,
} from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { paymentsOf, sandboxMethod } from '../support/payments.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <T extends object>(text: string, values: unknown[] = []) =>
  query<T>(world.database.superuserUrl, text, values);
const invoicesOf = (accountId: string) =>
  sql<{ reason: string; status: string; total: number; credits: number; due: number }>(
    `select reason, status, total::int, credits_applied::int as credits, amount_due::int as due from invoices
     where account_id = $1 order by created_at, id`,
    [accountId],
  );
const creditOf = async (accountId: string) =>
  (await sql<{ balance: number }>('select balance::int from credit_balances where account_id = $1', [accountId]))[0]
    ?.balance ?? 0;

describe('time that was billed and never paid for', () => {
  it('lowers what its invoice asks for, and is no credit', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId, { netDays: 30 });
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    expect(await invoicesOf(accountId)).toEqual([
      { reason: 'subscription_created', status: 'open', total: 3_000, credits: 2_000, due: 1_000 },
      { reason: 'subscription_ended', status: 'paid', total: 0, credits: 0, due: 0 },
    ]);
    expect(await creditOf(accountId)).toBe(0);
  });

  it('is credit only as far as it was paid for', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const dear = await sellPlan(organization, { prices: [flat(30_000n)] });
    const cheap = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, cheap.planId, { netDays: 30 });
    const replace = (planId: string, versionId: string) =>
      organization.transact((work) =>
        changeSubscription(work, {
          id: subscription.id,
          changes: [{ replacePlan: { planId, plan: { versionId } } }],
          when: 'now',
          creditBasis: 'time',
        }),
      );
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await replace(cheap.planId, dear.versionId);
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    await replace(dear.planId, cheap.versionId);
    expect(await invoicesOf(accountId)).toEqual([
      { reason: 'subscription_created', status: 'open', total: 3_000, credits: 0, due: 3_000 },
      { reason: 'subscription_change', status: 'open', total: 18_000, credits: 9_000, due: 9_000 },
      { reason: 'subscription_change', status: 'paid', total: 0, credits: 0, due: 0 },
    ]);
    expect(await creditOf(accountId)).toBe(0);
  });

  it('is no credit either where changes lie between it and the debt', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const dear = await sellPlan(organization, {
      prices: [flat(6_000n), flat(600n, { component: 'support', name: 'Support' })],
    });
    const cheap = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, dear.planId, { netDays: 30 });
    const { id } = subscription;
    const replace = (planId: string, versionId: string) =>
      organization.transact((work) => {
        const changes = [{ replacePlan: { planId, plan: { versionId } } }];
        return changeSubscription(work, { id, changes, when: 'now', creditBasis: 'time' });
      });
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await replace(dear.planId, cheap.versionId);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    await replace(cheap.planId, dear.versionId);
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    // 10 days at 66, 5 at 30, 5 at 66: what was used is what is due, and nothing else.
    const invoices = await invoicesOf(accountId);
    expect(invoices.reduce((sum, { due }) => sum + due, 0)).toBe(2_200 + 500 + 1_100);
    expect(await creditOf(accountId)).toBe(0);
  });
});

describe('time that another account was billed for', () => {
  it.each([
    ['owed', 3_000, 2_000, 0],
    ['paid in part', 3_000, 500, 1_500],
    ['paid', 3_000, 0, 2_000],
    ['written off', 3_000, 2_000, 0],
  ])(
    'lowers its invoice first where that is %s, and is credit of who paid, whoever is billed by now',
    async (name, total, credits, credit) => {
      const { clockId, accountId: payer } = await clockAccount(organization, '2026-04-01T00:00:00Z');
      const { id: accountId } = await organization.account({
        ...{ timezone: 'UTC', testClockId: clockId, parentAccountId: payer, billingPolicy: 'parent_pays' },
      });
      const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
      const { subscription, invoice } = await subscribe(organization, accountId, planId, { netDays: 30 });
      const invoiceId = invoice!.id;
      await organization.transact(async (work) => {
        const amount = { amountMinor: name === 'paid' ? 3_000n : 2_500n, currency: 'EUR' };
        if (name.startsWith('paid'))
          await recordManualPayment(work, { accountId: payer, invoiceIds: [invoiceId], amount, kind: 'cash' });
        if (name === 'written off') await markUncollectible(work, { id: invoiceId });
      });
      await organization.transact((work) => updateAccount(work, accountId, { billingPolicy: 'self' }));
      await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
      await organization.transact((work) =>
        cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
      );
      const [first] = await invoicesOf(accountId);
      expect(first).toMatchObject({ total, credits });
      expect([await creditOf(payer), await creditOf(accountId)]).toEqual([credit, 0]);
      // What is left of the invoice is taken back by a note, which gives nothing back that another account's credit covered.
      if (name === 'owed') {
        await organization.transact((work) => createCreditNote(work, { invoiceId, reason: 'other' }));
        expect((await invoicesOf(accountId))[0]).toMatchObject({ status: 'paid', due: 0 });
        expect([await creditOf(payer), await creditOf(accountId)]).toEqual([0, 0]);
      }
    },
  );
});

describe('time whose payment is under way', () => {
  const onTrial = async (token: string) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    await sandboxMethod(organization, accountId, token);
    const { planId } = await sellPlan(organization, { prices: [flat(3_000_000n)] });
    const trialEnd = new Date('2026-04-02T00:00:00Z');
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic', trialEnd });
    await walk(world.app, organization, clockId, '2026-04-02T00:00:30Z');
    return { clockId, accountId, id: subscription.id };
  };
  const cancel = (id: string) =>
    organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
  const claims = async (accountId: string) =>
    (await paymentsOf(world, accountId)).flatMap(({ status, applications }) =>
      applications.map((application) => [status, application.amount, application.status]),
    );

  it('lowers its invoice although money may come, and is no credit when it does not', async () => {
    const { clockId, accountId, id } = await onTrial('processing_fails');
    expect(await claims(accountId)).toEqual([['pending', 3_000_000, 'pending']]);
    await cancel(id);
    expect(await invoicesOf(accountId)).toMatchObject([
      { reason: 'subscription_cycle', status: 'open', total: 3_000_000, credits: 2_999_965, due: 35 },
      { reason: 'subscription_ended', status: 'paid', total: 0 },
    ]);
    expect(await creditOf(accountId)).toBe(0);
    expect(await claims(accountId)).toEqual([['pending', 35, 'pending']]);
    await walk(world.app, organization, clockId, '2026-04-20T00:00:00Z');
    expect(await creditOf(accountId)).toBe(0);
    expect((await invoicesOf(accountId))[0]).toMatchObject({ status: 'open', due: 35 });
  });

  it('is credit once the money has come all the same', async () => {
    const { clockId, accountId, id } = await onTrial('processing_succeeds');
    await cancel(id);
    expect(await creditOf(accountId)).toBe(0);
    await walk(world.app, organization, clockId, '2026-04-20T00:00:00Z');
    expect((await invoicesOf(accountId))[0]).toMatchObject({ status: 'paid', credits: 2_999_965, due: 0 });
    expect(await creditOf(accountId)).toBe(2_999_965);
  });
});

describe('a subscription whose collection has failed', () => {
  it('is past due after a pause as it was before, and when an invoice that asks for nothing is paid', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'card_declined');
    const base = await sellPlan(organization, { prices: [flat(3_000n)] });
    const extra = await sellPlan(organization, { prices: [flat(600n, { component: 'extra' })] });
    const { subscription } = await subscribe(organization, accountId, [base.planId, extra.planId], {
      ...{ collection: 'automatic', netDays: 30, trialEnd: new Date('2026-04-02T00:00:00Z') },
    });
    const { id } = subscription;
    const status = async () =>
      (await sql<{ status: string }>('select status from subscriptions where id = $1', [id]))[0]!.status;
    await walk(world.app, organization, clockId, '2026-04-02T06:00:00Z');
    expect(await status()).toBe('past_due');
    await organization.transact((work) => pauseSubscription(work, { id, when: 'now' }));
    await walk(world.app, organization, clockId, '2026-04-02T09:00:00Z');
    await organization.transact((work) => resumeSubscription(work, { id }));
    expect(await status()).toBe('past_due');
    const changes = [{ removePlan: { planId: extra.planId } }];
    await organization.transact((work) =>
      changeSubscription(work, { id, changes, when: 'now', creditBasis: 'time', settle: 'invoice_now' }),
    );
    expect((await invoicesOf(accountId)).at(-1)).toMatchObject({ status: 'paid', total: 0 });
    expect(await status()).toBe('past_due');
  });
});

describe('time that was written off', () => {
  it('is written off less, and is no credit', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription, invoice } = await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await organization.transact((work) => markUncollectible(work, { id: invoice!.id }));
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    expect((await invoicesOf(accountId))[0]).toMatchObject({ status: 'uncollectible', credits: 2_000, due: 0 });
    expect(await creditOf(accountId)).toBe(0);
  });
});

describe('time on a draft that has days of grace', () => {
  it('is credit for that draft alone until it is final', async () => {
    const own = await world.organization({ timezone: 'UTC' });
    const { clockId, accountId } = await clockAccount(own, '2026-04-01T00:00:00Z', { invoiceGraceDays: 3 });
    const plan = await sellPlan(own, { prices: [flat(3_000n)] });
    const other = await sellPlan(own, { prices: [flat(5_000n)] });
    const { subscription } = await subscribe(own, accountId, plan.planId);
    await walk(world.app, own, clockId, '2026-05-02T00:00:00Z');
    await own.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }));
    const found = () => invoicesOf(accountId);
    expect((await found()).slice(1)).toMatchObject([
      { reason: 'subscription_cycle', status: 'draft', total: 3_000 },
      { reason: 'subscription_ended', status: 'paid', total: 0 },
    ]);
    await subscribe(own, accountId, other.planId);
    expect((await found()).at(-1)).toMatchObject({ status: 'open', total: 5_000, credits: 0 });
    await walk(world.app, own, clockId, '2026-05-05T00:00:00Z');
    expect((await found())[1]).toMatchObject({ status: 'open', total: 3_000, credits: 2_903, due: 97 });
    expect(await creditOf(accountId)).toBe(0);
  });
});

describe('time that is given back', () => {
  const lastLines = async (accountId: string) =>
    (
      await sql<{ amount: number }>(
        `select l.amount::int from invoice_lines l join invoices i on i.id = l.invoice_id
         where i.account_id = $1 and l.reverses_line_id is not null order by l.created_at, l.position`,
        [accountId],
      )
    ).map((line) => line.amount);

  it('is worth what was billed for it and not credited since', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const plan = await sellPlan(organization, { prices: [flat(10_000n)] });
    const { subscription, invoice } = await subscribe(organization, accountId, plan.planId);
    const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoice!.id]);
    await organization.transact((work) =>
      createCreditNote(work, {
        invoiceId: invoice!.id,
        reason: 'other',
        lines: [{ invoiceLineId: line!.id, part: { amount: { amountMinor: 3_000n, currency: 'EUR' } } }],
      }),
    );
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const { id } = subscription;
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect(await lastLines(accountId)).toEqual([-3_500]);
    expect((await invoicesOf(accountId))[0]).toMatchObject({ due: 3_500 });
  });

  it.each([
    ['before the time that was freed', '2026-04-06T00:00:00Z', [-500, -1_000]],
    ['behind it', '2026-04-25T00:00:00Z', [-600]],
  ])('is worth its share of a line of which a credit note freed the middle: %s', async (_where, at, given) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const plan = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription, invoice } = await subscribe(organization, accountId, plan.planId);
    const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoice!.id]);
    const period = { start: new Date('2026-04-11T00:00:00Z'), end: new Date('2026-04-21T00:00:00Z') };
    const lines = [{ invoiceLineId: line!.id, part: { period }, freesPeriod: true }];
    await organization.transact((work) => createCreditNote(work, { invoiceId: invoice!.id, reason: 'other', lines }));
    await walk(world.app, organization, clockId, at);
    const { id } = subscription;
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect(await lastLines(accountId)).toEqual(given);
  });

  it('that a credit note freed is not billed again once the subscription does not have it any more', async () => {
    const stands = async () => {
      const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
      const plan = await sellPlan(organization, { prices: [flat(3_000n)] });
      const { subscription, invoice } = await subscribe(organization, accountId, plan.planId);
      const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoice!.id]);
      const lines = [{ invoiceLineId: line!.id, freesPeriod: true }];
      const note = await organization.transact((work) =>
        createCreditNote(work, { invoiceId: invoice!.id, reason: 'other', lines }),
      );
      await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
      const undo = () => organization.transact((work) => voidCreditNote(work, { id: note.note.id }));
      return { accountId, id: subscription.id, undo };
    };
    const kept = await stands();
    await kept.undo();
    expect(await invoicesOf(kept.accountId)).toMatchObject([{ due: 3_000 }]);

    const dear = await sellPlan(organization, { prices: [flat(6_000n)] });
    const changes = [{ replacePlan: { plan: { id: dear.planId } } }];
    const leave: Record<string, (id: string) => Promise<unknown>> = {
      changed: (id) => organization.transact((work) => changeSubscription(work, { id, when: 'now', changes } as never)),
      ended: (id) => organization.transact((work) => cancelSubscription(work, { id, at: 'now' })),
      paused: (id) => organization.transact((work) => pauseSubscription(work, { id, when: 'now', anchor: 'keep' })),
    };
    for (const [how, go] of Object.entries(leave)) {
      const { accountId, id, undo } = await stands();
      await go(id);
      const before = await invoicesOf(accountId);
      const refused = await undo().catch((error) => error);
      expect([how, refused.code, await invoicesOf(accountId)]).toEqual([how, 'CONFLICT', before]);
    }
  });

  it('less what a credit note gave is what it is: that note stands', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const plan = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription, invoice } = await subscribe(organization, accountId, plan.planId);
    const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoice!.id]);
    const lines = [{ invoiceLineId: line!.id, part: { amount: { amountMinor: 1_500n, currency: 'EUR' } } }];
    const { note } = await organization.transact((work) =>
      createCreditNote(work, { invoiceId: invoice!.id, reason: 'other', lines }),
    );
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const { id } = subscription;
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect(await lastLines(accountId)).toEqual([-750]);
    const undo = organization.transact((work) => voidCreditNote(work, { id: note.id }));
    await expect(undo).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect((await invoicesOf(accountId))[0]).toMatchObject({ due: 750 });
  });

  it('leaves the rest of an invoice to be credited at once, as it could be line by line', async () => {
    const taxed = await world.organization({ timezone: 'UTC' });
    await taxed.transact((work) =>
      createTaxRate(work, { name: 'VAT', country: 'AT', percent: '25', inclusive: false }),
    );
    const clock = await clockAccount(taxed, '2026-04-01T00:00:00Z', { billingAddress: { country: 'AT' } });
    const plans: string[] = [];
    for (const price of [3_297n, 5_495n, 2_198n]) plans.push((await sellPlan(taxed, { prices: [flat(price)] })).planId);
    const { subscription } = await subscribe(taxed, clock.accountId, plans[0]!, { netDays: 30 });
    for (const [at, plan] of [
      ['2026-04-10', plans[1]!],
      ['2026-04-20', plans[2]!],
    ] as const) {
      await walk(world.app, taxed, clock.clockId, `${at}T00:00:00Z`);
      await taxed.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: plan } } }],
        } as never),
      );
    }
    const [, second] = await sql<{ id: string; total: number; due: number }>(
      'select id, total::int, amount_due::int as due from invoices where account_id = $1 order by created_at, id',
      [clock.accountId],
    );
    expect(second).toMatchObject({ total: 1_924, due: 413 });
    const credit = (lines?: object[]) =>
      taxed.transact((work) =>
        createCreditNote(work, { invoiceId: second!.id, reason: 'other', ...(lines ? { lines } : {}) } as never),
      );
    const { note } = await credit();
    expect(note).toMatchObject({ total: 1_924n, toInvoice: 413n, toBalance: 1_511n });
    const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1 and amount > 0', [
      second!.id,
    ]);
    const one = [{ invoiceLineId: line!.id, part: { amount: { amountMinor: 1n, currency: 'EUR' } } }];
    await expect(credit(one)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await expect(credit()).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it.each([
    [6_000n, -3_000],
    [14_000n, -7_000],
  ])('is worth what its draft was adjusted to: of %s half', async (amountMinor, given) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-03-01T00:00:00Z', { invoiceGraceDays: 20 });
    const plan = await sellPlan(organization, { prices: [flat(10_000n)] });
    const { subscription } = await subscribe(organization, accountId, plan.planId);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const [draft] = await sql<{ id: string; line: string }>(
      `select i.id, l.id as line from invoices i join invoice_lines l on l.invoice_id = i.id
       where i.account_id = $1 and i.status = 'draft'`,
      [accountId],
    );
    const updateLines = [{ lineId: draft!.line, amount: { amountMinor, currency: 'EUR' } }];
    await organization.transact((work) => updateDraftInvoice(work, { id: draft!.id, updateLines }));
    const { id } = subscription;
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect(await lastLines(accountId)).toEqual([given]);
    await walk(world.app, organization, clockId, '2026-04-22T00:00:00Z');
    expect((await invoicesOf(accountId))[1]).toMatchObject({ status: 'open', due: -given });
  });

  it('brings the tax back that it was billed with, whatever holds today', async () => {
    const taxed = await world.organization({ timezone: 'UTC' });
    const rate = { name: 'VAT', country: 'ES', inclusive: false };
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '10', validTo: '2026-06-10' }));
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '21', validFrom: '2026-06-10' }));
    const { clockId, accountId } = await clockAccount(taxed, '2026-06-01T00:00:00Z', {
      billingAddress: { country: 'ES' },
    });
    const { planId } = await sellPlan(taxed, { prices: [flat(10_000n)] });
    const { subscription } = await subscribe(taxed, accountId, planId);
    await walk(world.app, taxed, clockId, '2026-06-16T00:00:00Z');
    await taxed.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }));
    const lines = await sql<{ amount: number; tax: number }>(
      `select l.amount::int, l.tax_amount::int as tax from invoice_lines l
       join invoices i on i.id = l.invoice_id where i.account_id = $1 order by i.created_at, l.position`,
      [accountId],
    );
    expect(lines).toEqual([
      { amount: 10_000, tax: 1_000 },
      { amount: -5_000, tax: -500 },
    ]);
  });
});
