import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../../../platform/app-types.ts';
import { insist } from '../../../platform/passing-faults.ts';
import { hasWish } from '../hold-payment.ts';
import { ensureCustomer } from '../methods/ensure-customer.ts';
import { PaymentEntity } from '../payments.entities.ts';
import type { ChargeOutcome, Gateway } from '../providers/gateway.ts';
import { gatewayOf } from '../providers/gateways.ts';
import { keepClaim } from '../providers/keep-claim.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { type Claim, claimPayment } from './claim-payment.ts';
import { recordOutcome } from './record-outcome.ts';

interface PaymentName {
  organizationId: string;
  paymentId: string;
}

/**
 * Process: takes a due payment one step on. 1 in a transaction: claim it and put the attempt on record. 2 one call to
 * the provider under the attempt's key. 3 in a transaction: record what it said. Killed anywhere, it can be run again: the
 * same attempt is asked again, or looked up, and never another one made. Answers whether there was anything to do.
 * `own`: by whoever has just begun the payment.
 */
export async function attemptPayment(app: App, input: PaymentName & { own?: boolean }): Promise<boolean> {
  const scope = paymentScope(input.organizationId);
  const claim = await app.transact(scope, (work) => claimPayment(work, input.paymentId, input.own));
  if (!claim) return false;
  const { organizationId, paymentId } = input;
  const outcome = await keepClaim(app, { table: 'payments', organizationId, id: paymentId }, () =>
    carryOut(app, claim),
  );
  // What defers a first request has let none out.
  const unsent = claim.step === 'charge';
  const attemptId = claim.request.attempt.no > 0 ? claim.request.attempt.id : null;
  // What the provider has said is known here alone until it is recorded; recorded twice it is the same.
  await insist(() =>
    app.transact(scope, (work) => recordOutcome(work, { paymentId, attemptId, outcome, source: 'answer', unsent })),
  );
  return true;
}

/** Runs a payment on until it waits for something: for callers who want to see the outcome of what they began. */
export async function drivePayment(app: App, input: PaymentName & { own?: boolean }): Promise<void> {
  for (let step = 0; step < 4; step += 1) if (!(await attemptPayment(app, input))) return;
}

const looks = 100;
const betweenLooks = 100;

/**
 * Carries out what was just asked of a payment: a capture, a cancellation. Where a worker was quicker to take it on, waits
 * until that one has its answer, but no longer than ten seconds.
 */
export async function driveWish(app: App, input: PaymentName): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    if (await attemptPayment(app, input)) return drivePayment(app, input);
    if (!(await isTaken(app, input))) return;
    await pause(betweenLooks);
  }
}

/** Whether something is asked of the payment that a worker is busy with. */
function isTaken(app: App, { organizationId, paymentId }: PaymentName): Promise<boolean> {
  return app.transact(paymentScope(organizationId), async (work) => {
    const payment = await work.findOne(PaymentEntity, { organizationId, id: paymentId });
    if (!payment?.nextAttemptAt || !hasWish(payment)) return false;
    return payment.claimedUntil != null && payment.claimedUntil > work.recordedAt;
  });
}

const notConnected: ChargeOutcome = {
  status: 'deferred',
  providerRef: null,
  reason: 'It is not connected.',
  shut: 'disconnected',
};

async function carryOut(app: App, claim: Claim): Promise<ChargeOutcome> {
  const gateway = await gatewayOf(app, claim.request.organizationId, claim.provider);
  if (!gateway) return notConnected;
  try {
    return await step(app, gateway, claim);
  } catch (error) {
    // A gateway answers; what it throws is a fault on our side of the wire, and the effect is not known.
    app.log.error({ err: error, paymentId: claim.request.payment.id }, 'a payment provider could not be asked');
    return { status: 'unknown', providerRef: null };
  }
}

async function step(app: App, gateway: Gateway, claim: Claim): Promise<ChargeOutcome> {
  const { request } = claim;
  switch (claim.step) {
    case 'cancel':
      return gateway.cancel(request);
    case 'capture':
      return gateway.capture(request, claim.captureAmount);
    case 'look_up':
      return lookUp(app, gateway, claim);
    default:
      return send(app, gateway, claim);
  }
}

async function send(app: App, gateway: Gateway, claim: Claim): Promise<ChargeOutcome> {
  const { request, account } = claim;
  if (request.customerRef) return gateway.charge(request);
  const customer = await ensureCustomer(app, gateway, { organizationId: request.organizationId, account });
  if (!customer.ok) {
    const { reason, shut } = customer;
    return { status: 'deferred', providerRef: null, reason, ...(shut ? { shut } : {}) };
  }
  return gateway.charge({ ...request, customerRef: customer.customerRef });
}

/**
 * What the provider knows decides. Only if it knows nothing is the attempt sent again, under its key; and if the provider
 * has spent that key on an error without effect, the attempt has failed.
 */
async function lookUp(app: App, gateway: Gateway, claim: Claim): Promise<ChargeOutcome> {
  const seen = await gateway.lookUp(claim.request);
  if (seen.status !== 'absent') return seen;
  const sent = await send(app, gateway, claim);
  if (sent.status !== 'unknown' || !sent.final) return sent;
  const again = await gateway.lookUp(claim.request);
  if (again.status !== 'absent') return again;
  const message = 'The payment provider could not process the payment. No money was taken.';
  return {
    status: 'failed',
    providerRef: null,
    failure: { code: 'provider_error', adviceCode: null, message, declineClass: 'soft' },
  };
}
