import { describe, expect, it } from '@jest/globals';
import { cancelPayment, capturePayment } from '../../../src/collecting/payments/collection/change-payment.ts';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { recordOutcome } from '../../../src/collecting/payments/collection/record-outcome.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { once } from '../../../src/platform/idempotency.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { invoiceOver, sandboxMethod } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((opened) => {
  ({ world, organization } = opened);
});

interface Answered {
  payment: { id: string; status: string } | null;
  userErrors: { code: string; path: string[]; message: string }[];
}

async function mutate(name: string, input: object): Promise<Answered> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const result = await world.graphql<Record<string, Answered>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { payment { id status } userErrors { code path message } } }`,
    { input },
    { as: organization },
  );
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  return result.data![name]!;
}

const capture = (paymentId: string, more = {}) => mutate('capturePayment', { paymentId, ...more });
const cancel = (paymentId: string, more = {}) => mutate('cancelPayment', { paymentId, ...more });

/** A payment whose money is held; its public id. */
async function holding(): Promise<string> {
  const account = await organization.account();
  await sandboxMethod(organization, account.id, 'success');
  const invoice = await invoiceOver(world, organization, account.id, 5_000n, 'manual');
  const held = await mutate('createPayment', {
    accountId: toGlobalId('acc', account.id),
    invoiceIds: [toGlobalId('inv', invoice.id)],
    captureMethod: 'MANUAL',
  });
  expect(held.payment?.status).toBe('REQUIRES_CAPTURE');
  return held.payment!.id;
}

const path = ['input', 'paymentId'];

/** Puts a wish on record as its mutation does under a key, and ends there: as if the process stood still before it asks. */
function onRecord(operation: string, paymentId: string, verb: typeof capturePayment | typeof cancelPayment) {
  const uuid = fromGlobalId('pay', paymentId)!;
  return organization.transact((work) =>
    once(work, { key: `${operation} ${paymentId}`, operation, input: { paymentId } }, async () => {
      await verb(work, { paymentId: uuid });
      return { id: uuid };
    }),
  );
}

describe('a capture and a cancellation of the same money', () => {
  it('a capture that a cancellation was quicker than is refused', async () => {
    const paymentId = await holding();
    await onRecord('capturePayment', paymentId, capturePayment);
    expect(await cancel(paymentId)).toMatchObject({ payment: { status: 'CANCELED' }, userErrors: [] });
    expect(await capture(paymentId, { idempotencyKey: `capturePayment ${paymentId}` })).toEqual({
      payment: null,
      userErrors: [{ code: 'INVALID_STATE', path, message: 'A payment that is CANCELED cannot be captured.' }],
    });
  });

  it('a capture is refused while the cancellation that took its place is being carried out', async () => {
    const paymentId = await holding();
    const uuid = fromGlobalId('pay', paymentId)!;
    await onRecord('capturePayment', paymentId, capturePayment);
    await organization.transact((work) => cancelPayment(work, { paymentId: uuid }));
    expect(await organization.transact((work) => claimPayment(work, uuid))).toMatchObject({ step: 'cancel' });
    const outcome = { status: 'requires_capture' as const, providerRef: `sandbox_${uuid}` };
    const answered = { paymentId: uuid, attemptId: null, outcome, source: 'answer' as const };
    const asked = capture(paymentId, { idempotencyKey: `capturePayment ${paymentId}` });
    await organization.transact((work) => recordOutcome(work, answered));
    expect(await asked).toMatchObject({ payment: null, userErrors: [{ code: 'INVALID_STATE', path }] });
    await world.settle();
  });

  it('a cancellation that a capture was quicker than is refused', async () => {
    const paymentId = await holding();
    const uuid = fromGlobalId('pay', paymentId)!;
    await onRecord('cancelPayment', paymentId, cancelPayment);
    const outcome = { status: 'succeeded' as const, providerRef: `sandbox_${uuid}`, amountReceived: 5_000n };
    await organization.transact((work) =>
      recordOutcome(work, { paymentId: uuid, attemptId: null, outcome, source: 'news' }),
    );
    expect(await cancel(paymentId, { idempotencyKey: `cancelPayment ${paymentId}` })).toEqual({
      payment: null,
      userErrors: [{ code: 'INVALID_STATE', path, message: 'A payment that is SUCCEEDED cannot be canceled.' }],
    });
  });

  it('a cancellation that was carried out answers the same when it is repeated', async () => {
    const paymentId = await holding();
    const done = { payment: { id: paymentId, status: 'CANCELED' }, userErrors: [] };
    expect(await cancel(paymentId, { idempotencyKey: 'again' })).toEqual(done);
    expect(await cancel(paymentId, { idempotencyKey: 'again' })).toEqual(done);
  });

  it('at the same moment: who is told that it was done was told the truth', async () => {
    for (let round = 0; round < 12; round += 1) {
      const paymentId = await holding();
      const [captured, canceled] = await Promise.all(
        round % 2 ? [capture(paymentId), cancel(paymentId)] : [cancel(paymentId), capture(paymentId)].reverse(),
      );
      expect(captured!.payment?.status ?? 'SUCCEEDED').toBe('SUCCEEDED');
      expect(canceled!.payment?.status ?? 'CANCELED').toBe('CANCELED');
      const won = [captured!, canceled!].filter(({ userErrors }) => userErrors.length === 0);
      expect(won).toHaveLength(1);
      for (const { userErrors } of [captured!, canceled!]) {
        for (const { code, path: at } of userErrors) {
          expect(['INVALID_STATE', 'PAYMENT_IN_FLIGHT']).toContain(code);
          expect(at).toEqual(path);
        }
      }
    }
  });
});
