import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../src/accounts/index.ts';
import {
  createCreditNote,
  createLegalEntity,
  finalizeInvoice,
  LegalEntityEntity,
  refreshInvoice,
} from '../../src/collecting/invoicing/index.ts';
import { createTaxRate, createTaxRegistration } from '../../src/collecting/tax/index.ts';
import { cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { issueFor, oneOff } from '../support/invoicing.ts';
import type { TestOrganization } from '../support/makers.ts';
import { bill, clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-04-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  await organization.transact(async (work) => {
    const address = { country: 'DE' };
    const { id } = await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'DE-', address, isDefault: true });
    await createTaxRegistration(work, { legalEntityId: id, country: 'DE' });
    await createTaxRate(work, { name: 'USt', country: 'DE', percent: '19', inclusive: false });
  });
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

/** Of each line that was taken back: what it was billed in tax, and what of that went back. */
const taxesOf = (accountId: string) =>
  query<{ billed: string; back: string; left: string }>(
    world.database.superuserUrl,
    `select l.tax_amount as billed, sum(r.tax_amount) as back, l.amount - l.discount_amount + sum(r.amount - r.discount_amount) as left
     from invoice_lines l join invoices i on i.id = l.invoice_id
     join invoice_lines r on r.reverses_line_id = l.id where i.account_id = $1 group by l.organization_id, l.id order by l.created_at, l.position`,
    [accountId],
  );

describe('the tax of lines that take others back', () => {
  it('is never more than what was billed of them, however it was rounded with others', async () => {
    const { id } = await organization.account({ timezone: 'UTC', billingAddress: { country: 'DE' } });
    const base = await sellPlan(organization, { prices: [flat(450n)] });
    const extras = [];
    for (let n = 0; n < 6; n += 1) extras.push(await sellPlan(organization, { prices: [flat(450n)] }));
    const { subscription } = await subscribe(organization, id, base.planId);
    const change = (changes: object[]) =>
      organization.transact((work) =>
        changeSubscription(work, {
          id: subscription.id,
          when: 'now',
          settle: 'invoice_now',
          creditBasis: 'time',
          changes,
        } as never),
      );
    await change(extras.map(({ planId }) => ({ addPlan: { plan: { id: planId } } })));
    for (const { planId } of extras) await change([{ removePlan: { planId } }]);
    const given = await taxesOf(id);
    expect(given.map(({ billed }) => billed)).toEqual(['86', '86', '86', '85', '85', '85']);
    expect(given.map(({ back }) => back)).toEqual(['-86', '-86', '-86', '-85', '-85', '-85']);
    expect(given.map(({ left }) => left)).toEqual(['0', '0', '0', '0', '0', '0']);
    const rows = await query<{ percent: string; taxable: string; amount: string; same: boolean }>(
      world.database.superuserUrl,
      `select t.taxable, t.amount, t.name, t.tax_rate_id is not null as same from invoice_taxes t
       join invoices i on i.id = t.invoice_id where i.account_id = $1 and t.amount = -85`,
      [id],
    );
    expect(rows).toEqual(
      Array.from({ length: 3 }, () => ({ taxable: '-450', amount: '-85', name: 'USt', same: true })),
    );
  });
});

