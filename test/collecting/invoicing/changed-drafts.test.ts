import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../../src/accounts/index.ts';
import {
  addCharge,
  createInvoice,
  finalizeInvoice,
  refreshInvoice,
  updateDraftInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { archiveCoupon, createCoupon, writeInvoice } from '../../../src/selling/coupons/index.ts';
import { applyCoupon, cancelSubscription, changeSubscription } from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-04-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <T extends object>(text: string, values: unknown[] = []) =>
  query<T>(world.database.superuserUrl, text, values);
const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
const line = (amountMinor: bigint, more = {}) => ({ description: 'Work', unitAmount: euro(amountMinor), ...more });

const money = (amountMinor: string, currency = 'EUR') => ({ amountMinor, currency });
const api = (amountMinor: string) => ({ description: 'Work', unitAmount: money(amountMinor) });

/** The draft of an account and its lines, in their order. */
async function draftOf(accountId: string): Promise<{ id: string; lines: string[] }> {
  const rows = await sql<{ id: string; line: string }>(
    `select i.id, l.id as line from invoices i join invoice_lines l on l.invoice_id = i.id
     where i.account_id = $1 and i.status = 'draft' order by l.position`,
    [accountId],
  );
  return { id: rows[0]!.id, lines: rows.map((row) => row.line) };
}

describe('a line of a draft of which time was given back', () => {
  it('asks for no less than was given back of it, and for no more than it did', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z', { invoiceGraceDays: 20 });
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2026-05-17T12:00:00Z');
    const { id, lines } = await draftOf(accountId);
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    const [back] = await sql<{ amount: number }>(
      'select -amount::int as amount from invoice_lines where reverses_line_id = $1',
      [lines[0]],
    );
    const given = BigInt(back!.amount);
    expect(given).toBeGreaterThan(1_000n);
    const update = (change: object) => organization.transact((work) => updateDraftInvoice(work, { id, ...change }));
    const lineId = lines[0]!;
    const refused = async (change: object, path: string[]) =>
      expect(update(change)).rejects.toMatchObject({ code: 'INVALID_STATE', details: { path: ['input', ...path] } });
    await refused({ updateLines: [{ lineId, amount: euro(given - 1n) }] }, ['updateLines', '0', 'amount']);
    await refused({ updateLines: [{ lineId, unitAmount: euro(given - 1n) }] }, ['updateLines', '0', 'unitAmount']);
    await refused({ updateLines: [{ lineId, quantity: '0.1' }] }, ['updateLines', '0', 'quantity']);
    await refused({ updateLines: [{ lineId, discount: { percent: '90' } }] }, ['updateLines', '0', 'discount']);
    await refused({ updateLines: [{ lineId, amount: euro(3_001n) }] }, ['updateLines', '0', 'amount']);
    await refused({ updateLines: [{ lineId, quantity: '2' }] }, ['updateLines', '0', 'quantity']);
    await update({ updateLines: [{ lineId, amount: euro(3_000n) }], addLines: [line(500n)] });
    await update({ updateLines: [{ lineId, amount: euro(given) }] });
    await update({ memo: 'Still a draft' });
  });

  it('keeps the discount that was taken off what was given back', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z', { invoiceGraceDays: 20 });
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2026-05-17T12:00:00Z');
    const { id } = await draftOf(accountId);
    const update = (change: object) => organization.transact((work) => updateDraftInvoice(work, { id, ...change }));
    await update({ addDiscounts: [{ off: { percent: '50' } }] });
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    const [off] = await sql<{ id: string }>('select id from invoice_discounts where invoice_id = $1', [id]);
    for (const change of [
      { removeDiscountIds: [off!.id] },
      { updateDiscounts: [{ discountId: off!.id, off: { percent: '1' } }] },
    ])
      await expect(update(change)).rejects.toMatchObject({ code: 'INVALID_STATE', message: /less its discount/ });
  });
});

