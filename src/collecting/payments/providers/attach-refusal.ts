import { visibleDeclineCode } from '../../../rules/dunning.ts';
import { declineMessage } from './decline-messages.ts';
import type { StripeFault } from './stripe-client.ts';

/** What Stripe says in its own words where it gives no code of its own (docs.stripe.com/api/payment_methods/attach). */
const told: readonly (readonly [sign: RegExp, message: string])[] = [
  [
    /detached from a customer|may not be used again/i,
    'Stripe does not let this payment method be used again: it was detached, or used without being kept. Collect a new one.',
  ],
  [/already been attached/i, 'The payment method belongs to another customer at Stripe.'],
  [/no such customer/i, 'Stripe does not know the customer of this account any more.'],
  [
    /similar object exists in (live|test) mode/i,
    'The payment method belongs to the other mode (test or live) of Stripe.',
  ],
];

/**
 * What people may read of a payment method that Stripe would not keep: which of the known reasons it was, in our words,
 * since Stripe's own message repeats what was sent. A code of Stripe's is told, since it holds nothing of anybody's.
 */
export function attachRefusal(fault: StripeFault): string {
  if (fault.kind === 'declined') return declineMessage(visibleDeclineCode(fault.code));
  if (fault.kind === 'refused') {
    const known = told.find(([sign]) => sign.test(fault.message));
    if (known) return known[1];
    if (fault.missing) return 'Stripe does not know this payment method.';
    const code = /^[a-z][a-z_]{1,63}$/.test(fault.code) ? ` (${fault.code})` : '';
    return `Stripe does not accept this payment method${code}.`;
  }
  if (fault.kind === 'deferred' && fault.shut) return `Stripe refuses access. ${fault.reason} Nothing was changed.`;
  return 'The payment provider could not be reached. Nothing was changed; try again.';
}