describe('the tax of a line that is taken back whole', () => {
  it('goes back whole, too, however it was rounded with others', async () => {
    const { id } = await organization.account({ timezone: 'UTC', billingAddress: { country: 'DE' } });
    const plan = async () => (await sellPlan(organization, { prices: [flat(1_002n)] })).planId;
    const [base, one, other] = [await plan(), await plan(), await plan()];
    const { subscription } = await subscribe(organization, id, base);
    const change = (changes: object[]) =>
      organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'invoice_now', creditBasis: 'time', changes },
        } as never),
      );
    // Two lines of 190.38 each, 381 together: the first has the cent.
    await change([one, other].map((planId) => ({ addPlan: { plan: { id: planId } } })));
    await change([{ removePlan: { planId: one } }]);
    await change([{ removePlan: { planId: other } }]);
    expect(await taxesOf(id)).toEqual([
      { billed: '191', back: '-191', left: '0' },
      { billed: '190', back: '-190', left: '0' },
    ]);
  });

  it('goes back once where two invoices that are made together take a part each', async () => {
    const { id } = await organization.account({ timezone: 'UTC', billingAddress: { country: 'DE' } });
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n)] });
    const { subscription } = await subscribe(organization, id, planId);
    const [line] = await query<{ id: string; item: string; component: string; taxes: object[]; from: Date; to: Date }>(
      world.database.superuserUrl,
      `select id, subscription_item_id as item, component, taxes, period_start as from, period_end as to from invoice_lines
       where account_id = $1`,
      [id],
    );
    const { item: subscriptionItemId, component, taxes, from, to } = line!;
    const middle = new Date((from.getTime() + to.getTime()) / 2);
    const parts = [
      [middle, to],
      [from, middle],
    ] as const;
    let next = 0;
    await issueFor(world.app, organization, [id, id], () => {
      const [periodStart, periodEnd] = parts[next++]!;
      const part = { subscriptionId: subscription.id, subscriptionItemId, component, taxes, periodStart, periodEnd };
      return { charges: [oneOff(id, -500n, { kind: 'recurring', reversesLineId: line!.id, ...part })] };
    });
    expect(await taxesOf(id)).toEqual([{ billed: '190', back: '-190', left: '0' }]);
  });

  it('goes back with what a credit note left of the line', async () => {
    const { id } = await organization.account({ timezone: 'UTC', billingAddress: { country: 'DE' } });
    const plan = async (amount: bigint) => (await sellPlan(organization, { prices: [flat(amount)] })).planId;
    const [base, extra] = [await plan(1_000n), await plan(1_005n)];
    const { subscription } = await subscribe(organization, id, base);
    const change = (changes: object[]) =>
      organization.transact((work) =>
        changeSubscription(work, {
          ...{ id: subscription.id, when: 'now', settle: 'invoice_now', creditBasis: 'time', changes },
        } as never),
      );
    await change([{ addPlan: { plan: { id: extra } } }]);
    const [line] = await query<{ id: string; invoice: string; tax: bigint }>(
      world.database.superuserUrl,
      'select id, invoice_id as invoice, tax_amount::int as tax from invoice_lines where account_id = $1 and amount = 1005',
      [id],
    );
    // 13 of 1005: 2 of 191. Of the rest 188.48.
    const { note } = await organization.transact((work) =>
      createCreditNote(work, {
        ...{ invoiceId: line!.invoice, reason: 'other' as const },
        lines: [{ invoiceLineId: line!.id, part: { amount: { amountMinor: 13n, currency: 'EUR' } } }],
      }),
    );
    await change([{ removePlan: { planId: extra } }]);
    const [back] = await taxesOf(id);
    expect([line!.tax, note.taxTotal, back]).toEqual([191, 2n, { billed: '191', back: '-189', left: '13' }]);
  });
});

