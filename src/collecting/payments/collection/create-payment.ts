import type { LockedAccount } from '../../../accounts/index.ts';
import { DomainError, invalidState, notFound } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { PaymentMethodEntity, type PaymentMethodRow, type PaymentRow } from '../payments.entities.ts';
import { type CreatePaymentInput, createPaymentInput } from '../payments.inputs.ts';
import type { Provider } from '../providers/gateway.ts';
import { usableMethod } from './collect-invoice.ts';
import { makeWay, planPayment } from './plan-payment.ts';
import { startPayments } from './start-payments.ts';

/** Longer than it takes from the commit to the provider; whoever dies in between leaves the payment to the worker. */
const ownMilliseconds = 20_000;

/**
 * Begins a payment that somebody asks for: of invoices, of an amount that becomes credit, or both. On session (the
 * default) the customer is there to act; without a method they choose it in the browser, with `browserProvider`. It is
 * PENDING; with `takesOn` the caller takes it to the provider after the commit, and until then nobody else does or makes
 * another one of the same invoices: the first who asks pays. PAYMENT_METHOD_REQUIRED off session without one,
 * PAYMENT_IN_FLIGHT while another payment of the same invoice is being decided, waits for the customer or holds money;
 * AMOUNT_TOO_LARGE for more than is due.
 */
export async function createPayment(
  work: Work,
  given: CreatePaymentInput,
  browserProvider: Provider | null,
  { takesOn = false }: { takesOn?: boolean } = {},
): Promise<PaymentRow> {
  const input = readInput(createPaymentInput, given);
  const plan = await planPayment(work, input);
  if (plan.invoices.length > 0 && plan.extra > 0n) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'The amount is more than the invoices ask for.', {
      path: ['input', 'amount'],
    });
  }
  const offSession = input.offSession ?? false;
  const method = await chosenMethod(work, plan.payer, input.paymentMethodId ?? null);
  const provider = method?.provider ?? (offSession ? null : browserProvider);
  if (!provider) {
    throw new DomainError('PAYMENT_METHOD_REQUIRED', 'The account has no usable payment method.', {
      path: ['input', 'paymentMethodId'],
    });
  }
  await makeWay(
    work,
    plan.invoices.map((invoice) => invoice.id),
    ['input', 'invoiceIds'],
    'payment',
  );
  const [payment] = startPayments(work, [
    {
      organizationId: work.organizationId,
      accountId: plan.payer.id,
      testClockId: plan.payer.testClockId ?? null,
      provider,
      paymentMethodId: method?.id ?? null,
      currency: plan.currency,
      covers: plan.covers,
      extra: plan.extra,
      offSession,
      captureMethod: input.captureMethod ?? 'automatic',
      at: plan.payer.now,
      metadata: input.metadata ?? {},
      ...(takesOn ? { claimedUntil: new Date(work.recordedAt.getTime() + ownMilliseconds) } : {}),
    },
  ]);
  return payment!;
}

/** The method named, or the account's default; null if there is none. NOT_FOUND, INVALID_STATE for a detached one. */
async function chosenMethod(work: Work, payer: LockedAccount, named: string | null): Promise<PaymentMethodRow | null> {
  return named ? namedMethod(work, payer, named) : usableMethod(work, payer, null);
}

/** A method of the account by its id. NOT_FOUND at `input.paymentMethodId`, INVALID_STATE once it is detached. */
export async function namedMethod(work: Work, payer: LockedAccount, id: string): Promise<PaymentMethodRow> {
  const path = ['input', 'paymentMethodId'];
  const { organizationId } = payer;
  const method = await work.findOne(PaymentMethodEntity, { organizationId, id, accountId: payer.id });
  if (!method) throw notFound(path);
  if (method.detachedAt) throw invalidState('The payment method was detached.', path);
  return method;
}
