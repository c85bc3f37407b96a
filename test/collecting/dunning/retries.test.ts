import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceTestClock, createTestClock, updateOrganization, walkTestClock } from '../../../src/accounts/index.ts';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { cancelPayment } from '../../../src/collecting/payments/collection/change-payment.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { factTypes, invoiceOver, paymentsOf, sandboxMethod, storedInvoice } from '../../support/payments.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-06-01T00:00:00Z' });
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

/** An account on a test clock that stands at the first of March, noon. */
async function onClock(organization: TestOrganization, token: string | null) {
  const clock = await organization.transact((work) =>
    createTestClock(work, { name: 'Clock', frozenTime: new Date('2026-03-01T12:00:00Z') }),
  );
  const account = await organization.account({ testClockId: clock.id });
  if (token) await sandboxMethod(organization, account.id, token);
  const invoice = await invoiceOver(world, organization, account.id, 4_200n);
  await world.settle();
  const advance = async (to: string) => {
    await organization.transact((work) => advanceTestClock(work, { id: clock.id, to: new Date(to) }));
    expect(await walkTestClock(world.app, { organizationId: organization.id, clockId: clock.id })).toBe(true);
    await world.settle();
  };
  return { account, invoice, advance };
}

interface Run {
  status: string;
  failures: number;
  next: string | null;
  gives_up: string | null;
  dunning_status: string;
  attempts: string[];
}

async function runOf(invoiceId: string): Promise<Run | undefined> {
  const [run] = await query<Run>(
    world.database.superuserUrl,
    `select d.status, d.failures, to_char(d.next_retry_at at time zone 'UTC', 'MM-DD HH24:MI') as next,
       to_char(d.gives_up_at at time zone 'UTC', 'MM-DD HH24:MI') as gives_up, a.dunning_status,
       array(select to_char(t.at at time zone 'UTC', 'MM-DD HH24:MI') from dunning_attempts t where t.invoice_id = d.invoice_id order by t.attempt_no) as attempts
     from dunning_runs d join accounts a on a.id = d.account_id where d.invoice_id = $1`,
    [invoiceId],
  );
  return run;
}

describe('soft declines', () => {
  it('are retried 1, 3 and 7 days after the first failure, on the same payment, and then given up', async () => {
    const organization = await world.organization();
    const { account, invoice, advance } = await onClock(organization, 'insufficient_funds');
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'retrying',
      failures: 1,
      next: '03-02 12:00',
      dunning_status: 'warning',
    });
    await advance('2026-03-02T11:59:59Z');
    expect(await runOf(invoice.id)).toMatchObject({ failures: 1, attempts: [] });
    await advance('2026-03-05T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'retrying', failures: 3, next: '03-08 12:00' });
    await advance('2026-04-01T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'exhausted',
      failures: 4,
      next: null,
      dunning_status: 'blocked',
      attempts: ['03-02 12:00', '03-04 12:00', '03-08 12:00'],
    });
    const payments = await paymentsOf(world, account.id);
    expect(payments).toHaveLength(1);
    expect(payments[0]).toMatchObject({ status: 'failed', attempts: [{ no: 1 }, { no: 2 }, { no: 3 }, { no: 4 }] });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open', amount_due: 4200n });
    const shown = await world.graphql<{ invoice: unknown }>(
      'query I($id: ID!) { invoice(id: $id) { dunning { status failures customerAction attempts { number at payment { status } } } } }',
      { id: toGlobalId('inv', invoice.id) },
      { as: organization },
    );
    expect(shown.data?.invoice).toMatchObject({
      dunning: {
        status: 'EXHAUSTED',
        failures: 4,
        customerAction: 'NONE',
        attempts: [
          { number: 1, at: '2026-03-02T12:00:00.000Z', payment: { status: 'FAILED' } },
          { number: 2 },
          { number: 3 },
        ],
      },
    });
  });

  it('recover with the money, and the account is active again', async () => {
    const organization = await world.organization();
    const { invoice, advance } = await onClock(organization, 'fails_2_times');
    await advance('2026-03-31T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'recovered',
      failures: 2,
      dunning_status: 'active',
      attempts: ['03-02 12:00', '03-04 12:00'],
    });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    const types = await factTypes(world, invoice.id);
    expect(types.filter((type) => type.startsWith('dunning.'))).toEqual([
      'dunning.started',
      'dunning.retry_scheduled',
      'dunning.retried',
      'dunning.retry_scheduled',
      'dunning.retried',
      'dunning.recovered',
    ]);
  });

  it('end with a void, and nothing is tried afterwards', async () => {
    const organization = await world.organization();
    const { account, invoice, advance } = await onClock(organization, 'insufficient_funds');
    await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    expect(await runOf(invoice.id)).toMatchObject({ status: 'stopped', next: null, dunning_status: 'active' });
    await advance('2026-03-31T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'stopped', attempts: [] });
    expect((await paymentsOf(world, account.id))[0]?.attempts).toHaveLength(1);
  });

  it('end when somebody cancels the payment, and when the money comes by hand', async () => {
    const organization = await world.organization();
    const canceled = await onClock(organization, 'insufficient_funds');
    const [payment] = await paymentsOf(world, canceled.account.id);
    await organization.transact((work) => cancelPayment(work, { paymentId: payment!.id }));
    expect(await runOf(canceled.invoice.id)).toMatchObject({ status: 'stopped', next: null, dunning_status: 'active' });
    const paid = await onClock(organization, 'insufficient_funds');
    await organization.transact((work) =>
      recordManualPayment(work, {
        accountId: paid.account.id,
        invoiceIds: [paid.invoice.id],
        amount: { amountMinor: 4_200n, currency: 'EUR' },
        kind: 'cash',
      }),
    );
    expect(await runOf(paid.invoice.id)).toMatchObject({ status: 'recovered', next: null, dunning_status: 'active' });
    await canceled.advance('2026-03-31T00:00:00Z');
    await paid.advance('2026-03-31T00:00:00Z');
    expect(await runOf(canceled.invoice.id)).toMatchObject({ attempts: [] });
    expect(await runOf(paid.invoice.id)).toMatchObject({ attempts: [] });
  });

  it('write the invoice off at the end where the organization wants it so', async () => {
    const organization = await world.organization();
    await organization.transact((work) => updateOrganization(work, { dunningFinalAction: 'mark_uncollectible' }));
    const { invoice, advance } = await onClock(organization, 'card_declined');
    await advance('2026-03-31T00:00:00Z');
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'uncollectible', amount_due: 0n });
    expect(await runOf(invoice.id)).toMatchObject({ status: 'exhausted', dunning_status: 'blocked' });
  });
});