describe('a draft of which another invoice took something back', () => {
  it('keeps the tax it had, whatever becomes of the buyer before it is final', async () => {
    const { id } = await organization.account({
      ...{ timezone: 'UTC', billingAddress: { country: 'DE' }, invoiceGraceDays: 10 },
    });
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n)] });
    const { subscription } = await subscribe(organization, id, planId);
    world.clock.advance({ days: 30 });
    await bill(world.app, organization);
    const [draft] = await query<{ id: string; tax: string }>(
      world.database.superuserUrl,
      `select id, tax_total as tax from invoices where account_id = $1 and status = 'draft'`,
      [id],
    );
    expect(draft?.tax).toBe('190');
    world.clock.advance({ days: 3 });
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' } as never),
    );
    await organization.transact((work) =>
      updateAccount(work, id, { billingAddress: { country: 'CH' }, taxExempt: true }),
    );
    await organization.transact((work) => refreshInvoice(work, { id: draft!.id }));
    const final = await organization.transact((work) => finalizeInvoice(work, { id: draft!.id }));
    expect(final.taxTotal).toBe(190n);
    const [back] = await taxesOf(id);
    expect(Number(back?.back)).toBeLessThan(0);
    await expect(
      organization.transact((work) => createCreditNote(work, { invoiceId: draft!.id, reason: 'other' })),
    ).resolves.toMatchObject({ note: { taxTotal: 190n + BigInt(back!.back) } });
  });

  it('whose tax is not known yet is followed by what took it back: that waits, and gives back what was charged', async () => {
    const own = await world.organization({ timezone: 'UTC' });
    await own.transact(async (work) => {
      const address = { country: 'FR' };
      const { id } = await createLegalEntity(work, { name: 'Acme', invoicePrefix: 'FR-', address, isDefault: true });
      await createTaxRegistration(work, { legalEntityId: id, country: 'FR' });
    });
    const { planId } = await sellPlan(own, { prices: [flat(3_100n)] });
    const terms = { timezone: 'UTC', billingAddress: { country: 'FR' }, taxExempt: true };
    const [{ id }, { id: other }] = [await own.account(terms), await own.account(terms)];
    const { subscription } = await subscribe(own, id, planId);
    const { subscription: second } = await subscribe(own, other, planId);
    const startedAt = world.clock.now();
    for (const one of [id, other]) await own.transact((work) => updateAccount(work, one, { taxExempt: false }));
    const { planId: dearer } = await sellPlan(own, { prices: [flat(6_200n)] });
    const seen = () =>
      query<Record<string, string | null>>(
        world.database.superuserUrl,
        `select i.status, i.subtotal, i.tax_total as tax, t.reason, i.total, i.carried_to_credit as credit from invoices i
         left join invoice_taxations t on t.invoice_id = i.id
         where i.account_id = $1 and i.created_at > $2 order by i.created_at, i.id`,
        [id, startedAt],
      );
    world.clock.advance({ days: 10 });
    const replace = (of: string, plan: string, settle: string) =>
      own.transact((work) =>
        changeSubscription(work, {
          ...{ id: of, when: 'now', settle, creditBasis: 'time' },
          changes: [{ replacePlan: { plan: { id: plan } } }],
        } as never),
      );
    await replace(subscription.id, dearer, 'invoice_now');
    await replace(second.id, dearer, 'next_invoice');
    expect(await seen()).toMatchObject([{ status: 'draft', subtotal: '2100', tax: '0', reason: 'no_rate' }]);
    world.clock.advance({ days: 10 });
    await own.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' } as never),
    );
    expect(await seen()).toMatchObject([
      { status: 'draft', reason: 'no_rate' },
      { status: 'draft', subtotal: '-2200', tax: '0', reason: 'taken_back' },
    ]);
    await replace(second.id, planId, 'next_invoice');
    await own.transact((work) => createTaxRate(work, { name: 'TVA', country: 'FR', percent: '20', inclusive: false }));
    await world.settle();
    expect(await seen()).toMatchObject([
      { status: 'open', subtotal: '2100', tax: '840', reason: null },
      { status: 'paid', subtotal: '-2200', tax: '-440', reason: null, credit: '2640' },
    ]);
    expect(await taxesOf(id)).toMatchObject([
      { billed: '0', back: '0' },
      { billed: '840', back: '-440' },
    ]);
    // What waits on one draft together with what takes it back is taxed alike.
    world.clock.advance({ days: 11 });
    await bill(world.app, own);
    expect(await taxesOf(other)).toMatchObject([
      { billed: '0', back: '0' },
      { billed: '840', back: '-440' },
    ]);
  });
});

