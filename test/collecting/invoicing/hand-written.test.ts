import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateDraftInvoice, voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { createCoupon, createPromotionCode } from '../../../src/selling/coupons/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { sellPlan, subscribe } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-07-01T12:00:00Z' });
  organization = await world.organization({ timezone: 'Europe/Vienna' });
  for (const [percent, taxCategory] of [
    ['20', null],
    ['10', 'books'],
  ] as const) {
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

const euro = (amountMinor: string, currency = 'EUR') => ({ amountMinor, currency });
const line = (amountMinor: string, more = {}) => ({ description: 'Work', unitAmount: euro(amountMinor), ...more });

interface Shown {
  id: string;
  status: string;
  total: { amountMinor: string };
  dueAt: string | null;
  discounts: { couponName: string; amount: { amountMinor: string }; discount: { status: string } | null }[];
  lines: {
    id: string;
    quantity: string;
    unitAmountMinor: string;
    amount: { amountMinor: string };
    discountAmount: { amountMinor: string };
  }[];
}

interface Answer {
  invoice: Shown | null;
  userErrors: { code: string; path: string[] }[];
}

const fields = `invoice { id status total { amountMinor } dueAt
    discounts { couponName amount { amountMinor } discount { status } }
    lines { id quantity unitAmountMinor amount { amountMinor } discountAmount { amountMinor } } }
  userErrors { code path }`;

async function ask(verb: 'createInvoice' | 'updateDraftInvoice' | 'finalizeInvoice', input: object): Promise<Answer> {
  const type = `${verb[0]!.toUpperCase()}${verb.slice(1)}Input`;
  const answer = await world.graphql<Record<string, Answer>>(
    `mutation M($input: ${type}!) { ${verb}(input: $input) { ${fields} } }`,
    { input },
    { as: organization },
  );
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data![verb]!;
}

async function make(input: object): Promise<Shown> {
  const { invoice, userErrors } = await ask('createInvoice', input);
  expect(userErrors).toEqual([]);
  return invoice!;
}

const buyer = async () =>
  toGlobalId('acc', (await organization.account({ billingAddress: { country: 'AT' }, timezone: 'Europe/Vienna' })).id);
const sums = (of: { amount: { amountMinor: string } }[]) => of.map(({ amount }) => amount.amountMinor);
const taken = ({ lines }: Shown) => lines.map(({ discountAmount }) => discountAmount.amountMinor);

describe('an invoice written by hand', () => {
  it('takes off what lines have of their own, then what it has in its order, before tax by category', async () => {
    const accountId = await buyer();
    const coupon = await organization.transact((work) =>
      createCoupon(work, { name: 'Spring', off: { percent: '10' }, frequency: 'forever' }),
    );
    await organization.transact((work) => createPromotionCode(work, { couponId: coupon.id, code: 'SPRING' }));
    const invoice = await make({
      accountId,
      finalize: true,
      dueOn: '2026-07-31',
      lines: [
        line('10000', { discount: { percent: '25' } }),
        line('5000', { quantity: '2', taxCategory: 'books', discount: { amount: euro('1000') } }),
        { description: 'Calls', quantity: '1234.5', unitPrice: '0.0045' },
      ],
      discounts: [{ coupon: { promotionCode: 'spring' } }, { name: 'Goodwill', off: { amount: euro('1500') } }],
    });
    // 7,500 + 9,000 + 556 (1,234.5 × 0.45 = 555.525), 10 % off each, then 1,500 shared by what is left.
    expect(sums(invoice.lines)).toEqual(['10000', '10000', '556']);
    expect(invoice.lines[2]).toMatchObject({ quantity: '1234.5', unitAmountMinor: '0.45' });
    expect(
      invoice.discounts.map(({ couponName, amount, discount }) => [couponName, amount.amountMinor, discount]),
    ).toEqual([
      ['Discount', '2500', null],
      ['Discount', '1000', null],
      ['Spring', '1706', { status: 'REMOVED' }],
      ['Goodwill', '1500', null],
    ]);
    expect(taken(invoice)).toEqual(['3910', '2691', '105']);
    // 20 % of 6,090 + 451, 10 % of 7,309.
    expect(invoice.total).toEqual({ amountMinor: '15889' });
    expect(invoice.dueAt).toBe('2026-07-31T12:00:00.000Z');
    // The coupon was for this invoice: the next one of a subscription does not know it, nor is it good again after a void.
    await organization.transact((work) => voidInvoice(work, { id: fromGlobalId('inv', invoice.id)! }));
    const { planId } = await sellPlan(organization);
    await subscribe(organization, fromGlobalId('acc', accountId)!, planId);
    const rows = await query<{ discount_total: string }>(
      world.database.superuserUrl,
      `select discount_total::text from invoices where account_id = $1 and reason = 'subscription_created'`,
      [fromGlobalId('acc', accountId)],
    );
    expect(rows).toEqual([{ discount_total: '0' }]);
  });

  it.each([
    [{ lines: [line('100', { unitPrice: '1' })] }, 'INVALID_INPUT', ['lines', '0', 'unitAmount']],
    [{ lines: [{ description: 'Free' }] }, 'INVALID_INPUT', ['lines', '0', 'unitAmount']],
    [{ lines: [{ description: 'Back', unitPrice: '-0.1' }] }, 'INVALID_INPUT', ['lines', '0', 'unitPrice']],
    [
      { lines: [line('100', { discount: { percent: '101' } })] },
      'INVALID_INPUT',
      ['lines', '0', 'discount', 'percent'],
    ],
    [
      { lines: [line('100', { discount: { amount: euro('101') } })] },
      'AMOUNT_TOO_LARGE',
      ['lines', '0', 'discount', 'amount'],
    ],
    [
      { lines: [line('100', { discount: { amount: euro('1', 'USD') } })] },
      'CURRENCY_MISMATCH',
      ['lines', '0', 'discount', 'amount', 'currency'],
    ],
    [
      { lines: [line('-100', { kind: 'ADJUSTMENT', discount: { percent: '1' } })] },
      'INVALID_INPUT',
      ['lines', '0', 'discount'],
    ],
    [{ discounts: [{ name: 'Nothing' }] }, 'INVALID_INPUT', ['discounts', '0']],
    [
      { discounts: [{ off: { amount: euro('1', 'USD') } }] },
      'CURRENCY_MISMATCH',
      ['discounts', '0', 'off', 'amount', 'currency'],
    ],
    [
      { discounts: [{ coupon: { promotionCode: 'NONE' } }] },
      'NOT_FOUND',
      ['discounts', '0', 'coupon', 'promotionCode'],
    ],
    [{ dueOn: '2026-07-31' }, 'INVALID_INPUT', ['dueOn']],
    [{ dueOn: '2026-06-30', finalize: true }, 'INVALID_INPUT', ['dueOn']],
  ])('is refused as a whole with %j', async (input, code, path) => {
    const answer = await ask('createInvoice', { accountId: await buyer(), lines: [line('100')], ...input });
    expect(answer).toMatchObject({ invoice: null, userErrors: [{ code, path: ['input', ...path] }] });
  });

  it('is refused with a coupon that takes nothing off it, which stays unredeemed', async () => {
    const { planId } = await sellPlan(organization);
    const { id } = await organization.transact((work) =>
      createCoupon(work, { name: 'For a plan', off: { percent: '10' }, planIds: [planId], maxRedemptions: 1 }),
    );
    const discounts = [{ coupon: { couponId: toGlobalId('cpn', id) } }];
    const answer = await ask('createInvoice', { accountId: await buyer(), lines: [line('100')], discounts });
    expect(answer.userErrors).toEqual([{ code: 'INVALID_STATE', path: ['input', 'discounts', '0', 'coupon'] }]);
    const [coupon] = await query(world.database.superuserUrl, 'select redeemed from coupons where id = $1', [id]);
    expect(coupon).toEqual({ redeemed: 0 });
  });
});

describe('a draft by hand', () => {
  it('is adjusted by quantity, price and discount of a line, keeps its discounts, and says what it was', async () => {
    const draft = await make({
      accountId: await buyer(),
      lines: [line('1000', { discount: { percent: '50' } }), line('2000')],
      discounts: [{ off: { percent: '10' } }],
    });
    expect(taken(draft)).toEqual(['550', '200']);
    const [first, second] = draft.lines;
    const { invoice, userErrors } = await ask('updateDraftInvoice', {
      id: draft.id,
      updateLines: [
        { lineId: first!.id, quantity: '3' },
        { lineId: second!.id, unitPrice: '30.005', discount: { amount: euro('500') } },
      ],
      addLines: [line('400', { discount: { percent: '25' } })],
    });
    expect(userErrors).toEqual([]);
    expect(sums(invoice!.lines)).toEqual(['3000', '3001', '400']);
    // 1,500 + 150, 500 + 250 and 100 + 30.
    expect(taken(invoice!)).toEqual(['1650', '750', '130']);
    const again = await ask('updateDraftInvoice', {
      id: draft.id,
      updateLines: [
        { lineId: first!.id, removeDiscount: true, amount: euro('100') },
        { lineId: second!.id, discount: { percent: '1' }, description: 'Less work' },
      ],
    });
    expect(taken(again.invoice!)).toEqual(['10', '327', '130']);
    const history = await query<{ change: { lines: { old: object[]; new: object[] } } }>(
      world.database.superuserUrl,
      `select change from facts where object_id = $1 and type = 'invoice.updated' order by recorded_at desc, id desc limit 1`,
      [fromGlobalId('inv', draft.id)],
    );
    expect(history[0]!.change.lines).toMatchObject({
      old: [{ lineId: first!.id, quantity: '3', amount: '3000' }, { description: 'Work' }],
      new: [{ lineId: first!.id, quantity: '1', amount: '100' }, { description: 'Less work' }],
    });
    const final = await ask('finalizeInvoice', { id: draft.id });
    // 90 + 2,674 + 270 and 20 %.
    expect(final.invoice).toMatchObject({ status: 'OPEN', total: { amountMinor: '3641' } });
  });

  it('refuses what does not go together', async () => {
    const draft = await make({ accountId: await buyer(), lines: [line('1000')] });
    const lineId = draft.lines[0]!.id;
    const wrong = [
      [{ amount: euro('5'), quantity: '2' }, 'INVALID_INPUT', 'amount'],
      [{ unitAmount: euro('5'), unitPrice: '2' }, 'INVALID_INPUT', 'unitPrice'],
      [{ unitPrice: '-2' }, 'INVALID_INPUT', 'unitPrice'],
      [{ discount: { amount: euro('1001') } }, 'AMOUNT_TOO_LARGE', 'discount'],
    ] as const;
    for (const [wish, code, field] of wrong) {
      const { userErrors } = await ask('updateDraftInvoice', { id: draft.id, updateLines: [{ lineId, ...wish }] });
      expect(userErrors).toMatchObject([{ code, path: expect.arrayContaining(['input', 'updateLines', '0', field]) }]);
    }
    const one = organization.transact((work) =>
      updateDraftInvoice(work, {
        id: fromGlobalId('inv', draft.id)!,
        updateLines: [{ lineId: fromGlobalId('il', lineId)!, quantity: '0' }],
      }),
    );
    expect(await one).toMatchObject({ total: 0n });
  });
});
