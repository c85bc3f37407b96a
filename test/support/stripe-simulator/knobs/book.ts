import type Stripe from 'stripe';
import { idOf } from '../engine/api-object.ts';
import type { State } from '../engine/state.ts';

/** One payment of the provider's own book. */
export interface BookEntry {
  charge: string;
  paymentIntent: string | null;
  customer: string | null;
  /** Captured, in minor units. */
  amount: number;
  /** Given back by refunds, in minor units. */
  refunded: number;
  currency: string;
  metadata: Record<string, string>;
  created: number;
}

/** The provider's own book: the truth about money, whatever callers and webhooks believe. */
export interface Book {
  /** Charges that succeeded and were captured, oldest first. */
  successfulCharges(filter?: {
    paymentIntent?: string;
    customer?: string;
    metadata?: Record<string, string>;
  }): BookEntry[];
  /** The same, grouped by the value of a metadata key; charges without the key are left out. */
  byMetadata(key: string): Map<string, BookEntry[]>;
  /** Values of the metadata key with more than one successful charge: there must be none. */
  chargedTwice(key: string): string[];
}

/** @param state the account */
export function createBook(state: State): Book {
  const successfulCharges: Book['successfulCharges'] = (filter = {}) =>
    [...state.charges.values()]
      .filter((charge) => charge.status === 'succeeded' && charge.captured)
      .map((charge) => entryOf(state, charge))
      .filter((entry) => fits(entry, filter));
  const byMetadata = (key: string): Map<string, BookEntry[]> => {
    const groups = new Map<string, BookEntry[]>();
    for (const entry of successfulCharges()) {
      const value = entry.metadata[key];
      if (value !== undefined) {
        groups.set(value, [...(groups.get(value) ?? []), entry]);
      }
    }
    return groups;
  };
  return {
    successfulCharges,
    byMetadata,
    chargedTwice: (key) => [...byMetadata(key)].filter(([, entries]) => entries.length > 1).map(([value]) => value),
  };
}

function entryOf(state: State, charge: Stripe.Charge): BookEntry {
  const refunds = [...state.refunds.values()].filter(
    (refund) => refund.charge === charge.id && refund.status !== 'failed' && refund.status !== 'canceled',
  );
  const intent = state.paymentIntents.get(idOf(charge.payment_intent) ?? '');
  return {
    charge: charge.id,
    paymentIntent: idOf(charge.payment_intent),
    customer: idOf(charge.customer),
    amount: charge.amount_captured,
    refunded: refunds.reduce((sum, refund) => sum + refund.amount, 0),
    currency: charge.currency,
    metadata: { ...intent?.metadata, ...charge.metadata },
    created: charge.created,
  };
}

function fits(
  entry: BookEntry,
  filter: { paymentIntent?: string; customer?: string; metadata?: Record<string, string> },
): boolean {
  return (
    (filter.paymentIntent === undefined || entry.paymentIntent === filter.paymentIntent) &&
    (filter.customer === undefined || entry.customer === filter.customer) &&
    Object.entries(filter.metadata ?? {}).every(([key, value]) => entry.metadata[key] === value)
  );
}