const seats = (quantity: string, settle: 'next_invoice' | 'invoice_now', id: string) =>
  organization.transact((work) =>
    changeSubscription(work, {
      ...{ id, when: 'now', settle, creditBasis: 'time' as const },
      changes: [{ setQuantity: { component: 'seats', quantity } }],
    }),
  );

/** Seats at 10.99 each, one at first, and what else is sold beside them. From 1 April, with ten days of grace. */
async function seated(more: Parameters<typeof flat>[0][] = []) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z', {
    ...{ billingAddress: { country: 'DE' }, invoiceGraceDays: 10 },
  });
  const seat = flat(0n, { component: 'seats', model: { perSeat: { unitAmount: '1099' } } });
  const { planId } = await sellPlan(organization, { prices: [seat, ...more.map((amount) => flat(amount))] });
  const { subscription } = await subscribe(organization, accountId, planId, {
    items: [{ plan: { id: planId }, quantity: '1' }],
  });
  const to = (day: string) => walk(world.app, organization, clockId, `2026-${day}T00:00:00Z`);
  await to('05-03');
  return { accountId, id: subscription.id, to };
}

/** What became of the seats' line that was partly taken back: its tax and that of what takes it back, of final invoices and drafts. */
async function seatTaxes(accountId: string) {
  const [line] = await query<{ tax: bigint; back: bigint; statuses: string }>(
    world.database.superuserUrl,
    `select l.tax_amount::int as tax, r.tax_amount::int as back, i.status || ' ' || j.status as statuses
     from invoice_lines l join invoices i on i.id = l.invoice_id join invoice_lines r on r.reverses_line_id = l.id
     join invoices j on j.id = r.invoice_id where i.account_id = $1 and l.amount = 1099`,
    [accountId],
  );
  return line;
}

describe('a draft of which a line that waits took something back', () => {
  it('keeps its tax, too: what goes back later was charged', async () => {
    const { accountId, id, to } = await seated();
    await seats('9', 'next_invoice', id);
    expect(await seatTaxes(accountId)).toEqual({ tax: 209, back: -195, statuses: 'draft draft' });
    await organization.transact((work) => updateAccount(work, accountId, { taxExempt: true }));
    await to('05-12');
    expect(await seatTaxes(accountId)).toEqual({ tax: 209, back: -195, statuses: 'open draft' });
    await to('06-12');
    expect(await seatTaxes(accountId)).toEqual({ tax: 209, back: -195, statuses: 'open open' });
  });

  it('and keeps it while another of its lines waits for a tax', async () => {
    const { accountId, id, to } = await seated([2_000n]);
    await seats('9', 'invoice_now', id);
    const charged = { tax: 209, back: -195 };
    expect(await seatTaxes(accountId)).toEqual({ ...charged, statuses: 'draft open' });
    await organization.transact(async (work) => {
      const { id: legalEntityId } = (await work.findOne(LegalEntityEntity, { organizationId: organization.id }))!;
      await createTaxRegistration(work, { legalEntityId, country: 'PL' });
      await updateAccount(work, accountId, { billingAddress: { country: 'PL' } });
    });
    await to('05-12');
    expect(await seatTaxes(accountId)).toEqual({ ...charged, statuses: 'draft open' });
    await organization.transact((work) =>
      createTaxRate(work, { name: 'None', country: 'PL', percent: '0', inclusive: false }),
    );
    await world.settle();
    expect(await seatTaxes(accountId)).toEqual({ ...charged, statuses: 'open open' });
    const taxes = await query(
      world.database.superuserUrl,
      `select l.amount::int, l.tax_amount::int as tax from invoice_lines l join invoices i on i.id = l.invoice_id
       where i.account_id = $1 and i.reason = 'subscription_cycle' order by l.amount`,
      [accountId],
    );
    expect(taxes).toEqual([
      { amount: 1_099, tax: 209 },
      { amount: 2_000, tax: 0 },
    ]);
  });
});
