import type Stripe from 'stripe';
import { emit } from '../engine/emit.ts';
import { ApiError, missing } from '../engine/errors.ts';
import type { State } from '../engine/state.ts';
import { finishDebit } from '../resources/bank-debit.ts';
import { requireCharge } from '../resources/charges.ts';
import { endDispute, openDisputes } from '../resources/dispute-factory.ts';
import { requireDispute } from '../resources/disputes.ts';
import { authenticatePayment } from '../resources/payment-intent-confirm.ts';
import { requireIntent } from '../resources/payment-intents.ts';
import { requirePaymentMethod } from '../resources/payment-methods.ts';
import { type LaterRefundStatus, moveRefund } from '../resources/refund-steps.ts';
import { requireRefund } from '../resources/refunds.ts';
import { authenticateSetup } from '../resources/setup-intent-confirm.ts';
import { requireSetupIntent } from '../resources/setup-intents.ts';

/** What customers, their banks and the card networks do: nothing of this is an API call of the merchant. */
export interface World {
  /** The customer authenticates, or fails to; the PaymentIntent or SetupIntent as it is then. */
  authenticate(intentId: string, outcome?: 'succeed' | 'fail'): Stripe.PaymentIntent | Stripe.SetupIntent;
  /** The bank answers a debit that is processing. */
  finishDebit(paymentIntentId: string, outcome?: 'succeed' | 'fail', failureCode?: string): Stripe.PaymentIntent;
  /** A refund that was made goes on: fails later, succeeds at last, needs the customer. */
  moveRefund(refundId: string, status: LaterRefundStatus, failureReason?: string): Stripe.Refund;
  /** The cardholder disputes a charge. */
  dispute(chargeId: string, reason?: string, inquiry?: boolean): Stripe.Dispute;
  /** The network decides a dispute. */
  decideDispute(disputeId: string, status: 'won' | 'lost' | 'warning_closed'): Stripe.Dispute;
  /** The card network reports a new card (new number or expiry) for a saved one. */
  updateCard(
    paymentMethodId: string,
    card: { last4?: string; exp_month?: number; exp_year?: number },
  ): Stripe.PaymentMethod;
  /** An event of any type about any object: what other parts of Stripe, or a foreign program on the account, would send. */
  emitEvent(type: string, object: object): Stripe.Event;
  /** Every later charge of this PaymentMethod is declined with the code; null ends that. */
  declineLater(paymentMethodId: string, declineCode: string | null): void;
}

/** @param act runs one of these doings and then hands out its events */
export function createWorld(state: State, act: <T>(doing: () => T) => T): World {
  return {
    authenticate: (id, outcome = 'succeed') =>
      act(() => {
        if (id.startsWith('seti_')) {
          const setup = requireSetupIntent(state, id);
          authenticateSetup(state, setup, outcome);
          return setup;
        }
        const intent = requireIntent(state, id);
        authenticatePayment(state, intent, outcome);
        return intent;
      }),
    finishDebit: (id, outcome = 'succeed', failureCode = 'insufficient_funds') =>
      act(() => {
        const intent = requireIntent(state, id);
        if (!finishDebit(state, intent, outcome === 'fail' ? failureCode : undefined)) {
          throw new ApiError(400, {
            type: 'invalid_request_error',
            message: `PaymentIntent ${id} is ${intent.status}, not processing.`,
          });
        }
        return intent;
      }),
    moveRefund: (id, status, failureReason) =>
      act(() => {
        const refund = requireRefund(state, id);
        moveRefund(state, refund, status, failureReason);
        return refund;
      }),
    dispute: (id, reason = 'fraudulent', inquiry = false) =>
      act(() => openDisputes(state, requireCharge(state, id), [{ reason, inquiry }])[0]!),
    decideDispute: (id, status) =>
      act(() => {
        const dispute = requireDispute(state, id);
        endDispute(state, dispute, status);
        return dispute;
      }),
    emitEvent: (type, object) =>
      act(() => {
        emit(state, type, object);
        return [...state.events.values()].at(-1)!;
      }),
    updateCard: (id, card) => act(() => updateCard(state, id, card)),
    declineLater: (id, declineCode) => {
      const behavior = state.behaviors.get(id);
      if (!behavior) {
        throw missing('PaymentMethod', id);
      }
      if (declineCode === null) {
        delete behavior.forcedDecline;
      } else {
        behavior.forcedDecline = declineCode;
      }
    },
  };
}

function updateCard(
  state: State,
  id: string,
  card: { last4?: string; exp_month?: number; exp_year?: number },
): Stripe.PaymentMethod {
  const method = requirePaymentMethod(state, id);
  if (!method.card || method.customer === null) {
    throw new ApiError(400, {
      type: 'invalid_request_error',
      message: 'Only an attached card is updated by its network.',
    });
  }
  const before = structuredClone(method);
  Object.assign(method.card, card);
  emit(state, 'payment_method.automatically_updated', method, before);
  return method;
}
