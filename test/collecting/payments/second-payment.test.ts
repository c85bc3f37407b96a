import { describe, expect, it } from '@jest/globals';
import { cancelPayment, capturePayment } from '../../../src/collecting/payments/collection/change-payment.ts';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { recordOutcome } from '../../../src/collecting/payments/collection/record-outcome.ts';
import type { ChargeOutcome } from '../../../src/collecting/payments/providers/gateway.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { invoiceOver, sandboxMethod } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import { until } from '../../support/until.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((opened) => {
  ({ world, organization } = opened);
});

interface Answered {
  payment: { id: string; status: string; clientSecret: string | null; cancelReason: string | null } | null;
  userErrors: { code: string; path: string[] | null; message: string }[];
}

async function mutate(name: string, input: object): Promise<Answered> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const result = await world.graphql<Record<string, Answered>>(
    `mutation M($input: ${type}!) { ${name}(input: $input) {
      payment { id status clientSecret cancelReason captureAmount { amountMinor } } userErrors { code path message } } }`,
    { input },
    { as: organization },
  );
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  return result.data![name]!;
}

async function shown(id: string) {
  const result = await world.graphql<{ payment: unknown }>(
    'query Q($id: ID!) { payment(id: $id) { status clientSecret cancelReason captureAmount { amountMinor } applications { status } } }',
    { id },
    { as: organization },
  );
  return result.data!.payment;
}

async function owing(token: string | null) {
  const account = await organization.account();
  if (token) await sandboxMethod(organization, account.id, token);
  const invoice = await invoiceOver(world, organization, account.id, 5_000n, 'manual');
  return { accountId: toGlobalId('acc', account.id), invoiceIds: [toGlobalId('inv', invoice.id)] };
}

const byHand = (one: object) =>
  mutate('recordManualPayment', { ...one, amount: { amountMinor: '5000', currency: 'EUR' }, kind: 'CASH' });

describe('a second payment of the same invoice', () => {
  it.each([
    ['waits for the bank page of the customer', 'authentication_required', {}, 'REQUIRES_ACTION', 'confirm or cancel'],
    ['waits for the customer to choose how to pay', null, {}, 'REQUIRES_ACTION', 'confirm or cancel'],
    ['holds the money', 'success', { captureMethod: 'MANUAL' }, 'REQUIRES_CAPTURE', 'capture or cancel'],
  ] as const)('is refused while the first %s, which goes on', async (_name, token, more, status, advice) => {
    const one = await owing(token);
    const first = await mutate('createPayment', { ...one, ...more });
    expect(first.payment).toMatchObject({ status });
    const before = await shown(first.payment!.id);
    const second = await mutate('createPayment', { ...one, ...more });
    expect(second).toEqual({
      payment: null,
      userErrors: [
        {
          code: 'PAYMENT_IN_FLIGHT',
          path: ['input', 'invoiceIds'],
          message: expect.stringMatching(new RegExp(`${first.payment!.id}.*${advice}`)),
        },
      ],
    });
    expect(await shown(first.payment!.id)).toEqual(before);
    expect(before).toMatchObject({ status, cancelReason: null, applications: [{ status: 'PENDING' }] });
    const canceled = await mutate('cancelPayment', { paymentId: first.payment!.id });
    expect(canceled.payment).toMatchObject({ status: 'CANCELED', cancelReason: 'REQUESTED' });
    expect((await mutate('createPayment', { ...one, ...more })).payment).toMatchObject({ status });
  });

  it('is refused while the first is being canceled', async () => {
    const one = await owing('success');
    const first = await mutate('createPayment', { ...one, captureMethod: 'MANUAL' });
    const paymentId = fromGlobalId('pay', first.payment!.id)!;
    await organization.transact((work) => cancelPayment(work, { paymentId }));
    expect((await mutate('createPayment', one)).userErrors).toMatchObject([
      { code: 'PAYMENT_IN_FLIGHT', message: expect.stringContaining('is being canceled') },
    ]);
    await world.settle();
    expect((await mutate('createPayment', one)).payment).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('takes the place of one that has failed', async () => {
    const one = await owing('card_declined');
    const first = await mutate('createPayment', one);
    expect(first.payment).toMatchObject({ status: 'FAILED' });
    expect((await mutate('createPayment', one)).userErrors).toEqual([]);
  });

  it('takes its place when the money came by hand, and the first says so', async () => {
    const one = await owing('authentication_required');
    const first = await mutate('createPayment', one);
    expect((await byHand(one)).payment).toMatchObject({ status: 'SUCCEEDED' });
    await world.settle();
    expect(await shown(first.payment!.id)).toMatchObject({ status: 'CANCELED', cancelReason: 'SUPERSEDED' });
  });
});

describe('capturePayment and cancelPayment', () => {
  const capturing = { status: 'succeeded', amountReceived: 5_000n } as const;
  it.each([
    ['capturePayment', capturePayment, capturing, 'SUCCEEDED'],
    ['cancelPayment', cancelPayment, { status: 'canceled' } as const, 'CANCELED'],
  ] as const)('waits for the worker that was quicker: %s', async (name, verb, outcome, status) => {
    const one = await owing('success');
    const { payment } = await mutate('createPayment', { ...one, captureMethod: 'MANUAL' });
    const paymentId = fromGlobalId('pay', payment!.id)!;
    // What the mutation records, and the worker that is woken by it before the mutation goes on.
    await organization.transact((work) => verb(work, { paymentId }));
    const claim = await organization.transact((work) => claimPayment(work, paymentId));
    world.clock.advance({ seconds: 1 });
    if (name === 'cancelPayment') {
      expect(await shown(payment!.id)).toMatchObject({ status: 'REQUIRES_CAPTURE', cancelReason: 'REQUESTED' });
    } else {
      expect(await shown(payment!.id)).toMatchObject({ captureAmount: { amountMinor: '5000' } });
    }
    const answering = mutate(name, { paymentId: payment!.id });
    const askedAgain = async () => {
      const [row] = await query<{ next: Date }>(
        world.database.superuserUrl,
        'select next_attempt_at as next from payments where id = $1',
        [paymentId],
      );
      return row!.next.getTime() === world.clock.now().getTime();
    };
    await until(askedAgain, 'the mutation was recorded');
    const told = { ...outcome, providerRef: `sandbox_${paymentId}` } as ChargeOutcome;
    const attemptId = claim!.request.attempt.id;
    await organization.transact((work) =>
      recordOutcome(work, { paymentId, attemptId, outcome: told, source: 'answer' }),
    );
    expect(await answering).toMatchObject({ payment: { status, captureAmount: null }, userErrors: [] });
  });
});
