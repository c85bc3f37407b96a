import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deleteAccount } from '../../../src/accounts/index.ts';
import {
  addCreditEntries,
  expireCredit,
  type GrantCreditInput,
  grantCredit,
  holdCredit,
  releaseHold,
  withdrawCredit,
} from '../../../src/collecting/credits/index.ts';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { post } from '../../../src/collecting/ledger/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { newId, toGlobalId } from '../../../src/platform/id.ts';
import { postCreditGranted } from '../../../src/rules/posting.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization();
});

afterEach(async () => expect(await brokenBooks(world.database.superuserUrl)).toEqual({}));
afterAll(() => world.close());

const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });

const grant = (accountId: string, amount: bigint, more: Partial<GrantCreditInput> = {}) =>
  organization.transact((work) => grantCredit(work, { accountId, amount: euro(amount), ...more }));

const invoiceOf = async (accountId: string, ...amounts: (bigint | [bigint, 'one_off' | 'setup_fee'])[]) => {
  const charges = amounts.map((one) =>
    typeof one === 'bigint' ? oneOff(accountId, one) : oneOff(accountId, one[0], { kind: one[1] }),
  );
  const [invoice] = await issueFor(world.app, organization, [accountId], () => ({ charges }));
  return invoice!;
};

const lotsOf = (accountId: string) =>
  query<{ id: string; reason: string | null; remaining: number; held: number }>(
    world.database.superuserUrl,
    'select id, reason, remaining::int, held::int from credit_grants where account_id = $1 order by id',
    [accountId],
  );

const leftOf = async (accountId: string) => (await lotsOf(accountId)).map(({ remaining }) => remaining);

const entriesOf = (accountId: string) =>
  query<{ source: string; amount: number; at: Date }>(
    world.database.superuserUrl,
    'select source_type as source, amount::int, at from credit_entries where account_id = $1 order by seq',
    [accountId],
  );

const ledgerOf = async () => {
  const rows = await query<{ account: string; amount: string }>(
    world.database.superuserUrl,
    `select account, sum(amount)::text as amount from ledger_entries where organization_id = $1
     and account in ('promotions', 'breakage', 'credits') group by account order by account`,
    [organization.id],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, BigInt(amount)]));
};

