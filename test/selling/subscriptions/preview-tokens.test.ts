import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import type { Identity } from '../../../src/platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { createCoupon } from '../../../src/selling/coupons/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { type Asker, testWorld, type World } from '../../support/world.ts';

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

type Values = Record<string, unknown>;
interface Answer {
  userErrors: { code: string; path: string[] }[];
  [field: string]: unknown;
}

const lines = `lines { kind description quantity unitAmountMinor amount { amountMinor } discountAmount { amountMinor }
  taxAmount { amountMinor } reversesLineId }`;
const figures = `currency total { amountMinor } taxTotal { amountMinor } carriedToCredit { amountMinor }
  creditsApplied { amountMinor } ${lines}`;
const subscriptionShown = `preview { status endsAt dueNow { amountMinor } credited { amountMinor } token expiresAt
  nextBillingAt upcoming { at } invoices { ${figures} } }`;
const noteFigures = `total { amountMinor } toInvoice { amountMinor } toRefund { amountMinor } toBalance { amountMinor }
  lines { invoiceLineId amount { amountMinor } discountAmount { amountMinor } taxAmount { amountMinor } total { amountMinor } }`;

async function ask(kind: 'query' | 'mutation', field: string, input: Values, shown: string, as: Asker = organization) {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const answer = await world.graphql<Record<string, Answer>>(
    `${kind} ($input: ${type}!) { ${field}(input: $input) { ${shown} userErrors { code path } } }`,
    { input },
    { as },
  );
  expect(answer.errors).toBeUndefined();
  return answer.data![field]!;
}

/** All that previews and refusals must leave alone. */
async function rowsOf(): Promise<unknown> {
  const tables = 'subscriptions invoices invoice_lines credit_notes refunds credit_entries scheduled_changes facts';
  const counts = tables.split(' ').map((table) => `(select count(*) from ${table}) as ${table}`);
  const [row] = await query(
    world.database.superuserUrl,
    `select ${counts.join(', ')}, (select sum(last_number) from number_series) as numbers,
       (select count(*) from idempotency_keys) as keys`,
  );
  return row;
}

/** A subscription in the middle of its month, paid by hand, on a test clock; 31.00 for March. */
async function subscribed(status?: 'paused' | 'canceled' | 'trialing' | 'cut') {
  const { clockId, accountId } = await clockAccount(organization, '2026-03-01T00:00:00Z');
  const { planId } = await sellPlan(organization, { prices: [flat(3_100n)] });
  const account = { id: toGlobalId('acc', accountId) };
  const items = [{ plan: { id: toGlobalId('plan', planId) } }];
  const trialDays = status === 'trialing' ? 30 : null;
  const made = await ask('mutation', 'createSubscription', { account, items, collection: 'MANUAL', trialDays }, one);
  const { id, latestInvoice } = made.subscription as {
    id: string;
    latestInvoice: { id: string; lines: { id: string }[] };
  };
  if (status === 'cut') await cutShort(id);
  const moment = '2026-03-11T00:00:00Z';
  await walk(world.app, organization, clockId, moment);
  if (status === 'paused') await ask('mutation', 'pauseSubscription', { id, when: 'NOW', creditBasis: 'TIME' }, one);
  if (status === 'canceled') await ask('mutation', 'cancelSubscription', { id, at: 'NOW', creditBasis: 'TIME' }, one);
  if (status === 'paused' || status === 'canceled') {
    await walk(world.app, organization, clockId, '2026-03-21T00:00:00Z');
  }
  return { id, accountId, account, clockId, invoice: latestInvoice };
}

/** It ends in the middle of a period: its end is scheduled, and then another interval begun. */
async function cutShort(id: string): Promise<void> {
  await ask('mutation', 'cancelSubscription', { id, at: 'PERIOD_END' }, one);
  const { planId } = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(36_500n)] });
  const changes = [{ replacePlan: { plan: { id: toGlobalId('plan', planId) } } }];
  const { userErrors } = await ask('mutation', 'changeSubscription', { id, changes, when: 'NOW' }, one);
  expect(userErrors).toEqual([]);
}

const one = `subscription { id status latestInvoice { id ${figures.replace('lines {', 'lines { id')} } }`;

type Subject = Awaited<ReturnType<typeof subscribed>>;