describe('a line of a draft that bills a part of its period', () => {
  it('is given another quantity or unit price for that part, and another amount as it is', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const tiers = [
      { upTo: '1', unitAmount: '900' },
      { upTo: null, unitAmount: '600' },
    ];
    const { planId } = await sellPlan(organization, {
      prices: [
        flat(0n, { component: 'seats', model: { perSeat: { unitAmount: '1000' } } }),
        flat(0n, { component: 'tiers', model: { graduated: { tiers } } }),
      ],
    });
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '2' }],
    });
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    const changes = ['seats', 'tiers'].map((component) => ({ setQuantity: { component, quantity: '3' } }));
    await organization.transact((work) =>
      changeSubscription(work, { id: subscription.id, changes, when: 'now', settle: 'next_invoice' }),
    );
    const lines = await sql<{ id: string; invoice: string; component: string }>(
      `select l.id, l.invoice_id as invoice, l.component from invoice_lines l join invoices i on i.id = l.invoice_id
       where i.account_id = $1 and i.status = 'draft' and l.reverses_line_id is null order by l.component`,
      [accountId],
    );
    const [seats, tiered] = lines;
    const amountOf = async (one: { id: string }, wish: object) => {
      await organization.transact((work) =>
        updateDraftInvoice(work, { id: seats!.invoice, updateLines: [{ lineId: one.id, ...wish }] }),
      );
      const [row] = await sql<{ amount: number }>('select amount::int from invoice_lines where id = $1', [one.id]);
      return row!.amount;
    };
    expect(await amountOf(seats!, { quantity: '3' })).toBe(1_500);
    expect(await amountOf(seats!, { quantity: '4' })).toBe(2_000);
    expect(await amountOf(seats!, { unitPrice: '12.5' })).toBe(2_500);
    expect(await amountOf(seats!, { amount: euro(700n) })).toBe(700);
    expect(await amountOf(seats!, { quantity: '2' })).toBe(1_400);
    await expect(amountOf(tiered!, { quantity: '4' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'updateLines', '0', 'quantity'] },
    });
    expect(await amountOf(tiered!, { quantity: '4', unitAmount: euro(500n) })).toBe(1_000);
    expect(await amountOf(tiered!, { quantity: '6' })).toBe(1_500);
    // The next invoice has terms of its own, and takes discounts off all of its lines at once.
    for (const [field, wish] of Object.entries({
      netDays: { netDays: 17 },
      purchaseOrderNumber: { purchaseOrderNumber: 'PO-1' },
      customFields: { customFields: [{ name: 'Cost center', value: '7' }] },
      autoCollect: { autoCollect: true },
      addDiscounts: { addDiscounts: [{ off: { amount: euro(100n) } }] },
      updateLines: { updateLines: [{ lineId: seats!.id, discount: { percent: '10' } }] },
    })) {
      const change = organization.transact((work) => updateDraftInvoice(work, { id: seats!.invoice, ...wish }));
      await expect(change).rejects.toMatchObject({
        code: 'INVALID_STATE',
        details: { path: expect.arrayContaining([field]) },
      });
    }
    const memo = { id: seats!.invoice, memo: 'Kept', metadata: { kept: 'yes' } };
    await organization.transact((work) => updateDraftInvoice(work, memo));
  });
});

interface Sums {
  total: { amountMinor: string };
  discountTotal: { amountMinor: string };
  discounts: { id: string; couponName: string; percent: string | null; amount: { amountMinor: string } }[];
  lines: { discountAmount: { amountMinor: string }; derivation: { discountSteps: object[] } }[];
}

interface Answer {
  invoice: Sums | null;
  token: string;
  userErrors: { code: string; path: string[] }[];
}

const sums = `total { amountMinor } discountTotal { amountMinor } lines { discountAmount { amountMinor } derivation { discountSteps { position } } }`;
const selections = {
  previewUpdateDraftInvoice: `invoice { ${sums} } token`,
  updateDraftInvoice: `invoice { ${sums} discounts { id couponName percent amount { amountMinor } } }`,
};

async function ask(verb: keyof typeof selections, input: object): Promise<Answer> {
  const type = `${verb[0]!.toUpperCase()}${verb.slice(1)}Input`;
  const answer = await world.graphql<Record<string, Answer>>(
    `${verb.startsWith('preview') ? 'query' : 'mutation'} ($input: ${type}!) { ${verb}(input: $input) { ${selections[verb]} userErrors { code path } } }`,
    { input },
    { as: organization },
  );
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data![verb]!;
}

const taken = ({ lines }: Sums) => lines.map(({ discountAmount }) => discountAmount.amountMinor);

