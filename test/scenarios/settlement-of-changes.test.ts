import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { finalizeInvoice } from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import { createCoupon } from '../../src/selling/coupons/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-04-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

type Changes = Parameters<typeof changeSubscription>[1];

async function subscribed(overrides: Parameters<typeof subscribe>[3] = {}) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const small = await sellPlan(organization, { prices: [flat(3_000n)] });
  const large = await sellPlan(organization, { prices: [flat(9_000n)] });
  const { subscription } = await subscribe(organization, accountId, small.planId, overrides);
  const { id } = subscription;
  return {
    accountId,
    id,
    small: small.planId,
    large: large.planId,
    to: (at: string) => walk(world.app, organization, clockId, at),
    change: (planId: string, more: Partial<Changes>) =>
      organization.transact((work) =>
        changeSubscription(work, { id, changes: [{ replacePlan: { plan: { id: planId } } }], when: 'now', ...more }),
      ),
  };
}

/** Invoices of an account with the net amounts of their lines, in the order in which they were made. */
async function invoices(accountId: string) {
  const rows = await query<{ reason: string; status: string; total: string; lines: string[] }>(
    url,
    `select i.reason, i.status, i.total, array_agg((l.amount - l.discount_amount)::text order by l.position) as lines
     from invoices i join invoice_lines l on l.invoice_id = i.id where i.account_id = $1
     group by i.id, i.reason, i.status, i.total order by min(l.created_at), i.id`,
    [accountId],
  );
  return rows.map(({ reason, status, total, lines }) => [
    reason.replace('subscription_', ''),
    status,
    Number(total),
    lines.map(Number),
  ]);
}

describe('a change that is settled with the next invoice', () => {
  it('waits on a draft, which becomes that invoice', async () => {
    const { accountId, large, small, to, change } = await subscribed();
    await to('2026-04-16T00:00:00Z');
    await change(large, { settle: 'next_invoice' });
    await to('2026-04-21T00:00:00Z');
    await change(small, { settle: 'next_invoice' });
    expect(await invoices(accountId)).toEqual([
      ['created', 'open', 3000, [3000]],
      ['change', 'draft', 1000, [-1500, 4500, -3000, 1000]],
    ]);
    await to('2026-05-01T00:00:00Z');
    expect(await invoices(accountId)).toEqual([
      ['created', 'open', 3000, [3000]],
      ['cycle', 'open', 4000, [-1500, 4500, -3000, 1000, 3000]],
    ]);
    expect(await query(url, 'select 1 from invoice_holds')).toEqual([]);
  });

  it('may be made final earlier, and comes late as it would have come punctually', async () => {
    const early = await subscribed();
    const late = await subscribed();
    for (const { to, change, large } of [early, late]) {
      await to('2026-04-16T00:00:00Z');
      await change(large, { settle: 'next_invoice', when: 'date', date: new Date('2026-05-16T12:00:00Z') });
    }
    await early.to('2026-05-17T00:00:00Z');
    const [draft] = await query<{ id: string }>(
      url,
      `select id from invoices where account_id = $1 and status = 'draft'`,
      [early.accountId],
    );
    await organization.transact((work) => finalizeInvoice(work, { id: draft!.id }));
    await early.to('2026-06-02T00:00:00Z');
    await late.to('2026-06-02T00:00:00Z');
    expect((await invoices(early.accountId)).slice(2)).toEqual([
      ['change', 'open', 3000, [-1500, 4500]],
      ['cycle', 'open', 9000, [9000]],
    ]);
    expect((await invoices(late.accountId)).slice(2)).toEqual([['cycle', 'open', 12_000, [-1500, 4500, 9000]]]);
  });

  it('takes its discounts when it comes, and taxes with the invoice that it becomes', async () => {
    const own = await world.organization();
    await own.transact((work) =>
      createTaxRate(work, { name: 'USt', country: 'AT', percent: '20', inclusive: false, region: null }),
    );
    const { clockId, accountId } = await clockAccount(own, '2026-04-01T00:00:00Z', {
      billingAddress: { country: 'AT' },
    });
    const small = await sellPlan(own, { prices: [flat(3_000n)] });
    const large = await sellPlan(own, { prices: [flat(9_000n)] });
    const coupon = await own.transact((work) =>
      createCoupon(work, { name: 'Half', off: { percent: '50' }, frequency: 'forever' }),
    );
    const { subscription } = await subscribe(own, accountId, small.planId, { discounts: [{ couponId: coupon.id }] });
    await walk(world.app, own, clockId, '2026-04-16T00:00:00Z');
    await own.transact((work) =>
      changeSubscription(work, {
        id: subscription.id,
        changes: [{ replacePlan: { plan: { id: large.planId } } }],
        settle: 'next_invoice',
      }),
    );
    await walk(world.app, own, clockId, '2026-05-01T00:00:00Z');
    expect(await invoices(accountId)).toEqual([
      ['created', 'open', 1800, [1500]],
      ['cycle', 'open', 7200, [-750, 2250, 4500]],
    ]);
  });
});