/** What can be looked at before it is done: the input, another one, what may be added, and what shows the same figures. */
interface Act {
  execution: string;
  preview: string;
  shown: string;
  done: string;
  ready(): Promise<Subject>;
  input(subject: Subject): Values;
  other(subject: Subject): Values;
  added: Values;
  /** The figures that both must show. */
  ofPreview(answer: Answer): unknown;
  ofDone(answer: Answer): unknown;
  /** How the preview is asked for the same input. */
  wrap?(input: Values): Values;
}

const about = (name: string) => ({
  execution: `${name}Subscription`,
  preview: `preview${name[0]!.toUpperCase()}${name.slice(1)}Subscription`,
  shown: subscriptionShown,
  done: `subscription { id status latestInvoice { ${figures} } }`,
  ofPreview: ({ preview }: Answer) => {
    const { status, invoices } = preview as { status: string; invoices: unknown[] };
    return { status, latestInvoice: invoices.at(-1) ?? null };
  },
  ofDone: ({ subscription }: Answer) => {
    const { id: _id, ...rest } = subscription as { id: string };
    return rest;
  },
  added: {},
});

const charge = (amountMinor: string) => ({
  description: 'Workshop',
  quantity: '1.5',
  unitAmount: { amountMinor, currency: 'EUR' },
});

const acts: Act[] = [
  {
    ...about('cancel'),
    ready: () => subscribed(),
    input: ({ id }) => ({ id, at: 'NOW', creditBasis: 'TIME' }),
    other: ({ id }) => ({ id, at: 'NOW' }),
    added: { reason: 'too dear' },
  },
  {
    ...about('pause'),
    ready: () => subscribed(),
    input: ({ id }) => ({ id, when: 'NOW', creditBasis: 'TIME', anchor: 'SHIFT' }),
    other: ({ id }) => ({ id, when: 'NOW' }),
  },
  {
    ...about('resume'),
    ready: () => subscribed('paused'),
    input: ({ id }) => ({ id }),
    other: ({ id }) => ({ id, date: '2026-04-09T00:00:00Z' }),
  },
  {
    ...about('reactivate'),
    ready: () => subscribed('canceled'),
    input: ({ id }) => ({ id }),
    other: () => ({ id: toGlobalId('sub', '0190a1b2-0000-7000-8000-000000000001') }),
  },
  {
    execution: 'createCreditNote',
    preview: 'previewCreditNote',
    shown: `preview { token expiresAt ${noteFigures} }`,
    done: `creditNote { id ${noteFigures} }`,
    ready: () => subscribed(),
    input: ({ invoice }) => ({
      invoiceId: invoice.id,
      lines: [{ invoiceLineId: invoice.lines[0]!.id, part: { amount: { amountMinor: '1033', currency: 'EUR' } } }],
    }),
    other: ({ invoice }) => ({ invoiceId: invoice.id }),
    added: { reason: 'OTHER', memo: 'sorry', metadata: { ticket: '7' } },
    ofPreview: ({ preview }) => {
      const { token: _token, expiresAt: _until, ...rest } = preview as Record<string, unknown>;
      return rest;
    },
    ofDone: ({ creditNote }) => {
      const { id: _id, ...rest } = creditNote as Record<string, unknown>;
      return rest;
    },
  },
  {
    execution: 'createInvoice',
    preview: 'previewInvoice',
    shown: `invoices { ${figures} } token expiresAt`,
    done: `invoice { id ${figures} }`,
    ready: () => subscribed(),
    input: ({ account }) => ({ accountId: account.id, lines: [charge('3333'), charge('1')], finalize: true }),
    other: ({ account }) => ({ accountId: account.id, lines: [charge('3334'), charge('1')], finalize: true }),
    added: { memo: 'Thank you', purchaseOrderNumber: 'PO 7', metadata: { ticket: '7' } },
    ofPreview: ({ invoices }) => (invoices as unknown[])[0],
    ofDone: ({ invoice }) => {
      const { id: _id, ...rest } = invoice as Record<string, unknown>;
      return rest;
    },
    wrap: (create) => ({ create }),
  },
  {
    ...about('undoCancel'),
    ready: () => subscribed('cut'),
    input: ({ id }) => ({ id }),
    other: () => ({ id: toGlobalId('sub', '0190a1b2-0000-7000-8000-000000000001') }),
  },
  {
    ...about('trial'),
    ...{ execution: 'endTrial', preview: 'previewEndTrial' },
    ready: () => subscribed('trialing'),
    input: ({ id }) => ({ id }),
    other: () => ({ id: toGlobalId('sub', '0190a1b2-0000-7000-8000-000000000001') }),
  },
  {
    ...about('trial'),
    ...{ execution: 'extendTrial', preview: 'previewExtendTrial' },
    ready: () => subscribed('trialing'),
    input: ({ id }) => ({ id, until: '2026-04-09T00:00:00Z' }),
    other: ({ id }) => ({ id, until: '2026-04-10T00:00:00Z' }),
  },
];