describe('what is taken off a whole draft by hand', () => {
  it('is added, changed and removed as previewed, behind what lines have of their own', async () => {
    const { id: accountId } = await organization.account({ timezone: 'UTC' });
    const draft = await organization.transact((work) =>
      createInvoice(work, { accountId, lines: [line(10_000n, { discount: { percent: '50' } }), line(3n)] }),
    );
    const id = toGlobalId('inv', draft.id);
    const add = {
      id,
      addDiscounts: [{ name: 'Goodwill', off: { percent: '10' } }, { off: { amount: money('1000') } }],
    };
    const preview = await ask('previewUpdateDraftInvoice', add);
    expect(preview.userErrors).toEqual([]);
    // 5,000 and 3: 10 % of 5,003 is 500, all of it of the first; then 1,000 of 4,500 and 3.
    expect(taken(preview.invoice!)).toEqual(['6499', '1']);
    expect(await sql('select id from invoice_discounts where invoice_id = $1', [draft.id])).toHaveLength(1);
    const { invoice } = await ask('updateDraftInvoice', { ...add, memo: 'As agreed', previewToken: preview.token });
    expect(taken(invoice!)).toEqual(taken(preview.invoice!));
    expect(invoice!.discounts.map(({ couponName, amount }) => [couponName, amount.amountMinor])).toEqual([
      ['Discount', '5000'],
      ['Goodwill', '500'],
      ['Discount', '1000'],
    ]);
    expect(invoice!.lines.map((one) => one.derivation.discountSteps.length)).toEqual([3, 2]);
    const [ofLine, goodwill, amount] = invoice!.discounts;
    const changed = await ask('updateDraftInvoice', {
      id,
      updateDiscounts: [{ discountId: goodwill!.id, name: 'More goodwill', off: { percent: '20' } }],
      removeDiscountIds: [amount!.id],
    });
    expect(changed.invoice!.discounts).toMatchObject([
      { id: ofLine!.id },
      { id: goodwill!.id, couponName: 'More goodwill', percent: '20' },
    ]);
    expect(taken(changed.invoice!)).toEqual(['6000', '1']);
    const [fact] = await sql<{ change: object }>(
      `select change from facts where object_id = $1 and type = 'invoice.updated' order by recorded_at desc, id desc limit 1`,
      [draft.id],
    );
    expect(fact!.change).toMatchObject({
      discounts: {
        old: [
          { name: 'Discount', amount: '1000' },
          { name: 'Goodwill', percent: '10' },
        ],
        new: [{ name: 'More goodwill', percent: '20' }],
      },
    });
    const wrong = [
      [{ removeDiscountIds: [amount!.id] }, 'NOT_FOUND', ['removeDiscountIds', '0']],
      [{ removeDiscountIds: [ofLine!.id] }, 'INVALID_INPUT', ['removeDiscountIds', '0']],
      [
        { updateDiscounts: [{ discountId: goodwill!.id, off: { amount: money('1', 'USD') } }] },
        'CURRENCY_MISMATCH',
        ['updateDiscounts', '0', 'off', 'amount', 'currency'],
      ],
      [
        { addDiscounts: Array.from({ length: 10 }, () => ({ off: { percent: '1' } })) },
        'LIMIT_EXCEEDED',
        ['addDiscounts'],
      ],
    ] as const;
    for (const [wish, code, path] of wrong) {
      const { userErrors } = await ask('updateDraftInvoice', { id, ...wish });
      expect(userErrors).toEqual([{ code, path: ['input', ...path] }]);
    }
    // The last ones leave nothing behind, on the lines either.
    const removeDiscountIds = [goodwill!.id];
    const lineId = toGlobalId('il', (await draftOf(accountId)).lines[0]!);
    const none = await ask('updateDraftInvoice', {
      id,
      removeDiscountIds,
      updateLines: [{ lineId, removeDiscount: true }],
    });
    expect(none.invoice).toMatchObject({ total: { amountMinor: '10003' }, discounts: [] });
    expect(taken(none.invoice!)).toEqual(['0', '0']);
    expect(none.invoice!.lines.map((one) => one.derivation.discountSteps)).toEqual([[], []]);
  });

  it('is of coupons only as they were redeemed, and of a preview only while nothing changes', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { id: couponId } = await organization.transact((work) =>
      createCoupon(work, { name: 'Spring', off: { percent: '10' }, frequency: 'forever' }),
    );
    const draft = await organization.transact((work) =>
      writeInvoice(work, { accountId, lines: [line(1_000n)], discounts: [{ coupon: { couponId } }] }),
    );
    const id = toGlobalId('inv', draft.id);
    const wish = { id, addDiscounts: [{ off: { percent: '50' } }] };
    const { token, invoice } = await ask('previewUpdateDraftInvoice', wish);
    expect(invoice!.total).toEqual({ amountMinor: '450' });
    const { invoice: seen } = await ask('updateDraftInvoice', { id, addLines: [api('500')] });
    const stale = await ask('updateDraftInvoice', { ...wish, previewToken: token });
    expect(stale.userErrors).toEqual([{ code: 'STALE_PREVIEW', path: ['input', 'previewToken'] }]);
    const coupon = seen!.discounts[0]!.id;
    const { userErrors } = await ask('updateDraftInvoice', { id, removeDiscountIds: [coupon] });
    expect(userErrors).toEqual([{ code: 'INVALID_STATE', path: ['input', 'removeDiscountIds', '0'] }]);
    const node = await world.graphql(
      `query ($id: ID!) { node(id: $id) { id ... on InvoiceDiscount { couponName percent } } }`,
      { id: coupon },
      { as: organization },
    );
    expect(node.data).toEqual({ node: { id: coupon, couponName: 'Spring', percent: '10' } });
  });
});

