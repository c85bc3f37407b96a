import { describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import {
  cancelPayment,
  capturePayment,
  confirmPayment,
} from '../../../src/collecting/payments/collection/change-payment.ts';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { createPayment } from '../../../src/collecting/payments/collection/create-payment.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { recordOutcome } from '../../../src/collecting/payments/collection/record-outcome.ts';
import type { ChargeOutcome } from '../../../src/collecting/payments/providers/gateway.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, invoiceOver, paymentsOf, sandboxMethod, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((opened) => {
  ({ world, organization } = opened);
});

const amount = 5_000n;
const claim = (paymentId: string) => organization.transact((work) => claimPayment(work, paymentId));

interface Held {
  accountId: string;
  invoiceId: string;
  paymentId: string;
  attemptId: string;
  holds: ChargeOutcome;
  /** What a webhook shows. */
  seen: () => Promise<boolean>;
  answered: (outcome: ChargeOutcome) => Promise<boolean>;
}

/** A payment whose charge a worker is just sending, to be held until it is captured. */
async function sending(): Promise<Held> {
  const account = await organization.account();
  await sandboxMethod(organization, account.id, 'success');
  const invoice = await invoiceOver(world, organization, account.id, amount, 'manual');
  const payment = await organization.transact((work) =>
    createPayment(work, { accountId: account.id, invoiceIds: [invoice.id], captureMethod: 'manual' }, null),
  );
  const attemptId = (await claim(payment.id))!.request.attempt.id;
  const holds: ChargeOutcome = { status: 'requires_capture', providerRef: `sandbox_${payment.id}` };
  const tell = (outcome: ChargeOutcome, source: 'answer' | 'news') =>
    organization.transact((work) =>
      recordOutcome(work, {
        paymentId: payment.id,
        attemptId: source === 'answer' ? attemptId : null,
        outcome,
        source,
      }),
    );
  return {
    accountId: account.id,
    invoiceId: invoice.id,
    paymentId: payment.id,
    attemptId,
    holds,
    seen: () => tell(holds, 'news'),
    answered: (outcome) => tell(outcome, 'answer'),
  };
}

async function holding(): Promise<Held> {
  const one = await sending();
  await one.answered(one.holds);
  return one;
}

interface Wish {
  step: 'cancel' | 'capture';
  ask: (one: Held) => Promise<unknown>;
}

const wishes: Readonly<Record<string, Wish>> = {
  cancelPayment: {
    step: 'cancel',
    ask: ({ paymentId }) => organization.transact((work) => cancelPayment(work, { paymentId })),
  },
  voidInvoice: {
    step: 'cancel',
    ask: ({ invoiceId }) => organization.transact((work) => voidInvoice(work, { id: invoiceId })),
  },
  recordManualPayment: {
    step: 'cancel',
    ask: ({ accountId, invoiceId }) =>
      organization.transact((work) =>
        recordManualPayment(work, {
          accountId,
          invoiceIds: [invoiceId],
          amount: { amountMinor: amount, currency: 'EUR' },
          kind: 'cash',
        }),
      ),
  },
  capturePayment: {
    step: 'capture',
    ask: ({ paymentId }) => organization.transact((work) => capturePayment(work, { paymentId })),
  },
};

/** The provider does what it was asked, and everything is as it was wished. */
async function done(one: Held, { step }: Wish): Promise<void> {
  const { providerRef } = one.holds;
  await one.answered(
    step === 'capture'
      ? { status: 'succeeded', providerRef, amountReceived: amount }
      : { status: 'canceled', providerRef },
  );
  const [payment] = (await paymentsOf(world, one.accountId)).filter(({ id }) => id === one.paymentId);
  expect(payment).toMatchObject({
    status: step === 'capture' ? 'succeeded' : 'canceled',
    next_attempt_at: null,
    applications: [{ status: step === 'capture' ? 'applied' : 'released' }],
  });
  expect(await creditOf(world, one.accountId)).toBe(0n);
}

