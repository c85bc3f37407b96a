import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccount, lockAccounts } from '../../src/accounts/index.ts';
import type { ChargeDraft } from '../../src/collecting/invoicing/index.ts';
import { createCreditNote, createLegalEntity } from '../../src/collecting/invoicing/index.ts';
import { createTaxRate, createTaxRegistration } from '../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { type PriceModel, priceComponent } from '../../src/rules/pricing.ts';
import { rational } from '../../src/rules/rational.ts';
import { createCoupon, issueDiscounted, writeInvoice } from '../../src/selling/coupons/index.ts';
import {
  applyCoupon,
  changeSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { contradictionsOf, type ExplainedLine, explainedFields, stepsFragment } from '../support/explained.ts';
import { contradictionsOfNotes, type ExplainedNoteLine, explainedNoteFields } from '../support/explained-notes.ts';
import type { TestOrganization } from '../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-05-01T12:00:00Z' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const tiers = [
  { upTo: '10', unitAmount: '3.33', flatAmount: '1' },
  { upTo: null, unitAmount: '1.117' },
];
const percentTiers = [
  { upTo: '1000', ratePercent: '2.9', flatAmount: '0.30' },
  { upTo: null, ratePercent: '1.75' },
];

/** One of each model, with what it is priced by. */
const models: [PriceModel, Partial<Parameters<typeof priceComponent>[1]>][] = [
  [{ kind: 'flat', amountMinor: 1_999n }, {}],
  [{ kind: 'per_unit', unitAmount: '0.037', minimumMinor: 50n } as PriceModel, { quantity: '7.5' }],
  [{ kind: 'graduated', tiers }, { quantity: '23' }],
  [{ kind: 'volume', tiers, maximumMinor: 2_000n }, { quantity: '23' }],
  [{ kind: 'package', packageSize: '100', packageAmount: '4.99', freeUnits: '50' }, { quantity: '731' }],
  [
    { kind: 'percentage', ratePercent: '1.35', fixedAmount: '0.25', freeEvents: 1, perTransactionMaximum: '3' },
    { quantity: '3', events: ['19.99', '100', '5000'] },
  ],
  [{ kind: 'graduated_percentage', tiers: percentTiers }, { quantity: '1234.56' }],
  [
    { kind: 'dynamic', multiplier: '1.15' },
    { quantity: '2', suppliedMinor: ['333', '1777'] },
  ],
  [
    {
      kind: 'bucketed',
      model: {
        kind: 'tiered_blocks',
        mode: 'graduated',
        tiers: [{ blockSize: '50', maxBlocks: null, blockAmount: '0.99' }],
      },
    },
    { quantity: '190', buckets: ['70', '120'] },
  ],
];

/** Each model whole and prorated by a share that never ends. */
function chargesOf(accountId: string): ChargeDraft[] {
  return models.flatMap(([model, input]) =>
    [undefined, { fraction: rational(17n, 31n), mode: 'by_day' }].map((share): ChargeDraft => {
      const priced = priceComponent(model, { currency: 'EUR', quantity: '1', ...input, ...(share && { share }) });
      return {
        kind: 'one_off',
        accountId,
        description: `${model.kind}${share ? ', a part' : ''}`,
        quantity: priced.quantity,
        unitAmount: '0',
        amount: priced.amountMinor,
        derivation: priced.derivation,
      };
    }),
  );
}

const coupons: Record<string, { name: string; off: object; frequency: 'forever' }[]> = {
  none: [],
  fixed: [{ name: 'Ten', off: { amount: { amountMinor: 1_001n, currency: 'EUR' } }, frequency: 'forever' }],
  percentage: [{ name: 'Third', off: { percent: '33.33' }, frequency: 'forever' }],
  'two in a row': [
    { name: 'Ten', off: { amount: { amountMinor: 1_001n, currency: 'EUR' } }, frequency: 'forever' },
    { name: 'Eighth', off: { percent: '12.5' }, frequency: 'forever' },
  ],
  capped: [
    { name: 'Half', off: { percent: '50' }, frequency: 'forever' },
    { name: 'Fortune', off: { amount: { amountMinor: 99_999_999n, currency: 'EUR' } }, frequency: 'forever' },
  ],
};

interface TaxCase {
  rates: Parameters<typeof createTaxRate>[1][];
  account: object;
  rule: string;
  registered?: boolean;
}

const vat = { name: 'VAT', country: 'AT', percent: '20', inclusive: false };
const taxes: Record<string, TaxCase> = {
  exclusive: { rates: [vat], account: { billingAddress: { country: 'AT' } }, rule: 'RATES' },
  inclusive: { rates: [{ ...vat, inclusive: true }], account: { billingAddress: { country: 'AT' } }, rule: 'RATES' },
  'two rates': {
    rates: [
      { ...vat, country: 'US', region: 'CA', percent: '7.25', jurisdiction: 'state' },
      { ...vat, country: 'US', region: 'CA', percent: '1.125', jurisdiction: 'county' },
    ],
    account: { billingAddress: { country: 'US', region: 'CA' } },
    rule: 'RATES',
  },
  'two rates contained': {
    rates: [
      { ...vat, inclusive: true, percent: '5', jurisdiction: 'federal' },
      { ...vat, inclusive: true, percent: '9.975', jurisdiction: 'province' },
    ],
    account: { billingAddress: { country: 'AT' } },
    rule: 'RATES',
  },
  'reverse charge': {
    rates: [vat],
    account: { billingAddress: { country: 'DE' }, taxIds: [{ type: 'EU_VAT', value: 'DE136695976' }] },
    rule: 'REVERSE_CHARGE',
    registered: true,
  },
  exempt: { rates: [vat], account: { billingAddress: { country: 'AT' }, taxExempt: true }, rule: 'EXEMPT' },
};

async function explained(organization: TestOrganization, invoiceId: string) {
  const answer = await world.graphql<{ invoice: { discountTotal: { amountMinor: string }; lines: ExplainedLine[] } }>(
    `query ($id: ID!) { invoice(id: $id) { discountTotal { amountMinor } lines { ${explainedFields} } } } ${stepsFragment}`,
    { id: toGlobalId('inv', invoiceId) },
    { as: organization },
  );
  expect(answer.errors).toBeUndefined();
  return answer.data!.invoice;
}

describe.each(Object.entries(taxes))('taxed %s', (_name, { rates, account, rule, registered }) => {
  it('every model, whole and in part, under every coupon, is computed again from what its line says', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    const legalEntityId = await organization.transact(async (work) => {
      for (const rate of rates) await createTaxRate(work, rate);
      const address = { country: 'AT' };
      const { id } = await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'AT-', address });
      if (registered) await createTaxRegistration(work, { legalEntityId: id, country: 'AT' });
      return id;
    });
    for (const [kind, given] of Object.entries(coupons)) {
      const { id: accountId } = await organization.account({ timezone: 'UTC', ...account });
      await organization.transact(async (work) => {
        for (const coupon of given) {
          const { id } = await createCoupon(work, coupon as Parameters<typeof createCoupon>[1]);
          await applyCoupon(work, { accountId, discount: { couponId: id } });
        }
      });
      const [invoice] = await organization.transact(async (work) => {
        const found = (await lockAccounts(work, [accountId])).get(accountId)!;
        return issueDiscounted(work, [
          {
            ...{ account: found, billTo: found, currency: 'EUR', at: found.now, collection: 'manual', netDays: 0 },
            ...{ reason: 'manual', charges: chargesOf(accountId), finalize: true, legalEntityId },
          },
        ]);
      });
      const { lines, discountTotal } = await explained(organization, invoice!.id);
      expect(lines).toHaveLength(18);
      expect([kind, contradictionsOf(lines)]).toEqual([kind, []]);
      expect(new Set(lines.map((line) => line.derivation.taxReason?.rule))).toEqual(new Set([rule]));
      expect(BigInt(discountTotal.amountMinor) > 0n).toBe(given.length > 0);
      expect(lines.some((line) => line.derivation.discountSteps.some((step) => step.capped))).toBe(kind === 'capped');
      // What a figure is changed to is found: the facts are not a repetition of the result.
      const [first, ...others] = lines;
      const more = `${BigInt(first!.taxAmount.amountMinor) + 1n}`;
      expect(contradictionsOf([{ ...first!, taxAmount: { amountMinor: more } }, ...others])).not.toEqual([]);
    }
  });
});

