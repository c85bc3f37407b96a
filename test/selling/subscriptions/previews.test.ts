import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { pauseSubscription } from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { sentTransactions } from '../../support/round-trips.ts';
import { clockAccount, flat, sellPlan, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const figures = `currency subtotal { amountMinor } discountTotal { amountMinor } taxTotal { amountMinor } total { amountMinor }
  creditsApplied { amountMinor } amountDue { amountMinor } taxes { name percent taxable { amountMinor } amount { amountMinor } }
  lines { kind description component period { start end } quantity unitAmountMinor amount { amountMinor } discountAmount { amountMinor }
    taxAmount { amountMinor } reversesLineId }`;

interface Preview {
  status: string;
  invoices: Record<string, unknown>[];
  upcoming: unknown[];
  token: string;
}
interface Refusal {
  code: string;
  path: string[];
}

async function ask<T>(text: string, input: Record<string, unknown>): Promise<T & { userErrors: Refusal[] }> {
  const answer = await world.graphql<Record<string, T & { userErrors: Refusal[] }>>(
    text,
    { input },
    { as: organization },
  );
  expect(answer.errors).toBeUndefined();
  return Object.values(answer.data!)[0]!;
}

const preview = (input: Record<string, unknown>) =>
  ask<{ preview: Preview }>(
    `query ($input: PreviewSubscriptionInput!) { previewSubscription(input: $input) {
       preview { status token upcoming { at total { amountMinor } } invoices { ${figures} } } userErrors { code path } } }`,
    input,
  );
const create = (input: Record<string, unknown>) =>
  ask<{ subscription: { id: string; status: string; latestInvoice: Record<string, unknown> | null } }>(
    `mutation ($input: CreateSubscriptionInput!) { createSubscription(input: $input) {
       subscription { id status latestInvoice { ${figures} } } userErrors { code path } } }`,
    input,
  );
const upcoming = (input: Record<string, unknown>) =>
  ask<{ invoices: Record<string, unknown>[]; provisional: boolean }>(
    `query ($input: PreviewInvoiceInput!) { previewInvoice(input: $input) { provisional invoices { at ${figures} } userErrors { code path } } }`,
    input,
  );

const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '333.33' } } });

async function ready() {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-10T08:30:00Z');
  const { planId } = await sellPlan(organization, { prices: [flat(), seats] });
  const account = { id: toGlobalId('acc', accountId) };
  const items = [{ plan: { id: toGlobalId('plan', planId) }, quantity: '7' }];
  return { clockId, accountId, input: { account, items, anchor: 'CALENDAR' } };
}

const rowsOf = async () => {
  const [counts] = await query<Record<string, bigint>>(
    world.database.superuserUrl,
    `select (select count(*) from subscriptions) as subscriptions, (select count(*) from invoices) as invoices,
       (select count(*) from facts) as facts, (select sum(last_number) from number_series) as numbers`,
  );
  return counts!;
};