const tokenOf = (answer: Answer): string =>
  (answer.token ?? (answer.preview as { token: string } | null)?.token) as string;
const look = (act: Act, input: Values, as?: Asker) =>
  ask('query', act.preview, (act.wrap ?? ((it) => it))(input), act.shown, as);
const execute = (act: Act, input: Values, more: Values, as?: Asker) =>
  ask('mutation', act.execution, { ...input, ...act.added, ...more }, act.done, as);

describe.each(acts.map((act) => [act.preview, act] as const))('%s', (_name, act) => {
  it('writes nothing, and its token does just what was shown, once, whatever keys it comes with', async () => {
    const subject = await act.ready();
    const input = act.input(subject);
    const before = await rowsOf();
    const shown = await look(act, input);
    expect(shown.userErrors).toEqual([]);
    expect(await rowsOf()).toEqual(before);
    await walk(world.app, organization, subject.clockId, '2026-03-21T00:17:31Z');
    const previewToken = tokenOf(shown);
    // Two buttons, two keys, one token, at the same time.
    const both = await Promise.all(
      ['one', 'two'].map((key) =>
        execute(act, input, { previewToken, idempotencyKey: `${previewToken.slice(-20)} ${key}` }),
      ),
    );
    const done = both.filter((answer) => answer.userErrors.length === 0);
    expect(done.length).toBeGreaterThan(0);
    for (const answer of both) {
      expect(answer.userErrors.filter(({ code }) => code !== 'IDEMPOTENCY_IN_PROGRESS')).toEqual([]);
    }
    for (const answer of done) expect(act.ofDone(answer)).toEqual(act.ofPreview(shown));
    const after = await rowsOf();
    const again = await execute(act, input, { previewToken });
    expect(again).toEqual(done[0]);
    expect(await rowsOf()).toEqual(after);
  });

  it('is worth nothing to others, for other inputs, other mutations, or later', async () => {
    const subject = await act.ready();
    const input = act.input(subject);
    const previewToken = tokenOf(await look(act, input));
    const stranger = await world.organization({ timezone: 'UTC' });
    const colleague: Identity = { ...organization.identity, actor: { ...organization.actor, id: stranger.actor.id } };
    const before = await rowsOf();
    const notOurs = [{ code: 'INVALID_INPUT', path: ['input', 'previewToken'] }];
    expect((await execute(act, input, { previewToken }, colleague)).userErrors).toEqual(notOurs);
    expect((await execute(act, input, { previewToken }, stranger)).userErrors).toEqual(notOurs);
    expect((await execute(act, act.other(subject), { previewToken })).userErrors).toEqual(notOurs);
    expect((await execute(act, input, { previewToken: `${previewToken.slice(0, -1)}` })).userErrors).toEqual(notOurs);
    const another = acts.find(({ execution }) => execution !== act.execution && execution.startsWith('c'))!;
    const foreign = await another.ready();
    const elsewhere = await execute(another, another.input(foreign), { previewToken });
    expect(elsewhere.userErrors).toEqual(notOurs);
    const kept = await rowsOf();
    world.clock.advance({ seconds: 3_601 });
    expect((await execute(act, input, { previewToken })).userErrors).toEqual([
      { code: 'STALE_PREVIEW', path: ['input', 'previewToken'] },
    ]);
    expect(await rowsOf()).toEqual(kept);
    expect(kept).not.toEqual(before);
    // What was refused can be looked at anew and done.
    const anew = await look(act, input);
    const { userErrors } = await execute(act, input, { previewToken: tokenOf(anew) });
    expect(userErrors).toEqual([]);
  });
});

