import type Stripe from 'stripe';
import { formatAmount } from '../data/currencies.ts';
import { idOf } from '../engine/api-object.ts';
import { createdListParameters, expandParameter } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { invalidRequest, missing, refusedByState } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  identifier,
  integer,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  type Parsed,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { newId, type State } from '../engine/state.ts';
import { requireCharge } from './charges.ts';
import { behaviorOf } from './payment-method-use.ts';
import { bookRefund, countOnCharge, moveRefund } from './refund-steps.ts';

const LATER_SECONDS = 5;

const createParameters = {
  ...expandParameter,
  amount: integer({ minimum: 1 }),
  charge: identifier(),
  currency: notSimulated,
  customer: notSimulated,
  instructions_email: notSimulated,
  metadata,
  origin: notSimulated,
  payment_intent: identifier(),
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: notSimulated,
  reverse_transfer: notSimulated,
};

function chargeToRefund(state: State, given: Parsed<typeof createParameters>): Stripe.Charge {
  if (given.charge !== undefined) {
    return requireCharge(state, given.charge, 'charge');
  }
  if (given.payment_intent === undefined) {
    throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.', {
      code: 'parameter_missing',
    });
  }
  const intent = state.paymentIntents.get(given.payment_intent);
  if (!intent) {
    throw missing('payment_intent', given.payment_intent, 'payment_intent');
  }
  const charge = state.charges.get(idOf(intent.latest_charge) ?? '');
  if (charge?.status !== 'succeeded') {
    throw refusedByState(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  return charge;
}

function checkRefundable(state: State, charge: Stripe.Charge, wanted: number | undefined): number {
  if (!charge.captured) {
    throw refusedByState(
      `Charge ${charge.id} has not been captured, so it cannot be refunded. Cancel the PaymentIntent ${idOf(charge.payment_intent)} instead.`,
    );
  }
  const disputed = [...state.disputes.values()].some(
    (item) => item.charge === charge.id && !item.is_charge_refundable && item.status !== 'won',
  );
  if (disputed) {
    throw refusedByState(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw refusedByState(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  const amount = wanted ?? left;
  if (amount > left) {
    const kind = charge.amount_refunded === 0 ? 'charge amount' : 'unrefunded amount on charge';
    throw refusedByState(
      `Refund amount (${formatAmount(amount, charge.currency)}) is greater than ${kind} (${formatAmount(left, charge.currency)})`,
      { param: 'amount' },
    );
  }
  return amount;
}

function blankRefund(state: State, charge: Stripe.Charge, amount: number): Stripe.Refund {
  const card = charge.payment_method_details?.card;
  return {
    id: newId(state, 're'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: state.clock.seconds(),
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    ...(card
      ? {
          destination_details: {
            card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
            type: 'card',
          },
        }
      : {}),
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

function createRefund(state: State, given: Parsed<typeof createParameters>): Stripe.Refund {
  const charge = chargeToRefund(state, given);
  const refund = blankRefund(state, charge, checkRefundable(state, charge, given.amount));
  refund.metadata = mergeMetadata({}, given.metadata);
  refund.reason = given.reason ?? null;
  state.refunds.set(refund.id, refund);
  bookRefund(state, refund);
  countOnCharge(charge, refund.amount);
  const kind = behaviorOf(state, String(charge.payment_method)).card?.refund;
  if (kind === 'pending') {
    refund.status = 'pending';
    refund.pending_reason = 'processing';
  }
  emit(state, 'refund.created', refund);
  emit(state, 'charge.refunded', charge);
  scheduleLaterStep(state, refund, kind);
  return refund;
}

function scheduleLaterStep(state: State, refund: Stripe.Refund, kind: 'pending' | 'fails' | undefined): void {
  const from = refund.status;
  const once = (action: () => void): void => {
    // A test may have moved the refund in the meantime.
    state.clock.schedule(LATER_SECONDS, () => {
      if (refund.status === from) {
        action();
      }
    });
  };
  if (kind === 'pending') {
    once(() => moveRefund(state, refund, 'succeeded'));
  } else if (kind === 'fails') {
    once(() => moveRefund(state, refund, 'failed', 'expired_or_canceled_card'));
  }
}

/** A refund by id. @throws ApiError 404 */
export function requireRefund(state: State, id: string): Stripe.Refund {
  const refund = state.refunds.get(id);
  if (!refund) {
    throw missing('refund', id);
  }
  return refund;
}

/** The operations on refunds. */
export const refundRoutes: Route[] = [
  route('POST', '/v1/refunds', createParameters, createRefund),
  route(
    'GET',
    '/v1/refunds',
    { ...createdListParameters, charge: identifier(), payment_intent: identifier() },
    (state, given) => {
      const matching = [...state.refunds.values()].filter(
        (refund) =>
          (given.charge === undefined || refund.charge === given.charge) &&
          (given.payment_intent === undefined || refund.payment_intent === given.payment_intent),
      );
      return pageOf(matching, given, '/v1/refunds', 'refund');
    },
  ),
  route('GET', '/v1/refunds/:id', expandParameter, (state, _given, ids) => requireRefund(state, ids.id!)),
  route('POST', '/v1/refunds/:id', { ...expandParameter, metadata }, (state, given, ids) => {
    const refund = requireRefund(state, ids.id!);
    const before = structuredClone(refund);
    refund.metadata = mergeMetadata(refund.metadata, given.metadata);
    emit(state, 'refund.updated', refund, before);
    emit(state, 'charge.refund.updated', refund, before);
    return refund;
  }),
  route('POST', '/v1/refunds/:id/cancel', expandParameter, (state, _given, ids) => {
    const refund = requireRefund(state, ids.id!);
    if (refund.status !== 'requires_action') {
      throw refusedByState(
        `You cannot cancel a refund that has a status of ${refund.status}. Only refunds that require action can be canceled.`,
      );
    }
    moveRefund(state, refund, 'canceled');
    return refund;
  }),
];
