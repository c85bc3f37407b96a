import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateOrganization } from '../../src/accounts/index.ts';
import { createPayment } from '../../src/collecting/payments/collection/create-payment.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import {
  cancelSubscription,
  changeSubscription,
  createSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { paymentsOf, sandboxMethod } from '../support/payments.ts';
import {
  billedLines,
  clockAccount,
  flat,
  historyOf,
  sellPlan,
  subscribe,
  subscriptionRow,
  walk,
} from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-06-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

async function paying(token: string | null, version: Parameters<typeof sellPlan>[1] = {}, of = organization) {
  const { clockId, accountId } = await clockAccount(of, '2026-04-01T00:00:00Z');
  if (token) await sandboxMethod(of, accountId, token);
  const { planId } = await sellPlan(of, version);
  const { subscription } = await subscribe(of, accountId, planId, { collection: 'automatic' });
  await world.settle();
  const to = async (instant: string) => {
    await walk(world.app, of, clockId, instant);
    await world.settle();
  };
  const status = async () => (await subscriptionRow(url, subscription.id)).status;
  return { accountId, planId, id: subscription.id, initially: subscription.status, to, status };
}

describe('a subscription that is collected automatically', () => {
  it('begins when its first invoice is paid and goes on being paid', async () => {
    const { accountId, id, initially, to, status } = await paying('success');
    expect(initially).toBe('incomplete');
    expect(await status()).toBe('active');
    expect(await subscriptionRow(url, id)).toMatchObject({
      lapses_at: null,
      next_billing_at: new Date('2026-05-01T00:00:00Z'),
    });
    await to('2026-06-01T00:00:00Z');
    expect((await billedLines(url, accountId)).map((line) => line.status)).toEqual(['paid', 'paid', 'paid']);
    expect((await paymentsOf(world, accountId)).map((payment) => payment.status)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
  });

  it('goes on with what was ordered before it began, when that is due', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'success');
    const { planId } = await sellPlan(organization);
    const dearer = await sellPlan(organization, { prices: [flat(3_100n)] });
    const startAt = new Date('2026-05-01T00:00:00Z');
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic', startAt });
    const changes = [{ replacePlan: { plan: { id: dearer.planId } } }];
    const date = new Date('2026-05-11T00:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, { id: subscription.id, changes, when: 'date', date, creditBasis: 'time' }),
    );
    for (const at of ['2026-05-01T00:00:00Z', '2026-05-12T00:00:00Z']) {
      await walk(world.app, organization, clockId, at);
      await world.settle();
    }
    expect((await billedLines(url, accountId)).map(({ amount, at }) => [at.slice(0, 10), amount])).toEqual([
      ['2026-05-01', 1_000],
      ['2026-05-11', -677],
      ['2026-05-11', 2_100],
    ]);
  });

  it('by hand is past due for what failed while the customer was away, not for a try in front of them', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    const { planId } = await sellPlan(organization);
    const { subscription, invoice } = await subscribe(organization, accountId, planId, { netDays: 30 });
    for (const [offSession, status] of [
      [false, 'active'],
      [true, 'past_due'],
    ] as const) {
      await organization.transact((work) =>
        createPayment(work, { accountId, invoiceIds: [invoice!.id], offSession }, null),
      );
      await world.settle();
      expect([offSession, (await subscriptionRow(url, subscription.id)).status]).toEqual([offSession, status]);
    }
    expect((await paymentsOf(world, accountId)).map((payment) => payment.status)).toEqual(['failed', 'failed']);
  });

  it('lapses when its first payment is declined, and nothing is tried after that', async () => {
    const { accountId, to, status } = await paying('insufficient_funds');
    expect(await status()).toBe('incomplete');
    await to('2026-05-01T00:00:00Z');
    expect(await status()).toBe('canceled');
    expect((await billedLines(url, accountId)).map((line) => line.status)).toEqual(['void']);
    expect((await paymentsOf(world, accountId)).map((payment) => payment.status)).toEqual(['failed']);
  });

  it('lapses without a payment method, too', async () => {
    const { to, status } = await paying(null);
    await to('2026-04-01T22:00:00Z');
    expect(await status()).toBe('incomplete');
    await to('2026-04-02T00:00:00Z');
    expect(await status()).toBe('canceled');
  });

  it('is past due while a renewal is not paid, and recovers with a new payment method', async () => {
    const { accountId, id, to, status } = await paying('success');
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await to('2026-05-01T06:00:00Z');
    expect(await status()).toBe('past_due');
    await sandboxMethod(organization, accountId, 'success');
    await to('2026-05-03T00:00:00Z');
    expect(await status()).toBe('active');
    expect(await historyOf(url, id)).toEqual([
      ['status', null, 'incomplete', '2026-04-01T00:00:00.000Z'],
      ['status', 'incomplete', 'active', '2026-04-01T00:00:00.000Z'],
      ['status', 'active', 'past_due', '2026-05-01T00:00:00.000Z'],
      ['status', 'past_due', 'active', '2026-05-02T00:00:00.000Z'],
    ]);
  });

  it('stays past due until the last overdue invoice is paid', async () => {
    const { accountId, to, status } = await paying('success', { intervalUnit: 'day' });
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await to('2026-04-03T06:00:00Z');
    expect(await status()).toBe('past_due');
    expect((await billedLines(url, accountId)).map((line) => line.status)).toEqual(['paid', 'open', 'open']);
    await sandboxMethod(organization, accountId, 'success');
    await to('2026-04-03T12:00:00Z');
    const lines = (await billedLines(url, accountId)).map((line) => line.status);
    expect(await status()).toBe(lines.includes('open') ? 'past_due' : 'active');
    await to('2026-04-08T00:00:00Z');
    expect((await billedLines(url, accountId)).every((line) => line.status === 'paid')).toBe(true);
    expect(await status()).toBe('active');
  });

  it('converts from its trial and is past due if the first bill is declined', async () => {
    const { to, status } = await paying('insufficient_funds', { trialDays: 7 });
    expect(await status()).toBe('trialing');
    await to('2026-04-08T01:00:00Z');
    expect(await status()).toBe('past_due');
  });
});

