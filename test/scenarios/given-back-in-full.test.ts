import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund } from '../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../src/collecting/payments/refunds/issue-credit-note.ts';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import { cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let plain: TestOrganization;
let taxed: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  plain = await world.organization({ timezone: 'UTC' });
  taxed = await world.organization({ timezone: 'UTC' });
  await taxed.transact((work) => createTaxRate(work, { name: 'VAT', country: 'AT', percent: '25', inclusive: false }));
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);
const invoicesOf = (accountId: string) =>
  sql<{ id: string; total: number; due: number; paid: number }>(
    `select id, total::int, amount_due::int as due, amount_paid::int as paid from invoices where account_id = $1 order by created_at, id`,
    [accountId],
  );
const creditOf = async (accountId: string) =>
  (await sql<{ balance: number }>('select balance::int from credit_balances where account_id = $1', [accountId]))[0]
    ?.balance ?? 0;

/** A subscription of April that changes to these plans, whose prices are given, on these days; with its invoices. */
async function changed(
  organization: TestOrganization,
  first: bigint,
  changes: readonly [day: string, price: bigint][],
) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z', {
    billingAddress: { country: 'AT' },
  });
  const { subscription } = await subscribe(
    organization,
    accountId,
    (await sellPlan(organization, { prices: [flat(first)] })).planId,
    { netDays: 90 },
  );
  let held = first;
  const plans = new Map([
    [
      first,
      (
        await sql<{ id: string }>('select plan_id as id from subscription_items where subscription_id = $1', [
          subscription.id,
        ])
      )[0]!.id,
    ],
  ]);
  for (const [day, price] of changes) {
    await walk(world.app, organization, clockId, `2026-04-${day}T00:00:00Z`);
    const { planId, versionId } = await sellPlan(organization, { prices: [flat(price)] });
    await organization.transact((work) =>
      changeSubscription(work, {
        id: subscription.id,
        changes: [{ replacePlan: { planId: plans.get(held)!, plan: { versionId } } }],
        ...{ when: 'now', creditBasis: 'time', settle: 'invoice_now' },
      }),
    );
    plans.set(price, planId);
    held = price;
  }
  return { clockId, accountId, id: subscription.id };
}

const pay = (organization: TestOrganization, accountId: string, id: string, amountMinor: number) =>
  organization.transact((work) =>
    recordManualPayment(work, {
      ...{ accountId, invoiceIds: [id], kind: 'cash' },
      amount: { amountMinor: BigInt(amountMinor), currency: 'EUR' },
    }),
  );

/** Credits all that is left of an invoice; answers how much that was. */
const credit = (organization: TestOrganization, invoiceId: string) =>
  organization
    .transact((work) => issueCreditNote(work, { invoiceId, reason: 'other' }))
    .then(
      ({ total }) => Number(total),
      (error) => {
        expect(error.code).toBe('INVALID_STATE');
        return 0;
      },
    );