describe('a line that takes another back', () => {
  it('names what goes back of each coupon, and is taxed as billed', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    await organization.transact((work) => createTaxRate(work, vat));
    const { clockId, accountId } = await clockAccount(organization, '2026-05-01T00:00:00Z', {
      billingAddress: { country: 'AT' },
    });
    await organization.transact(async (work) => {
      for (const coupon of coupons['two in a row']!) {
        const { id } = await createCoupon(work, coupon as Parameters<typeof createCoupon>[1]);
        await applyCoupon(work, { accountId, discount: { couponId: id } });
      }
    });
    const { planId } = await sellPlan(organization, {
      prices: [flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '777.77' } } })],
    });
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '9' }],
    });
    await walk(world.app, organization, clockId, '2026-05-12T07:00:01Z');
    await organization.transact((work) =>
      changeSubscription(work, { id: subscription.id, changes: [{ setQuantity: { quantity: '11' } }], when: 'now' }),
    );
    const answer = await world.graphql<{ subscription: { latestInvoice: { lines: ExplainedLine[] } } }>(
      `query ($id: ID!) { subscription(id: $id) { latestInvoice { lines { ${explainedFields} } } } } ${stepsFragment}`,
      { id: toGlobalId('sub', subscription.id) },
      { as: organization },
    );
    expect(answer.errors).toBeUndefined();
    const { lines } = answer.data!.subscription.latestInvoice;
    expect(contradictionsOf(lines)).toEqual([]);
    const back = lines.find((line) => BigInt(line.amount.amountMinor) < 0n)!;
    expect(back.derivation.discountSteps).toMatchObject([
      { kind: 'RETURNED', couponName: 'Ten', base: '10.01' },
      { kind: 'RETURNED', couponName: 'Eighth' },
    ]);
    expect(back.derivation.taxReason).toMatchObject({ rule: 'AS_BILLED' });
    expect(BigInt(back.discountAmount.amountMinor)).toBeLessThan(0n);
  });
});