describe('a pause', () => {
  const pause = (id: string) => organization.transact((work) => pauseSubscription(work, { id, when: 'now' }));
  const resume = (id: string) => organization.transact((work) => resumeSubscription(work, { id }));

  it('pays no debt: what was past due is so again when it goes on', async () => {
    const { accountId, id, to, status } = await paying('success');
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await to('2026-05-01T06:00:00Z');
    await pause(id);
    await to('2026-05-01T18:00:00Z');
    await resume(id);
    expect(await status()).toBe('past_due');
    expect((await historyOf(url, id)).slice(-3)).toEqual([
      ['status', 'past_due', 'paused', '2026-05-01T06:00:00.000Z'],
      ['status', 'paused', 'active', '2026-05-01T18:00:00.000Z'],
      ['status', 'active', 'past_due', '2026-05-01T18:00:00.000Z'],
    ]);
    await sandboxMethod(organization, accountId, 'success');
    await to('2026-05-03T00:00:00Z');
    expect(await status()).toBe('active');
    await pause(id);
    await to('2026-05-03T06:00:00Z');
    await resume(id);
    expect(await status()).toBe('active');
  });

  it('does not hide that a collection failed meanwhile', async () => {
    const late = flat(100n, { component: 'late', name: 'Late', billing: 'arrears' });
    const { accountId, id, to, status } = await paying('success', { prices: [flat(), late] });
    await query(url, 'update accounts set net_days = 14 where id = $1', [accountId]);
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await to('2026-04-16T00:00:00Z');
    // The pause itself bills what was used before it.
    await pause(id);
    await to('2026-04-16T06:00:00Z');
    expect(await status()).toBe('paused');
    await resume(id);
    expect(await status()).toBe('past_due');
  });
});