describe('what a later invoice took back of an earlier one, to pay for what came', () => {
  const histories: [string, boolean, bigint, [string, bigint][], number[]][] = [
    ['an upgrade', false, 10_000n, [['19', 15_000n]], [10_000, 2_000]],
    ['a downgrade', false, 10_000n, [['19', 2_500n]], [7_000, 0]],
    [
      'up and up',
      false,
      9_000n,
      [
        ['11', 12_000n],
        ['21', 18_000n],
      ],
      [9_000, 2_000, 2_000],
    ],
    [
      'up and down',
      false,
      9_000n,
      [
        ['11', 12_000n],
        ['21', 3_000n],
      ],
      [6_000, 2_000, 0],
    ],
    [
      'taxed, of odd amounts',
      true,
      3_297n,
      [
        ['10', 5_495n],
        ['20', 2_198n],
      ],
      [],
    ],
  ];
  it.each(
    histories.flatMap((history) => [[...history, 'first to last'] as const, [...history, 'last to first'] as const]),
  )('is given back when all is credited: %s', async (_name, isTaxed, first, changes, notes, order) => {
    const organization = isTaxed ? taxed : plain;
    const { accountId } = await changed(organization, first, changes);
    const invoices = await invoicesOf(accountId);
    for (const { id, due } of invoices) if (due > 0) await pay(organization, accountId, id, due);
    const paid = (await invoicesOf(accountId)).reduce((sum, invoice) => sum + invoice.paid, 0);
    const credited = new Map<string, number>();
    for (const { id } of order === 'first to last' ? invoices : invoices.toReversed())
      credited.set(id, await credit(organization, id));
    if (notes.length > 0) expect(invoices.map(({ id }) => credited.get(id))).toEqual(notes);
    expect(await creditOf(accountId)).toBe(paid);
    for (const { id } of invoices) expect(await credit(organization, id)).toBe(0);
  });

  it.each([false, true])('is not owed either where nothing was paid, taxed: %s', async (isTaxed) => {
    const organization = isTaxed ? taxed : plain;
    const { accountId } = await changed(organization, 3_297n, [
      ['10', 5_495n],
      ['20', 7_777n],
    ]);
    const invoices = await invoicesOf(accountId);
    for (const { id } of invoices) await credit(organization, id);
    expect((await invoicesOf(accountId)).map(({ due }) => due)).toEqual([0, 0, 0]);
    expect(await creditOf(accountId)).toBe(0);
  });
});