describe('hard declines', () => {
  it('are not retried; they await another method and then are tried at once', async () => {
    const organization = await world.organization();
    const { account, invoice, advance } = await onClock(organization, 'lost_card');
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'awaiting_method',
      next: null,
      gives_up: '03-08 12:00',
      dunning_status: 'warning',
    });
    await advance('2026-03-06T00:00:00Z');
    expect((await paymentsOf(world, account.id))[0]?.attempts).toHaveLength(1);
    await sandboxMethod(organization, account.id, 'success');
    await world.settle();
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'recovered',
      dunning_status: 'active',
      attempts: ['03-06 00:00'],
    });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'succeeded', attempts: [{ no: 1 }, { no: 2 }] },
    ]);
  });

  it('are given up when the last retry would have been made', async () => {
    const organization = await world.organization();
    const { account, invoice, advance } = await onClock(organization, 'expired_card');
    await advance('2026-03-31T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'exhausted', dunning_status: 'blocked', attempts: [] });
    await sandboxMethod(organization, account.id, 'success');
    await world.settle();
    expect(await runOf(invoice.id)).toMatchObject({ status: 'recovered', dunning_status: 'active' });
  });
});

describe('a method that comes later', () => {
  it('collects what could not be collected for want of one', async () => {
    const organization = await world.organization();
    const { account, invoice } = await onClock(organization, null);
    expect(await paymentsOf(world, account.id)).toEqual([]);
    expect(await runOf(invoice.id)).toMatchObject({
      status: 'awaiting_method',
      failures: 0,
      gives_up: '03-08 12:00',
      dunning_status: 'warning',
    });
    await sandboxMethod(organization, account.id, 'success');
    await world.settle();
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    expect(await runOf(invoice.id)).toMatchObject({ status: 'recovered', dunning_status: 'active' });
    expect((await factTypes(world, invoice.id)).filter((type) => type.startsWith('dunning.'))).toEqual([
      'dunning.started',
      'dunning.awaiting_method',
      'dunning.retried',
      'dunning.recovered',
    ]);
  });

  it('that is declined is retried from its first failure on', async () => {
    const organization = await world.organization();
    const { account, invoice, advance } = await onClock(organization, null);
    await advance('2026-03-05T12:00:00Z');
    await sandboxMethod(organization, account.id, 'insufficient_funds');
    await world.settle();
    expect(await runOf(invoice.id)).toMatchObject({ status: 'retrying', failures: 1, next: '03-06 12:00' });
    await advance('2026-04-01T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'exhausted', failures: 4, dunning_status: 'blocked' });
  });

  it.each([
    ['none', 'open'],
    ['mark_uncollectible', 'uncollectible'],
  ] as const)('and never comes is given up like any other failure: %s', async (dunningFinalAction, status) => {
    const organization = await world.organization();
    await organization.transact((work) => updateOrganization(work, { dunningFinalAction }));
    const { account, invoice, advance } = await onClock(organization, null);
    await advance('2026-03-08T11:59:59Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'awaiting_method', dunning_status: 'warning' });
    await advance('2026-03-31T00:00:00Z');
    expect(await runOf(invoice.id)).toMatchObject({ status: 'exhausted', dunning_status: 'blocked', attempts: [] });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status });
    expect(await paymentsOf(world, account.id)).toEqual([]);
  });
});

describe('a provider that loses answers on a test clock', () => {
  it('is asked at once, though the clock stands still', async () => {
    const organization = await world.organization();
    const { invoice } = await onClock(organization, 'lost_answer_succeeded');
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
  });
});