describe('a preview of a subscription', () => {
  it('shows the invoice that creation then makes, to the last unit, and writes nothing', async () => {
    const { input } = await ready();
    const before = await rowsOf();
    const { preview: shown } = await preview(input);
    expect(await rowsOf()).toEqual(before);
    const { subscription, userErrors } = await create({ ...input, previewToken: shown.token });
    expect(userErrors).toEqual([]);
    expect(subscription.status).toBe(shown.status);
    expect(shown.invoices).toEqual([subscription.latestInvoice]);
    expect(shown.invoices[0]).toMatchObject({ lines: [{ kind: 'RECURRING' }, { kind: 'RECURRING' }] });
    expect(shown.upcoming).toMatchObject([{ at: '2026-05-01T00:00:00.000Z' }]);
  });

  it('is carried out once, however often its token is given', async () => {
    const { input } = await ready();
    const { preview: shown } = await preview(input);
    const first = await create({ ...input, previewToken: shown.token });
    const before = await rowsOf();
    const again = await create({ ...input, previewToken: shown.token });
    expect(again.subscription.id).toBe(first.subscription.id);
    expect(await rowsOf()).toEqual(before);
  });

  it('is kept as of its own instant while the clock goes on', async () => {
    const { clockId, input } = await ready();
    const { preview: shown } = await preview(input);
    await walk(world.app, organization, clockId, '2026-04-10T09:15:00Z');
    const { preview: later } = await preview(input);
    expect(later.invoices).not.toEqual(shown.invoices);
    const { subscription } = await create({ ...input, previewToken: shown.token });
    expect([subscription.latestInvoice]).toEqual(shown.invoices);
  });

  it('is refused, and nothing is written, once it would be billed otherwise', async () => {
    const { clockId, input } = await ready();
    const { preview: shown } = await preview(input);
    await walk(world.app, organization, clockId, '2026-05-02T00:00:00Z');
    const before = await rowsOf();
    const refused = await create({ ...input, previewToken: shown.token });
    expect(refused.userErrors).toMatchObject([{ code: 'STALE_PREVIEW', path: ['input', 'previewToken'] }]);
    expect(await rowsOf()).toEqual(before);
  });

  it('is no promise about another input, and can not be forged', async () => {
    const { input } = await ready();
    const { preview: shown } = await preview(input);
    const more = { ...input, items: [{ ...input.items[0], quantity: '8' }] };
    for (const [asked, previewToken] of [
      [more, shown.token],
      [input, `${shown.token}x`],
      [input, shown.token.replace(/^./, 'Z')],
      [input, ''],
    ] as const) {
      const { userErrors } = await create({ ...asked, previewToken });
      expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'previewToken'] }]);
    }
  });

  it('is refused as the creation would be', async () => {
    const { input } = await ready();
    const wrong = { ...input, items: [{ plan: { externalId: 'nowhere' } }] };
    const { preview: shown, userErrors } = await preview(wrong);
    expect(shown).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'items', '0', 'plan', 'externalId'] }]);
  });

  it('is refused by what only the database knows, whether or not anything is read afterwards', async () => {
    const { input } = await ready();
    await create({ ...input, externalId: 'taken' });
    const { userErrors } = await ask<{ preview: unknown }>(
      `query ($input: PreviewSubscriptionInput!) { previewSubscription(input: $input) {
         preview { status } userErrors { code path } } }`,
      { ...input, externalId: 'taken' },
    );
    expect(userErrors).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
  });
});

const previewChange = (input: Record<string, unknown>) =>
  ask<{ preview: Preview & { upcoming: { at: string; lines: { quantity: string }[] }[] } }>(
    `query ($input: PreviewSubscriptionChangeInput!) { previewSubscriptionChange(input: $input) {
       preview { status token upcoming { at total { amountMinor } } invoices { ${figures} } upcoming { at ${figures} } } userErrors { code path } } }`,
    input,
  );
const change = (input: Record<string, unknown>) =>
  ask<{ subscription: { id: string; latestInvoice: Record<string, unknown> } }>(
    `mutation ($input: ChangeSubscriptionInput!) { changeSubscription(input: $input) {
       subscription { id latestInvoice { ${figures} } } userErrors { code path } } }`,
    input,
  );