describe('what waits for a next invoice that does not come', () => {
  it.each([
    ['at the end of the period', { at: 'period_end' }, [['ended', 'open', 3_000, [-1_500, 4_500]]]],
    ['on a day', { at: 'date', date: new Date('2026-04-26T00:00:00Z') }, [['ended', 'open', 3_000, [-1_500, 4_500]]]],
    ['now', { at: 'now' }, [['ended', 'open', 3_000, [-1_500, 4_500]]]],
  ] as const)('comes with the end: %s', async (_name, end, expected) => {
    const { accountId, id, large, to, change } = await subscribed();
    await to('2026-04-16T00:00:00Z');
    await change(large, { settle: 'next_invoice' });
    await to('2026-04-21T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, ...end }));
    await to('2026-06-01T00:00:00Z');
    expect((await invoices(accountId)).slice(1)).toEqual(expected);
    expect(await query(url, 'select 1 from invoice_holds')).toEqual([]);
  });

  it.each([
    ['now', [['change', 'open', 1_000, [-1_500, 4_500, -3_000, 1_000]]]],
    ['period_end', [['cycle', 'open', 1_000, [-1_500, 4_500, -3_000, 1_000]]]],
  ] as const)('comes with a pause, which may last: %s', async (when, expected) => {
    const { accountId, id, small, large, to, change } = await subscribed();
    await to('2026-04-16T00:00:00Z');
    await change(large, { settle: 'next_invoice' });
    await to('2026-04-21T00:00:00Z');
    await change(small, { settle: 'next_invoice' });
    await organization.transact((work) => pauseSubscription(work, { id, when }));
    await to('2026-09-01T00:00:00Z');
    expect((await invoices(accountId)).slice(1)).toEqual(expected);
  });

  it('is credit where it is more than there is to pay', async () => {
    const { accountId, id, small, large, to, change } = await subscribed();
    await change(large, { settle: 'invoice_now' });
    const owed = await query<{ id: string; amount_due: string }>(
      url,
      `select id, amount_due from invoices where account_id = $1 and status = 'open'`,
      [accountId],
    );
    for (const invoice of owed) {
      const amount = { amountMinor: BigInt(invoice.amount_due), currency: 'EUR' };
      await organization.transact((work) =>
        recordManualPayment(work, { accountId, invoiceIds: [invoice.id], amount, kind: 'cash' }),
      );
    }
    await to('2026-04-16T00:00:00Z');
    await change(small, { settle: 'next_invoice' });
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    await to('2026-06-01T00:00:00Z');
    const [balance] = await query<{ balance: string }>(
      url,
      'select balance from credit_balances where account_id = $1',
      [accountId],
    );
    expect(Number(balance!.balance)).toBe(3_000);
  });
});

describe('what waits on a draft and is taken back there', () => {
  // One seat at 30.00 since 1 April; ten of them from 16 April wait for the next invoice, and then somebody thinks better of it.
  const half = { percent: '50' } as const;
  const thirty = { amount: { amountMinor: 3_000n, currency: 'EUR' } };
  type Off = Parameters<typeof createCoupon>[1]['off'];
  type Then = 'one seat, next invoice' | 'one seat, at once' | 'an end' | 'a pause';

  async function thoughtBetter(off: Off, day: string, then: Then) {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const model = { perSeat: { unitAmount: '3000' } };
    const { planId } = await sellPlan(organization, { prices: [flat(0n, { component: 'seats', model })] });
    const coupon = await organization.transact((work) =>
      createCoupon(work, { name: 'Off', off, frequency: 'forever' }),
    );
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '1' }],
      discounts: [{ couponId: coupon.id }],
    });
    const { id } = subscription;
    const seats = (quantity: string, settle: 'next_invoice' | 'invoice_now') =>
      organization.transact((work) =>
        changeSubscription(work, {
          id,
          changes: [{ setQuantity: { quantity } }],
          when: 'now',
          settle,
          creditBasis: 'time',
        }),
      );
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    await seats('10', 'next_invoice');
    if (day !== '16') await walk(world.app, organization, clockId, `2026-04-${day}T00:00:00Z`);
    if (then === 'one seat, next invoice') await seats('1', 'next_invoice');
    else if (then === 'one seat, at once') await seats('1', 'invoice_now');
    else if (then === 'an end')
      await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    else await organization.transact((work) => pauseSubscription(work, { id, when: 'now', creditBasis: 'time' }));
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    const [carried] = await query<{ carried: string }>(
      url,
      `select sum(carried_to_credit)::text as carried from invoices where account_id = $1`,
      [accountId],
    );
    const last = (await invoices(accountId)).slice(1);
    return { last: last.map(([, , total, lines]) => [total, lines]), carried: Number(carried!.carried) };
  }

  it.each<[string, Off, string, Then, unknown[]]>([
    ['half off, at once', half, '16', 'one seat, next invoice', [[1_500, [-750, 7_500, -7_500, 750, 1_500]]]],
    ['half off, after five days', half, '21', 'one seat, next invoice', [[3_750, [-750, 7_500, -5_000, 500, 1_500]]]],
    [
      'half off, settled at once',
      half,
      '21',
      'one seat, at once',
      [
        [2_250, [-750, 7_500, -5_000, 500]],
        [1_500, [1_500]],
      ],
    ],
    ['half off, ended', half, '21', 'an end', [[1_750, [-750, 7_500, -5_000]]]],
    ['half off, paused', half, '21', 'a pause', [[1_750, [-750, 7_500, -5_000]]]],
    ['thirty off, ended', thirty, '21', 'an end', [[4_500, [0, 13_500, -9_000]]]],
    ['thirty off, ended at once', thirty, '16', 'an end', [[0, [0, 13_500, -13_500]]]],
  ])('is discounted for what is left of it: %s', async (_name, off, day, then, expected) => {
    expect(await thoughtBetter(off, day, then)).toEqual({ last: expected, carried: 0 });
  });
});

