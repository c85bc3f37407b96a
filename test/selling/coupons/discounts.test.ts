import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestClock, lockAccounts } from '../../../src/accounts/index.ts';
import {
  addCharge,
  deleteDraftInvoice,
  finalizeInvoice,
  replaceInvoice,
  updateDraftInvoice,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import type { Work } from '../../../src/platform/work.ts';
import {
  archiveCoupon,
  type CreateCouponInput,
  createCoupon,
  createPromotionCode,
  type DiscountReference,
  deactivatePromotionCode,
  issueDiscounted,
  removeDiscount,
  updateCoupon,
} from '../../../src/selling/coupons/index.ts';
import { writeInvoice } from '../../../src/selling/coupons/write-invoice.ts';
import {
  applyCoupon,
  type CreateSubscriptionInput,
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { bill, clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { until } from '../../support/until.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z', connections: 20 });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const made = (input: Partial<CreateCouponInput> = {}) =>
  organization.transact((work) => createCoupon(work, { name: 'Spring', off: { percent: '20' }, ...input }));

const euro = (amountMinor: bigint, currency = 'EUR') => ({ amountMinor, currency });
const euros = (amountMinor: bigint, currency = 'EUR') => ({ amount: euro(amountMinor, currency) });

const give = (target: { accountId?: string; subscriptionId?: string }, discount: Partial<DiscountReference>) =>
  organization.transact((work) => applyCoupon(work, { ...target, discount }));

/** Discount of each invoice of an account, in the order of their numbers. */
const taken = async (accountId: string): Promise<number[]> => {
  const rows = await query<{ discount: number }>(
    world.database.superuserUrl,
    'select discount_total::int as discount from invoices where account_id = $1 order by number_seq',
    [accountId],
  );
  return rows.map((row) => row.discount);
};

const sql = <T extends object>(text: string, values: unknown[] = []) =>
  query<T>(world.database.superuserUrl, text, values);

const discountOf = async (accountId: string) => {
  const [row] = await sql<{ id: string; status: string; used: number; times: number; ended_at: Date | null }>(
    `select id, status, used_amount::int as used, used_times as times, ended_at from discounts where account_id = $1 order by position`,
    [accountId],
  );
  return row!;
};

async function subscriber(
  plans: string | string[],
  discounts: Partial<DiscountReference>[],
  more: Partial<CreateSubscriptionInput> = {},
) {
  const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
  const { subscription, invoice } = await subscribe(organization, accountId, plans, { discounts, ...more });
  return { clockId, accountId, subscriptionId: subscription.id, invoice };
}

/** What must hold of every invoice: shares add up by coupon and by line, and no line is below zero. */
async function sharesAddUp(): Promise<void> {
  const wrong = await sql(
    `select x.id from invoice_discounts x left join invoice_line_discounts s on s.invoice_discount_id = x.id
       group by x.id, x.organization_id, x.amount having x.amount <> coalesce(sum(s.amount), 0)
     union all
     select l.id from invoice_lines l left join invoice_line_discounts s on s.invoice_line_id = l.id
       where l.reverses_line_id is null
       group by l.id, l.organization_id, l.amount, l.discount_amount
       having l.discount_amount <> coalesce(sum(s.amount), 0) or (l.amount > 0 and l.discount_amount not between 0 and l.amount)`,
  );
  expect(wrong).toEqual([]);
}

describe('what a coupon takes off, invoice by invoice', () => {
  // A plan of 10.00 a month; five invoices, the last on 1 May.
  const cases: [string, Partial<CreateCouponInput>, number[], string][] = [
    ['a percentage once', { off: { percent: '20' } }, [200, 0, 0, 0, 0], 'used_up'],
    [
      'a percentage three times',
      { off: { percent: '12.5' }, frequency: 'repeating', periods: 3 },
      [125, 125, 125, 0, 0],
      'used_up',
    ],
    [
      'a percentage forever',
      { off: { percent: '33.3333' }, frequency: 'forever' },
      [333, 333, 333, 333, 333],
      'active',
    ],
    ['a small amount once', { off: euros(300n) }, [300, 0, 0, 0, 0], 'used_up'],
    ['an amount larger than an invoice, whose rest stays', { off: euros(2_500n) }, [1000, 1000, 500, 0, 0], 'used_up'],
    ['an amount twice', { off: euros(300n), frequency: 'repeating', periods: 2 }, [300, 300, 0, 0, 0], 'used_up'],
    [
      'an amount that repeats and does not fit: the rest is lost',
      { off: euros(1_500n), frequency: 'repeating', periods: 2 },
      [1000, 1000, 0, 0, 0],
      'used_up',
    ],
    ['an amount forever', { off: euros(999n), frequency: 'forever' }, [999, 999, 999, 999, 999], 'active'],
    ['everything', { off: { percent: '100' }, frequency: 'forever' }, [1000, 1000, 1000, 1000, 1000], 'active'],
  ];

  it('by amount and percentage, once, repeating and forever, on time and late alike', async () => {
    const { planId } = await sellPlan(organization);
    const walked: { accountId: string; clockId: string; expected: number[]; status: string; name: string }[] = [];
    for (const [name, input, expected, status] of cases) {
      const coupon = await made({ ...input, name });
      const punctual = await subscriber(planId, [{ couponId: coupon.id }]);
      walked.push({ ...punctual, expected, status, name });
    }
    for (const { clockId, accountId, expected, status, name } of walked) {
      await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
      expect([name, await taken(accountId)]).toEqual([name, expected]);
      expect([name, (await discountOf(accountId)).status]).toEqual([name, status]);
    }
    await sharesAddUp();
  });
});

describe('which lines, and in which order', () => {
  it('takes those of the subscription before those of the account, each on what is left, rounded once', async () => {
    const { planId } = await sellPlan(organization, { prices: [flat(999n), flat(500n, { component: 'more' })] });
    const { accountId, clockId, subscriptionId } = await subscriber(planId, []);
    const ten = await made({ off: { percent: '10' }, frequency: 'forever', name: 'Ten' });
    const amount = await made({ off: euros(100n), frequency: 'forever', name: 'Amount' });
    const half = await made({ off: { percent: '50' }, frequency: 'forever', name: 'Half' });
    await give({ accountId }, { couponId: ten.id });
    await give({ subscriptionId }, { couponId: amount.id });
    await give({ subscriptionId }, { couponId: half.id });
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    // 1499 − 100 = 1399, half is 700 (699.5 up), a tenth of 699 is 70.
    const rows = await sql<{ coupon_name: string; amount: number; lines: number[] }>(
      `select x.coupon_name, x.amount::int, array_agg(s.amount::int order by l.position) as lines
       from invoices i join invoice_discounts x on x.invoice_id = i.id join invoice_line_discounts s on s.invoice_discount_id = x.id
       join invoice_lines l on l.id = s.invoice_line_id
       where i.account_id = $1 group by x.id, x.coupon_name, x.amount, x.position order by x.position`,
      [accountId],
    );
    expect(rows.map(({ coupon_name, amount: total }) => [coupon_name, total])).toEqual([
      ['Amount', 100],
      ['Half', 700],
      ['Ten', 70],
    ]);
    expect(await taken(accountId)).toEqual([0, 870]);
    await sharesAddUp();
  });

  it('keeps to the plans it is limited to, and to the subscription it was given to', async () => {
    const { planId: cheap } = await sellPlan(organization, {}, { name: 'Cheap' });
    const { planId: dear } = await sellPlan(organization, { prices: [flat(5_000n)] }, { name: 'Dear' });
    const limited = await made({ off: { percent: '100' }, frequency: 'forever', planIds: [cheap] });
    const { accountId, clockId } = await subscriber([cheap, dear], [{ couponId: limited.id }]);
    expect(await taken(accountId)).toEqual([1000]);
    await subscribe(organization, accountId, cheap);
    await organization.transact((work) =>
      addCharge(work, {
        accountId,
        line: { description: 'Setup', unitAmount: { amountMinor: 700n, currency: 'EUR' } },
      }),
    );
    const tenth = await made({ off: { percent: '10' }, frequency: 'forever' });
    await give({ accountId }, { couponId: tenth.id });
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    // Cheap of the first is free; dear, the second's cheap and the charge are left: a tenth of 6700.
    expect((await taken(accountId)).at(-1)).toBe(1000 + 670);
    await expect(subscriber(dear, [{ couponId: limited.id }])).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('passes by an amount in another currency and says so', async () => {
    const { planId } = await sellPlan(organization);
    const { accountId, clockId } = await subscriber(planId, []);
    const dollars = await made({ off: euros(100n, 'USD'), frequency: 'forever' });
    await give({ accountId }, { couponId: dollars.id });
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    expect(await taken(accountId)).toEqual([0, 0]);
    expect(
      await sql('select skipped, amount::int from invoice_discounts where discount_id = $1', [
        (await discountOf(accountId)).id,
      ]),
    ).toEqual([{ skipped: 'currency', amount: 0 }]);
    await expect(subscriber(planId, [{ couponId: dollars.id }])).rejects.toMatchObject({ code: 'CURRENCY_MISMATCH' });
  });

  it('does not use a trial up, and is not given before it was given nor after it was removed', async () => {
    const { planId } = await sellPlan(organization, { trialDays: 14 });
    const once = await made({ off: { percent: '50' } });
    const trial = await subscriber(planId, [{ couponId: once.id }]);
    expect(await discountOf(trial.accountId)).toMatchObject({ status: 'active', times: 0 });
    await walk(world.app, organization, trial.clockId, '2026-03-15T00:00:00Z');
    expect(await taken(trial.accountId)).toEqual([500, 0, 0]);
    const { planId: plain } = await sellPlan(organization);
    const forever = await made({ frequency: 'forever' });
    const { accountId, clockId } = await subscriber(plain, [{ couponId: forever.id }]);
    await walk(world.app, organization, clockId, '2026-02-10T00:00:00Z');
    const { id } = await discountOf(accountId);
    await organization.transact((work) => removeDiscount(work, { id }));
    await expect(organization.transact((work) => removeDiscount(work, { id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await walk(world.app, organization, clockId, '2026-03-01T00:00:00Z');
    expect(await taken(accountId)).toEqual([200, 200, 0]);
  });
});

describe('a line that takes another back', () => {
  const reversing = (
    line: { id: string; start: Date; end: Date; item: string; subscription: string },
    accountId: string,
  ) =>
    oneOff(accountId, -500n, {
      kind: 'recurring',
      subscriptionId: line.subscription,
      subscriptionItemId: line.item,
      component: 'base',
      periodStart: new Date((line.start.getTime() + line.end.getTime()) / 2),
      periodEnd: line.end,
      reversesLineId: line.id,
    });

  it('carries its share of the discount, which a fixed amount gives anew, and is not another time', async () => {
    const { planId } = await sellPlan(organization);
    for (const [input, back, fresh] of [
      [{ off: euros(200n), frequency: 'repeating', periods: 2 }, -100n, 100],
      [{ off: { percent: '20' }, frequency: 'repeating', periods: 2 }, -100n, 160],
      [{ off: { percent: '20' } }, -100n, 160],
    ] as [Partial<CreateCouponInput>, bigint, number][]) {
      const coupon = await made(input);
      const { accountId, clockId } = await subscriber(planId, [{ couponId: coupon.id }]);
      const [line] = await sql<{ id: string; start: Date; end: Date; item: string; subscription: string }>(
        `select id, period_start as start, period_end as end, subscription_item_id as item, subscription_id as subscription from invoice_lines where account_id = $1`,
        [accountId],
      );
      const before = await discountOf(accountId);
      await organization.transact(async (work) => {
        const account = (await lockAccounts(work, [accountId])).get(accountId)!;
        const credit = { ...reversing(line!, accountId), discount: back };
        const anew = { ...credit, amount: 800n, discount: undefined, reversesLineId: null };
        delete (anew as { discount?: bigint }).discount;
        await issueDiscounted(work, [
          {
            ...{ account, billTo: account, currency: 'EUR', at: account.now, collection: 'manual', netDays: 0 },
            ...{ reason: 'manual', charges: [credit, anew], finalize: true },
          },
        ]);
      });
      expect(await taken(accountId)).toEqual([200, -100 + fresh]);
      expect((await discountOf(accountId)).times).toBe(before.times);
      // Given once: 200 in all. Repeating: as much again next month.
      await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
      expect((await taken(accountId)).at(-1)).toBe(input.frequency === 'repeating' ? 200 : 0);
    }
    await sharesAddUp();
    await checkBooks(world, { quiet: false });
  });
});

describe('changes of a discounted subscription', () => {
  it('neither lose a discount nor multiply it, however often plans go up and down', async () => {
    const { planId: small } = await sellPlan(organization, {}, { name: 'Small' });
    const { planId: large } = await sellPlan(organization, { prices: [flat(3_000n)] }, { name: 'Large' });
    for (const [input, net] of [
      // All that January gives, over its invoices: the amount once, or a fifth of what the time costs.
      [{ off: euros(200n), frequency: 'repeating', periods: 2 }, 200],
      [{ off: euros(200n), frequency: 'forever' }, 200],
      [{ off: euros(200n) }, 200],
      [{ off: { percent: '20' }, frequency: 'repeating', periods: 2 }, 400],
      [{ off: { percent: '20' } }, 400],
    ] as [Partial<CreateCouponInput>, number][]) {
      const coupon = await made({ ...input, name: JSON.stringify(input.frequency ?? 'once') });
      const { accountId, clockId, subscriptionId } = await subscriber(small, [{ couponId: coupon.id }]);
      await walk(world.app, organization, clockId, '2026-01-16T12:00:00Z');
      for (const id of [large, small, large, small, large]) {
        await organization.transact((work) =>
          changeSubscription(work, { id: subscriptionId, changes: [{ replacePlan: { plan: { id } } }], when: 'now' }),
        );
      }
      const sum = (await taken(accountId)).reduce((total, one) => total + one, 0);
      expect([coupon.name, Math.abs(sum - net) <= 1]).toEqual([coupon.name, true]);
      expect((await discountOf(accountId)).times).toBe(1);
      await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
      const next = input.frequency === undefined ? 0 : 'percent' in input.off! ? 600 : 200;
      expect([coupon.name, (await taken(accountId)).at(-1)]).toEqual([coupon.name, next]);
    }
    await sharesAddUp();
  });
});

describe('what comes back of a fixed amount', () => {
  const noon = '2026-01-16T12:00:00Z';

  /** A subscriber in the middle of January, all of which was billed at 10.00. */
  async function halfway(input: Partial<CreateCouponInput>) {
    const { planId } = await sellPlan(organization, {
      prices: [flat(0n, { model: { perSeat: { unitAmount: '1000' } } })],
    });
    const one = await subscriber(planId, [{ couponId: (await made(input)).id }]);
    const to = (at: string) => walk(world.app, organization, one.clockId, at);
    await to(noon);
    const now = <I extends { id: string }>(verb: (work: Work, input: I) => Promise<unknown>, more: Omit<I, 'id'>) =>
      organization.transact((work) => verb(work, { id: one.subscriptionId, ...more } as I));
    return { ...one, planId, to, now };
  }

  it.each<[Partial<CreateCouponInput>, number[], object]>([
    [{ off: euros(500n) }, [500, -250, 250, 0], { status: 'used_up', used: 500 }],
    [{ off: euros(500n), frequency: 'forever' }, [500, -250, 250, 500], { status: 'active', used: 1_000 }],
    [{ off: euros(500n), frequency: 'repeating', periods: 1 }, [500, -250, 250, 0], { status: 'used_up', used: 500 }],
    [{ off: { percent: '50' } }, [500, -250, 250, 0], { status: 'used_up' }],
  ])('with a pause is given anew after it: %o', async (input, discounts, left) => {
    const { accountId, now, to } = await halfway(input);
    await now(pauseSubscription, { when: 'now', creditBasis: 'time' });
    if (input.frequency === undefined && !('percent' in input.off!)) {
      expect(await discountOf(accountId)).toMatchObject({ status: 'active', used: 250, ended_at: null });
    }
    await to('2026-01-16T12:00:01Z');
    await now(resumeSubscription, {});
    await to('2026-02-01T00:00:00Z');
    expect(await taken(accountId)).toEqual(discounts);
    expect(await discountOf(accountId)).toMatchObject(left);
    await sharesAddUp();
  });

  it('with an end is given anew when it is reactivated, and is used again where the end is voided', async () => {
    const { accountId, now } = await halfway({ off: euros(1_200n) });
    await now(cancelSubscription, { at: 'now', creditBasis: 'time' });
    expect(await discountOf(accountId)).toMatchObject({ status: 'active', used: 500 });
    await now(reactivateSubscription, {});
    expect(await taken(accountId)).toEqual([1_000, -500, 700]);
    expect(await discountOf(accountId)).toMatchObject({ status: 'used_up', used: 1_200 });
    const [last] = await sql<{ id: string }>('select id from invoices where account_id = $1 order by number_seq desc', [
      accountId,
    ]);
    await organization.transact((work) => voidInvoice(work, last!));
    expect(await discountOf(accountId)).toMatchObject({ status: 'active', used: 500 });
  });

  it('with a cheaper plan stays for later invoices, and is never given twice', async () => {
    const { accountId, now, to } = await halfway({ off: euros(500n) });
    const cheap = await sellPlan(organization, { prices: [flat(100n)] });
    await now(changeSubscription, { changes: [{ replacePlan: { plan: { id: cheap.planId } } }], when: 'now' });
    expect(await discountOf(accountId)).toMatchObject({ status: 'active', used: 300 });
    await to('2026-05-01T00:00:00Z');
    expect(await taken(accountId)).toEqual([500, -200, 100, 100, 0, 0]);
  });

  it('is given anew on the invoice that the change waited for', async () => {
    const { accountId, now, to } = await halfway({ off: euros(1_000n) });
    for (const quantity of ['10', '1']) {
      await now(changeSubscription, { changes: [{ setQuantity: { quantity } }], when: 'now', settle: 'next_invoice' });
    }
    await to('2026-02-01T00:00:00Z');
    expect((await taken(accountId)).reduce((all, one) => all + one, 0)).toBe(1_000);
    expect(await discountOf(accountId)).toMatchObject({ status: 'used_up', used: 1_000 });
    await sharesAddUp();
  });
});

describe('how a change is settled', () => {
  const day = (of: number) => `2026-01-${String(of).padStart(2, '0')}T00:00:00Z`;
  type Way = 'invoice_now' | 'next_invoice';
  type Seats = readonly [day: number, quantity: string];

  /** All that a seat at 10.00 a month and its changes have cost by March, with what discounts took of it. */
  async function cost(
    inputs: readonly Partial<CreateCouponInput>[],
    seats: readonly Seats[],
    settle: Way,
    later: boolean,
  ) {
    const { planId } = await sellPlan(organization, {
      prices: [flat(0n, { model: { perSeat: { unitAmount: '1000' } } }), flat(333n, { component: 'fixed' })],
    });
    const coupons = await Promise.all(inputs.map((input) => made(input)));
    const discounts = coupons.map(({ id }) => ({ couponId: id }));
    const one = await subscriber(planId, later ? [] : discounts);
    const { accountId, clockId, subscriptionId } = one;
    if (later) for (const discount of discounts) await give({ subscriptionId }, discount);
    for (const [index, [of, quantity]] of seats.entries()) {
      if (of !== seats[index - 1]?.[0]) await walk(world.app, organization, clockId, day(of));
      await organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscriptionId, when: 'now', settle, creditBasis: 'time' },
          changes: [{ setQuantity: { component: 'base', quantity } }],
        }),
      );
    }
    // What was given after the changes is nothing to them.
    await walk(world.app, organization, clockId, day(30));
    await give({ subscriptionId }, { couponId: (await made({ off: { percent: '10' }, frequency: 'forever' })).id });
    await walk(world.app, organization, clockId, '2026-03-01T00:00:00Z');
    return sql<{ asked: number; discount: number; used: number[] }>(
      `select sum(i.total - i.carried_to_credit)::int as asked, sum(i.discount_total)::int as discount,
         (select array_agg(d.used_amount::int order by d.position) from discounts d where d.account_id = $1) as used
       from invoices i where i.account_id = $1 and i.status <> 'draft'`,
      [accountId],
    );
  }

  it.each<[string, Partial<CreateCouponInput>[], Seats[], boolean?]>([
    ['a percentage once', [{ off: { percent: '50' } }], [[16, '2']]],
    ['a percentage that is not used yet', [{ off: { percent: '50' } }], [[16, '3']], true],
    [
      'an amount that repeats, more than was asked for',
      [{ off: euros(1_500n), frequency: 'repeating', periods: 2 }],
      [[16, '2']],
    ],
    [
      'all in turn, up and down',
      [
        { off: euros(400n) },
        { off: { percent: '12.5' }, frequency: 'repeating', periods: 2 },
        { off: euros(77n), frequency: 'forever' },
      ],
      [
        [7, '4'],
        [7, '9'],
        [19, '2'],
        [26, '5'],
      ],
    ],
  ])('does not change its price: %s', async (_name, inputs, seats, later = false) => {
    const atOnce = await cost(inputs, seats, 'invoice_now', later);
    expect(await cost(inputs, seats, 'next_invoice', later)).toEqual(atOnce);
    expect(atOnce[0]!.discount).toBeGreaterThan(0);
    await sharesAddUp();
  });

  it('lets a draft that waits be changed and made final, with what its lines took', async () => {
    const { planId } = await sellPlan(organization, {
      prices: [flat(0n, { model: { perSeat: { unitAmount: '1000' } } })],
    });
    const { accountId, clockId, subscriptionId } = await subscriber(planId, [
      { couponId: (await made({ off: { percent: '50' } })).id },
    ]);
    await walk(world.app, organization, clockId, '2026-01-16T12:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, {
        ...{ id: subscriptionId, when: 'now', settle: 'next_invoice' },
        changes: [{ setQuantity: { quantity: '2' } }],
      }),
    );
    const [draft] = await sql<{ id: string; discount: number }>(
      `select id, discount_total::int as discount from invoices where account_id = $1 and status = 'draft'`,
      [accountId],
    );
    expect(draft!.discount).toBe(250);
    const addLines = [{ description: 'By hand', unitAmount: euro(300n) }];
    const changed = await organization.transact((work) => updateDraftInvoice(work, { id: draft!.id, addLines }));
    expect([changed.discountTotal, changed.total]).toEqual([250n, 550n]);
    const final = await organization.transact((work) => finalizeInvoice(work, { id: draft!.id }));
    expect([final.discountTotal, final.total]).toEqual([250n, 550n]);
    const again = await organization.transact((work) =>
      replaceInvoice(work, { id: final.id, finalize: true }).catch((error) => error.code),
    );
    expect(again).toBe('INVALID_STATE');
    await sharesAddUp();
  });
});

describe('a fixed amount beside a percentage', () => {
  const days = [2, 6, 10, 14, 18, 22, 26, 30];
  /** What the lines of an account were given by each coupon, less what they returned. */
  const givenTo = async (accountId: string) => {
    const rows = await sql<{ name: string; given: number }>(
      `select step->>'couponName' as name, (sum((step->>'amount')::numeric) * 100)::int as given
       from invoice_lines l cross join json_array_elements(l.derivation->'discountSteps') step
       where l.account_id = $1 group by 1`,
      [accountId],
    );
    return Object.fromEntries(rows.map(({ name, given }) => [name, given]));
  };

  it('gives its amount once in a period, however often plans change', async () => {
    const { planId: small } = await sellPlan(organization, { prices: [flat(3_000n)] }, { name: 'Thirty' });
    const { planId: large } = await sellPlan(organization, { prices: [flat(6_000n)] }, { name: 'Sixty' });
    const { clockId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const tenth = await made({ off: { percent: '10' }, frequency: 'forever', name: 'Tenth' });
    const ofTen = { off: euros(1_000n), name: 'Fixed' };
    const forever = await made({ ...ofTen, frequency: 'forever' });
    const once = await made(ofTen);
    const thrice = await made({ ...ofTen, frequency: 'repeating', periods: 3 });
    const opened: { accountId: string; id: string; tenth: number }[] = [];
    // 46.00 of April: a tenth of 36.00 behind the amount, of 46.00 before it.
    for (const [coupons, onAccount, percentage] of [
      [[forever], [], 0],
      [[forever, tenth], [], 360],
      [[tenth, forever], [], 460],
      [[forever], [tenth], 360],
      [[once, tenth], [], 360],
      [[tenth, once], [], 460],
      [[thrice, tenth], [], 360],
    ] as [{ id: string }[], { id: string }[], number][]) {
      const { id: accountId } = await organization.account({ timezone: 'UTC', testClockId: clockId });
      for (const coupon of onAccount) await give({ accountId }, { couponId: coupon.id });
      const discounts = coupons.map((coupon) => ({ couponId: coupon.id }));
      const { subscription } = await subscribe(organization, accountId, small, { discounts });
      opened.push({ accountId, id: subscription.id, tenth: percentage });
    }
    for (const [index, day] of days.entries()) {
      await walk(world.app, organization, clockId, `2026-04-${String(day).padStart(2, '0')}T00:00:00Z`);
      const replacePlan = { plan: { id: index % 2 ? small : large } };
      for (const { id } of opened) {
        await organization.transact((work) =>
          changeSubscription(work, { id, changes: [{ replacePlan }], when: 'now', creditBasis: 'time' }),
        );
      }
    }
    for (const [index, { accountId, tenth: percentage }] of opened.entries()) {
      const { Fixed: fixed, Tenth: part = 0 } = await givenTo(accountId);
      expect([index, fixed]).toEqual([index, 1000]);
      // A change rounds what it returns and what it gives.
      expect([index, Math.abs(part - percentage) <= days.length]).toEqual([index, true]);
      const all = (await taken(accountId)).reduce((total, one) => total + one, 0);
      expect([index, all]).toEqual([index, fixed! + part]);
    }
    await sharesAddUp();
  });
});

describe('redeeming', () => {
  it('takes the last place once, however many want it at the same time', async () => {
    const coupon = await made({ maxRedemptions: 7, frequency: 'forever' });
    const code = await organization.transact((work) =>
      createPromotionCode(work, { couponId: coupon.id, code: 'LAST-7', maxRedemptions: 5 }),
    );
    const accounts = await Promise.all(Array.from({ length: 50 }, () => organization.account()));
    const tries = await Promise.allSettled(
      accounts.map(({ id }, index) =>
        give({ accountId: id }, index % 2 ? { couponId: coupon.id } : { promotionCode: 'last-7' }),
      ),
    );
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(refused).toEqual(Array.from({ length: 43 }, () => 'LIMIT_EXCEEDED'));
    const [counts] = await sql(
      `select c.redeemed, p.redeemed <= 5 as within, count(d.id)::int as given, (count(d.promotion_code_id) = p.redeemed) as counted
       from coupons c join promotion_codes p on p.coupon_id = c.id join discounts d on d.coupon_id = c.id
       where p.id = $1 group by c.redeemed, p.redeemed`,
      [code.id],
    );
    expect(counts).toEqual({ redeemed: 7, within: true, given: 7, counted: true });
  });

  it('is for an account once, even at the same time, unless the coupon says otherwise', async () => {
    const coupon = await made();
    const { id: accountId } = await organization.account();
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => give({ accountId }, { couponId: coupon.id })),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    await expect(give({ accountId }, { couponId: coupon.id })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { path: ['input', 'discount', 'couponId'] },
    });
    const often = await made({ oncePerAccount: false });
    await give({ accountId }, { couponId: often.id });
    await give({ accountId }, { couponId: often.id });
  });

  it('refuses what is archived, too late, inactive, for a first purchase or below the minimum', async () => {
    const { planId } = await sellPlan(organization);
    const now = new Date('2026-01-01T00:00:00Z');
    const code = (couponId: string, text: string, more = {}) =>
      organization.transact((work) => createPromotionCode(work, { couponId, code: text, ...more }));
    const wants = (promotionCode: string) =>
      subscriber(planId, [{ promotionCode }]).then(
        () => 'given',
        (error) => error.code,
      );
    const coupon = await made({ oncePerAccount: false });
    const elsewhere = await world.organization();
    const dated = (redeemBy: Date) =>
      elsewhere.transact((work) => createCoupon(work, { name: 'Then', off: { percent: '5' }, redeemBy }));
    const past = (field: string) => ({ code: 'INVALID_INPUT', details: { path: ['input', field] } });
    const { id: couponId } = await dated(new Date(now.getTime() + 1));
    await expect(dated(now)).rejects.toMatchObject(past('redeemBy'));
    await expect(
      elsewhere.transact((work) => createPromotionCode(work, { couponId, code: 'Late', expiresAt: now })),
    ).rejects.toMatchObject(past('expiresAt'));
    // Somebody still lives before that.
    await elsewhere.transact((work) => createTestClock(work, { frozenTime: new Date(now.getTime() - 1) }));
    await dated(now);
    await code(coupon.id, 'Gone', { expiresAt: new Date(world.clock.now().getTime() + 1) });
    await sql(`update promotion_codes set expires_at = $1 where code = 'Gone'`, [now]);
    await code(coupon.id, 'Dear', { minimumAmount: { amountMinor: 1_001n, currency: 'EUR' } });
    await code(coupon.id, 'Enough', { minimumAmount: { amountMinor: 1_000n, currency: 'EUR' } });
    await code(coupon.id, 'First', { firstPurchaseOnly: true });
    const off = await code(coupon.id, 'Off');
    await organization.transact((work) => deactivatePromotionCode(work, { id: off.id }));
    expect([await wants('gone'), await wants('dear'), await wants('off'), await wants('none')]).toEqual([
      'INVALID_STATE',
      'AMOUNT_TOO_SMALL',
      'INVALID_STATE',
      'NOT_FOUND',
    ]);
    expect([await wants('ENOUGH'), await wants('first')]).toEqual(['given', 'given']);
    const { accountId } = await subscriber(planId, []);
    await expect(give({ accountId }, { promotionCode: 'FIRST' })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(give({ accountId }, { promotionCode: 'ENOUGH' })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(code(coupon.id, 'FiRsT')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await organization.transact((work) => updateCoupon(work, { id: coupon.id, redeemBy: now }));
    expect(await wants('first')).toBe('INVALID_STATE');
    await organization.transact((work) => archiveCoupon(work, { id: coupon.id }));
    await expect(give({ accountId }, { couponId: coupon.id })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(sql(`update coupons set percent = 99 where id = $1`, [coupon.id])).rejects.toThrow('does not change');
  });
});

describe('what comes after', () => {
  it('is good again when the invoice that used it is voided, and frozen while it stands', async () => {
    const { planId } = await sellPlan(organization);
    const once = await made({ off: euros(1_000n) });
    const { accountId, clockId, invoice } = await subscriber(planId, [{ couponId: once.id }]);
    expect(invoice!.status).toBe('paid');
    await expect(sql('update invoice_discounts set amount = 0 where invoice_id = $1', [invoice!.id])).rejects.toThrow(
      'does not change',
    );
    await expect(sql('delete from invoice_line_discounts where invoice_id = $1', [invoice!.id])).rejects.toThrow(
      'does not change',
    );
    const most = await made({ off: euros(600n) });
    const second = await subscriber(planId, [{ couponId: most.id }]);
    expect(await discountOf(second.accountId)).toMatchObject({ status: 'used_up', used: 600 });
    await organization.transact((work) => voidInvoice(work, { id: second.invoice!.id }));
    expect(await discountOf(second.accountId)).toMatchObject({ status: 'active', used: 0, times: 0, ended_at: null });
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    expect(await taken(accountId)).toEqual([1000, 0]);
    const types = await sql<{ type: string }>(
      `select type from facts where account_id = $1 and type like 'discount%' order by id`,
      [second.accountId],
    );
    expect(types.map(({ type }) => type)).toEqual(['discount.given', 'discount.ended', 'discount.restored']);
  });

  it('is taken off the last bill, and off a draft anew when its lines change', async () => {
    const { planId } = await sellPlan(organization, { prices: [flat(3_100n, { billing: 'arrears' })] });
    const tenth = await made({ off: { percent: '10' }, frequency: 'forever' });
    const { accountId, subscriptionId, clockId } = await subscriber(planId, [{ couponId: tenth.id }]);
    await walk(world.app, organization, clockId, '2026-01-11T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id: subscriptionId, at: 'now' }));
    expect(await taken(accountId)).toEqual([100]);

    const { id: payer } = await organization.account({ timezone: 'UTC' });
    const rest = await made({ off: euros(1_500n) });
    await give({ accountId: payer }, { couponId: rest.id });
    const [draft] = await organization.transact(async (work) => {
      const account = (await lockAccounts(work, [payer])).get(payer)!;
      return issueDiscounted(work, [
        {
          ...{ account, billTo: account, currency: 'EUR', at: account.now, collection: 'manual', netDays: 0 },
          ...{ reason: 'manual', charges: [oneOff(payer, 1_000n)], finalize: false },
        },
      ]);
    });
    expect(await discountOf(payer)).toMatchObject({ used: 1000, status: 'active' });
    const line = { description: 'More', unitAmount: { amountMinor: 2_000n, currency: 'EUR' } };
    const changed = await organization.transact((work) =>
      updateDraftInvoice(work, { id: draft!.id, addLines: [line] }),
    );
    expect(changed).toMatchObject({ discountTotal: 1500n, total: 1500n });
    expect(await discountOf(payer)).toMatchObject({ used: 1500, status: 'used_up' });
    const [first] = await sql<{ id: string }>(
      'select id from invoice_lines where invoice_id = $1 order by position desc',
      [draft!.id],
    );
    await organization.transact((work) => updateDraftInvoice(work, { id: draft!.id, removeLineIds: [first!.id] }));
    expect(await discountOf(payer)).toMatchObject({ used: 1000, status: 'active' });
    await sharesAddUp();
  });

  it('gives a late run what a punctual one would have given', async () => {
    const { planId } = await sellPlan(organization);
    const coupon = await made({ off: euros(2_500n) });
    const account = await organization.account({ timezone: 'UTC' });
    const { subscription } = await subscribe(organization, account.id, planId, {
      discounts: [{ couponId: coupon.id }],
    });
    world.clock.set('2026-05-01T00:00:00Z');
    const late = await made({ off: { percent: '50' }, frequency: 'forever' });
    await give({ subscriptionId: subscription.id }, { couponId: late.id });
    await bill(world.app, organization);
    expect(await taken(account.id)).toEqual([1000, 1000, 500, 0, 500]);
  });
});

describe('an account whose lines go onto the invoices of another', () => {
  it('has its coupons taken off there, each off its own lines, and given back with the invoice', async () => {
    const { clockId, accountId: top } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const below = {
      timezone: 'UTC',
      testClockId: clockId,
      parentAccountId: top,
      billingPolicy: 'parent_invoiced',
    } as const;
    const one = await organization.account(below);
    const other = await organization.account(below);
    const idle = await organization.account(below);
    const { planId } = await sellPlan(organization);
    const lasting = await made({ off: { percent: '50' }, frequency: 'forever' });
    const once = await made({ off: euros(300n) });
    await subscribe(organization, one.id, planId, { discounts: [{ couponId: lasting.id }] });
    await subscribe(organization, other.id, planId);
    await give({ accountId: other.id }, { couponId: once.id });
    await give({ accountId: idle.id }, { couponId: (await made({ off: { percent: '25' } })).id });
    await organization.transact((work) =>
      addCharge(work, { accountId: idle.id, line: { description: 'Work', unitAmount: euro(400n) } }),
    );
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    expect(await taken(top)).toEqual([500, 0, 900]);
    const lines = await sql(
      `select l.account_id as account, l.amount::int, l.discount_amount::int as discount from invoice_lines l
       join invoices i on i.id = l.invoice_id where i.account_id = $1 and i.reason = 'subscription_cycle' order by l.amount desc, l.discount_amount`,
      [top],
    );
    expect(lines).toEqual([
      { account: other.id, amount: 1_000, discount: 300 },
      { account: one.id, amount: 1_000, discount: 500 },
      { account: idle.id, amount: 400, discount: 100 },
    ]);
    expect(await discountOf(other.id)).toMatchObject({ status: 'used_up', used: 300 });
    const [last] = await sql<{ id: string }>(
      `select id from invoices where account_id = $1 order by number_seq desc limit 1`,
      [top],
    );
    await organization.transact((work) => voidInvoice(work, last!));
    expect(await discountOf(other.id)).toMatchObject({ status: 'active', used: 0 });
    await sharesAddUp();
  });

  it('buys for the first time once', async () => {
    const { clockId, accountId: top } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const below = {
      timezone: 'UTC',
      testClockId: clockId,
      parentAccountId: top,
      billingPolicy: 'parent_invoiced',
    } as const;
    const child = await organization.account(below);
    const { planId } = await sellPlan(organization);
    const coupon = await made();
    const code = { code: 'FIRST-BELOW', couponId: coupon.id, firstPurchaseOnly: true };
    await organization.transact((work) => createPromotionCode(work, code));
    const buy = () => subscribe(organization, child.id, planId, { discounts: [{ promotionCode: 'FIRST-BELOW' }] });
    await buy();
    await expect(buy()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    const sibling = await organization.account(below);
    await organization.transact((work) =>
      addCharge(work, { accountId: sibling.id, line: { description: 'Work', unitAmount: euro(400n) } }),
    );
    await walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    await expect(give({ accountId: sibling.id }, { promotionCode: 'FIRST-BELOW' })).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});

describe('discounts of one account', () => {
  it('are locked in the order of their ids, whoever needs them', async () => {
    const { planId } = await sellPlan(organization);
    const { clockId, accountId, subscriptionId } = await subscriber(planId, []);
    const lasting = await made({ off: { percent: '10' }, frequency: 'forever', oncePerAccount: false });
    await give({ accountId }, { couponId: lasting.id });
    await give({ subscriptionId }, { couponId: lasting.id });
    const [first, second] = await sql<{ id: string }>('select id from discounts where account_id = $1 order by id', [
      accountId,
    ]);
    const other = new pg.Client({ connectionString: world.database.superuserUrl });
    await other.connect();
    await other.query('begin');
    await other.query('select 1 from discounts where id = $1 for update', [first!.id]);
    const billing = walk(world.app, organization, clockId, '2026-02-01T00:00:00Z');
    await until(async () => {
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return (await sql(waiting)).length > 0;
    }, 'the billing run waits for the discount');
    await other.query('select 1 from discounts where id = $1 for update nowait', [second!.id]);
    await other.query('commit');
    await other.end();
    await billing;
    expect(await taken(accountId)).toEqual([0, 190]);
  });
});

describe('a coupon redeemed for one invoice alone', () => {
  it('is given back when its draft is deleted or it is voided, with its code, not when it is replaced', async () => {
    const { id: accountId } = await organization.account();
    const coupon = await made({ off: { percent: '50' }, maxRedemptions: 1, oncePerAccount: true });
    await organization.transact((work) =>
      createPromotionCode(work, { couponId: coupon.id, code: 'ALONE', maxRedemptions: 1 }),
    );
    const write = (finalize: boolean) =>
      organization.transact((work) =>
        writeInvoice(work, {
          ...{ accountId, finalize, autoCollect: false, lines: [{ description: 'One', unitAmount: euro(1_000n) }] },
          discounts: [{ coupon: { promotionCode: 'ALONE' } }],
        }),
      );
    const redeemed = async () => {
      const rows = await sql<{ redeemed: number }>(
        'select redeemed from coupons where id = $1 union all select redeemed from promotion_codes where coupon_id = $1',
        [coupon.id],
      );
      return rows.map((row) => row.redeemed);
    };
    const taken = { code: 'LIMIT_EXCEEDED' };

    const draft = await write(false);
    expect([draft.total, await redeemed()]).toEqual([500n, [1, 1]]);
    await expect(write(false)).rejects.toMatchObject(taken);
    await organization.transact((work) => deleteDraftInvoice(work, { id: draft.id }));
    expect(await redeemed()).toEqual([0, 0]);

    const [gone] = await sql('select status from discounts where account_id = $1', [accountId]);
    expect(gone).toEqual({ status: 'removed' });

    const final = await write(true);
    expect([final.total, await redeemed()]).toEqual([500n, [1, 1]]);
    const instead = await organization.transact((work) => replaceInvoice(work, { id: final.id, finalize: true }));
    expect([instead.total, await redeemed()]).toEqual([500n, [1, 1]]);
    await expect(write(true)).rejects.toMatchObject(taken);
    await organization.transact((work) => voidInvoice(work, { id: instead.id }));
    expect(await redeemed()).toEqual([0, 0]);

    // Another void of the account gives nothing back a second time.
    const last = await write(true);
    const other = await organization.transact((work) =>
      writeInvoice(work, { accountId, finalize: false, lines: [{ description: 'Two', unitAmount: euro(100n) }] }),
    );
    await organization.transact((work) => deleteDraftInvoice(work, { id: other.id }));
    expect([last.total, await redeemed()]).toEqual([500n, [1, 1]]);
  });
});