describe('a preview of a change', () => {
  async function subscribed() {
    const { clockId, input } = await ready();
    const { subscription } = await create({ ...input, collection: 'MANUAL' });
    await walk(world.app, organization, clockId, '2026-05-11T13:00:07Z');
    const more = (quantity: string) => ({ id: subscription.id, changes: [{ setQuantity: { quantity } }] });
    return { clockId, id: subscription.id, more };
  }

  it('shows the invoice that the change then makes, as of its own instant, and the one that comes next', async () => {
    const { clockId, more } = await subscribed();
    const before = await rowsOf();
    const { preview: shown } = await previewChange(more('9'));
    expect(await rowsOf()).toEqual(before);
    expect(shown.upcoming).toMatchObject([
      { at: '2026-06-01T00:00:00.000Z', lines: [{ quantity: '1' }, { quantity: '9' }] },
    ]);
    await walk(world.app, organization, clockId, '2026-05-11T13:45:00Z');
    const { subscription, userErrors } = await change({ ...more('9'), previewToken: shown.token });
    expect(userErrors).toEqual([]);
    expect([subscription.latestInvoice]).toEqual(shown.invoices);
    expect(shown.invoices[0]).toMatchObject({ lines: [{ quantity: '7' }, { quantity: '9' }] });
  });

  it('is refused after another change, and once the period is over', async () => {
    const { clockId, more } = await subscribed();
    const { preview: shown } = await previewChange(more('9'));
    await change(more('8'));
    const before = await rowsOf();
    const { userErrors } = await change({ ...more('9'), previewToken: shown.token });
    expect(userErrors).toMatchObject([{ code: 'STALE_PREVIEW' }]);
    const { preview: second } = await previewChange(more('12'));
    expect(await rowsOf()).toEqual(before);
    await walk(world.app, organization, clockId, '2026-06-02T00:00:00Z');
    const late = await change({ ...more('12'), previewToken: second.token });
    expect(late.userErrors).toMatchObject([{ code: 'STALE_PREVIEW' }]);
  });
});

describe('a preview of a change that waits for the next invoice', () => {
  it.each(['NEXT_INVOICE', 'NONE'])('shows when that comes, before and after the change (%s)', async (settle) => {
    const { clockId, input } = await ready();
    const { subscription } = await create({ ...input, collection: 'MANUAL' });
    await walk(world.app, organization, clockId, '2026-05-11T13:00:07Z');
    const wanted = { id: subscription.id, changes: [{ setQuantity: { quantity: '9' } }], when: 'NOW', settle };
    const { preview: shown } = await previewChange(wanted);
    const coming = { at: '2026-06-01T00:00:00.000Z', lines: [{}, {}, {}, { quantity: '9' }] };
    expect(shown.upcoming).toMatchObject([coming]);
    const { userErrors } = await change({ ...wanted, previewToken: shown.token });
    expect(userErrors).toEqual([]);
    expect((await upcoming({ subscriptionId: subscription.id })).invoices).toMatchObject([coming]);
  });
});

describe('a preview of the next invoice', () => {
  it('shows what the run then issues', async () => {
    const { clockId, input } = await ready();
    const { subscription } = await create({ ...input, collection: 'MANUAL' });
    const before = await rowsOf();
    const { invoices, provisional } = await upcoming({ subscriptionId: subscription.id });
    const { invoices: ofAccount } = await upcoming({ accountId: input.account.id });
    expect(await rowsOf()).toEqual(before);
    expect(ofAccount).toEqual(invoices);
    expect(provisional).toBe(false);
    expect(invoices).toMatchObject([{ at: '2026-05-01T00:00:00.000Z' }]);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    const found = await world.graphql<{ subscription: { latestInvoice: Record<string, unknown> } }>(
      `query ($id: ID!) { subscription(id: $id) { latestInvoice { ${figures} } } }`,
      { id: subscription.id },
      { as: organization },
    );
    const [{ at: _at, ...shown }] = invoices as [Record<string, unknown>];
    expect(found.data!.subscription.latestInvoice).toEqual(shown);
  });

  it('of one whose first invoice is not paid says that it comes only then', async () => {
    const { accountId, input } = await ready();
    const { subscription } = await create(input);
    expect(subscription.status).toBe('INCOMPLETE');
    const coming = { provisional: true, invoices: [{ at: '2026-05-01T00:00:00.000Z' }], userErrors: [] };
    expect(await upcoming({ subscriptionId: subscription.id })).toMatchObject(coming);
    expect(await upcoming({ accountId: toGlobalId('acc', accountId) })).toMatchObject(coming);
  });

  it('passes what bills nothing by itself: a change that waits, a pause, what another subscription does', async () => {
    const { input } = await ready();
    const { subscription } = await create({ ...input, collection: 'MANUAL' });
    const other = await create({ ...input, collection: 'MANUAL' });
    const changes = [{ setQuantity: { quantity: '9' } }];
    await change({ id: subscription.id, changes, when: 'DATE', date: '2026-04-20T00:00:00Z', settle: 'NEXT_INVOICE' });
    const at = '2026-05-01T00:00:00.000Z';
    expect((await upcoming({ subscriptionId: subscription.id })).invoices).toMatchObject([
      { at, lines: [{}, {}, {}, { quantity: '9' }, {}, { quantity: '7' }] },
    ]);
    const until = new Date('2026-04-20T00:00:00Z');
    await organization.transact((work) =>
      pauseSubscription(work, { id: fromGlobalId('sub', other.subscription.id)!, when: 'now', until }),
    );
    expect((await upcoming({ subscriptionId: other.subscription.id })).invoices).toMatchObject([
      { at, lines: [{}, {}, {}, { quantity: '9' }, {}, { quantity: '7' }] },
    ]);
    expect((await upcoming({ accountId: input.account.id })).invoices).toMatchObject([{ at }]);
    const ended = await ask<{ preview: Preview }>(
      `query ($input: PreviewCancelSubscriptionInput!) { previewCancelSubscription(input: $input) {
         preview { status token upcoming { at } invoices { ${figures} } } userErrors { code path } } }`,
      { id: other.subscription.id, at: 'DATE', date: '2026-04-25T00:00:00Z' },
    );
    expect([ended.userErrors, ended.preview.upcoming]).toEqual([[], null]);
  });

  it('says that nothing is going to be billed', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-10T08:30:00Z');
    const { userErrors } = await upcoming({ accountId: toGlobalId('acc', accountId) });
    expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', path: ['input', 'accountId'] }]);
  });
});