describe('what a preview tells a customer', () => {
  it('an end now with credit: what goes back, that nothing is due or billed any more', async () => {
    const { id } = await subscribed();
    const { preview } = await look(acts[0]!, { id, at: 'NOW', creditBasis: 'TIME' });
    // 21 of 31 days of 31.00 that nobody has paid yet.
    expect(preview).toMatchObject({
      status: 'CANCELED',
      endsAt: '2026-03-11T00:00:00.000Z',
      dueNow: { amountMinor: '0' },
      nextBillingAt: null,
      upcoming: null,
      invoices: [{ lines: [{ amount: { amountMinor: '-2100' } }] }],
    });
    const later = await look(acts[0]!, { id, at: 'PERIOD_END' });
    expect(later.preview).toMatchObject({ status: 'ACTIVE', endsAt: '2026-04-01T00:00:00.000Z', invoices: [] });
  });

  it('a trial that ends now, or later: what is due, and when', async () => {
    const [end, extend] = ['previewEndTrial', 'previewExtendTrial'].map(
      (name) => acts.find(({ preview }) => preview === name)!,
    );
    const subject = await subscribed('trialing');
    const { preview: now } = await look(end!, { id: subject.id });
    expect(now).toMatchObject({
      ...{ status: 'ACTIVE', dueNow: { amountMinor: '3100' }, nextBillingAt: '2026-04-11T00:00:00.000Z' },
      upcoming: [{ at: '2026-04-11T00:00:00.000Z' }],
    });
    const { preview: later } = await look(extend!, extend!.input(subject));
    expect(later).toMatchObject({
      ...{ status: 'TRIALING', invoices: [], nextBillingAt: '2026-04-09T00:00:00.000Z' },
      upcoming: [{ at: '2026-04-09T00:00:00.000Z' }],
    });
    const tooEarly = await look(extend!, { id: subject.id, until: '2026-03-12T00:00:00Z' });
    expect(tooEarly).toMatchObject({
      preview: null,
      userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'until'] }],
    });
  });

  it('an end that is taken back: what it had left out is due', async () => {
    const { id } = await subscribed('cut');
    const { preview } = await look(acts.find(({ execution }) => execution === 'undoCancelSubscription')!, { id });
    // 334 of 365 days of 365.00.
    expect(preview).toMatchObject({
      ...{ status: 'ACTIVE', endsAt: null, dueNow: { amountMinor: '33400' } },
      invoices: [{ lines: [{ amount: { amountMinor: '-2100' } }, { amount: { amountMinor: '35500' } }] }],
    });
  });

  it('a pending change that is taken back, and does just that', async () => {
    const { id } = await subscribed('cut');
    const [pending] = await query<{ id: string }>(
      world.database.superuserUrl,
      `select id from scheduled_changes where subscription_id = $1 and status = 'pending'`,
      [fromGlobalId('sub', id)],
    );
    const input = { id: toGlobalId('sch', pending!.id) };
    const { preview } = await ask('query', 'previewUndoSubscriptionChange', input, subscriptionShown);
    expect(preview).toMatchObject({ status: 'ACTIVE', endsAt: null, dueNow: { amountMinor: '33400' } });
    const { token: previewToken } = preview as { token: string };
    const undone = async () => ask('mutation', 'undoSubscriptionChange', { ...input, previewToken }, one);
    const first = await undone();
    expect(first).toMatchObject({ subscription: { latestInvoice: { total: { amountMinor: '33400' } } } });
    expect(await undone()).toEqual(first);
  });

  it('a first invoice that has to be paid before anything comes: what comes then', async () => {
    const { accountId } = await clockAccount(organization, '2026-03-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_100n)] });
    const account = { id: toGlobalId('acc', accountId) };
    const items = [{ plan: { id: toGlobalId('plan', planId) } }];
    const { preview } = await ask('query', 'previewSubscription', { account, items }, subscriptionShown);
    const next = '2026-04-01T00:00:00.000Z';
    expect(preview).toMatchObject({ status: 'INCOMPLETE', nextBillingAt: next, upcoming: [{ at: next }] });
  });

  it('an invoice by hand is refused as it would be, at the field of the preview', async () => {
    const { account } = await subscribed();
    const wrong = { accountId: account.id, lines: [{ ...charge('10'), quantity: '-1' }] };
    const { userErrors, token } = await ask('query', 'previewInvoice', { create: wrong }, acts[5]!.shown);
    expect(token).toBeNull();
    expect(userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'create', 'lines', '0', 'quantity'] }]);
  });
});