describe('a change that is not settled', () => {
  it('costs nothing until the period ends, and leaves no gap', async () => {
    const { accountId, large, to, change } = await subscribed();
    await to('2026-04-16T00:00:00Z');
    await change(large, { settle: 'none' });
    await to('2026-05-01T00:00:00Z');
    expect(await invoices(accountId)).toEqual([
      ['created', 'open', 3000, [3000]],
      ['cycle', 'open', 9000, [-1500, 1500, 9000]],
    ]);
  });

  type Then = 'none' | 'invoice_now' | 'itself' | 'an end';
  /** Seats at 31.00, paid for January, with half of it off; then their number is changed on a day. Answers what each change came to. */
  async function seated(start: string, steps: readonly [day: string, then: Then, quantity?: string][]) {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const model = { perSeat: { unitAmount: '3100' } };
    const { planId } = await sellPlan(organization, { prices: [flat(0n, { component: 'seats', model })] });
    const coupon = await organization.transact((work) =>
      createCoupon(work, { name: 'Half', off: { percent: '50' }, frequency: 'forever' }),
    );
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: start }],
      discounts: [{ couponId: coupon.id }],
    });
    const { id } = subscription;
    for (const [day, then, quantity] of steps) {
      await walk(world.app, organization, clockId, `2026-01-${day}T00:00:00Z`);
      const part = quantity ? { setQuantity: { quantity } } : { replacePlan: { plan: { id: planId } } };
      const settle = then === 'none' ? 'none' : 'invoice_now';
      await organization.transact((work) =>
        then === 'an end'
          ? cancelSubscription(work, { id, at: 'now', creditBasis: 'time' })
          : changeSubscription(work, { id, changes: [part], when: 'now', settle, creditBasis: 'time' }),
      );
    }
    const rows = await query<{ net: number }>(
      url,
      `select sum(l.amount - l.discount_amount)::int as net from invoice_lines l where l.account_id = $1
       group by l.created_at order by l.created_at`,
      [accountId],
    );
    return rows.map(({ net }) => net);
  }

  it.each<[string, Parameters<typeof seated>, number[]]>([
    [
      'down, then one more',
      [
        '10',
        [
          ['11', 'none', '5'],
          ['21', 'invoice_now', '6'],
        ],
      ],
      [15_500, 0, 550],
    ],
    [
      'up, then less than that',
      [
        '1',
        [
          ['11', 'none', '5'],
          ['21', 'invoice_now', '2'],
        ],
      ],
      [1_550, 0, 550],
    ],
    [
      'up, then an end',
      [
        '10',
        [
          ['02', 'none', '11'],
          ['03', 'an end'],
        ],
      ],
      [15_500, 0, -14_500],
    ],
    [
      'down, then the same again',
      [
        '10',
        [
          ['11', 'none', '5'],
          ['21', 'itself'],
        ],
      ],
      [15_500, 0, 0],
    ],
    [
      'twice',
      [
        '4',
        [
          ['11', 'none', '9'],
          ['16', 'none', '2'],
          ['21', 'an end'],
        ],
      ],
      [6_200, 0, 0, -1_100],
    ],
  ])('leaves known what was paid for: %s', async (_name, [start, steps], nets) => {
    expect(await seated(start, steps)).toEqual(nets);
  });

  it('is billed what it was to a commitment', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const model = { perSeat: { unitAmount: '3100' } };
    const seats = (component: string, billing: 'advance' | 'arrears') =>
      flat(0n, { component, name: component, billing, model });
    const { planId } = await sellPlan(organization, {
      prices: [seats('ahead', 'advance'), seats('behind', 'arrears')],
      minimumCommitment: [{ currency: 'EUR', amountMinor: 31_000n }],
    });
    const { id } = (await subscribe(organization, accountId, planId)).subscription;
    await walk(world.app, organization, clockId, '2026-01-11T00:00:00Z');
    const changes = [{ setQuantity: { component: 'ahead', quantity: '20' } }];
    await organization.transact((work) =>
      changeSubscription(work, { id, changes, when: 'now', settle: 'none', creditBasis: 'time' }),
    );
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    const billed = await query<{ kind: string; sum: number }>(
      url,
      `select kind, sum(amount)::int as sum from invoice_lines where account_id = $1 and period_start < '2026-02-01' group by 1 order by 1`,
      [accountId],
    );
    expect(billed).toEqual([
      { kind: 'recurring', sum: 6_200 },
      { kind: 'true_up', sum: 24_800 },
    ]);
  });

  describe('goes on after a pause that gave back, for what was paid', () => {
    // 30.00 and 6.00 for April, of 30 days; changed on the 11th to what costs 90.00, 3.00, or counts seats instead.
    const thirty = 3_600;
    it.each<[string, number, readonly (readonly [number, number])[], number]>([
      ['dearer', 9_000, [[16, 21]], thirty - 500],
      [
        'dearer, twice',
        9_000,
        [
          [16, 21],
          [23, 26],
        ],
        thirty - 800,
      ],
      ['dearer, at the very instant', 9_000, [[11, 21]], thirty - 1_000],
      ['cheaper: what is beyond stays with the merchant', 300, [[16, 21]], thirty - 50],
      ['the very next month, which is not paid for', 9_000, [[16, 46]], thirty - 1_500 + Math.round((9_000 * 16) / 31)],
    ])('%s', async (_, amount, pauses, expected) => {
      const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
      const prices = [flat(3_000n), flat(600n, { component: 'extra', name: 'Extra' })];
      const { planId } = await sellPlan(organization, { prices });
      const next = await sellPlan(organization, { prices: [flat(BigInt(amount))] });
      const { id } = (await subscribe(organization, accountId, planId)).subscription;
      const day = (number: number) => new Date(Date.UTC(2026, 3, number)).toISOString();
      await walk(world.app, organization, clockId, day(11));
      const changes = [{ replacePlan: { planId, plan: { id: next.planId } } }];
      await organization.transact((work) => changeSubscription(work, { id, changes, when: 'now', settle: 'none' }));
      for (const [from, until] of pauses) {
        if (from > 11) await walk(world.app, organization, clockId, day(from));
        await organization.transact((work) => pauseSubscription(work, { id, when: 'now', creditBasis: 'time' }));
        await walk(world.app, organization, clockId, day(until));
        await organization.transact((work) => resumeSubscription(work, { id }));
      }
      const text = `select sum(amount)::int as sum from invoice_lines where account_id = $1`;
      expect(await query(url, text, [accountId])).toEqual([{ sum: expected }]);
    });
  });

  describe('falls into a pause', () => {
    type When = { when: 'date'; date: Date } | { when: 'period_end' };
    const day = (number: number) => new Date(Date.UTC(2026, 3, number));
    const on = (number: number): When => ({ when: 'date', date: day(number) });
    const keep = { anchor: 'keep', creditBasis: 'none' } as const;
    const credited = { anchor: 'keep', creditBasis: 'time' } as const;
    const shift = { anchor: 'shift', creditBasis: 'none' } as const;
    const anew = { anchor: 'shift', creditBasis: 'time' } as const;

    // 30.00 for April, of 30 days; paused on the 11th, and changed to what costs 90.00.
    it.each<[string, object, When, number, number]>([
      ['credited, the rest costs what it did', credited, on(14), 21, 3_000 - 2_000 + 1_000],
      ['boundaries kept, what is paid for goes over', keep, on(14), 21, 3_000],
      ['boundaries moved, what is paid for goes over', shift, on(14), 21, 3_000],
      ['boundaries moved past its day', shift, on(34), 46, 3_000],
      ['credited, in the period that goes on', credited, on(40), 46, 3_000 - 2_000 + 1_548],
      ['credited and a new period begins, which is billed', anew, on(14), 21, 3_000 - 2_000 + 9_000],
      ['credited, and its period is over when it goes on', credited, on(14), 46, 3_000 - 2_000 + 4_645],
      ['boundaries kept, and its period is over when it goes on', keep, on(14), 46, 3_000 + 4_645],
      ['credited, at the end of the period', credited, { when: 'period_end' }, 46, 3_000 - 2_000 + 4_645],
    ])('and costs nothing until the period ends: %s', async (_name, more, when, until, expected) => {
      for (const isSaid of [true, false]) {
        const { accountId, id, large, to, change } = await subscribed();
        await to(day(6).toISOString());
        await change(large, { settle: 'none', ...when });
        await to(day(11).toISOString());
        const until_ = isSaid ? { until: day(until) } : {};
        await organization.transact((work) => pauseSubscription(work, { id, when: 'now', ...more, ...until_ }));
        await to(day(until).toISOString());
        if (!isSaid) await organization.transact((work) => resumeSubscription(work, { id }));
        const text = `select s.current_period_end as end, i.plan_id as plan, (select sum(l.amount)::int from invoice_lines l where l.account_id = $2) as sum
          from subscriptions s join subscription_items i on i.organization_id = s.organization_id and i.subscription_id = s.id and i.active_to is null
          where s.id = $1`;
        const [found] = await query<{ end: Date; plan: string; sum: number }>(url, text, [id, accountId]);
        expect(found).toMatchObject({ plan: large, sum: expected });
        await to(found!.end.toISOString());
        expect(await query(url, text, [id, accountId])).toMatchObject([{ plan: large, sum: expected + 9_000 }]);
      }
    });

    it.each([
      ['given back', credited, 3_000 - 2_000 + 1_000 + 600 - 400],
      ['kept', keep, 3_000 + 600],
      ['moved', shift, 3_000 + 600],
    ])('and removes a plan: only what was paid for it stays with the merchant (%s)', async (_name, more, expected) => {
      for (const isAlone of [true, false]) {
        const { clockId, accountId } = await clockAccount(organization, day(1).toISOString());
        const base = await sellPlan(organization, { prices: [flat(3_000n)] });
        const large = await sellPlan(organization, { prices: [flat(9_000n)] });
        const extra = await sellPlan(organization, { prices: [flat(600n)] }, { kind: 'add_on' });
        const { id } = (await subscribe(organization, accountId, [base.planId, extra.planId])).subscription;
        const to = (at: number) => walk(world.app, organization, clockId, day(at).toISOString());
        const changes = [
          { removePlan: { planId: extra.planId } },
          ...(isAlone ? [] : [{ replacePlan: { planId: base.planId, plan: { id: large.planId } } }]),
        ];
        await organization.transact((work) => changeSubscription(work, { id, changes, settle: 'none', ...on(14) }));
        await to(11);
        await organization.transact((work) => pauseSubscription(work, { id, when: 'now', ...more }));
        await to(21);
        await organization.transact((work) => resumeSubscription(work, { id }));
        const text = `select sum(amount)::int as sum from invoice_lines where account_id = $1`;
        expect(await query(url, text, [accountId])).toEqual([{ sum: expected }]);
      }
    });
  });

  it('of plans with the same component goes over plan by plan', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const seats = (unitAmount: string) => flat(0n, { component: 'seats', model: { perSeat: { unitAmount } } });
    const base = await sellPlan(organization, { prices: [seats('3000')] });
    const extra = await sellPlan(organization, { prices: [seats('600')] }, { kind: 'add_on' });
    const more = await sellPlan(organization, { prices: [seats('900')] }, { kind: 'add_on' });
    const { id } = (await subscribe(organization, accountId, [base.planId, extra.planId, more.planId])).subscription;
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    const seated = (planId: string) => ({ setQuantity: { planId, component: 'seats', quantity: '4' } });
    const changes = [seated(base.planId), seated(extra.planId), { removePlan: { planId: more.planId } }];
    await organization.transact((work) => changeSubscription(work, { id, changes, when: 'now', settle: 'none' }));
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    const sums = await query(
      url,
      `select i.plan_id as plan, sum(l.amount)::int as sum from invoice_lines l
       join subscription_items i on i.organization_id = l.organization_id and i.id = l.subscription_item_id
       where l.account_id = $1 group by 1 order by 2 desc`,
      [accountId],
    );
    // Of twenty days that are paid for and go on, ten are given back; those of the plan that is gone stay with the merchant.
    expect(sums).toEqual([
      { plan: base.planId, sum: 2_000 },
      { plan: more.planId, sum: 900 },
      { plan: extra.planId, sum: 400 },
    ]);
  });

  it('cannot be one of another interval', async () => {
    const { change } = await subscribed();
    const yearly = await sellPlan(organization, { intervalUnit: 'year' });
    await expect(change(yearly.planId, { settle: 'none' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'settle'] },
    });
  });
});