describe('what a refund without a note gave back', () => {
  const half = async (refunded: bigint | null) => {
    const { clockId, accountId, id } = await changed(plain, 10_000n, []);
    const [invoice] = await invoicesOf(accountId);
    const payment = await pay(plain, accountId, invoice!.id, 10_000);
    if (refunded) await refund(payment.id, refunded);
    await walk(world.app, plain, clockId, '2026-04-19T00:00:00Z');
    return { accountId, id, paymentId: payment.id };
  };
  const refund = (paymentId: string, amount: bigint | null) =>
    plain.transact((work) => createRefund(work, { paymentId, amount }));

  it.each([
    ['all of it', 10_000n, 0],
    ['a part', 3_000n, 2_800],
  ])('is not given back once more as time: %s', async (_name, refunded, worth) => {
    const ended = await half(refunded);
    await plain.transact((work) => cancelSubscription(work, { id: ended.id, at: 'now', creditBasis: 'time' }));
    expect(await creditOf(ended.accountId)).toBe(worth);
    // All that is left of the invoice: the note tells of the refund.
    const [first] = await invoicesOf(ended.accountId);
    await credit(plain, first!.id);
    expect(await creditOf(ended.accountId)).toBe(10_000 - Number(refunded));

    const replaced = await half(refunded);
    const { versionId } = await sellPlan(plain, { prices: [flat(15_000n)] });
    const [held] = await sql<{ id: string }>(
      'select plan_id as id from subscription_items where subscription_id = $1',
      [replaced.id],
    );
    await plain.transact((work) =>
      changeSubscription(work, {
        id: replaced.id,
        changes: [{ replacePlan: { planId: held!.id, plan: { versionId } } }],
        ...{ when: 'now', creditBasis: 'time', settle: 'invoice_now' },
      }),
    );
    expect((await invoicesOf(replaced.accountId))[1]).toMatchObject({ total: 6_000 - worth });
  });

  it('takes credit back first that its invoice’s time became, and is never more than is left', async () => {
    const one = await half(null);
    await plain.transact((work) => cancelSubscription(work, { id: one.id, at: 'now', creditBasis: 'time' }));
    expect(await creditOf(one.accountId)).toBe(4_000);
    await refund(one.paymentId, 10_000n);
    expect(await creditOf(one.accountId)).toBe(0);

    const two = await half(null);
    await plain.transact((work) => cancelSubscription(work, { id: two.id, at: 'now', creditBasis: 'time' }));
    await subscribe(plain, two.accountId, (await sellPlan(plain, { prices: [flat(5_000n)] })).planId);
    expect(await creditOf(two.accountId)).toBe(0);
    await expect(refund(two.paymentId, 6_001n)).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
      message: expect.stringContaining('At most 6000 minor units'),
    });
    await refund(two.paymentId, 6_000n);
  });

  it.each([
    ['untaxed', false, 10_10, 5_05, 5_05],
    // No net amount has a gross one of 6.31: the cent is left for a note.
    ['taxed', true, 12_63, 6_31, 6_30],
  ])('leaves the other half to the cent, of however many lines: %s', async (_name, isTaxed, total, half, time) => {
    const organization = isTaxed ? taxed : plain;
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z', {
      billingAddress: { country: 'AT' },
    });
    const prices = Array.from({ length: 10 }, (_, index) => flat(101n, { component: `c${index}` }));
    const { planId } = await sellPlan(organization, { prices });
    const { subscription } = await subscribe(organization, accountId, planId, { netDays: 90 });
    const [invoice] = await invoicesOf(accountId);
    const payment = await pay(organization, accountId, invoice!.id, total);
    await organization.transact((work) => createRefund(work, { paymentId: payment.id, amount: BigInt(total - half) }));
    await walk(world.app, organization, clockId, '2026-04-01T00:00:01Z');
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    expect(await creditOf(accountId)).toBe(time);
    expect(await credit(organization, invoice!.id)).toBe(total - time);
    expect(await creditOf(accountId)).toBe(half);
  });

  it('is not what pays for a later invoice: that is its time, and goes back with a note', async () => {
    const { accountId, id } = await changed(plain, 10_000n, [['16', 12_000n]]);
    const [first, second] = await invoicesOf(accountId);
    expect([first, second]).toMatchObject([{ total: 10_000 }, { total: 1_000 }]);
    const payment = await pay(plain, accountId, first!.id, 10_000);
    await pay(plain, accountId, second!.id, 1_000);
    await expect(refund(payment.id, 10_000n)).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
      message: expect.stringMatching(/At most 5000 minor units of EUR .*what it pays of later invoices.*credit note/),
    });
    await refund(payment.id, 5_000n);
    await plain.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect(await creditOf(accountId)).toBe(6_000);
    expect(await credit(plain, first!.id)).toBe(5_000);
    expect(await credit(plain, second!.id)).toBe(0);
    expect(await creditOf(accountId)).toBe(6_000);
  });

  const steps = ['refund 1', 'refund 2', 'time', 'note 1', 'note 2'] as const;
  const orders = [
    [0, 1, 2, 3, 4],
    [1, 0, 2, 4, 3],
    [2, 0, 1, 3, 4],
    [2, 1, 0, 4, 3],
    [0, 2, 1, 4, 3],
    [1, 3, 2, 0, 4],
    [3, 2, 4, 0, 1],
    [4, 0, 3, 2, 1],
  ].map((order) => order.map((step) => steps[step]!));
  it.each(orders)(
    'is given back once, beside its time and notes, and all of it: %s, %s, %s, %s, %s',
    async (...order) => {
      const { accountId, id } = await changed(plain, 10_000n, [['16', 12_000n]]);
      const [first, second] = await invoicesOf(accountId);
      const payments = [
        await pay(plain, accountId, first!.id, 10_000),
        await pay(plain, accountId, second!.id, 1_000),
      ] as const;
      let money = 0n;
      const most = async (paymentId: string) => {
        const made = await refund(paymentId, null).catch(({ message }: Error) => {
          const left = BigInt(/At most (\d+)/.exec(message)?.[1] ?? 0);
          return left > 0n ? refund(paymentId, left) : { amount: 0n };
        });
        money += made.amount;
      };
      const go = {
        'refund 1': () => most(payments[0].id),
        'refund 2': () => most(payments[1].id),
        time: () => plain.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' })),
        'note 1': () => credit(plain, first!.id),
        'note 2': () => credit(plain, second!.id),
      };
      for (const step of order) {
        await go[step]();
        expect(Number(money) + (await creditOf(accountId))).toBeLessThanOrEqual(11_000);
      }
      expect(Number(money) + (await creditOf(accountId))).toBe(11_000);
    },
  );
});