describe('what has changed since a preview', () => {
  const invoiceAct = acts[5]!;

  it('time alone changes nothing: an invoice by hand is of the instant, tax day and coupons of its preview', async () => {
    const taxed = await world.organization({ timezone: 'UTC' });
    const rate = { name: 'VAT', country: 'AT', inclusive: false };
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '10', validTo: '2026-04-01' }));
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '20', validFrom: '2026-04-01' }));
    const redeemBy = new Date('2026-04-01T00:00:00Z');
    const coupon = await taxed.transact((work) =>
      createCoupon(work, { name: 'Late', off: { percent: '50' }, redeemBy }),
    );
    const at = '2026-03-31T23:50:00.000Z';
    const { clockId, accountId } = await clockAccount(taxed, at, { billingAddress: { country: 'AT' } });
    const input = {
      ...{ accountId: toGlobalId('acc', accountId), lines: [charge('1000')], finalize: true, dueOn: '2026-04-02' },
      discounts: [{ coupon: { couponId: toGlobalId('cpn', coupon.id) } }],
    };
    const shown = await look(invoiceAct, input, taxed);
    expect(shown.userErrors).toEqual([]);
    await walk(world.app, taxed, clockId, '2026-04-01T00:10:00Z');
    const done = await execute(invoiceAct, input, { previewToken: tokenOf(shown) }, taxed);
    expect(done.userErrors).toEqual([]);
    expect(invoiceAct.ofDone(done)).toEqual(invoiceAct.ofPreview(shown));
    expect(invoiceAct.ofDone(done)).toMatchObject({ total: { amountMinor: '825' } });
    const [made] = await query<Record<string, Date>>(
      world.database.superuserUrl,
      'select created_at, finalized_at, due_at from invoices where account_id = $1',
      [accountId],
    );
    expect(made).toEqual({
      created_at: new Date(at),
      finalized_at: new Date(at),
      due_at: new Date('2026-04-02T23:50:00.000Z'),
    });
    expect((await execute(invoiceAct, input, {}, taxed)).userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);
  });

  it('another tax, credit, or charge that waits: refused, and nothing is written', async () => {
    const taxed = await world.organization({ timezone: 'UTC' });
    const account = await taxed.account({ timezone: 'UTC', billingAddress: { country: 'AT' } });
    const input = {
      accountId: toGlobalId('acc', account.id),
      lines: [charge('3333')],
      finalize: true,
      includeWaitingCharges: true,
    };
    const disturb: Record<string, () => Promise<unknown>> = {
      tax: () =>
        taxed.transact((work) => createTaxRate(work, { name: 'VAT', country: 'AT', percent: '20', inclusive: false })),
      credit: () =>
        ask(
          'mutation',
          'grantCredit',
          { accountId: input.accountId, amount: { amountMinor: '5', currency: 'EUR' }, reason: 'goodwill' },
          'creditGrant { id }',
          taxed,
        ),
      charge: () =>
        ask('mutation', 'createCharge', { accountId: input.accountId, line: charge('7') }, 'charge { id }', taxed),
    };
    for (const [name, change] of Object.entries(disturb)) {
      const shown = await look(invoiceAct, input, taxed);
      expect(shown.userErrors).toEqual([]);
      const answer = (await change()) as { userErrors?: unknown[] };
      expect([name, answer.userErrors ?? []]).toEqual([name, []]);
      const before = await rowsOf();
      const { userErrors } = await execute(invoiceAct, input, { previewToken: tokenOf(shown) }, taxed);
      expect([name, userErrors]).toEqual([name, [{ code: 'STALE_PREVIEW', path: ['input', 'previewToken'] }]]);
      expect(await rowsOf()).toEqual(before);
    }
  });

  it('a note that took some of the line before: refused, also where less is left than was shown', async () => {
    const subject = await subscribed();
    const note = acts[4]!;
    const all = { invoiceId: subject.invoice.id };
    const shown = await look(note, all);
    const part = note.input(subject);
    const partShown = await look(note, part);
    await execute(note, part, {});
    const before = await rowsOf();
    for (const [input, token] of [
      [all, tokenOf(shown)],
      [part, tokenOf(partShown)],
    ] as const) {
      const { userErrors, creditNote } = await execute(note, input, { previewToken: token });
      // The part is the same to the last unit, with or without the other one; the rest is not.
      if (input === part)
        expect([userErrors, note.ofDone({ creditNote, userErrors })]).toEqual([[], note.ofPreview(partShown)]);
      else {
        expect(userErrors).toMatchObject([{ code: 'STALE_PREVIEW' }]);
        expect(await rowsOf()).toEqual(before);
      }
    }
  });

  it('a boundary that was passed: an end, a pause and a reactivation of before are refused', async () => {
    for (const act of acts.slice(0, 2)) {
      const subject = await act.ready();
      const shown = await look(act, act.input(subject));
      await walk(world.app, organization, subject.clockId, '2026-04-02T00:00:00Z');
      const before = await rowsOf();
      const { userErrors } = await execute(act, act.input(subject), { previewToken: tokenOf(shown) });
      expect(userErrors).toMatchObject([{ code: 'STALE_PREVIEW' }]);
      expect(await rowsOf()).toEqual(before);
    }
  });

  it('another version, coupon or override: the subscription is billed as shown, or not at all', async () => {
    const creation: Act = { ...acts[0]!, execution: 'createSubscription', preview: 'previewSubscription', added: {} };
    const { accountId } = await clockAccount(organization, '2026-03-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_100n)] });
    const account = { id: toGlobalId('acc', accountId) };
    const plan = { id: toGlobalId('plan', planId) };
    const input = { account, items: [{ plan }], collection: 'MANUAL' };
    const version = {
      planId: plan.id,
      intervalUnit: 'MONTH',
      prices: [{ component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '2900' } } }],
      publish: true,
    };
    const coupon = await ask(
      'mutation',
      'createCoupon',
      { name: 'Ten', off: { percent: '10' }, frequency: 'FOREVER' },
      'coupon { id }',
    );
    expect(coupon.userErrors).toEqual([]);
    const { id: couponId } = coupon.coupon as { id: string };
    const disturb: Record<string, () => Promise<Answer>> = {
      version: () => ask('mutation', 'createPlanVersion', version, 'planVersion { id }'),
      coupon: () =>
        ask(
          'mutation',
          'applyCoupon',
          { target: { accountId: account.id }, discount: { couponId } },
          'discount { id }',
        ),
    };
    for (const [name, change] of Object.entries(disturb)) {
      const shown = await look(creation, input);
      const changed = await change();
      expect([name, changed.userErrors]).toEqual([name, []]);
      const before = await rowsOf();
      const { userErrors } = await execute(creation, input, { previewToken: tokenOf(shown) });
      expect([name, userErrors]).toEqual([name, [{ code: 'STALE_PREVIEW', path: ['input', 'previewToken'] }]]);
      expect(await rowsOf()).toEqual(before);
    }
    const own = {
      ...input,
      items: [{ plan, components: [{ component: 'base', price: { model: { flat: { amount: '1' } } } }] }],
    };
    const shown = await look(creation, input);
    const { userErrors } = await execute(creation, own, { previewToken: tokenOf(shown) });
    expect(userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'previewToken'] }]);
  });
});

