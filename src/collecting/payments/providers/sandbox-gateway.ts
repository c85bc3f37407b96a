import { setTimeout as wait } from 'node:timers/promises';
import { invalidInput } from '../../../platform/errors.ts';
import { visibleDeclineCode } from '../../../rules/dunning.ts';
import { declineMessage } from './decline-messages.ts';
import type { ChargeOutcome, ChargeRequest, Failure, Gateway, RefundOutcome, RefundRequest } from './gateway.ts';
import { describeSandboxMethod, type SandboxBehavior, sandboxBehavior, sandboxTokens } from './sandbox-tokens.ts';

/**
 * A provider inside the house. It keeps nothing: what becomes of an attempt follows from its id, its number and its
 * method, so that looking after a crash finds what charging would have said.
 */
export function sandboxGateway(options: { slowMilliseconds?: number } = {}): Gateway {
  const slowMilliseconds = options.slowMilliseconds ?? 2_000;
  return {
    provider: 'sandbox',
    afterAction: 'charge',
    charge: async (request) => {
      const behavior = behaviorOf(request);
      if (behavior?.slow) await wait(slowMilliseconds);
      if (behavior?.losesAnswer) return { status: 'unknown', providerRef: null };
      if (behavior?.processes) return { status: 'processing', providerRef: refOf(request) };
      return effectOf(request, behavior);
    },
    lookUp: async (request) => {
      const behavior = behaviorOf(request);
      if (!request.payment.settled) return effectOf(request, behavior);
      const providerRef = refOf(request);
      return behavior?.returnedAfterDays
        ? { status: 'reversed', providerRef, reason: 'insufficient_funds' }
        : { status: 'succeeded', providerRef };
    },
    capture: async (request, amount) => ({
      status: 'succeeded',
      providerRef: refOf(request),
      amountReceived: amount,
    }),
    cancel: async (request) => ({ status: 'canceled', providerRef: refOf(request) }),
    refund: async (request) => {
      const kind = refundKind(request);
      if (kind === 'loses_answer') return { status: 'unknown', providerRef: null };
      if (kind === 'pending') return { status: 'pending', providerRef: refundRef(request) };
      return refundEffect(request, kind);
    },
    lookUpRefund: async (request) => refundEffect(request, refundKind(request)),
    createCustomer: async () => null,
    deleteCustomer: async () => undefined,
    attachMethod: async (reference) => {
      const described = describeSandboxMethod(reference);
      if (!described) throw invalidInput(['input', 'method', 'sandboxToken'], noSuchMethod());
      return described;
    },
    detachMethod: async () => undefined,
    setUpMethod: async (_customer, account, key) => `sandbox_setup_${account.accountId}_secret_${key}`,
  };
}

function noSuchMethod(): string {
  const names = sandboxTokens().map(({ token }) => token);
  return `The sandbox has no such test method; it has ${names.join(', ')}, and fails_1 to fails_10.`;
}

function behaviorOf(request: ChargeRequest): SandboxBehavior | null {
  return request.method ? sandboxBehavior(request.method.providerRef, request.attempt.no) : null;
}

const refOf = (request: ChargeRequest) => `sandbox_${request.payment.id}`;
const refundRef = (request: RefundRequest) => `sandbox_refund_${request.refund.id}`;

function failureOf(code: string, adviceCode: string | null = null): Failure {
  return { code, adviceCode, message: declineMessage(visibleDeclineCode(code)) };
}

/** What has become of the attempt at the provider, whoever asks and whenever. */
function effectOf(request: ChargeRequest, behavior: SandboxBehavior | null): ChargeOutcome {
  const providerRef = refOf(request);
  if (!request.method) {
    // The customer has not chosen how to pay; in the browser they would do it with this secret.
    return { status: 'requires_action', providerRef, clientSecret: `${providerRef}_secret_${request.attempt.id}` };
  }
  if (!behavior) {
    const failure = { ...failureOf('invalid_account'), declineClass: 'configuration' as const };
    return { status: 'failed', providerRef, failure };
  }
  const declined = declineOf(request, behavior);
  if (declined) return { status: 'failed', providerRef, failure: failureOf(declined, behavior.adviceCode ?? null) };
  if (behavior.authenticates && !request.attempt.followsAction) {
    return { status: 'requires_action', providerRef, clientSecret: `${providerRef}_secret_${request.attempt.id}` };
  }
  if (request.payment.captureMethod === 'manual') return { status: 'requires_capture', providerRef };
  const days = behavior.returnedAfterDays;
  return { status: 'succeeded', providerRef, ...(days ? { lookAgainAfter: days * 86_400_000 } : {}) };
}

function declineOf(request: ChargeRequest, behavior: SandboxBehavior): string | null {
  if (behavior.declines) return behavior.declines;
  if (behavior.processes === 'fails') return 'insufficient_funds';
  if (behavior.authenticates && request.attempt.offSession) return 'authentication_required';
  if (request.attempt.followsAction && behavior.declinesAfterAction) return behavior.declinesAfterAction;
  return null;
}

function refundKind(request: RefundRequest): SandboxBehavior['refunds'] {
  return request.payment.methodRef ? sandboxBehavior(request.payment.methodRef, 1)?.refunds : undefined;
}

function refundEffect(request: RefundRequest, kind: SandboxBehavior['refunds']): RefundOutcome {
  const providerRef = refundRef(request);
  if (kind !== 'fails') return { status: 'succeeded', providerRef };
  const message = 'The bank of the customer did not take the refund.';
  return { status: 'failed', providerRef, failure: { code: 'refund_declined', adviceCode: null, message } };
}