describe('another quantity without credit', () => {
  it.each([
    ['5', [-4_500, 7_500]],
    ['1', [-1_500, 1_500]],
  ] as const)('is billed for what is added only: from 3 to %s', async (quantity, expected) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const model = { perSeat: { unitAmount: '3000' } };
    const { planId } = await sellPlan(organization, { prices: [flat(0n, { component: 'seats', model })] });
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '3' }],
    });
    const { id } = subscription;
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, { id, changes: [{ setQuantity: { quantity } }], when: 'now', creditBasis: 'none' }),
    );
    expect((await invoices(accountId)).at(-1)!.at(-1)).toEqual(expected);
  });
});

describe('a minimum commitment', () => {
  it.each([
    ['none', [9_000]],
    ['time', [500, 9_000]],
  ] as const)('counts what was billed and not given back (%s)', async (creditBasis, lines) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const minimumCommitment = [{ currency: 'EUR', amountMinor: 5_000n }];
    const committed = await sellPlan(organization, { prices: [flat(4_000n)], minimumCommitment });
    const large = await sellPlan(organization, { prices: [flat(9_000n)] });
    const { subscription } = await subscribe(organization, accountId, committed.planId);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const changes = [{ replacePlan: { plan: { id: large.planId } } }];
    await organization.transact((work) =>
      changeSubscription(work, { id: subscription.id, changes, when: 'now', creditBasis }),
    );
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect((await invoices(accountId)).at(-1)!.at(-1)).toEqual(lines);
  });
});