describe('a line that bills moved time', () => {
  it.each([0n, 1_500n])(
    'says what it costs and has of each coupon, also where %s was credited',
    async (amountMinor) => {
      const organization = await world.organization({ timezone: 'UTC' });
      const { clockId, accountId } = await clockAccount(organization, '2026-05-01T00:00:00Z');
      for (const coupon of coupons['two in a row']!) {
        const made = await organization.transact((work) =>
          createCoupon(work, coupon as Parameters<typeof createCoupon>[1]),
        );
        await organization.transact((work) => applyCoupon(work, { accountId, discount: { couponId: made.id } }));
      }
      const { planId } = await sellPlan(organization, { prices: [flat(4_999n)] });
      const { subscription, invoice } = await subscribe(organization, accountId, planId);
      const { id } = subscription;
      if (amountMinor > 0n) {
        const text = 'select id from invoice_lines where invoice_id = $1';
        const [line] = await query<{ id: string }>(world.database.superuserUrl, text, [invoice!.id]);
        const part = { amount: { amountMinor, currency: 'EUR' } };
        const lines = [{ invoiceLineId: line!.id, part }];
        await organization.transact((work) =>
          createCreditNote(work, { invoiceId: invoice!.id, reason: 'other', lines }),
        );
      }
      await walk(world.app, organization, clockId, '2026-05-12T07:00:01Z');
      await organization.transact((work) => pauseSubscription(work, { id, when: 'now', anchor: 'shift' }));
      await walk(world.app, organization, clockId, '2026-05-22T07:00:01Z');
      await organization.transact((work) => resumeSubscription(work, { id }));
      const [last] = await query<{ id: string }>(
        world.database.superuserUrl,
        'select id from invoices where account_id = $1 order by number_seq desc',
        [accountId],
      );
      const { lines } = await explained(organization, last!.id);
      expect(contradictionsOf(lines)).toEqual([]);
      expect(lines.map((line) => line.derivation.discountSteps.length)).toEqual([2, 2]);
      expect(
        await query(
          world.database.superuserUrl,
          `select name, used_amount::int as used from discounts d join coupons c on c.id = d.coupon_id where account_id = $1 and kind = 'fixed'`,
          [accountId],
        ),
      ).toEqual([{ name: 'Ten', used: 1_001 }]);
    },
  );
});