describe('when dunning gives up', () => {
  it('the subscription ends where the organization wants it so, and the account may buy nothing', async () => {
    const own = await world.organization();
    await own.transact((work) => updateOrganization(work, { dunningFinalAction: 'cancel' }));
    const seats = flat(100n, { component: 'late', name: 'Late', billing: 'arrears' });
    const { accountId, planId, id, to, status } = await paying('success', { prices: [flat(), seats] }, own);
    await sandboxMethod(own, accountId, 'insufficient_funds');
    await to('2026-05-20T00:00:00Z');
    expect(await status()).toBe('canceled');
    expect(await subscriptionRow(url, id)).toMatchObject({
      cancel_reason: 'dunning',
      ended_at: new Date('2026-05-08T00:00:00Z'),
    });
    const [account] = await query<{ dunning_status: string }>(
      url,
      'select dunning_status from accounts where id = $1',
      [accountId],
    );
    expect(account!.dunning_status).toBe('blocked');
    const buying = own.transact((work) =>
      createSubscription(work, { account: { id: accountId }, items: [{ plan: { id: planId } }] }),
    );
    await expect(buying).rejects.toMatchObject({ code: 'ACCOUNT_BLOCKED' });
    // Nor may another one at its expense.
    const [{ clock }] = (await query<{ clock: string }>(
      url,
      'select test_clock_id as clock from accounts where id = $1',
      [accountId],
    )) as [{ clock: string }];
    const family = { parentAccountId: accountId, billingPolicy: 'parent_pays' as const, testClockId: clock };
    const child = await own.account({ ...family, timezone: 'UTC' });
    const throughChild = own.transact((work) =>
      createSubscription(work, { account: { id: child.id }, items: [{ plan: { id: planId } }] }),
    );
    await expect(throughChild).rejects.toMatchObject({ code: 'ACCOUNT_BLOCKED' });
  });

  it('on a debt of a former life, the subscription that was taken up again since and is paid for stays', async () => {
    const own = await world.organization();
    await own.transact((work) => updateOrganization(work, { dunningFinalAction: 'cancel' }));
    const { accountId, id, to, status } = await paying('success', {}, own);
    await sandboxMethod(own, accountId, 'insufficient_funds');
    await to('2026-05-02T00:00:00Z');
    expect(await status()).toBe('past_due');
    const debts = () =>
      query<{ id: string; status: string; total: bigint; dunning: string }>(
        url,
        `select i.id, i.status, i.total::int, d.status as dunning from invoices i left join dunning_runs d on d.invoice_id = i.id
         where i.account_id = $1 and i.status = 'open' order by i.id`,
        [accountId],
      );
    await own.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'none' }));
    await own.transact((work) => reactivateSubscription(work, { id }));
    await world.settle();
    const [old, fresh] = await debts();
    await own.transact((work) =>
      recordManualPayment(work, {
        ...{ accountId, invoiceIds: [fresh!.id], kind: 'cash' as const },
        amount: { amountMinor: BigInt(fresh!.total), currency: 'EUR' },
      }),
    );
    expect(await status()).toBe('active');
    // Another try for the old debt fails, it is given up, and the present life is not touched; nor by a pause.
    await to('2026-05-06T00:00:00Z');
    await own.transact((work) => pauseSubscription(work, { id, when: 'now' }));
    await to('2026-05-06T06:00:00Z');
    await own.transact((work) => resumeSubscription(work, { id }));
    expect(await status()).toBe('active');
    await to('2026-05-20T00:00:00Z');
    expect(await debts()).toEqual([{ ...old, dunning: 'exhausted' }]);
    expect(await status()).toBe('active');
    // Its own debts do.
    await to('2026-06-20T00:00:00Z');
    expect(await status()).toBe('canceled');
  });

  it('the subscription goes on otherwise', async () => {
    const { accountId, to, status } = await paying('success');
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await to('2026-06-15T00:00:00Z');
    expect(await status()).toBe('past_due');
    expect(await billedLines(url, accountId)).toHaveLength(3);
  });
});

describe('an incomplete subscription whose payment is on its way', () => {
  it('neither lapses nor can be canceled until the payment is decided', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'success');
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    // An attempt whose answer has not come: it may be charging right now.
    await query(
      url,
      `with p as (update payments set status = 'unknown', next_attempt_at = null where account_id = $1 returning *)
       insert into payment_attempts (organization_id, id, payment_id, attempt_no, provider, status, amount, off_session, follows_action, processing, at, recorded_at)
       select organization_id, gen_random_uuid(), id, 1, provider, 'unknown', amount, true, false, false, created_at, recorded_at from p`,
      [accountId],
    );
    const cancel = organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    await expect(cancel).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    await walk(world.app, organization, clockId, '2026-04-02T06:30:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({
      status: 'incomplete',
      lapses_at: new Date('2026-04-02T07:00:00Z'),
    });
    await query(
      url,
      `with t as (update payment_attempts set status = 'failed', finished_at = recorded_at
         where payment_id in (select id from payments where account_id = $1) returning payment_id)
       update payments set status = 'pending', next_attempt_at = '2026-07-01' where id in (select payment_id from t)`,
      [accountId],
    );
    await walk(world.app, organization, clockId, '2026-04-02T07:00:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'canceled' });
  });
});
