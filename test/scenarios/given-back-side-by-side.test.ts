import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../src/accounts/index.ts';
import { voidInvoice } from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund } from '../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../src/collecting/payments/refunds/issue-credit-note.ts';
import type { Work } from '../../src/platform/work.ts';
import { cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { creditOf } from '../support/payments.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { until } from '../support/until.ts';
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

const waitsText = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

/** Does one thing and leaves its transaction open until the other one waits for it, or is done. Answers the code of what was refused. */
async function sideBySide(one: (work: Work) => Promise<unknown>, other: (work: Work) => Promise<unknown>) {
  const codeOf = (error: { code?: string }) => error.code ?? String(error);
  let second: Promise<unknown> | null = null;
  let isDone = false;
  const first = organization.transact(async (work) => {
    await one(work);
    second ??= organization.transact(other).finally(() => {
      isDone = true;
    });
    second.catch(() => {});
    await until(
      async () => isDone || (await query(world.database.superuserUrl, waitsText)).length > 0,
      'the other one to wait',
    );
  });
  const refused = await first.then(() => null, codeOf);
  return [refused, await second!.then(() => null, codeOf)];
}

/** 100.00 of April for a child, that its parent was billed for; since the 16th it pays itself. */
async function formerly(billingPolicy: 'parent_pays' | 'parent_invoiced', isPaid: boolean) {
  const { clockId, accountId: parent } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const { id: child } = await organization.account({
    ...{ timezone: 'UTC', testClockId: clockId, parentAccountId: parent, billingPolicy },
  });
  const { planId } = await sellPlan(organization, { prices: [flat(10_000n)] });
  const { subscription, invoice } = await subscribe(organization, child, planId, { netDays: 90 });
  const invoiceId = invoice!.id;
  const amount = { amountMinor: 10_000n, currency: 'EUR' };
  const paid = { accountId: parent, invoiceIds: [invoiceId], kind: 'cash' as const, amount };
  const payment = isPaid ? await organization.transact((work) => recordManualPayment(work, paid)) : null;
  await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
  await organization.transact((work) => updateAccount(work, child, { billingPolicy: 'self' }));
  const end = (work: Work) => cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' });
  const refund = (work: Work) => createRefund(work, { paymentId: payment!.id, amount: 10_000n });
  const note = (work: Work) => issueCreditNote(work, { invoiceId, reason: 'other' });
  const gone = (work: Work) => voidInvoice(work, { id: invoiceId });
  const credit = async () => (await creditOf(world, parent)) + (await creditOf(world, child));
  return { end, refund, note, gone, credit };
}

describe.each(['parent_pays', 'parent_invoiced'] as const)('what a former payer was billed for (%s)', (policy) => {
  it('is given back once where a refund and the end of its time cross', async () => {
    const one = await formerly(policy, true);
    expect(await sideBySide(one.refund, one.end)).toEqual([null, null]);
    expect(await one.credit()).toBe(0n);
    const two = await formerly(policy, true);
    expect(await sideBySide(two.end, two.refund)).toEqual([null, null]);
    expect(await two.credit()).toBe(0n);
  });

  it('is given back once where a credit note and the end of its time cross', async () => {
    const one = await formerly(policy, true);
    expect(await sideBySide(one.note, one.end)).toEqual([null, null]);
    expect(await one.credit()).toBe(10_000n);
    const two = await formerly(policy, true);
    expect(await sideBySide(two.end, two.note)).toEqual([null, null]);
    expect(await two.credit()).toBe(10_000n);
  });

  it('is no credit where its invoice is voided beside the end of its time', async () => {
    const one = await formerly(policy, false);
    expect(await sideBySide(one.gone, one.end)).toEqual([null, null]);
    expect(await one.credit()).toBe(0n);
    const two = await formerly(policy, false);
    expect(await sideBySide(two.end, two.gone)).toEqual([null, 'INVALID_STATE']);
    expect(await two.credit()).toBe(0n);
  });
});

describe('an invoice of which a part pays for a later one', () => {
  it.each([1, 2, 3])(
    'is given back once and in full where refunds, notes and the end come all at once (%s)',
    async () => {
      const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
      const { planId } = await sellPlan(organization, { prices: [flat(10_000n)] });
      const dear = await sellPlan(organization, { prices: [flat(12_000n)] });
      const { subscription } = await subscribe(organization, accountId, planId, { netDays: 90 });
      const { id } = subscription;
      await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
      const changes = [{ replacePlan: { planId, plan: { id: dear.planId } } }];
      await organization.transact((work) =>
        changeSubscription(work, { id, changes, when: 'now', creditBasis: 'time', settle: 'invoice_now' }),
      );
      const invoices = await query<{ id: string; due: bigint }>(
        world.database.superuserUrl,
        'select id, amount_due::bigint as due from invoices where account_id = $1',
        [accountId],
      );
      const payments = await Promise.all(
        invoices.map(({ id: invoiceId, due }) =>
          organization.transact((work) =>
            recordManualPayment(work, {
              ...{ accountId, invoiceIds: [invoiceId], kind: 'cash' },
              amount: { amountMinor: BigInt(due), currency: 'EUR' },
            }),
          ),
        ),
      );
      let money = 0n;
      const refund = (paymentId: string, amount: bigint) => (work: Work) => createRefund(work, { paymentId, amount });
      const note = (invoiceId: string) => (work: Work) => issueCreditNote(work, { invoiceId, reason: 'other' });
      const end = (work: Work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' });
      const refuses = /^(AMOUNT_TOO_LARGE|INVALID_STATE)$/;
      const refunded = payments.flatMap(({ id: paymentId }) =>
        [500n, 2_500n].map((amount) => refund(paymentId, amount)),
      );
      await Promise.all([
        ...refunded.map((go) =>
          organization.transact(go).then(
            ({ amount }) => {
              money += amount;
            },
            ({ code }) => expect(code).toMatch(refuses),
          ),
        ),
        organization.transact(end),
        ...invoices.map((one) =>
          organization.transact(note(one.id)).catch(({ code }) => expect(code).toMatch(refuses)),
        ),
      ]);
      expect(money + (await creditOf(world, accountId))).toBeLessThanOrEqual(11_000n);
      for (const one of invoices)
        await organization.transact(note(one.id)).catch(({ code }) => expect(code).toBe('INVALID_STATE'));
      expect(money + (await creditOf(world, accountId))).toBe(11_000n);
    },
  );
});
