import type { PaymentAttemptRow, PaymentRow } from './payments.entities.ts';

/**
 * What is to be done next at the provider. `charge`: a first or further attempt · `resend`: the same attempt again, under
 * the same key · `look_up`: ask what has become of it, and send it again only if the provider knows nothing of it.
 */
export type Step = 'charge' | 'resend' | 'look_up' | 'capture' | 'cancel' | 'cancel_here' | 'nothing';

/** For that long a provider keeps the first answer under a key; after it the same key would charge anew. */
const keyLivesMilliseconds = 24 * 60 * 60 * 1000;
const margin = 60 * 60 * 1000;

/** The next step of a payment, from its row and its latest attempt alone. `recordedAt` is the wall clock's instant. */
export function nextStep(
  payment: Pick<PaymentRow, 'status' | 'cancelRequestedAt' | 'captureAmount' | 'providerRef' | 'nextAttemptAt'>,
  attempt: Pick<PaymentAttemptRow, 'status' | 'processing' | 'recordedAt'> | null,
  recordedAt: Date,
): Step {
  if (!payment.nextAttemptAt) return 'nothing';
  const inFlight = attempt && ['pending', 'unknown', 'requires_action', 'requires_capture'].includes(attempt.status);
  if (payment.cancelRequestedAt && !(inFlight && isUndecided(attempt))) {
    return payment.providerRef ? 'cancel' : 'cancel_here';
  }
  switch (payment.status) {
    case 'pending':
      if (!inFlight || !attempt) return 'charge';
      return attempt.processing || isOld(attempt, recordedAt) ? 'look_up' : 'resend';
    case 'requires_capture':
      return payment.captureAmount ? 'capture' : 'look_up';
    case 'unknown':
    case 'requires_action':
    case 'succeeded':
      return 'look_up';
    default:
      return 'nothing';
  }
}

/** A charge that may be under way is not canceled: first its outcome must be known. */
function isUndecided(attempt: Pick<PaymentAttemptRow, 'status' | 'processing'>): boolean {
  return (attempt.status === 'pending' && !attempt.processing) || attempt.status === 'unknown';
}

function isOld(attempt: Pick<PaymentAttemptRow, 'recordedAt'>, recordedAt: Date): boolean {
  return recordedAt.getTime() - attempt.recordedAt.getTime() > keyLivesMilliseconds - margin;
}

const second = 1_000;
const hour = 3_600 * second;

/** Milliseconds until the provider is asked again, by what is waited for and how often it was asked. Null: no more. */
export function lookAgainAfter(
  waitingFor: 'answer' | 'service' | 'bank' | 'customer' | 'capture',
  lookups: number,
): number | null {
  switch (waitingFor) {
    case 'answer':
      return Math.min(5 * second * 2 ** lookups, hour);
    case 'service':
      return Math.min(10 * second * 2 ** lookups, hour / 2);
    case 'bank':
      return Math.min(60 * second * 4 ** lookups, 6 * hour);
    case 'customer':
    case 'capture':
      return lookups > 12 ? null : Math.min(hour * 2 ** lookups, 7 * 24 * hour);
  }
}