describe('a line of a preview', () => {
  it('names the version of its plan, also what is missing to a commitment', async () => {
    const { accountId, clockId } = await clockAccount(organization, '2026-02-01T00:00:00Z');
    const minimumCommitment = [{ currency: 'EUR', amountMinor: 3_000n }];
    const { planId } = await sellPlan(organization, { prices: [flat(2_332n)], minimumCommitment });
    const { subscription } = await subscribe(organization, accountId, planId);
    const lines = 'lines { kind amount { amountMinor } derivation { planVersion { version } } }';
    const shown = await ask(
      'query',
      'previewInvoice',
      { subscriptionId: toGlobalId('sub', subscription.id) },
      `invoices { ${lines} }`,
    );
    await walk(world.app, organization, clockId, '2026-03-01T00:00:00Z');
    const done = await world.graphql<{ subscription: { latestInvoice: unknown } }>(
      `query ($id: ID!) { subscription(id: $id) { latestInvoice { ${lines} } } }`,
      { id: toGlobalId('sub', subscription.id) },
      { as: organization },
    );
    expect((shown.invoices as unknown[])[0]).toEqual(done.data!.subscription.latestInvoice);
    expect(JSON.stringify(shown)).toContain(
      '{"kind":"TRUE_UP","amount":{"amountMinor":"668"},"derivation":{"planVersion":{"version":1}}}',
    );
  });
});