describe('a draft that is refreshed', () => {
  /** What happens while it is a draft of 100.00 at 20 % tax, 10 % off by a coupon, and what it comes to then. */
  const cases: [
    string,
    (stage: Stage) => Promise<unknown>,
    { total: bigint; discountTotal: bigint; taxTotal: bigint },
  ][] = [
    ['nothing', async () => {}, { total: 10_800n, discountTotal: 1_000n, taxTotal: 1_800n }],
    [
      'a charge waits, which is discounted with the rest',
      ({ own, accountId }) => own.transact((work) => addCharge(work, { accountId, line: line(500n) })),
      { total: 11_340n, discountTotal: 1_050n, taxTotal: 1_890n },
    ],
    [
      'its coupon expires and is archived, which ends redeeming and nothing else',
      ({ own, couponId }) => own.transact((work) => archiveCoupon(work, { id: couponId })),
      { total: 10_800n, discountTotal: 1_000n, taxTotal: 1_800n },
    ],
    ['another rate comes into force', async () => {}, { total: 11_250n, discountTotal: 1_000n, taxTotal: 2_250n }],
    [
      'its buyer becomes exempt',
      ({ own, accountId }) => own.transact((work) => updateAccount(work, accountId, { taxExempt: true })),
      { total: 9_000n, discountTotal: 1_000n, taxTotal: 0n },
    ],
    [
      'its buyer moves to where nothing is taxed',
      ({ own, accountId }) =>
        own.transact((work) => updateAccount(work, accountId, { billingAddress: { country: 'CH' } })),
      { total: 9_000n, discountTotal: 1_000n, taxTotal: 0n },
    ],
  ];
  const vat = { name: 'VAT', country: 'AT', inclusive: false };

  it.each(cases)('shows what finalizing it bills when %s', async (name, happen, sums) => {
    const own = await world.organization({ timezone: 'UTC' });
    await own.transact((work) => createTaxRate(work, { ...vat, percent: '20', validTo: '2026-05-03' }));
    const then = name === 'another rate comes into force' ? '25' : '20';
    await own.transact((work) => createTaxRate(work, { ...vat, percent: then, validFrom: '2026-05-03' }));
    const { clockId, accountId } = await clockAccount(own, '2026-04-01T00:00:00Z', {
      ...{ invoiceGraceDays: 20, billingAddress: { country: 'AT' } },
    });
    const { id: couponId } = await own.transact((work) =>
      createCoupon(work, {
        name: 'Ten',
        off: { percent: '10' },
        frequency: 'forever',
        redeemBy: new Date('2026-05-02T12:00:00Z'),
      }),
    );
    await own.transact((work) => applyCoupon(work, { accountId, discount: { couponId } }));
    const { planId } = await sellPlan(own, { prices: [flat(10_000n)] });
    await subscribe(own, accountId, planId);
    await walk(world.app, own, clockId, '2026-05-02T00:00:00Z');
    const { id } = await draftOf(accountId);
    await happen({ own, accountId, couponId });
    await walk(world.app, own, clockId, '2026-05-04T00:00:00Z');
    const refreshed = await own.transact((work) => refreshInvoice(work, { id }));
    expect(refreshed).toMatchObject(sums);
    expect(await own.transact((work) => finalizeInvoice(work, { id }))).toMatchObject(sums);
  });
});

interface Stage {
  own: TestOrganization;
  accountId: string;
  couponId: string;
}

describe('a draft of which a part was given back', () => {
  it.each([[{ percent: '50' }], [{ amount: euro(2_000n) }]])(
    'is refreshed with what waits, and what was given back keeps its discount: %o off',
    async (off) => {
      const { accountId, clockId } = await clockAccount(organization, '2026-04-01T00:00:00Z', { invoiceGraceDays: 20 });
      const { planId } = await sellPlan(organization, { prices: [flat(6_000n)] });
      const coupon = await organization.transact((work) =>
        createCoupon(work, { name: 'Some', off, frequency: 'forever' }),
      );
      const { subscription } = await subscribe(organization, accountId, planId);
      await organization.transact((work) => applyCoupon(work, { accountId, discount: { couponId: coupon.id } }));
      await walk(world.app, organization, clockId, '2026-05-04T00:00:00Z');
      const { id } = await draftOf(accountId);
      const discounts = () =>
        sql<{ discount: number }>(
          'select discount_amount::int as discount from invoice_lines where invoice_id = $1 order by position',
          [id],
        );
      const [own] = await discounts();
      await organization.transact((work) =>
        cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
      );
      await organization.transact((work) => addCharge(work, { accountId, line: line(6_000n) }));
      await organization.transact((work) => refreshInvoice(work, { id }));
      expect(await discounts()).toEqual([own, { discount: 'percent' in off ? 3_000 : 0 }]);
      await organization.transact((work) => finalizeInvoice(work, { id }));
      await checkBooks(world, { quiet: false });
    },
  );
});
