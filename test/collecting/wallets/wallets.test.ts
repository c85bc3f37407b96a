import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { updateAccount } from '../../../src/accounts/index.ts';
import {
  expireCredit,
  grantCredit,
  holdCredit,
  releaseHold,
  withdrawCredit,
} from '../../../src/collecting/credits/index.ts';
import {
  createLegalEntity,
  holdInvoice,
  markUncollectible,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund, reversePayment } from '../../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import {
  captureHold,
  removeAutomaticTopUp,
  resumeAutomaticTopUp,
  setAutomaticTopUp,
  type TopUpCreditInput,
  topUpCredit,
} from '../../../src/collecting/wallets/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, paymentsOf, sandboxMethod } from '../../support/payments.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization();
  await organization.transact((work) =>
    createTaxRate(work, { name: 'VAT', country: 'AT', percent: '20', inclusive: false }),
  );
});

afterEach(async () => expect(await brokenBooks(world.database.superuserUrl)).toEqual({}));
afterAll(async () => {
  await world.settle();
  await checkBooks(world, { quiet: false });
  await world.close();
});

const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
const address = { country: 'AT' };

const buy = (accountId: string, more: Partial<TopUpCreditInput> = {}) =>
  organization.transact((work) =>
    topUpCredit(work, { accountId, amount: euro(10_000n), price: euro(9_000n), autoCollect: false, ...more }),
  );

const pay = (accountId: string, invoiceId: string, amount: bigint) =>
  organization.transact((work) =>
    recordManualPayment(work, { accountId, invoiceIds: [invoiceId], amount: euro(amount), kind: 'cash' }),
  );

const topUpsOf = (accountId: string) =>
  query<{ status: string; amount: number; automatic: boolean; invoice: string; total: number }>(
    world.database.superuserUrl,
    `select t.status, t.amount::int, t.automatic, i.status as invoice, i.total::int from credit_top_ups t
     join invoices i on i.organization_id = t.organization_id and i.id = t.invoice_id where t.account_id = $1 order by t.id`,
    [accountId],
  );

