import type Stripe from 'stripe';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { newId, type State } from '../engine/state.ts';
import { recordBalance } from './balance.ts';

const NINE_DAYS = 9 * 24 * 3600;
const DISPUTE_FEE = 1500;

const EVIDENCE_FIELDS = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;

/** The names of the evidence fields, all text or a file's id. */
export const evidenceFields: readonly string[] = EVIDENCE_FIELDS;

function blankDispute(state: State, charge: Stripe.Charge, reason: string, inquiry: boolean): Stripe.Dispute {
  const evidence = Object.fromEntries(EVIDENCE_FIELDS.map((field) => [field, null]));
  return {
    id: newId(state, 'du'),
    object: 'dispute',
    amount: charge.amount_captured,
    balance_transactions: [],
    charge: charge.id,
    created: state.clock.seconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...evidence, enhanced_evidence: {} } as unknown as Stripe.Dispute.Evidence,
    evidence_details: {
      due_by: state.clock.seconds() + NINE_DAYS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    payment_method_details: {
      type: 'card',
      card: {
        brand: charge.payment_method_details?.card?.brand ?? 'visa',
        case_type: inquiry ? 'inquiry' : 'chargeback',
        network: charge.payment_method_details?.card?.brand ?? 'visa',
        network_reason_code: '83',
      },
    },
    reason,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
  };
}

/** Opens disputes on a charge; an inquiry takes no money yet. */
export function openDisputes(
  state: State,
  charge: Stripe.Charge,
  wanted: readonly { reason: string; inquiry: boolean }[],
): Stripe.Dispute[] {
  return wanted.map(({ reason, inquiry }) => {
    const dispute = blankDispute(state, charge, reason, inquiry);
    state.disputes.set(dispute.id, dispute);
    charge.disputed = true;
    if (!inquiry) {
      moveMoney(state, dispute, -dispute.amount, DISPUTE_FEE);
    }
    emit(state, 'charge.dispute.created', dispute);
    if (!inquiry) {
      emit(state, 'charge.dispute.funds_withdrawn', dispute);
    }
    return dispute;
  });
}

function moveMoney(state: State, dispute: Stripe.Dispute, amount: number, fee: number): void {
  const movement = { type: 'adjustment', amount, currency: dispute.currency, source: dispute.id, fee } as const;
  dispute.balance_transactions.push(recordBalance(state, movement));
}

/** Ends a dispute; a won one gives the money back. */
export function endDispute(state: State, dispute: Stripe.Dispute, status: 'won' | 'lost' | 'warning_closed'): void {
  dispute.status = status;
  dispute.is_charge_refundable = status === 'warning_closed';
  if (status === 'won') {
    moveMoney(state, dispute, dispute.amount, 0);
  }
  emit(state, 'charge.dispute.closed', dispute);
  if (status === 'won') {
    emit(state, 'charge.dispute.funds_reinstated', dispute);
  }
}
