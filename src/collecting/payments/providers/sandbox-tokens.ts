import type { MethodDescription } from './gateway.ts';

/** What a sandbox method does when it is charged. */
export interface SandboxBehavior {
  brand: string;
  last4: string;
  description: string;
  /** The decline code of every charge. */
  declines?: string;
  adviceCode?: string;
  /** The decline code of charges off session; on session the customer is asked to act. */
  authenticates?: 'always';
  /** After acting on session: the decline code. */
  declinesAfterAction?: string;
  /** Nothing is decided at once. */
  processes?: 'succeeds' | 'fails';
  /** Answers after a while. */
  slow?: boolean;
  /** The effect takes place and the answer is lost. */
  losesAnswer?: boolean;
  /** The charge succeeds, and the bank takes the money back after so many days. */
  returnedAfterDays?: number;
  /** What becomes of refunds. */
  refunds?: 'pending' | 'fails' | 'loses_answer';
}

const behaviors: Readonly<Record<string, SandboxBehavior>> = {
  success: { brand: 'visa', last4: '4242', description: 'Every charge succeeds.' },
  mastercard: { brand: 'mastercard', last4: '4444', description: 'Every charge succeeds.' },
  amex: { brand: 'amex', last4: '0005', description: 'Every charge succeeds.' },
  card_declined: decline('0002', 'generic_decline', 'try_again_later'),
  insufficient_funds: decline('9995', 'insufficient_funds', 'try_again_later'),
  processing_error: decline('0119', 'processing_error', 'try_again_later'),
  expired_card: decline('0069', 'expired_card'),
  incorrect_cvc: decline('0127', 'incorrect_cvc'),
  call_issuer: decline('0028', 'call_issuer'),
  lost_card: decline('9987', 'lost_card', 'do_not_try_again'),
  stolen_card: decline('9979', 'stolen_card', 'do_not_try_again'),
  fraudulent: decline('0019', 'fraudulent'),
  duplicate_transaction: decline('0093', 'duplicate_transaction'),
  authentication_required: {
    brand: 'visa',
    last4: '3184',
    description: 'Off session it is declined; on session the customer must act, and then it succeeds.',
    authenticates: 'always',
  },
  authentication_fails: {
    brand: 'visa',
    last4: '3178',
    description: 'On session the customer must act, and then it is declined.',
    authenticates: 'always',
    declinesAfterAction: 'authentication_required',
  },
  slow: { brand: 'visa', last4: '7726', description: 'The answer takes two seconds.', slow: true },
  processing_succeeds: {
    brand: 'sepa_debit',
    last4: '3000',
    description: 'Undecided at first; the next look finds it succeeded.',
    processes: 'succeeds',
  },
  processing_fails: {
    brand: 'sepa_debit',
    last4: '3001',
    description: 'Undecided at first; the next look finds it failed for want of funds.',
    processes: 'fails',
  },
  debit_returned: {
    brand: 'sepa_debit',
    last4: '3035',
    description: 'Succeeds, and is returned for want of funds three days later: the payment is REVERSED.',
    returnedAfterDays: 3,
  },
  lost_answer_succeeded: {
    brand: 'visa',
    last4: '5126',
    description: 'The charge succeeds and the answer is lost: UNKNOWN until it is looked up.',
    losesAnswer: true,
  },
  lost_answer_failed: {
    ...decline('5127', 'generic_decline', 'try_again_later'),
    description: 'The charge is declined and the answer is lost: UNKNOWN until it is looked up.',
    losesAnswer: true,
  },
  refund_pending: {
    brand: 'visa',
    last4: '7738',
    description: 'Charges succeed; refunds are pending until the next look.',
    refunds: 'pending',
  },
  refund_fails: { brand: 'visa', last4: '5128', description: 'Charges succeed; refunds fail.', refunds: 'fails' },
  refund_lost_answer: {
    brand: 'visa',
    last4: '5129',
    description: 'Charges succeed; the answers of refunds are lost, and found by looking.',
    refunds: 'loses_answer',
  },
};

function decline(last4: string, declines: string, adviceCode?: string): SandboxBehavior {
  const description = `Every charge is declined with ${declines}.`;
  return { brand: 'visa', last4, description, declines, ...(adviceCode ? { adviceCode } : {}) };
}

const failsFirst = /^fails_(once|[1-9]|10)(?:_times?)?(?:_then_succeeds)?$/;

/** How a token behaves at the n-th attempt of a payment; null for a text that is no token. */
export function sandboxBehavior(token: string, attemptNo: number): SandboxBehavior | null {
  if (Object.hasOwn(behaviors, token)) return behaviors[token] ?? null;
  const [, times] = failsFirst.exec(token) ?? [];
  if (!times) return null;
  const fails = times === 'once' ? 1 : Number(times);
  const last4 = `10${String(fails).padStart(2, '0')}`;
  if (attemptNo <= fails) return decline(last4, 'insufficient_funds', 'try_again_later');
  return { brand: 'visa', last4, description: `Succeeds after ${fails} declines.` };
}

/** What is shown of a sandbox method; null for a text that is no token. */
export function describeSandboxMethod(token: string): MethodDescription | null {
  const behavior = sandboxBehavior(token, 1);
  if (!behavior) return null;
  const { brand, last4 } = behavior;
  const type = brand === 'sepa_debit' ? 'sepa_debit' : 'card';
  const expires = type === 'card' ? { expMonth: 12, expYear: 2040 } : { expMonth: null, expYear: null };
  return { providerRef: token, type, brand, last4, ...expires };
}

/** Every token with a fixed name, and what it does. */
export function sandboxTokens(): { token: string; description: string }[] {
  return Object.entries(behaviors).map(([token, { description }]) => ({ token, description }));
}
