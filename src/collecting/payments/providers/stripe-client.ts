import { createRequire } from 'node:module';
import type Stripe from 'stripe';
import type { Deferred, Shut } from './gateway.ts';

/** The one place where Stripe's SDK is imported: how it is set up, how its errors are read, how its signatures are checked. */
export type { Stripe };

let loaded: typeof Stripe | null = null;

/** Loaded when Stripe is first met: a process that never meets it starts sooner and is smaller. */
function sdk(): typeof Stripe {
  loaded ??= createRequire(import.meta.url)('stripe') as typeof Stripe;
  return loaded;
}

/** The version our reading of Stripe's objects was written against; webhook endpoints should be given the same. */
const stripeApiVersion = '2026-10-28.endive';

export interface StripeSettings {
  secretKey: string;
  /** Without a slash at its end, e.g. https://api.stripe.com. */
  apiBase: string;
  timeoutMilliseconds?: number;
}

/**
 * A client that does not repeat requests (but for one on a kept connection that had been closed, under the same key): when
 * something is sent again is decided here.
 */
export function openStripe(settings: StripeSettings): Stripe {
  const base = new URL(settings.apiBase);
  const protocol = base.protocol === 'http:' ? 'http' : 'https';
  return new (sdk())(settings.secretKey, {
    apiVersion: stripeApiVersion as Stripe.LatestApiVersion,
    host: base.hostname,
    port: base.port || (protocol === 'http' ? '80' : '443'),
    protocol,
    maxNetworkRetries: 0,
    timeout: settings.timeoutMilliseconds ?? 30_000,
    telemetry: false,
    appInfo: { name: 'Perennial' },
  });
}

/** What an error of the SDK means for the request that met it. */
export type StripeFault =
  | { kind: 'declined'; code: string; adviceCode: string | null; message: string; intent: Stripe.PaymentIntent | null }
  /** The request itself was refused; nothing happened. */
  | { kind: 'refused'; code: string; message: string; missing: boolean; intent: Stripe.PaymentIntent | null }
  /** Nothing happened and the same request may be sent again later. */
  | { kind: 'deferred'; reason: string; shut?: Shut }
  /** It may have happened. `final`: the provider keeps this answer under the key. */
  | { kind: 'unknown'; final: boolean };

/** Whether an error came of asking Stripe, and not of what we did with the answer. */
export function isOfStripe(error: unknown): boolean {
  return loaded !== null && error instanceof loaded.errors.StripeError;
}

/** Reads an error of the SDK; whatever is not one of Stripe's own refusals leaves the effect unknown. */
export function readFault(error: unknown): StripeFault {
  if (!loaded || !(error instanceof loaded.errors.StripeError)) return { kind: 'unknown', final: false };
  // The key was spent on another request of ours; what became of that one must be looked up.
  if (error.rawType === 'idempotency_error') return { kind: 'unknown', final: false };
  const intent = error.payment_intent ?? null;
  const status = error.statusCode ?? 0;
  if (error.rawType === 'card_error') {
    const code = error.decline_code ?? error.code ?? 'generic_decline';
    return { kind: 'declined', code, adviceCode: error.advice_code ?? null, message: error.message, intent };
  }
  if (status === 409 || status === 429) return { kind: 'deferred', reason: error.code ?? 'busy' };
  const refusal = refusalOfAccess(status, error.code);
  if (refusal) return { kind: 'deferred', ...refusal };
  if (status >= 400 && status < 500) {
    const missing = status === 404 || error.code === 'resource_missing';
    return {
      kind: 'refused',
      code: error.code ?? error.rawType ?? 'request_refused',
      message: error.message,
      missing,
      intent,
    };
  }
  return { kind: 'unknown', final: error.headers?.['idempotent-replayed'] === 'true' };
}

/** What a fault that did nothing says of a payment or a refund. */
export function deferred(fault: StripeFault & { kind: 'deferred' }, providerRef: string | null): Deferred {
  const { reason, shut } = fault;
  return { status: 'deferred', providerRef, reason, ...(shut ? { shut } : {}) };
}

/** Codes of refusals of access, whatever their status (docs.stripe.com/error-codes). */
const accessCodes: Readonly<Record<string, { reason: string; shut: Shut }>> = {
  api_key_expired: { reason: 'The key has expired.', shut: 'key' },
  platform_api_key_expired: { reason: 'The key has expired.', shut: 'key' },
  secret_key_required: { reason: 'The key is no secret key.', shut: 'key' },
  account_invalid: { reason: 'The account at Stripe cannot be used.', shut: 'permission' },
  testmode_charges_only: { reason: 'The account at Stripe is not activated for live payments.', shut: 'permission' },
};

/** A refusal of access, which comes before anything is done: 401 for a key that is none, 403 for one that may not do this. */
function refusalOfAccess(status: number, code: string | undefined): { reason: string; shut: Shut } | null {
  if (code && Object.hasOwn(accessCodes, code)) return accessCodes[code] ?? null;
  if (status === 401) return { reason: 'The key is not accepted.', shut: 'key' };
  if (status === 403) return { reason: 'The key or the account may not do this.', shut: 'permission' };
  return null;
}

const toleranceSeconds = 300;
let signatures: Stripe['webhooks']['signature'] | null = null;

/**
 * Whether a body was signed with one of the secrets within five minutes before `receivedAt`, or later: as Stripe's SDK
 * reads it. Stripe signs with each active secret while one is being rotated.
 */
export function isSignedByStripe(body: Buffer, header: string, secrets: readonly string[], receivedAt: Date): boolean {
  signatures ??= new (sdk())('sk_test_signatures_only').webhooks.signature;
  return secrets.some((secret) => {
    try {
      return signatures?.verifyHeader(body, header, secret, toleranceSeconds, undefined, receivedAt.getTime()) ?? false;
    } catch {
      return false;
    }
  });
}