const ledgerOf = async (accountId: string) => {
  const rows = await query<{ account: string; amount: number }>(
    world.database.superuserUrl,
    `select e.account, sum(e.amount)::int as amount from ledger_entries e
     where e.source_id in (select id from credit_grants where account_id = $1 union select id from invoices where bill_to_account_id = $1
       union select id from payments where account_id = $1) group by 1 having sum(e.amount) <> 0 order by 1`,
    [accountId],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
};

const spend = async (accountId: string, amount: bigint) => {
  const [invoice] = await issueFor(world.app, organization, [accountId], () => ({
    charges: [oneOff(accountId, amount)],
  }));
  return invoice!;
};

describe('credit that is bought', () => {
  it('is given when its invoice is paid, once, untaxed, and never with credit', async () => {
    const { id } = await organization.account({ billingAddress: address });
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(50n) }));
    const { invoiceId } = await buy(id);
    expect(await topUpsOf(id)).toEqual([
      { status: 'pending', amount: 10_000, automatic: false, invoice: 'open', total: 9_000 },
    ]);
    const [line] = await query<{ derivation: { steps: object[] } }>(
      world.database.superuserUrl,
      'select derivation from invoice_lines where invoice_id = $1',
      [invoiceId],
    );
    expect(line!.derivation.steps.at(-1)).toMatchObject({ amount: '90.00' });
    expect(await creditOf(world, id)).toBe(50n);
    await pay(id, invoiceId, 4_000n);
    expect(await creditOf(world, id)).toBe(50n);
    await pay(id, invoiceId, 5_000n);
    expect(await creditOf(world, id)).toBe(10_050n);
    // Told again, by whatever: nothing more is given.
    await organization.transact(async (work) => {
      const { invoice } = await holdInvoice(work, invoiceId);
      const data = { reason: 'top_up', invoiceId };
      const about = { objectType: 'invoice', objectId: invoiceId, accountId: id, at: invoice.updatedAt };
      work.announce({ type: 'invoice.paid', organizationId: organization.id, ...about, data });
    });
    expect(await creditOf(world, id)).toBe(10_050n);
    expect(await ledgerOf(id)).toEqual({ cash: 9_000, credits: -10_050, promotions: 1_050 });
  });

  it('is not given if its invoice is voided, and is frozen while its money is gone', async () => {
    const { id } = await organization.account();
    const first = await buy(id);
    await organization.transact((work) => voidInvoice(work, { id: first.invoiceId }));
    expect((await topUpsOf(id))[0]?.status).toBe('canceled');

    const { invoiceId } = await buy(id);
    await pay(id, invoiceId, 9_000n);
    await spend(id, 1_000n);
    const [payment] = await query<{ id: string }>(
      world.database.superuserUrl,
      'select id from payments where account_id = $1',
      [id],
    );
    await organization.transact((work) =>
      reversePayment(work, { paymentId: payment!.id, reason: 'insufficient_funds' }),
    );
    expect((await spend(id, 1_000n)).creditsApplied).toBe(0n);
    await pay(id, invoiceId, 9_000n);
    expect((await spend(id, 1_000n)).creditsApplied).toBe(1_000n);

    // Void for good while an order holds some of it: nothing of it is left, held or not.
    const expiresAt = new Date(world.clock.now().getTime() + 3_600_000);
    const order = await organization.transact((work) =>
      holdCredit(work, { accountId: id, amount: euro(2_000n), expiresAt }),
    );
    const again = (await paymentsOf(world, id)).find(
      ({ status, id: known }) => status === 'succeeded' && known !== payment!.id,
    );
    await organization.transact((work) => reversePayment(work, { paymentId: again!.id, reason: 'insufficient_funds' }));
    await organization.transact((work) => voidInvoice(work, { id: invoiceId }));
    expect(await creditOf(world, id)).toBe(0n);
    await expect(organization.transact((work) => releaseHold(work, { id: order.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });

  it('that was withdrawn before its money was gone is canceled with its invoice', async () => {
    const { id } = await organization.account();
    const { invoiceId } = await buy(id);
    await pay(id, invoiceId, 9_000n);
    const grants = await query<{ id: string }>(
      world.database.superuserUrl,
      'select id from credit_grants where account_id = $1',
      [id],
    );
    await organization.transact((work) => withdrawCredit(work, { id: grants[0]!.id }));
    const [payment] = await paymentsOf(world, id);
    await organization.transact((work) =>
      reversePayment(work, { paymentId: payment!.id, reason: 'insufficient_funds' }),
    );
    await organization.transact((work) => voidInvoice(work, { id: invoiceId }));
    expect(await creditOf(world, id)).toBe(0n);
    expect((await ledgerOf(id)).receivable).toBeUndefined();
  });

  it('expires so many local days after it is given', async () => {
    const { id } = await organization.account({ timezone: 'Europe/Vienna' });
    const { invoiceId } = await buy(id, { expiresAfterDays: 30 });
    await pay(id, invoiceId, 9_000n);
    await spend(id, 4_000n);
    world.clock.advance({ days: 30 });
    await organization.transact((work) => expireCredit(work, organization.id, id));
    expect(await creditOf(world, id)).toBe(0n);
    expect(await ledgerOf(id)).toMatchObject({ breakage: -5_400, promotions: 400, revenue: -4_000 });
  });

  it.each([
    ['the wall clock', false],
    ['a test clock', true],
  ])(
    'has the rest of its days when its money has come again: they stand still while it is frozen, on %s',
    async (_, onClock) => {
      const own = world.clock.now();
      const { clockId, accountId: id } = onClock
        ? await clockAccount(organization, own.toISOString())
        : { clockId: null, accountId: (await organization.account({ timezone: 'UTC' })).id };
      const later = async (days: number) => {
        world.clock.advance({ days });
        if (clockId) await walk(world.app, organization, clockId, world.clock.now().toISOString());
        else await world.app.jobs.get('expire-credit')!.run(world.app, undefined);
      };
      const { invoiceId } = await buy(id, { expiresAfterDays: 30 });
      await pay(id, invoiceId, 9_000n);
      const spent = await spend(id, 11_000n);
      await later(20);
      const [payment] = await paymentsOf(world, id);
      await organization.transact((work) =>
        reversePayment(work, { paymentId: payment!.id, reason: 'insufficient_funds' }),
      );
      await later(15);
      // What comes back meanwhile stays, too.
      await organization.transact((work) => voidInvoice(work, { id: spent.id }));
      expect(await creditOf(world, id)).toBe(10_000n);
      await pay(id, invoiceId, 9_000n);
      const shown = await world.graphql<{ creditGrants: { nodes: object[] } }>(
        'query C($id: ID!) { creditGrants(accountId: $id) { nodes { status expiresAt } } }',
        { id: toGlobalId('acc', id) },
        { as: organization },
      );
      const expiresAt = new Date(own.getTime() + 45 * 86_400_000).toISOString();
      expect(shown.data?.creditGrants.nodes).toEqual([{ status: 'ACTIVE', expiresAt }]);
      expect((await spend(id, 2_000n)).creditsApplied).toBe(2_000n);
      await later(10);
      expect(await creditOf(world, id)).toBe(0n);
    },
  );

  it('that was over before its money was gone stays over', async () => {
    const { id } = await organization.account();
    const { invoiceId } = await buy(id, { expiresAfterDays: 30 });
    await pay(id, invoiceId, 9_000n);
    world.clock.advance({ days: 30 });
    const [payment] = await paymentsOf(world, id);
    await organization.transact((work) =>
      reversePayment(work, { paymentId: payment!.id, reason: 'insufficient_funds' }),
    );
    world.clock.advance({ days: 1 });
    await pay(id, invoiceId, 9_000n);
    expect((await spend(id, 1_000n)).creditsApplied).toBe(0n);
    await world.app.jobs.get('expire-credit')!.run(world.app, undefined);
    expect(await creditOf(world, id)).toBe(0n);
  });
});

describe('a refund of what credit cost', () => {
  const payments = (accountId: string) => paymentsOf(world, accountId);
  const refund = (paymentId: string, amount: bigint | null = null) =>
    organization.transact((work) => createRefund(work, { paymentId, amount }));

  async function bought(token: string) {
    const { id } = await organization.account();
    await sandboxMethod(organization, id, token);
    const { invoiceId } = await buy(id, { autoCollect: true });
    await world.settle();
    expect(await creditOf(world, id)).toBe(10_000n);
    const [payment] = await payments(id);
    return { id, invoiceId, paymentId: payment!.id };
  }

  it('takes the credit back with it, in parts and as a whole, and buys none anew', async () => {
    const { id, paymentId } = await bought('success');
    await organization.transact((work) =>
      setAutomaticTopUp(work, { accountId: id, threshold: euro(9_000n), amount: euro(1_000n) }),
    );
    await refund(paymentId, 4_000n);
    expect(await creditOf(world, id)).toBe(5_555n);
    await refund(paymentId);
    expect(await creditOf(world, id)).toBe(0n);
    await world.settle();
    expect(await topUpsOf(id)).toHaveLength(1);
    const left = await query(
      world.database.superuserUrl,
      `select account, sum(amount)::int as amount from ledger_entries where transaction_id in (select transaction_id from ledger_entries
         where source_id in (select id from credit_grants where account_id = $1 union select id from invoices where bill_to_account_id = $1
         union select $2::uuid union select id from refunds where payment_id = $2
         union select t.id from credit_top_up_refunds t join refunds r on r.id = t.refund_id where r.payment_id = $2))
       group by 1 having sum(amount) <> 0`,
      [id, paymentId],
    );
    expect(left).toEqual([]);
  });

  it('is no more than what is left unspent and unheld', async () => {
    const { id, paymentId } = await bought('success');
    await spend(id, 4_000n);
    const expiresAt = new Date(world.clock.now().getTime() + 3_600_000);
    await organization.transact((work) => holdCredit(work, { accountId: id, amount: euro(1_000n), expiresAt }));
    const refused = refund(paymentId);
    await expect(refused).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await expect(refused).rejects.toThrow('At most 4500 minor units of EUR');
    expect(await creditOf(world, id)).toBe(6_000n);
    await refund(paymentId, 4_500n);
    expect(await creditOf(world, id)).toBe(1_000n);
  });

  it('that fails gives the credit back', async () => {
    const { id, paymentId } = await bought('refund_fails');
    await refund(paymentId);
    expect(await creditOf(world, id)).toBe(0n);
    await world.settle();
    world.clock.advance({ minutes: 5 });
    await world.settle();
    expect(await creditOf(world, id)).toBe(10_000n);
    expect((await spend(id, 10_000n)).creditsApplied).toBe(10_000n);
  });

  it('takes of credit that is not given yet when it is given, and of other things the payment covered nothing', async () => {
    const { id } = await organization.account();
    const { invoiceId } = await buy(id);
    await pay(id, invoiceId, 4_500n);
    const [first] = await payments(id);
    await refund(first!.id);
    await pay(id, invoiceId, 4_500n);
    expect(await creditOf(world, id)).toBe(5_000n);

    const other = await organization.account();
    const { invoiceId: second } = await buy(other.id, { price: euro(10_000n) });
    const order = await spend(other.id, 3_000n);
    await organization.transact((work) =>
      recordManualPayment(work, {
        ...{ accountId: other.id, invoiceIds: [second, order.id], amount: euro(13_000n), kind: 'cash' },
      }),
    );
    await spend(other.id, 9_000n);
    const [mixed] = await payments(other.id);
    await expect(refund(mixed!.id, 4_001n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await refund(mixed!.id, 4_000n);
    expect(await creditOf(world, other.id)).toBe(0n);
    await expect(refund(mixed!.id, 1n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
  });
});

describe('a hold that is captured', () => {
  it('pays its order and frees the rest', async () => {
    const { id } = await organization.account();
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(100n) }));
    const expiresAt = new Date(world.clock.now().getTime() + 3_600_000);
    const hold = await organization.transact((work) =>
      holdCredit(work, { accountId: id, amount: euro(80n), expiresAt }),
    );
    expect((await spend(id, 50n)).creditsApplied).toBe(20n);
    const lines = [{ description: 'Order', unitAmount: euro(60n) }];
    const { invoiceId } = await organization.transact((work) => captureHold(work, { id: hold.id, lines }));
    const [invoice] = await query(
      world.database.superuserUrl,
      'select status, credits_applied::int from invoices where id = $1',
      [invoiceId],
    );
    expect(invoice).toEqual({ status: 'paid', credits_applied: 60 });
    expect((await spend(id, 50n)).creditsApplied).toBe(20n);
    await expect(organization.transact((work) => captureHold(work, { id: hold.id, lines }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});

describe('an account that another issuer bills', () => {
  it('has the invoices of its purchases, of its orders and of money that is gone from that one, with its own fields', async () => {
    const legalEntity = { name: 'Other', invoicePrefix: 'OTHER-', address: { country: 'DE' } };
    const { id: legalEntityId } = await organization.transact((work) => createLegalEntity(work, legalEntity));
    const customFields = [{ name: 'Cost center', value: '7' }];
    const own = { legalEntityId, purchaseOrderNumber: 'PO-1', customFields };
    const { id: accountId } = await organization.account(own);
    await buy(accountId);
    await organization.transact((work) => grantCredit(work, { accountId, amount: euro(500n) }));
    const hold = await organization.transact((work) =>
      holdCredit(work, { accountId, amount: euro(500n), expiresAt: new Date('2027-01-01T00:00:00Z') }),
    );
    const lines = [{ description: 'Order', unitAmount: euro(800n) }];
    const { invoiceId } = await organization.transact((work) => captureHold(work, { id: hold.id, lines }));
    const { id: paymentId } = await pay(accountId, invoiceId, 300n);
    await organization.transact((work) => issueCreditNote(work, { invoiceId, reason: 'other', refund: true }));
    await world.settle();
    await organization.transact((work) => reversePayment(work, { paymentId, reason: 'insufficient_funds' }));
    const invoices = await query<{ reason: string }>(
      world.database.superuserUrl,
      `select reason, legal_entity_id as issuer, purchase_order_number as "order", custom_fields as fields from invoices
       where account_id = $1 order by created_at, id`,
      [accountId],
    );
    const terms = { issuer: legalEntityId, order: 'PO-1', fields: customFields };
    expect(invoices).toEqual(['top_up', 'manual', 'payment_reversed'].map((reason) => ({ reason, ...terms })));
  });
});

describe('credit that is bought by itself', () => {
  const rule = (accountId: string, more = {}) =>
    organization.transact((work) =>
      setAutomaticTopUp(work, { accountId, threshold: euro(1_000n), target: euro(5_000n), ...more }),
    );

  it('is bought once for a fall, up to its target, and again only when that is paid', async () => {
    const { id } = await organization.account();
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(2_000n) }));
    await rule(id);
    await Promise.all([spend(id, 600n), spend(id, 600n), spend(id, 600n), spend(id, 100n)]);
    const [only, ...others] = await topUpsOf(id);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ status: 'pending', automatic: true, invoice: 'open' });
    const second = organization.transact((work) =>
      work.rows(
        `insert into credit_top_ups select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).*
        from credit_top_ups t where t.account_id = $1`,
        [id],
      ),
    );
    await expect(second).rejects.toThrow();
    const [{ invoice_id: invoiceId }] = (await query<{ invoice_id: string }>(
      world.database.superuserUrl,
      'select invoice_id from credit_top_ups where account_id = $1',
      [id],
    )) as [{ invoice_id: string }];
    await pay(id, invoiceId, BigInt(only!.total));
    await spend(id, 4_000n);
    expect((await topUpsOf(id)).map(({ status }) => status)).toEqual(['granted', 'pending']);
  });

  const stateOf = async (accountId: string) => {
    const answer = await world.graphql<{ account: { automaticTopUps: object[] } }>(
      '{ account(id: "' +
        toGlobalId('acc', accountId) +
        '") { automaticTopUps { status failures pausedAt resumesAt } } }',
      {},
      { as: organization },
    );
    return answer.data!.account.automaticTopUps[0];
  };

  const told = async (accountId: string) =>
    (
      await query<{ type: string }>(
        world.database.superuserUrl,
        `select type from facts where account_id = $1 and type like 'automatic_top_up.%' and type <> 'automatic_top_up.set' order by recorded_at, id`,
        [accountId],
      )
    ).map(({ type }) => type.replace('automatic_top_up.', ''));

  it('is bought once for 50 spends at the same time', async () => {
    const { id } = await organization.account();
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(1_010n) }));
    await rule(id);
    await Promise.all(Array.from({ length: 50 }, () => spend(id, 20n)));
    expect((await topUpsOf(id)).map(({ amount }) => amount)).toEqual([4_010]);
  });

  it('is bought at once where credit lies at the threshold already, and once however often the rule is set', async () => {
    const { id } = await organization.account();
    await Promise.all([rule(id), rule(id), rule(id)]);
    expect((await topUpsOf(id)).map(({ amount }) => amount)).toEqual([5_000]);
    const other = await organization.account();
    await organization.transact((work) => grantCredit(work, { accountId: other.id, amount: euro(1_001n) }));
    await rule(other.id);
    expect(await topUpsOf(other.id)).toEqual([]);
    await rule(other.id, { threshold: euro(1_001n), target: null, amount: euro(700n), monthlyCap: euro(700n) });
    expect((await topUpsOf(other.id)).map(({ amount }) => amount)).toEqual([700]);
  });

  it('is refused with a cap below the amount: that could never be bought', async () => {
    const { id } = await organization.account();
    await expect(rule(id, { target: null, amount: euro(500n), monthlyCap: euro(499n) })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'monthlyCap'] },
    });
    expect(await topUpsOf(id)).toEqual([]);
  });

  it('is not bought for what is taken back, nor for an account that another one pays for', async () => {
    const { id } = await organization.account();
    const start = await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(2_000n) }));
    await rule(id);
    await organization.transact((work) => withdrawCredit(work, start));
    const order = await spend(id, 1_000n);
    const payment = await organization.transact((work) =>
      recordManualPayment(work, { accountId: id, invoiceIds: [order.id], amount: euro(6_000n), kind: 'cash' }),
    );
    expect(await creditOf(world, id)).toBe(5_000n);
    await organization.transact((work) => createRefund(work, { paymentId: payment.id, amount: 5_000n }));
    const given = await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(2_000n) }));
    await organization.transact((work) => withdrawCredit(work, given));
    expect(await topUpsOf(id)).toEqual([]);

    const child = await organization.account();
    await organization.transact((work) => grantCredit(work, { accountId: child.id, amount: euro(2_000n) }));
    await rule(child.id);
    await organization.transact((work) => updateAccount(work, child.id, { billToAccountId: id }));
    const expiresAt = new Date(world.clock.now().getTime() + 3_600_000);
    await organization.transact((work) => holdCredit(work, { accountId: child.id, amount: euro(1_500n), expiresAt }));
    expect(await topUpsOf(child.id)).toEqual([]);
  });

  it('stops at the cap of the month, tells so, and starts again by itself when the next one begins where the account is', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-03-01T00:00:00Z', { timezone: 'Asia/Tokyo' });
    await sandboxMethod(organization, accountId, 'success');
    await organization.transact((work) => grantCredit(work, { accountId, amount: euro(3_000n) }));
    await rule(accountId, { target: null, amount: euro(3_000n), monthlyCap: euro(5_000n) });
    const plan = await sellPlan(organization, { intervalUnit: 'week', prices: [flat(2_500n)] });
    await subscribe(organization, accountId, plan.planId);
    await walk(world.app, organization, clockId, '2026-03-29T12:00:00Z');
    expect(await stateOf(accountId)).toMatchObject({ status: 'CAPPED', resumesAt: '2026-03-31T15:00:00.000Z' });
    expect(await told(accountId)).toEqual(['capped']);
    await walk(world.app, organization, clockId, '2026-03-31T15:00:00Z');
    expect(await stateOf(accountId)).toMatchObject({ status: 'ACTIVE', resumesAt: null });
    await walk(world.app, organization, clockId, '2026-05-20T00:00:00Z');
    const bought = await query<{ at: Date; amount: number }>(
      world.database.superuserUrl,
      `select created_at as at, amount::int from credit_top_ups where account_id = $1 and status = 'granted' order by created_at, id`,
      [accountId],
    );
    const months = new Map<string, number>();
    for (const { at, amount } of bought) {
      const month = new Date(at.getTime() + 9 * 3_600_000).toISOString().slice(0, 7);
      months.set(month, (months.get(month) ?? 0) + amount);
    }
    expect(Object.fromEntries(months)).toEqual({ '2026-03': 5_000, '2026-04': 5_000, '2026-05': 5_000 });
    expect(bought.map(({ at }) => at.toISOString())).toContain('2026-03-31T15:00:00.000Z');
  });

  it('stops at the cap on the wall clock too, and a higher cap starts it at once', async () => {
    const { id } = await organization.account({ timezone: 'UTC' });
    await sandboxMethod(organization, id, 'success');
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(1_100n) }));
    await rule(id, { target: null, amount: euro(1_500n), monthlyCap: euro(1_500n) });
    await spend(id, 1_000n);
    await world.settle();
    await spend(id, 1_500n);
    expect((await topUpsOf(id)).map(({ amount }) => amount)).toEqual([1_500]);
    await rule(id, { target: null, amount: euro(2_000n), monthlyCap: euro(2_500n) });
    await world.settle();
    expect((await topUpsOf(id)).map(({ amount }) => amount)).toEqual([1_500, 1_000]);
    await spend(id, 1_000n);
    const { resumesAt } = (await stateOf(id)) as { resumesAt: string };
    world.clock.set(new Date(resumesAt));
    await world.settle();
    expect((await topUpsOf(id)).map(({ amount }) => amount)).toEqual([1_500, 1_000, 2_000]);
  });

  it('pauses after three declines, or one that only another card helps, and goes on with another card or when it is told to', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-06-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'insufficient_funds');
    await organization.transact((work) => grantCredit(work, { accountId, amount: euro(3_000n) }));
    await rule(accountId);
    await spend(accountId, 2_500n);
    await world.settle();
    expect(await stateOf(accountId)).toMatchObject({ status: 'ACTIVE', failures: 1 });
    await walk(world.app, organization, clockId, '2026-06-20T00:00:00Z');
    expect(await stateOf(accountId)).toMatchObject({
      status: 'PAUSED',
      failures: 3,
      pausedAt: '2026-06-04T00:00:00.000Z',
    });
    expect(await topUpsOf(accountId)).toMatchObject([{ status: 'canceled', invoice: 'void' }]);
    const [account] = await query<{ status: string }>(
      world.database.superuserUrl,
      'select dunning_status as status from accounts where id = $1',
      [accountId],
    );
    expect(account!.status).toBe('active');
    await spend(accountId, 100n);
    expect(await topUpsOf(accountId)).toHaveLength(1);

    await sandboxMethod(organization, accountId, 'lost_card');
    await world.settle();
    expect(await stateOf(accountId)).toMatchObject({ status: 'PAUSED', failures: 1 });
    await sandboxMethod(organization, accountId, 'success');
    await world.settle();
    expect((await topUpsOf(accountId)).map(({ status }) => status)).toEqual(['canceled', 'canceled', 'granted']);
    expect(await stateOf(accountId)).toMatchObject({ status: 'ACTIVE', failures: 0, pausedAt: null });
    expect(await told(accountId)).toEqual(['paused', 'resumed', 'paused', 'resumed']);
  });

  it.each(['insufficient_funds', null])(
    'and not paid when its rule is removed is not dunned for: it is voided with the next failure (%s)',
    async (token) => {
      const { clockId, accountId } = await clockAccount(organization, '2026-06-01T00:00:00Z');
      if (token) await sandboxMethod(organization, accountId, token);
      await organization.transact((work) => grantCredit(work, { accountId, amount: euro(1_500n) }));
      await rule(accountId);
      await spend(accountId, 1_000n);
      await world.settle();
      await organization.transact((work) => removeAutomaticTopUp(work, { accountId, currency: 'EUR' }));
      for (const day of ['02', '04', '30']) {
        await walk(world.app, organization, clockId, `2026-06-${day}T00:00:00Z`);
        await world.settle();
      }
      expect(await topUpsOf(accountId)).toMatchObject([{ status: 'canceled', invoice: 'void' }]);
      const accounts = 'select dunning_status as status from accounts where id = $1';
      expect(await query(world.database.superuserUrl, accounts, [accountId])).toEqual([{ status: 'active' }]);
    },
  );

  it('is resumed by hand only where it is paused, and given up with its dunning', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-06-01T00:00:00Z');
    await organization.transact((work) => grantCredit(work, { accountId, amount: euro(3_000n) }));
    await rule(accountId);
    const resume = () => organization.transact((work) => resumeAutomaticTopUp(work, { accountId, currency: 'EUR' }));
    await expect(resume()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await spend(accountId, 2_500n);
    await world.settle();
    await walk(world.app, organization, clockId, '2026-06-30T00:00:00Z');
    expect(await stateOf(accountId)).toMatchObject({ status: 'PAUSED', failures: 0 });
    await resume();
    expect((await topUpsOf(accountId)).map(({ status }) => status)).toEqual(['canceled', 'pending']);
    const [{ invoice_id: id }] = (await query<{ invoice_id: string }>(
      world.database.superuserUrl,
      `select invoice_id from credit_top_ups where account_id = $1 and status = 'pending'`,
      [accountId],
    )) as [{ invoice_id: string }];
    // Written off, it stands in nobody's way; late money still buys.
    await organization.transact((work) => markUncollectible(work, { id }));
    await spend(accountId, 100n);
    expect((await topUpsOf(accountId)).map(({ status }) => status)).toEqual(['canceled', 'pending', 'pending']);
    await pay(accountId, id, 4_500n);
    expect((await topUpsOf(accountId)).map(({ status }) => status)).toEqual(['canceled', 'granted', 'pending']);
    // What late money bought counts towards the month's cap again.
    const given = `select given_up_at from credit_top_ups where account_id = $1 and status = 'granted'`;
    expect(await query(world.database.superuserUrl, given, [accountId])).toEqual([{ given_up_at: null }]);
  });
});
