import type Stripe from 'stripe';
import { createdListParameters, expandParameter } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { missing, refusedByState } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  boolean,
  hash,
  identifier,
  mergeMetadata,
  metadata,
  oneOf,
  type Parsed,
  text,
  unchecked,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';
import { endDispute, evidenceFields } from './dispute-factory.ts';

const updateParameters = {
  ...expandParameter,
  evidence: hash({
    ...Object.fromEntries(evidenceFields.map((name) => [name, text(150_000)])),
    enhanced_evidence: unchecked,
    appeal: unchecked,
  }),
  intended_submission_method: oneOf('manual', 'prefer_manual', 'prefer_smart_disputes', 'smart_disputes'),
  metadata,
  submit: boolean,
};

/** A dispute by id. @throws ApiError 404 */
export function requireDispute(state: State, id: string): Stripe.Dispute {
  const dispute = state.disputes.get(id);
  if (!dispute) {
    throw missing('dispute', id);
  }
  return dispute;
}

function isOpen(dispute: Stripe.Dispute): boolean {
  return dispute.status === 'needs_response' || dispute.status === 'warning_needs_response';
}

function update(state: State, dispute: Stripe.Dispute, given: Parsed<typeof updateParameters>): Stripe.Dispute {
  if (given.evidence && !isOpen(dispute)) {
    throw refusedByState(`This dispute is already ${dispute.status}, so its evidence cannot be changed.`);
  }
  const before = structuredClone(dispute);
  dispute.metadata = mergeMetadata(dispute.metadata, given.metadata);
  if (given.evidence) {
    Object.assign(dispute.evidence, given.evidence);
    dispute.evidence_details.has_evidence = true;
  }
  const submitted = given.evidence !== undefined && (given.submit ?? true);
  if (submitted) {
    dispute.evidence_details.submission_count += 1;
    dispute.evidence_details.submission_method = 'manual';
    dispute.status = dispute.status === 'needs_response' ? 'under_review' : 'warning_under_review';
  }
  emit(state, 'charge.dispute.updated', dispute, before);
  if (submitted) {
    state.afterRequest.push(() => judge(state, dispute));
  }
  return dispute;
}

/** Test evidence decides at once; any other evidence stays under review until a test ends the dispute. */
function judge(state: State, dispute: Stripe.Dispute): void {
  const words = dispute.evidence.uncategorized_text;
  if (words === 'winning_evidence') {
    endDispute(state, dispute, dispute.status === 'under_review' ? 'won' : 'warning_closed');
  } else if (words === 'losing_evidence') {
    endDispute(state, dispute, 'lost');
  }
}

/** The operations on disputes. */
export const disputeRoutes: Route[] = [
  route(
    'GET',
    '/v1/disputes',
    { ...createdListParameters, charge: identifier(), payment_intent: identifier() },
    (state, given) => {
      const matching = [...state.disputes.values()].filter(
        (dispute) =>
          (given.charge === undefined || dispute.charge === given.charge) &&
          (given.payment_intent === undefined || dispute.payment_intent === given.payment_intent),
      );
      return pageOf(matching, given, '/v1/disputes', 'dispute');
    },
  ),
  route('GET', '/v1/disputes/:id', expandParameter, (state, _given, ids) => requireDispute(state, ids.id!)),
  route('POST', '/v1/disputes/:id', updateParameters, (state, given, ids) =>
    update(state, requireDispute(state, ids.id!), given),
  ),
  route('POST', '/v1/disputes/:id/close', expandParameter, (state, _given, ids) => {
    const dispute = requireDispute(state, ids.id!);
    if (!isOpen(dispute)) {
      throw refusedByState(`This dispute is already ${dispute.status}.`);
    }
    endDispute(state, dispute, dispute.status === 'needs_response' ? 'lost' : 'warning_closed');
    return dispute;
  }),
];
