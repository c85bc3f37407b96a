import type { DeclineClass } from '../../../rules/dunning.ts';
import type { ReversalReason } from '../reversal-reasons.ts';

/**
 * What we need of a payment provider. Three bodies: Stripe, the built-in sandbox, and payments made by hand. A gateway
 * knows no tables and never decides what an outcome means; it says what the provider said, and `unknown` when it did not
 * say anything.
 */
export type Provider = 'stripe' | 'sandbox' | 'manual';

/** One try to charge. The same attempt is asked again with the same content: its id is the idempotency key. */
export interface ChargeRequest {
  organizationId: string;
  payment: {
    id: string;
    amount: bigint;
    currency: string;
    captureMethod: 'automatic' | 'manual';
    /** The provider's object, once it is known. */
    providerRef: string | null;
    accountId: string;
    invoiceIds: readonly string[];
    /** Its money has come in: what is asked is whether it has stayed. */
    settled?: boolean;
  };
  attempt: {
    id: string;
    no: number;
    /** Whether the customer is away and cannot be asked. */
    offSession: boolean;
    /** Wall-clock instant of recording. */
    recordedAt: Date;
    /** The customer was asked to act on the attempt before, and says it is done. */
    followsAction: boolean;
    /** The provider's object that this attempt charges again; null when it makes a new one. The same each time it is sent. */
    charges: string | null;
  };
  method: { id: string; providerRef: string; type: string } | null;
  customerRef: string | null;
}

/** Why a charge failed. `message` may be shown to the customer. */
export interface Failure {
  code: string;
  adviceCode: string | null;
  message: string;
  /** Set where no bank declined anything, so that the table of decline codes has no say. */
  declineClass?: DeclineClass;
}

/**
 * It certainly did nothing. `shut`: nor will it until somebody acts: it is not connected (`disconnected`), does not accept
 * our key (`key`), or does not let the key or the account do this (`permission`). `reason` may be shown to the operator.
 */
export interface Deferred {
  status: 'deferred';
  providerRef: string | null;
  reason: string;
  shut?: Shut;
}

export type Shut = 'disconnected' | 'key' | 'permission';

/**
 * What the provider says of an attempt. `lookAgainAfter`: in so many milliseconds it will know whether the
 * money has stayed · `reversed`: it had come in and is gone again · `deferred`: it certainly did nothing, ask again
 * later · `absent`: it does not know the attempt (look-ups only) · `unknown`: it may or may not have done it; `final`
 * means that asking again with the same key will not bring the answer.
 */
export type ChargeOutcome =
  | { status: 'succeeded'; providerRef: string | null; amountReceived?: bigint; lookAgainAfter?: number }
  | { status: 'reversed'; providerRef: string | null; reason: ReversalReason }
  | { status: 'requires_capture' | 'processing' | 'canceled'; providerRef: string | null }
  | { status: 'requires_action'; providerRef: string | null; clientSecret: string | null }
  | { status: 'failed'; providerRef: string | null; failure: Failure }
  | { status: 'unknown'; providerRef: string | null; final?: boolean }
  | Deferred
  | { status: 'absent'; providerRef: null };

export interface RefundRequest {
  organizationId: string;
  refund: { id: string; amount: bigint; currency: string; reason: string | null; providerRef: string | null; at: Date };
  payment: { id: string; providerRef: string | null; methodRef: string | null };
}

export type RefundOutcome =
  | { status: 'succeeded' | 'pending' | 'requires_action' | 'canceled'; providerRef: string | null }
  | { status: 'failed'; providerRef: string | null; failure: Failure }
  | { status: 'unknown'; providerRef: string | null; final?: boolean }
  | Deferred
  | { status: 'absent'; providerRef: null };

/** What may be known of a payment method; never a number. */
export interface MethodDescription {
  providerRef: string;
  type: string;
  brand: string | null;
  last4: string | null;
  expMonth: number | null;
  expYear: number | null;
}

export interface CustomerDescription {
  organizationId: string;
  accountId: string;
  name: string;
  email: string | null;
}

export interface Gateway {
  readonly provider: Provider;
  /** Whether a customer who has acted is followed up by asking the provider, or by a new attempt. */
  readonly afterAction: 'look_up' | 'charge';
  charge(request: ChargeRequest): Promise<ChargeOutcome>;
  lookUp(request: ChargeRequest): Promise<ChargeOutcome>;
  /** Takes money that is held. `amount` in minor units, at most what is held; the rest is let go. */
  capture(request: ChargeRequest, amount: bigint): Promise<ChargeOutcome>;
  /** Ends a charge that has no money yet. Answers what has become of it: it may have succeeded meanwhile. */
  cancel(request: ChargeRequest): Promise<ChargeOutcome>;
  refund(request: RefundRequest): Promise<RefundOutcome>;
  lookUpRefund(request: RefundRequest): Promise<RefundOutcome>;
  /** The account's customer at the provider; null where there is no such thing. */
  createCustomer(customer: CustomerDescription): Promise<string | null>;
  /** Deletes a customer with all that the provider keeps of the person beyond its bookings; one that is gone is no fault. */
  deleteCustomer(customerRef: string): Promise<void>;
  /** Keeps a method for the customer. DomainError PAYMENT_REFUSED when the provider will not. */
  attachMethod(reference: string, customerRef: string | null): Promise<MethodDescription>;
  detachMethod(reference: string): Promise<void>;
  /** Begins to collect a method from the customer in the browser; answers the secret that the browser needs. */
  setUpMethod(
    customerRef: string | null,
    account: { organizationId: string; accountId: string },
    key: string,
  ): Promise<string>;
}