describe.each(Object.entries(wishes))('held money, and %s', (_name, wish) => {
  it('is not put off by any number of events before a worker takes it on', async () => {
    const one = await holding();
    await wish.ask(one);
    for (let event = 0; event < 3; event += 1) expect(await one.seen()).toBe(false);
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    await done(one, wish);
  });

  it('is not put off by events while a worker is at it, and no other takes it on besides', async () => {
    const one = await holding();
    await wish.ask(one);
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    for (let event = 0; event < 3; event += 1) {
      await one.seen();
      expect(await claim(one.paymentId)).toBeNull();
    }
    await done(one, wish);
  });

  it('is carried out by whoever comes next when that worker dies', async () => {
    const one = await holding();
    await wish.ask(one);
    await claim(one.paymentId);
    await one.seen();
    world.clock.advance({ minutes: 3 });
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    await done(one, wish);
  });

  it('has its turn after a look-up that was under way', async () => {
    const one = await holding();
    world.clock.advance({ hours: 1 });
    expect(await claim(one.paymentId)).toMatchObject({ step: 'look_up' });
    if (wish === wishes.recordManualPayment) {
      await expect(wish.ask(one)).rejects.toMatchObject({
        code: 'PAYMENT_IN_FLIGHT',
        details: { path: ['input', 'invoiceIds'] },
      });
      await one.answered(one.holds);
    }
    await wish.ask(one);
    await one.seen();
    await one.answered(one.holds);
    await one.seen();
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    await done(one, wish);
  });

  it('has its turn when the event was quicker than the answer of the charge', async () => {
    const one = await sending();
    expect(await one.seen()).toBe(true);
    await wish.ask(one);
    await one.answered(one.holds);
    await one.seen();
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    await done(one, wish);
  });

  it('is asked for again within seconds when the provider still holds the money', async () => {
    const one = await holding();
    await wish.ask(one);
    for (const seconds of [0, 0, 15, 30]) {
      world.clock.advance({ seconds });
      expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
      await one.answered(one.holds);
      await one.seen();
    }
    expect(await claim(one.paymentId)).toBeNull();
    world.clock.advance({ minutes: 1 });
    expect(await claim(one.paymentId)).toMatchObject({ step: wish.step });
    await done(one, wish);
  });
});

describe('a command that meets another wish', () => {
  const path = ['input', 'paymentId'];

  it('is refused, and says that the payment is being canceled', async () => {
    const one = await holding();
    await wishes.cancelPayment!.ask(one);
    const refusal = { code: 'INVALID_STATE', details: { path }, message: 'The payment is being canceled.' };
    await expect(wishes.capturePayment!.ask(one)).rejects.toMatchObject(refusal);
    const confirming = organization.transact((work) => confirmPayment(work, { paymentId: one.paymentId }));
    await expect(confirming).rejects.toMatchObject(refusal);
    await claim(one.paymentId);
    await done(one, wishes.cancelPayment!);
  });

  it('is refused while the money is being captured', async () => {
    const one = await holding();
    await wishes.capturePayment!.ask(one);
    await claim(one.paymentId);
    await expect(wishes.cancelPayment!.ask(one)).rejects.toMatchObject({
      code: 'PAYMENT_IN_FLIGHT',
      details: { path },
    });
    await expect(wishes.voidInvoice!.ask(one)).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    await expect(wishes.recordManualPayment!.ask(one)).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    await wishes.capturePayment!.ask(one);
    expect(await claim(one.paymentId)).toBeNull();
    await done(one, wishes.capturePayment!);
    expect(await storedInvoice(world, one.invoiceId)).toMatchObject({ status: 'paid' });
  });

  it('gives up a capture that nobody is carrying out', async () => {
    const one = await holding();
    await wishes.capturePayment!.ask(one);
    await wishes.cancelPayment!.ask(one);
    expect(await claim(one.paymentId)).toMatchObject({ step: 'cancel' });
    await done(one, wishes.cancelPayment!);
  });

  it('asks for a cancellation again at once, whatever pause the provider was given', async () => {
    const one = await holding();
    await wishes.voidInvoice!.ask(one);
    for (let time = 0; time < 2; time += 1) {
      await claim(one.paymentId);
      await one.answered(one.holds);
    }
    expect(await claim(one.paymentId)).toBeNull();
    await wishes.cancelPayment!.ask(one);
    expect(await claim(one.paymentId)).toMatchObject({ step: 'cancel' });
    await done(one, wishes.cancelPayment!);
  });
});

describe('a payment that was canceled', () => {
  it.each([
    ['cancelPayment', 'requested'],
    ['voidInvoice', 'settled'],
    ['recordManualPayment', 'superseded'],
  ])('says why: %s, %s', async (name, reason) => {
    const one = await holding();
    const wish = wishes[name]!;
    await wish.ask(one);
    await claim(one.paymentId);
    await done(one, wish);
    const stored = await query(world.database.superuserUrl, 'select cancel_reason from payments where id = $1', [
      one.paymentId,
    ]);
    expect(stored).toEqual([{ cancel_reason: reason }]);
  });
});