describe('a minimum commitment of many prices', () => {
  it.each([
    ['an end', [1_340]],
    ['a pause', [1_340]],
  ] as const)('is met to the cent where %s gives half of each back', async (how, lines) => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const minimumCommitment = [{ currency: 'EUR', amountMinor: 6_000n }];
    // 3.33 each: 1.67 is given back, and 1.66 left, where half of it alone would be 1.67.
    const prices = Array.from({ length: 10 }, (_, at) => flat(333n, { component: `part${at}`, name: `Part ${at}` }));
    const { planId } = await sellPlan(organization, { prices, minimumCommitment });
    const { subscription } = await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const { id } = subscription;
    await organization.transact((work) =>
      how === 'an end'
        ? cancelSubscription(work, { id, at: 'now', creditBasis: 'time' })
        : pauseSubscription(work, { id, when: 'now', creditBasis: 'time' }),
    );
    const amounts = (await invoices(accountId)).at(-1)!.at(-1) as number[];
    expect(amounts).toEqual([...prices.map(() => -167), ...lines]);
  });
});

describe('a minimum commitment of a period that is paused', () => {
  const minimumCommitment = [{ currency: 'EUR', amountMinor: 10_000n }];
  const day = (of: number) => `2026-04-${String(of).padStart(2, '0')}T00:00:00Z`;

  type Pause = readonly [from: number, until: number, more?: Partial<Parameters<typeof pauseSubscription>[1]>];

  interface Story {
    pauses: readonly Pause[];
    version?: Parameters<typeof sellPlan>[1];
    terms?: Parameters<typeof subscribe>[3];
    /** The day of a change to another quantity. */
    changesOn?: number;
  }

  /** What is asked for April, of 30 days: 60 is paid ahead, 100 committed, unless said otherwise. */
  async function asked({ pauses, version, terms, changesOn }: Story) {
    const { clockId, accountId } = await clockAccount(organization, day(1));
    const { planId } = await sellPlan(organization, { prices: [flat(6_000n)], minimumCommitment, ...version });
    const { id } = (await subscribe(organization, accountId, planId, terms)).subscription;
    const to = (at: string) => walk(world.app, organization, clockId, at);
    if (changesOn) {
      await to(day(changesOn));
      const changes = [{ setQuantity: { planId, component: 'base', quantity: '3' } }];
      await organization.transact((work) =>
        changeSubscription(work, { id, changes, when: 'now', settle: 'invoice_now' }),
      );
    }
    for (const [from, until, more] of pauses) {
      await to(day(from));
      await organization.transact((work) => pauseSubscription(work, { id, when: 'now', ...more }));
      await to(day(until));
      await organization.transact((work) => resumeSubscription(work, { id }));
    }
    const [{ end }] = (await query<{ end: Date }>(
      url,
      'select current_period_end as end from subscriptions where id = $1',
      [id],
    )) as [{ end: Date }];
    await to(end.toISOString());
    const [{ sum }] = (await query<{ sum: number }>(
      url,
      `select sum(l.amount)::int as sum from invoice_lines l where l.subscription_id = $1 and l.period_start < $2`,
      [id, end],
    )) as [{ sum: number }];
    return sum;
  }

  it.each<[string, readonly Pause[], number]>([
    ['once', [[4, 7]], 9_000],
    [
      'twice',
      [
        [4, 7],
        [10, 13],
      ],
      8_000,
    ],
    ['late, when more than was paid for is owed already', [[28, 29]], 9_667],
    [
      'at the very end, and what it asked for is counted',
      [
        [22, 25],
        [28, 29],
      ],
      8_667,
    ],
  ])('is owed for the time it was held, no more (%s)', async (_, pauses, owed) => {
    expect(await asked({ pauses })).toBe(owed);
    const credited = pauses.map(([from, until]): Pause => [from, until, { creditBasis: 'time' }]);
    expect(Math.abs((await asked({ pauses: credited })) - owed)).toBeLessThanOrEqual(1);
  });

  const seats = { component: 'base', name: 'Base', model: { perSeat: { unitAmount: '3000' } } };

  it.each<[string, Story, number]>([
    [
      'credited before: 24 days',
      {
        pauses: [
          [4, 7, { creditBasis: 'time' }],
          [10, 13],
        ],
      },
      8_000,
    ],
    [
      'shifted before: 3 days, and 24 up to the 4th of May',
      {
        pauses: [
          [4, 7, { anchor: 'shift' }],
          [10, 13],
        ],
      },
      9_000,
    ],
    [
      'a trial before: 18 days',
      {
        pauses: [[15, 20]],
        version: {
          prices: [flat(3_000n)],
          minimumCommitment: [{ currency: 'EUR', amountMinor: 6_000n }],
          trialDays: 7,
        },
        terms: { anchor: 'calendar' },
      },
      3_600,
    ],
    [
      'another quantity before: 27 days',
      {
        pauses: [[10, 13]],
        version: { prices: [flat(0n, seats)] },
        changesOn: 5,
      },
      9_000,
    ],
  ])('counts only what was held and paid for through a pause (%s)', async (_, story, owed) => {
    expect(await asked(story)).toBe(owed);
  });
});

describe('shares of a change', () => {
  it('may be by day, and give nothing back', async () => {
    const { accountId, large, to, change, small } = await subscribed();
    await to('2026-04-16T18:00:00Z');
    await change(large, { prorationMode: 'by_day' });
    await to('2026-04-21T06:00:00Z');
    await change(small, { prorationMode: 'by_day', creditBasis: 'none' });
    expect((await invoices(accountId)).slice(1).map(([, , , lines]) => lines)).toEqual([
      [-1500, 4500],
      [0, 1000],
    ]);
  });

  it.each([
    ['by_day', 'by_second', [-1500, 4500], [-4500, 1404]],
    ['by_second', 'by_day', [-1404, 4213], [-4213, 1500]],
  ] as const)('give back all of a line that nothing was used of (%s, then %s)', async (one, other, first, second) => {
    const { accountId, large, to, change, small } = await subscribed();
    await to('2026-04-16T23:00:00Z');
    await change(large, { prorationMode: one, creditBasis: 'time' });
    await change(small, { prorationMode: other, creditBasis: 'time' });
    expect((await invoices(accountId)).slice(1).map(([, , , lines]) => lines)).toEqual([first, second]);
  });
});