describe('the round trips of a preview', () => {
  // Each costs as much as the statements in it: what needs nothing of each other is sent together. The rollback is one of them.
  const sentBy = async (run: () => Promise<unknown>) => {
    const sent = await sentTransactions(run);
    const [rehearsal, ...others] = sent.filter(({ texts }) => texts.at(-1) === 'rollback');
    expect(others).toEqual([]);
    // An invoice that nobody keeps need not be written either: the subscription is read again, and so are its items.
    const written = rehearsal!.texts.flatMap((text) =>
      [...text.matchAll(/insert into "(\w+)"/g)].map(([, table]) => table),
    );
    for (const table of written) expect(table).toMatch(/^(subscription|scheduled_change|price_override)/);
    return { statements: rehearsal!.texts.length, roundTrips: rehearsal!.roundTrips };
  };

  it('stay few', async () => {
    const { input } = await ready();
    const { subscription } = await create({ ...input, collection: 'MANUAL' });
    const change = {
      id: subscription.id,
      changes: [{ setQuantity: { component: 'seats', quantity: '9' } }],
      when: 'NOW',
    };
    const changed = () =>
      ask<{ preview: { token: string } }>(
        `query ($input: PreviewSubscriptionChangeInput!) { previewSubscriptionChange(input: $input) {
           preview { token invoices { total { amountMinor } } } userErrors { code path } } }`,
        change,
      );
    const created = () =>
      ask<{ preview: { token: string } }>(
        `query ($input: PreviewSubscriptionInput!) { previewSubscription(input: $input) {
           preview { token invoices { total { amountMinor } } } userErrors { code path } } }`,
        input,
      );
    const figuresOf = {
      creation: await sentBy(created),
      change: await sentBy(changed),
      invoice: await sentBy(() => upcoming({ subscriptionId: subscription.id })),
    };
    const most = { creation: [12, 5], change: [21, 7], invoice: [19, 7] } as const;
    for (const [name, [statements, roundTrips]] of Object.entries(most)) {
      const sent = figuresOf[name as keyof typeof most];
      expect(sent.statements).toBeLessThanOrEqual(statements);
      expect(sent.roundTrips).toBeLessThanOrEqual(roundTrips);
    }
  });
});
