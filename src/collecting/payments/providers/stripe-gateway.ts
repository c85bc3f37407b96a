import { createHash } from 'node:crypto';
import { DomainError } from '../../../platform/errors.ts';
import { visibleDeclineCode } from '../../../rules/dunning.ts';
import { attachRefusal } from './attach-refusal.ts';
import { declineMessage } from './decline-messages.ts';
import type {
  ChargeOutcome,
  ChargeRequest,
  CustomerDescription,
  Failure,
  Gateway,
  MethodDescription,
} from './gateway.ts';
import { toStripeAmount } from './stripe-amounts.ts';
import { deferred, readFault, type Stripe, type StripeFault } from './stripe-client.ts';
import { declineOf, describeStripeMethod, marks, outcomeOfIntent } from './stripe-objects.ts';
import { lookUpStripeRefund, refundAtStripe } from './stripe-refunds.ts';

/** Stripe. A payment is one PaymentIntent, made by its first attempt and confirmed again by the later ones: it can be paid once only. */
export function stripeGateway(stripe: Stripe): Gateway {
  return {
    provider: 'stripe',
    afterAction: 'look_up',
    charge: (request) => charge(stripe, request),
    lookUp: (request) => lookUp(stripe, request),
    capture: (request, amount) => capture(stripe, request, amount),
    cancel: (request) => cancel(stripe, request),
    refund: (request) => refundAtStripe(stripe, request),
    lookUpRefund: (request) => lookUpStripeRefund(stripe, request),
    createCustomer: (customer) => createCustomer(stripe, customer),
    deleteCustomer: async (customerRef) => {
      await stripe.customers.del(customerRef).catch((error) => {
        const fault = readFault(error);
        if (fault.kind !== 'refused' || !fault.missing) throw error;
      });
    },
    attachMethod: (reference, customerRef) => attachMethod(stripe, reference, customerRef),
    detachMethod: async (reference) => {
      await stripe.paymentMethods.detach(reference).catch(unlessGone);
    },
    setUpMethod: async (customerRef, account, key) => {
      const setup = await stripe.setupIntents
        .create(
          {
            ...(customerRef ? { customer: customerRef } : {}),
            usage: 'off_session',
            automatic_payment_methods: { enabled: true },
            metadata: { [marks.organization]: account.organizationId, [marks.account]: account.accountId },
          },
          { idempotencyKey: `setup-${key}` },
        )
        .catch(refuse);
      return setup.client_secret ?? '';
    },
  };
}

async function charge(stripe: Stripe, request: ChargeRequest): Promise<ChargeOutcome> {
  const { payment, attempt, method } = request;
  const amount = toStripeAmount(payment.amount, payment.currency, { minimum: true });
  if (!amount.ok) return { status: 'failed', providerRef: payment.providerRef, failure: ownRefusal(amount.code) };
  const key = { idempotencyKey: attempt.id };
  const offSession = attempt.offSession && method ? { off_session: true } : {};
  try {
    if (attempt.charges) {
      const confirmed = method ? { payment_method: method.providerRef } : {};
      return outcomeOfIntent(
        await stripe.paymentIntents.confirm(attempt.charges, { ...confirmed, ...offSession }, key),
      );
    }
    return outcomeOfIntent(
      await stripe.paymentIntents.create(
        {
          amount: amount.amount,
          currency: payment.currency.toLowerCase(),
          capture_method: payment.captureMethod,
          ...(request.customerRef ? { customer: request.customerRef } : {}),
          // With a method the charge is made at once; without one the customer chooses it in the browser.
          ...(method
            ? {
                payment_method: method.providerRef,
                confirm: true,
                automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const },
              }
            : { automatic_payment_methods: { enabled: true } }),
          ...offSession,
          metadata: metadataOf(request),
        },
        key,
      ),
    );
  } catch (error) {
    return outcomeOfFault(readFault(error), payment.providerRef);
  }
}

function metadataOf(request: ChargeRequest): Record<string, string> {
  const { organizationId, payment, attempt } = request;
  const invoices = payment.invoiceIds.slice(0, 12).join(' ');
  return {
    [marks.organization]: organizationId,
    [marks.payment]: payment.id,
    [marks.attempt]: attempt.id,
    ...(invoices ? { [marks.invoices]: invoices } : {}),
  };
}

function ownRefusal(code: string): Failure {
  return { code, adviceCode: null, message: declineMessage(code), declineClass: 'configuration' };
}