describe('a line of a credit note', () => {
  const line = (amountMinor: bigint, more = {}) => ({
    ...{ description: 'A thing', unitAmount: { amountMinor, currency: 'EUR' }, ...more },
  });
  const lines = [
    line(1_999n, { quantity: '3', discount: { percent: '12.5' } }),
    line(9_999n, { period: { start: new Date('2026-05-01T00:00:00Z'), end: new Date('2026-06-01T00:00:00Z') } }),
    line(-777n, { kind: 'adjustment' }),
  ];
  const days = { start: '2026-05-08T00:00:00Z', end: '2026-05-11T07:00:00Z' };
  const cases = [taxes.exclusive!, taxes.inclusive!, taxes['two rates']!, taxes['two rates contained']!];

  it.each(cases)('is computed again from what it says, as previewed, note by note: %j', async ({ rates, account }) => {
    const organization = await world.organization({ timezone: 'UTC' });
    const invoice = await organization.transact(async (work) => {
      for (const rate of rates) await createTaxRate(work, rate);
      const { id: legalEntityId } = await createLegalEntity(work, {
        ...{ name: 'Acme', invoicePrefix: 'AT-', address: { country: 'AT' } },
      });
      const { id: accountId } = await createAccount(work, {
        name: 'Buyer',
        timezone: 'UTC',
        currency: 'EUR',
        ...account,
      });
      const discounts = [{ off: { percent: '7.5' } }];
      return writeInvoice(work, { accountId, legalEntityId, lines, discounts, finalize: true });
    });
    const ask = async (input: object) => {
      const fields = `lines { ${explainedNoteFields} }`;
      const { errors, data } = await world.graphql<{
        previewCreditNote: { preview: { lines: ExplainedNoteLine[] } | null; userErrors: object[] };
      }>(
        `query ($input: PreviewCreditNoteInput!) { previewCreditNote(input: $input) { preview { ${fields} } userErrors { code path } } }`,
        { input },
        { as: organization },
      );
      const made = await world.graphql<{ createCreditNote: { creditNote: { lines: ExplainedNoteLine[] } } }>(
        `mutation ($input: CreateCreditNoteInput!) { createCreditNote(input: $input) { creditNote { ${fields} } userErrors { code } } }`,
        { input: { ...input, reason: 'OTHER' } },
        { as: organization },
      );
      expect([errors, made.errors, data?.previewCreditNote.userErrors]).toEqual([undefined, undefined, []]);
      expect(data!.previewCreditNote.preview!.lines).toEqual(made.data!.createCreditNote.creditNote.lines);
      return made.data!.createCreditNote.creditNote.lines;
    };
    const rows = await query<{ id: string }>(
      world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1 order by position',
      [invoice.id],
    );
    const [things, time] = rows.map(({ id }) => toGlobalId('il', id));
    const of = (id: string | undefined, part: object) => ({ invoiceLineId: id, part });
    const parts = [
      [of(things, { quantity: '1' }), of(time, { period: days })],
      [of(things, { quantity: '0.7' }), of(time, { amount: { amountMinor: '777', currency: 'EUR' } })],
      [of(things, { quantity: '1' })],
    ];
    const notes = [];
    const invoiceId = toGlobalId('inv', invoice.id);
    for (const some of parts) notes.push(await ask({ invoiceId, lines: some }));
    notes.push(await ask({ invoiceId }));
    expect(notes.flat().map(({ derivation }) => derivation.credited.kind)).toEqual([
      'QUANTITY',
      'TIME',
      'QUANTITY',
      'AMOUNT',
      'QUANTITY',
      'REST',
      'REST',
      'REST',
    ]);
    expect(contradictionsOfNotes(notes)).toEqual([]);
    const [first] = notes[2]!;
    const changed = { ...first!, taxAmount: { amountMinor: `${BigInt(first!.taxAmount.amountMinor) + 1n}` } };
    expect(contradictionsOfNotes([...notes.slice(0, 2), [changed]])).toHaveLength(1);
    const same = await query(
      world.database.superuserUrl,
      'select content_hash = credit_note_content_hash(organization_id, id) as same from credit_notes where invoice_id = $1',
      [invoice.id],
    );
    expect(same).toEqual(notes.map(() => ({ same: true })));
  });
});
