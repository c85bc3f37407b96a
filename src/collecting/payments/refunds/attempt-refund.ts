import type { App } from '../../../platform/app-types.ts';
import { insist } from '../../../platform/passing-faults.ts';
import type { Work } from '../../../platform/work.ts';
import { PaymentMethodEntity, RefundEntity } from '../payments.entities.ts';
import type { Gateway, Provider, RefundOutcome, RefundRequest } from '../providers/gateway.ts';
import { gatewayOf } from '../providers/gateways.ts';
import { claimMilliseconds, keepClaim } from '../providers/keep-claim.ts';
import { paymentScope } from '../providers/payment-scope.ts';
import { type HeldRefund, holdRefund, recordRefundOutcome } from './record-refund.ts';

interface RefundClaim {
  provider: Provider;
  request: RefundRequest;
  lookFirst: boolean;
}

/** Process: carries out a due refund or looks what has become of it. The refund's id is the provider's key. */
export async function attemptRefund(app: App, input: { organizationId: string; refundId: string }): Promise<boolean> {
  const scope = paymentScope(input.organizationId);
  const claim = await app.transact(scope, (work) => claimRefund(work, input.refundId));
  if (!claim) return false;
  const { organizationId, refundId } = input;
  const outcome = await keepClaim(app, { table: 'refunds', organizationId, id: refundId }, async () => {
    const gateway = await gatewayOf(app, organizationId, claim.provider);
    return gateway ? ask(app, gateway, claim) : disconnected;
  });
  await insist(() =>
    app.transact(scope, (work) => recordRefundOutcome(work, input.refundId, outcome, !claim.lookFirst)),
  );
  return true;
}

const disconnected: RefundOutcome = {
  status: 'deferred',
  providerRef: null,
  reason: 'It is not connected.',
  shut: 'disconnected',
};

async function claimRefund(work: Work, refundId: string): Promise<RefundClaim | null> {
  const held = await holdRefund(work, refundId);
  if (!held) return null;
  const { refund } = held;
  const waits = !refund.nextAttemptAt || refund.nextAttemptAt > work.recordedAt;
  if (waits || (refund.claimedUntil && refund.claimedUntil > work.recordedAt)) return null;
  // Once it was claimed it may have left the house: then the provider is asked before it is sent again.
  const lookFirst = refund.claimedUntil !== null || refund.lookups > 0 || refund.providerRef !== null;
  const { organizationId, id } = refund;
  const claimedUntil = new Date(work.recordedAt.getTime() + claimMilliseconds);
  work.update(RefundEntity, { organizationId, id, claimedUntil });
  return { provider: refund.provider as Provider, request: await requestOf(work, held), lookFirst };
}

async function requestOf(work: Work, { refund, payment }: HeldRefund): Promise<RefundRequest> {
  const { organizationId, paymentMethodId } = payment;
  const method = paymentMethodId
    ? await work.findOne(PaymentMethodEntity, { organizationId, id: paymentMethodId })
    : null;
  const { id, amount, currency } = refund;
  return {
    organizationId,
    refund: {
      id,
      amount,
      currency,
      reason: refund.reason ?? null,
      providerRef: refund.providerRef ?? null,
      at: refund.createdAt,
    },
    payment: { id: payment.id, providerRef: payment.providerRef ?? null, methodRef: method?.providerRef ?? null },
  };
}

async function ask(app: App, gateway: Gateway, claim: RefundClaim): Promise<RefundOutcome> {
  try {
    if (!claim.lookFirst) return await gateway.refund(claim.request);
    const seen = await gateway.lookUpRefund(claim.request);
    if (seen.status !== 'absent') return seen;
    const sent = await gateway.refund(claim.request);
    if (sent.status !== 'unknown' || !sent.final) return sent;
    const again = await gateway.lookUpRefund(claim.request);
    if (again.status !== 'absent') return again;
    const message = 'The payment provider could not process the refund.';
    return { status: 'failed', providerRef: null, failure: { code: 'provider_error', adviceCode: null, message } };
  } catch (error) {
    app.log.error({ err: error, refundId: claim.request.refund.id }, 'a payment provider could not be asked');
    return { status: 'unknown', providerRef: null };
  }
}