/** What an error of a call about a PaymentIntent says about our payment. */
function outcomeOfFault(fault: StripeFault, providerRef: string | null): ChargeOutcome {
  switch (fault.kind) {
    case 'declined':
      return {
        status: 'failed',
        providerRef: fault.intent?.id ?? providerRef,
        failure: declineOf(fault.code, fault.adviceCode),
      };
    case 'refused':
      // "Unexpected state" comes with the object, which says what is true; other refusals are a fault of the request.
      if (fault.intent) return outcomeOfIntent(fault.intent);
      return {
        status: 'failed',
        providerRef,
        failure: { ...ownRefusal(fault.code), message: declineMessage(visibleDeclineCode(fault.code)) },
      };
    case 'deferred':
      return deferred(fault, providerRef);
    default:
      return { status: 'unknown', providerRef, final: fault.final };
  }
}

/** By its id, or among the customer's PaymentIntents: lists are up to date at once, the search is not. */
async function lookUp(stripe: Stripe, request: ChargeRequest): Promise<ChargeOutcome> {
  const { payment, attempt, customerRef } = request;
  const providerRef = payment.providerRef ?? attempt.charges;
  try {
    if (providerRef) return outcomeOfIntent(await stripe.paymentIntents.retrieve(providerRef));
    if (!customerRef) return { status: 'absent', providerRef: null };
    const from = attempt.recordedAt.getTime() / 1000 - 24 * 3600;
    for await (const intent of stripe.paymentIntents.list({ customer: customerRef, limit: 100 })) {
      if (intent.metadata[marks.payment] === payment.id) return outcomeOfIntent(intent);
      if (intent.created < from) break;
    }
    return { status: 'absent', providerRef: null };
  } catch (error) {
    const fault = readFault(error);
    if (fault.kind === 'deferred') return deferred(fault, providerRef);
    return { status: 'unknown', providerRef };
  }
}

async function capture(stripe: Stripe, request: ChargeRequest, amountMinor: bigint): Promise<ChargeOutcome> {
  const { payment, attempt } = request;
  const providerRef = payment.providerRef ?? '';
  const amount = toStripeAmount(amountMinor, payment.currency, { minimum: false });
  if (!amount.ok) return { status: 'requires_capture', providerRef };
  try {
    const key = { idempotencyKey: `capture-${attempt.id}` };
    return outcomeOfIntent(await stripe.paymentIntents.capture(providerRef, { amount_to_capture: amount.amount }, key));
  } catch (error) {
    return outcomeOfFault(readFault(error), providerRef);
  }
}

async function cancel(stripe: Stripe, request: ChargeRequest): Promise<ChargeOutcome> {
  const { payment, attempt } = request;
  const providerRef = payment.providerRef ?? '';
  try {
    const key = { idempotencyKey: `cancel-${attempt.id}` };
    return outcomeOfIntent(await stripe.paymentIntents.cancel(providerRef, {}, key));
  } catch (error) {
    const fault = readFault(error);
    return fault.kind === 'refused' && fault.intent ? outcomeOfIntent(fault.intent) : lookUp(stripe, request);
  }
}

async function createCustomer(stripe: Stripe, customer: CustomerDescription): Promise<string> {
  const { organizationId, accountId, name, email } = customer;
  const content = createHash('sha256')
    .update(JSON.stringify([name, email]))
    .digest('hex')
    .slice(0, 16);
  const made = await stripe.customers.create(
    {
      name,
      ...(email ? { email } : {}),
      metadata: { [marks.organization]: organizationId, [marks.account]: accountId },
    },
    { idempotencyKey: `customer-${accountId}-${content}` },
  );
  return made.id;
}

async function attachMethod(stripe: Stripe, reference: string, customerRef: string | null): Promise<MethodDescription> {
  const method = await stripe.paymentMethods.attach(reference, { customer: customerRef ?? '' }).catch((error) => {
    throw new DomainError('PAYMENT_REFUSED', attachRefusal(readFault(error)));
  });
  return describeStripeMethod(method);
}

/** Already detached is as good as detached. */
function unlessGone(error: unknown): void {
  if (readFault(error).kind === 'refused') return;
  refuse(error);
}

/** Where an answer is needed at once, a refusal is the caller's to read. */
function refuse(error: unknown): never {
  const fault = readFault(error);
  const reason =
    fault.kind === 'declined'
      ? declineMessage(visibleDeclineCode(fault.code))
      : fault.kind === 'refused'
        ? 'The payment provider does not accept this.'
        : 'The payment provider could not be reached. Nothing was changed; try again.';
  throw new DomainError('PAYMENT_REFUSED', reason);
}