describe('lots of credit', () => {
  it('are spent by priority, then by what ends sooner, then by age, and only on their kinds of lines', async () => {
    const { id } = await organization.account();
    await grant(id, 100n, { reason: 'old' });
    await grant(id, 100n, { reason: 'ends', expiresAt: new Date('2027-01-01T00:00:00Z') });
    await grant(id, 100n, { reason: 'first', priority: 1 });
    await grant(id, 100n, { reason: 'setup only', priority: 0, lineKinds: ['setup_fee'] });
    const invoice = await invoiceOf(id, [250n, 'one_off'], [40n, 'setup_fee']);
    expect([invoice.status, invoice.creditsApplied]).toEqual(['paid', 290n]);
    expect(await leftOf(id)).toEqual([50, 0, 0, 60]);
    const open = await invoiceOf(id, 70n);
    expect([open.status, open.creditsApplied, open.amountDue]).toEqual(['open', 50n, 20n]);
    await organization.transact((work) => voidInvoice(work, { id: open.id }));
    expect(await leftOf(id)).toEqual([50, 0, 0, 60]);
  });

  it('are gone at the instant they expire, before anything is spent at it, however late that is noted', async () => {
    const due = new Date('2026-03-01T00:00:00Z');
    const punctual = await organization.account();
    const late = await organization.account();
    for (const { id } of [punctual, late]) {
      await grant(id, 100n, { expiresAt: due });
      await grant(id, 30n);
    }
    world.clock.set(due);
    const expire = (id: string) => organization.transact((work) => expireCredit(work, organization.id, id));
    await expire(punctual.id);
    for (const { id } of [punctual, late]) expect((await invoiceOf(id, 80n)).creditsApplied).toBe(30n);
    const movesOf = async (id: string) =>
      (await entriesOf(id)).map(({ source, amount, at }) => `${source} ${amount} ${at.toISOString()}`).sort();
    for (const id of [late.id, late.id, punctual.id]) await expire(id);
    expect(await movesOf(late.id)).toEqual(await movesOf(punctual.id));
    expect(await leftOf(late.id)).toEqual([0, 0]);
  });

  it('expire on a test clock at their own instant, and on the wall clock by the job', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    await grant(accountId, 70n, { expiresAt: new Date('2026-02-10T12:00:00Z') });
    await walk(world.app, organization, clockId, '2026-02-28T00:00:00Z');
    expect((await entriesOf(accountId)).at(-1)).toMatchObject({ amount: -70, at: new Date('2026-02-10T12:00:00Z') });

    const { id } = await organization.account();
    const expiresAt = new Date(world.clock.now().getTime() + 60_000);
    await grant(id, 20n, { expiresAt });
    world.clock.set(new Date(expiresAt.getTime() + 3_600_000));
    await world.app.jobs.get('expire-credit')!.run(world.app, undefined);
    expect((await entriesOf(id)).at(-1)).toMatchObject({ source: 'expiry', amount: -20, at: expiresAt });
  });

  it('take back promotions and make no revenue when they expire or are withdrawn', async () => {
    const before = await ledgerOf();
    const { id } = await organization.account();
    const { id: given } = await grant(id, 500n);
    expect(((await ledgerOf()).promotions ?? 0n) - (before.promotions ?? 0n)).toBe(500n);
    await invoiceOf(id, 200n);
    await organization.transact((work) => withdrawCredit(work, { id: given }));
    const after = await ledgerOf();
    expect((after.promotions ?? 0n) - (before.promotions ?? 0n)).toBe(200n);
    expect(after.breakage).toBe(before.breakage);
    await expect(organization.transact((work) => withdrawCredit(work, { id: given }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });

  it('are revenue when they are withdrawn and had been money, which keeps their account from being deleted', async () => {
    const { id } = await organization.account();
    await organization.transact((work) =>
      recordManualPayment(work, { accountId: id, amount: euro(500n), kind: 'check' }),
    );
    const before = await ledgerOf();
    await expect(organization.transact((work) => deleteAccount(work, id))).rejects.toMatchObject({ code: 'IN_USE' });
    const [lot] = await lotsOf(id);
    await organization.transact((work) => withdrawCredit(work, { id: lot!.id }));
    const after = await ledgerOf();
    expect((after.breakage ?? 0n) - (before.breakage ?? 0n)).toBe(-500n);
    expect(after.promotions).toBe(before.promotions);
    await organization.transact((work) => deleteAccount(work, id));
  });

  it('that expired while an invoice had spent them do not come back with its void', async () => {
    const { id } = await organization.account();
    const expiresAt = new Date(world.clock.now().getTime() + 86_400_000);
    await grant(id, 100n, { expiresAt });
    const invoice = await invoiceOf(id, 150n);
    const limited = await organization.account();
    await grant(limited.id, 100n, { expiresAt, lineKinds: ['setup_fee'] });
    const partly = await invoiceOf(limited.id, [40n, 'setup_fee'], 50n);
    expect([partly.creditsApplied, partly.amountDue]).toEqual([40n, 50n]);
    world.clock.set(new Date(expiresAt.getTime() + 1));
    for (const accountId of [id, limited.id]) {
      await organization.transact((work) => expireCredit(work, organization.id, accountId));
    }
    for (const one of [invoice, partly]) await organization.transact((work) => voidInvoice(work, { id: one.id }));
    await organization.transact((work) => expireCredit(work, organization.id, id));
    expect([await leftOf(id), await leftOf(limited.id)]).toEqual([[0], [0]]);
    expect((await entriesOf(limited.id)).map(({ amount }) => amount)).toEqual([100, -40, -60, 40, -40]);
  });
});

describe('much at once', () => {
  it('expires 2,000 lots of one instant in batches, on the wall clock and on a test clock', async () => {
    const expiresAt = new Date(world.clock.now().getTime() + 86_400_000);
    const { clockId, accountId } = await clockAccount(organization, world.clock.now().toISOString());
    const four = await Promise.all([1, 2, 3, 4].map(() => organization.account()));
    const ids = [accountId, ...four.map(({ id }) => id)];
    for (const id of ids) {
      await organization.transact(async (work) => {
        const testClockId = id === accountId ? clockId : null;
        const key = { organizationId: organization.id, accountId: id, currency: 'EUR' };
        const terms = { expiresAt, testClockId };
        const moves = Array.from({ length: 500 }, () => {
          return { ...key, amount: 3n, sourceType: 'grant' as const, sourceId: newId(), at: world.clock.now(), terms };
        });
        await addCreditEntries(work, moves);
        const entries = postCreditGranted('EUR', 1_500n, 0n);
        post(work, [
          { ...key, sourceType: 'credit_grant', sourceId: newId(), effect: 'grant', at: work.recordedAt, entries },
        ]);
      });
    }
    const left = async () =>
      (await Promise.all(ids.map(async (id) => (await leftOf(id)).filter((remaining) => remaining > 0).length))).join();
    expect(await left()).toBe('500,500,500,500,500');
    world.clock.set(expiresAt);
    await world.app.jobs.get('expire-credit')!.run(world.app, undefined);
    expect(await left()).toBe('500,0,0,0,0');
    await walk(world.app, organization, clockId, expiresAt.toISOString());
    expect(await left()).toBe('0,0,0,0,0');
  });
});

describe('what an account sees of its credit', () => {
  it('is its lots in the order of spending, and every movement with the balance after it', async () => {
    const { planId } = await sellPlan(organization, { prices: [flat(100n)] });
    const { planId: other } = await sellPlan(organization, { prices: [flat(70n)] });
    const { id } = await organization.account({ timezone: 'UTC' });
    await grant(id, 500n, { reason: 'late', priority: 200 });
    await grant(id, 30n, { reason: 'any' });
    await grant(id, 1_000n, { reason: 'plan', planIds: [planId] });
    await grant(id, 20n, { reason: 'ends', expiresAt: new Date(world.clock.now().getTime() + 86_400_000) });
    await expect(grant(id, 1n, { planIds: [newId()] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const ask = <T>(text: string) =>
      world
        .graphql<{ found: T }>(
          `query ($id: ID!) { found: ${text} }`,
          { id: toGlobalId('acc', id) },
          { as: organization },
        )
        .then(({ data, errors }) => {
          expect(errors).toBeUndefined();
          return data!.found;
        });
    type Grants = { nodes: { reason: string; planIds: string[] | null }[]; pageInfo: { endCursor: string } };
    const inTurn = (more: string) =>
      ask<Grants>(
        `creditGrants(accountId: $id, onlyLeft: true, orderBy: SPENDING, ${more}) { nodes { reason planIds } pageInfo { endCursor } }`,
      );
    const first = await inTurn('first: 3');
    expect(first.nodes.map(({ reason }) => reason)).toEqual(['ends', 'any', 'plan']);
    expect(first.nodes[2]!.planIds).toEqual([toGlobalId('plan', planId)]);
    expect((await inTurn(`first: 3, after: "${first.pageInfo.endCursor}"`)).nodes.map(({ reason }) => reason)).toEqual([
      'late',
    ]);

    // 20 that end and 30 for anything, then only what is for this plan: the other plan is left to the last.
    const { subscription } = await subscribe(organization, id, planId, { collection: 'manual' });
    expect(await leftOf(id)).toEqual([500, 0, 950, 0]);
    await subscribe(organization, id, other, { collection: 'manual' });
    expect(await leftOf(id)).toEqual([430, 0, 950, 0]);
    expect(subscription.status).toBe('active');
    type Entry = { source: string; amount: { amountMinor: string }; balanceAfter: { amountMinor: string } };
    const history = await ask<{ nodes: Entry[] }>(
      'creditEntries(accountId: $id, currency: EUR, first: 50) { nodes { source amount { amountMinor } balanceAfter { amountMinor } } }',
    );
    let balance = 0n;
    for (const { amount, balanceAfter } of [...history.nodes].reverse()) {
      balance += BigInt(amount.amountMinor);
      expect(BigInt(balanceAfter.amountMinor)).toBe(balance);
    }
    expect([history.nodes.length, balance]).toEqual([8, 1_380n]);
    const spent = await ask<{ totalCount: number }>(
      'creditEntries(accountId: $id, filter: { source: INVOICE_APPLICATION }) { totalCount }',
    );
    const before = await ask<{ totalCount: number }>(
      'creditEntries(accountId: $id, filter: { to: "2020-01-01T00:00:00Z" }) { totalCount }',
    );
    const none = await ask<{ totalCount: number }>(
      'creditEntries(accountId: $id, filter: { grantId: "nothing" }) { totalCount }',
    );
    expect([spent.totalCount, before.totalCount, none.totalCount]).toEqual([4, 0, 0]);
    const [ledger] = await query<{ amount: string }>(
      world.database.superuserUrl,
      `select (-sum(e.amount))::text as amount from ledger_entries e where e.account = 'credits' and e.source_id in
         (select id from credit_grants where account_id = $1 union select id from invoices where bill_to_account_id = $1)`,
      [id],
    );
    expect(BigInt(ledger!.amount)).toBe(balance);
  });
});

describe('a hold', () => {
  it('keeps credit from invoices, and lets it go when it is released or over', async () => {
    const { id } = await organization.account();
    const now = world.clock.now().getTime();
    await grant(id, 60n, { expiresAt: new Date(now + 3_600_000) });
    await grant(id, 60n);
    const hold = (amount: bigint, hours: number) =>
      organization.transact((work) =>
        holdCredit(work, { accountId: id, amount: euro(amount), expiresAt: new Date(now + hours * 3_600_000) }),
      );
    // Credit that ends before the hold would is no use to it.
    await expect(hold(61n, 2)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    const long = await hold(50n, 2);
    await hold(40n, 1);
    expect((await lotsOf(id)).map(({ held }) => held)).toEqual([40, 50]);
    expect((await invoiceOf(id, 100n)).creditsApplied).toBe(30n);
    world.clock.set(new Date(now + 3_600_000));
    await organization.transact((work) => expireCredit(work, organization.id, id));
    expect(await lotsOf(id)).toMatchObject([
      { remaining: 0, held: 0 },
      { remaining: 50, held: 50 },
    ]);
    await organization.transact((work) => releaseHold(work, { id: long.id }));
    expect((await invoiceOf(id, 100n)).creditsApplied).toBe(50n);
    await expect(organization.transact((work) => releaseHold(work, { id: long.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});

describe('a hold that is over', () => {
  it('keeps nothing back any more, also before that is noted', async () => {
    const { id } = await organization.account();
    const lasting = async (hours: number, amount: bigint) => {
      const expiresAt = new Date(world.clock.now().getTime() + hours * 3_600_000);
      return organization.transact((work) => holdCredit(work, { accountId: id, amount: euro(amount), expiresAt }));
    };
    await grant(id, 100n);
    await lasting(1, 60n);
    await lasting(9, 40n);
    world.clock.advance({ hours: 2 });
    expect((await invoiceOf(id, 50n)).creditsApplied).toBe(50n);
    await lasting(1, 10n);
    await expect(lasting(1, 1n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await organization.transact((work) => expireCredit(work, organization.id, id));
    expect(await lotsOf(id)).toMatchObject([{ remaining: 50, held: 50 }]);
  });

  it('keeps back what it did at the instant of the invoice, however late that is made', async () => {
    const { id } = await organization.account();
    await grant(id, 100n);
    const begun = world.clock.now().getTime();
    const hoursOn = (hours: number) => new Date(begun + hours * 3_600_000);
    const hold = { accountId: id, amount: euro(80n), expiresAt: hoursOn(2) };
    await organization.transact((work) => holdCredit(work, hold));
    world.clock.advance({ hours: 9 });
    const times = [hoursOn(1), hoursOn(2), hoursOn(3)];
    const made = await issueFor(world.app, organization, [id, id, id], () => ({
      at: times.shift()!,
      charges: [oneOff(id, 60n)],
    }));
    expect(made.map(({ creditsApplied }) => creditsApplied)).toEqual([20n, 60n, 20n]);
    await organization.transact((work) => expireCredit(work, organization.id, id));
    expect(await lotsOf(id)).toMatchObject([{ remaining: 0, held: 0 }]);
  });
});

describe('one balance and many who want it', () => {
  it('is spent once, by 200 pairs of invoices at once', async () => {
    const { id } = await organization.account();
    await grant(id, 10_000n);
    const invoices = [];
    for (let pair = 0; pair < 200; pair += 1) {
      invoices.push(...(await Promise.all([invoiceOf(id, 40n), invoiceOf(id, 40n)])));
    }
    const spent = invoices.reduce((sum, invoice) => sum + invoice.creditsApplied, 0n);
    expect(spent).toBe(10_000n);
    expect(await leftOf(id)).toEqual([0]);
    expect(invoices.filter(({ status }) => status === 'paid')).toHaveLength(250);
  });

  it('agrees with its lots in the database, whoever writes', async () => {
    const { id } = await organization.account();
    const { id: lot } = await grant(id, 100n);
    const tryIt = (sql: string) => organization.transact((work) => work.rows(sql, [id]));
    await expect(tryIt('update credit_grants set remaining = 99 where account_id = $1')).rejects.toThrow('agree');
    await expect(tryIt('update credit_balances set balance = 101 where account_id = $1')).rejects.toThrow('agree');
    await expect(tryIt('update credit_grants set held = 1 where account_id = $1')).rejects.toThrow('agree');
    await expect(
      organization.transact((work) => work.rows('update credit_grants set remaining = -1 where id = $1', [lot])),
    ).rejects.toThrow('check');
  });

  it('keeps to itself in any history of grants, holds, invoices, voids and expiries', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('grant' as const),
        amount: fc.bigInt(1n, 200n),
        days: fc.option(fc.integer({ min: 1, max: 9 })),
      }),
      fc.record({ do: fc.constant('invoice' as const), amount: fc.bigInt(1n, 300n), void: fc.boolean() }),
      fc.record({ do: fc.constant('hold' as const), amount: fc.bigInt(1n, 100n), release: fc.boolean() }),
      fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 4 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const { id } = await organization.account();
        const soon = (days: number) => new Date(world.clock.now().getTime() + days * 86_400_000);
        for (const one of steps) {
          if (one.do === 'grant') await grant(id, one.amount, { expiresAt: one.days ? soon(one.days) : null });
          if (one.do === 'invoice') {
            const invoice = await invoiceOf(id, one.amount);
            if (one.void && invoice.status === 'open')
              await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
          }
          if (one.do === 'hold') {
            const held = await organization
              .transact((work) => holdCredit(work, { accountId: id, amount: euro(one.amount), expiresAt: soon(2) }))
              .catch(() => null);
            if (held && one.release) await organization.transact((work) => releaseHold(work, { id: held.id }));
          }
          if (one.do === 'wait') {
            world.clock.set(soon(one.days));
            await organization.transact((work) => expireCredit(work, organization.id, id));
          }
        }
      }),
      { numRuns: 8 },
    );
    await world.settle();
    await checkBooks(world, { quiet: false });
  });
});
